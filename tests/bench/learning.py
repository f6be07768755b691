"""What the table of learned people is made of: pairs of the clips, trainings, and their figures on held-out blocks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from components.animate.deepdance.settle import settled, share_of, with_neighbours
from components.animate.deepdance.skeleton_map import as_input
from components.core import DEEPDANCE_13, Clip, Dance, Progress, StageContext, UInt8, silent
from components.core.artifact import load, save
from components.media import probe
from components.models.pose import PoseLandmarker
from components.models.region import Region
from pipelines.runners.local import run
from pipelines.train_deepdance.wiring import TRAIN_DEEPDANCE_WIRING
from pipelines.wiring import Wiring
from training.deepdance import dataset, train
from training.deepdance.family import FAMILY
from training.deepdance.figures import shown, truth
from training.deepdance.pairs import Pairs, read_pairs
from training.deepdance.settings import TrainSettings
from training.lifecycle.evaluate import compare
from training.lifecycle.family import Answers
from training.lifecycle.network import network_answers
from training.lifecycle.records import Comparison, Evaluation, Prepared, Trained

LOOKED_AT = Wiring(
    "bench-look",
    {name: TRAIN_DEEPDANCE_WIRING.parameters[name] for name in ("video", "start", "duration")},
    TRAIN_DEEPDANCE_WIRING.steps[:2],
    "perceive",
)
_SEEN = 256
"""Px at which pictures are shown to the pose network."""
_SHARPER = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0)
_EVERY = 3


def longest(folder: Path, count: int) -> list[Path]:
    """The clips of a folder with most frames: there is most to learn in them."""
    known = []
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() in (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v"):
            picture = probe(file).picture
            if picture is not None:
                known.append((max(float(picture.frames), picture.duration * float(picture.fps)), file))
    return [file for _, file in sorted(known, reverse=True)[:count]]


def pairs_of(clip: Path, size: int, folder: Path) -> Prepared:
    """Pairs of a clip, made once a folder."""
    out = folder / f"pairs-{clip.stem}-{size}"
    if (out / "meta.json").exists():
        return load(Prepared, out)
    dance: Dance = run(LOOKED_AT, {"video": str(clip)}, folder / "steps").output
    assert isinstance(dance.clip, Clip)
    out.mkdir(parents=True, exist_ok=True)
    made = dataset.run(dance, settings=dataset.DatasetSettings(size=size), context=StageContext(out, silent, 1))
    save(made, out)
    return made


def trained(prepared: Prepared, folder: Path, threads: int, tell: Callable[[str], None], **changed: Any) -> Trained:
    """A training, made once a folder."""
    if (folder / "meta.json").exists():
        return load(Trained, folder)
    folder.mkdir(parents=True, exist_ok=True)

    def report(progress: Progress) -> None:
        tell(f"{progress.done / 10:.0f} % {progress.note}")

    settings = TrainSettings(registry="off", **changed)
    made = train.run(prepared, settings=settings, context=StageContext(folder, report, threads))
    save(made, folder)
    return made


def answering(made: Trained, prepared: Prepared, smoothed: bool = False) -> Callable[[npt.NDArray[np.int64]], Answers]:
    """What the network answers about rows of the pairs; `smoothed`: whatever it learned from, about smoothed poses."""
    checkpoint, data = Path(made.checkpoint), Path(prepared.folder)
    contract = FAMILY.contract_of(checkpoint)
    network = network_answers(FAMILY.network_of(checkpoint), contract)
    share = share_of(contract.network)
    if smoothed:
        pairs = read_pairs(data).steadied()
        return lambda rows: network({"skeleton": as_input(pairs.maps(rows, contract.window))})
    if not share:
        return lambda rows: network(FAMILY.inputs(contract, data, rows))

    def mixed(rows: npt.NDArray[np.int64]) -> Answers:
        """As the engine draws frames that follow each other."""
        there = range(int(rows[0]), int(rows[-1]) + 1)
        assert len(there) == len(rows)
        wide = np.asarray(with_neighbours(there, len(read_pairs(data).numbers)))
        answer = network(FAMILY.inputs(contract, data, wide))
        return {name: settled(np.asarray(a), share) for name, a in answer.items()}

    return mixed


def measured(answer: Callable[[Any], Answers], prepared: Prepared) -> list[dict[str, npt.NDArray[np.float64]]]:
    """Figures of each held-out block."""
    data = Path(prepared.folder)
    return [FAMILY.figures(answer(block), data, block) for block in FAMILY.blocks(data)]


def against(made: Trained, prepared: Prepared, others: Mapping[str, Callable[[Any], Answers]]) -> Evaluation:
    """A network beside others, with intervals over blocks."""
    every = {"candidate": answering(made, prepared), **others}
    return compare({name: measured(answer, prepared) for name, answer in every.items()}, 0.95, 4000, 0)


def best(found: Evaluation, figure: str, lower: bool) -> Comparison:
    """The comparison with whoever is best among the others."""
    rows = [c for c in found.comparisons if c.figure == figure]
    return min(rows, key=lambda c: c.other if lower else -c.other)


def sharpened(answer: Answers, amount: float) -> Answers:
    """Pictures with their fine detail made stronger: what a filter can do without learning."""
    image = np.asarray(answer["image"], np.float32)
    blurred = np.stack([[cv2.GaussianBlur(c, (0, 0), 1.0) for c in p] for p in image])
    return {**answer, "image": np.clip(image + amount * (image - blurred), 0, 1)}


def best_sharpened(made: Trained, prepared: Prepared) -> tuple[float, float]:
    """Strength of the unsharp mask that brings the histogram of gradients nearest to the truth, and that distance."""
    answer = answering(made, prepared)
    distances = {a: mean(measured(lambda r, a=a: sharpened(answer(r), a), prepared), "detail_distance")  # type: ignore[misc]
                 for a in _SHARPER}  # fmt: skip
    amount = min(distances, key=lambda a: distances[a])
    return amount, distances[amount]


def mean(blocks: list[dict[str, npt.NDArray[np.float64]]], figure: str) -> float:
    """Over all frames that can be measured."""
    return float(np.nanmean(np.concatenate([b[figure] for b in blocks])))


@dataclasses.dataclass(frozen=True)
class PoseFigures:
    """Median distance of joints, in torso lengths: of what was drawn, and of the truth at the same size."""

    drawn: float
    floor: float


def pose_error(answer: Callable[[Any], Answers], prepared: Prepared) -> PoseFigures:
    """How far the joints that a pose network sees in drawn pictures are from those of the clip."""
    pairs = read_pairs(Path(prepared.folder))
    rows = np.concatenate([b[::_EVERY] for b in pairs.blocks])
    look = PoseLandmarker()
    look.load()
    return PoseFigures(
        _distance(look, shown(answer(rows), pairs, rows), pairs, rows), _distance(look, truth(pairs, rows), pairs, rows)
    )


def _distance(look: PoseLandmarker, pictures: Any, pairs: Pairs, rows: npt.NDArray[np.int64]) -> float:
    found = []
    for picture, row in zip(pictures, rows, strict=True):
        seen: UInt8 = np.clip(np.round(picture * 255), 0, 255).astype(np.uint8)
        large = np.asarray(cv2.resize(seen, (_SEEN, _SEEN), interpolation=cv2.INTER_CUBIC), np.uint8)
        pose = look(large, Region(_SEEN / 2, _SEEN / 2, float(_SEEN)))
        got = DEEPDANCE_13.convert(pose.xyz)[:, :2]
        true = pairs.window.pixels(pairs.poses[row], _SEEN)
        trunk = [DEEPDANCE_13.index(f"{s}_{j}") for j in ("shoulder", "hip") for s in ("left", "right")]
        torso = float(np.linalg.norm(true[trunk[:2]].mean(axis=0) - true[trunk[2:]].mean(axis=0)))
        found.append(float(np.linalg.norm(got - true, axis=1).mean()) / max(torso, 1.0))
    return float(np.median(found))
