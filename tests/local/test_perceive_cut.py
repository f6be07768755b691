"""A part of a dance, cut out after the whole was looked at: what it holds, and that the whole is looked at once."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from components.core import BeatGrid, Clip, Dance, Dancer, Sound, StageContext, TroupeError, Uri, load, save
from components.core.stage import call
from components.figure.scene import draw_clip
from components.media import clip_of, decode
from components.perceive.cut import CutSettings, run
from components.perceive.stage import PerceiveSettings
from components.perceive.stage import run as perceive
from components.repertoire.choreographies import choreography_motion
from pipelines.dance.job import dance
from tests.conftest import DrawnMedia

FPS = 20


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Dance:
    """Two drawn dancers over 70 frames, the second of whom is told to be out of sight for the first 30; with beats."""
    folder = tmp_path_factory.mktemp("whole")
    motions = [choreography_motion(name, Fraction(FPS), 3.5) for name in ("groove", "disco")]
    motions[1] = replace(motions[1], joints=motions[1].joints + np.array([1.5, 0, 0], np.float32))
    draw_clip(folder / "two.mp4", ["kofi", "ada"], motions, size=(384, 320), fps=Fraction(FPS), seconds=3.5)
    found = perceive(
        clip_of(folder / "two.mp4"),
        settings=PerceiveSettings(hands=False),
        context=StageContext(folder / "out", workers=2),
    )
    assert len(found.dancers) == 2
    first, second = found.dancers
    gone = np.arange(found.frames) < 30
    pose = replace(
        second.pose,
        xyz=np.where(gone[:, None, None], np.float32(np.nan), second.pose.xyz),
        present=second.pose.present & ~gone,
    )
    box = np.where(gone[:, None], np.float32(np.nan), second.box)
    beats = BeatGrid(
        np.array([0.1, 0.6, 1.1, 1.6, 2.1, 2.6, 3.1], np.float32), np.array([0.1, 2.1], np.float32), 120.0, 0.9
    )
    sound = Sound(Uri(str(folder / "two.mp4")), 48_000, 2, 0.25, 3.5)
    changed = replace(found, dancers=(first, Dancer(1, box, second.mask, pose, second.face)), beats=beats, sound=sound)
    save(changed, folder / "noun")
    return load(Dance, folder / "noun")


def cut(whole: Dance, folder: Path, start: float = 0.0, duration: float | None = None) -> Dance:
    return run(whole, settings=CutSettings(start=start, duration=duration), context=StageContext(folder))


def masks(dancer: Dancer) -> list[np.ndarray]:  # type: ignore[type-arg]
    assert dancer.mask is not None
    return list(decode(clip_of(Path(dancer.mask)), pix_fmt="gray"))


def test_the_part_holds_the_very_frames_of_the_whole(whole: Dance, tmp_path: Path) -> None:
    part = cut(whole, tmp_path, 1.6, 1.0)
    assert part.frames == 20 and part.clip is not None and part.clip.frames == 20
    assert part.clip.start == pytest.approx(1.6, abs=0.01)
    for one, other in zip(part.dancers, whole.dancers, strict=True):
        assert one.identity == other.identity
        assert np.array_equal(one.pose.xyz, other.pose.xyz[32:52], equal_nan=True)
        assert np.array_equal(one.pose.visibility, other.pose.visibility[32:52])
        assert np.array_equal(one.box, other.box[32:52], equal_nan=True)
        assert np.array_equal(masks(one), masks(other)[32:52])
    assert part.dancers[0].face is not None and whole.dancers[0].face is not None
    assert np.array_equal(part.dancers[0].face.landmarks, whole.dancers[0].face.landmarks[32:52], equal_nan=True)
    shown = list(decode(part.clip))
    assert whole.clip is not None
    assert np.array_equal(shown, list(decode(whole.clip, first=32, count=20)))


def test_the_part_is_stored_and_read_like_any_dance(whole: Dance, tmp_path: Path) -> None:
    save(whole, tmp_path / "whole")
    made = call("components.perceive.cut", {"dance": tmp_path / "whole"}, {"start": 1.6}, tmp_path / "part")
    (tmp_path / "part").rename(tmp_path / "moved")
    again = load(Dance, tmp_path / "moved")
    assert again.frames == made.frames == whole.frames - 32
    assert len(masks(again.dancers[0])) == again.frames


def test_beats_and_sound_go_with_the_pictures(whole: Dance, tmp_path: Path) -> None:
    part = cut(whole, tmp_path, 1.0, 1.5)
    assert part.beats is not None and part.sound is not None
    assert np.allclose(part.beats.beats, [0.1, 0.6, 1.1], atol=1e-5)
    assert np.allclose(part.beats.downbeats, [1.1], atol=1e-5)
    assert part.beats.tempo == 120.0
    assert part.sound.start == pytest.approx(1.25)
    assert part.sound.duration == pytest.approx(1.5)


def test_who_is_hardly_seen_in_the_part_is_absent_and_keeps_the_number(whole: Dance, tmp_path: Path) -> None:
    part = cut(whole, tmp_path, 0.0, 1.55)  # one frame of the second dancer
    assert [d.identity for d in part.dancers] == [0, 1]
    assert not part.dancers[1].pose.present.any() and part.dancers[1].mask is None
    assert part.dancers[0].pose.present.all()
    assert not any(n.values.get("dancer") == 1 for n in part.notices)
    half = cut(whole, tmp_path, 1.0)
    assert [n.values["share"] for n in half.notices if n.code == "dancer_absent"] == [0.2]


@pytest.mark.parametrize(
    ("start", "duration", "code"),
    [(3.5, None, "invalid_setting"), (99.0, 1.0, "invalid_setting"), (1, 0.05, "clip_too_short")],
)
def test_a_part_that_is_none_is_refused(
    whole: Dance, tmp_path: Path, start: float, duration: float | None, code: str
) -> None:
    with pytest.raises(TroupeError) as refused:
        cut(whole, tmp_path, start, duration)
    assert refused.value.code == code


def test_a_part_without_anybody_is_refused(whole: Dance, tmp_path: Path) -> None:
    alone = replace(whole, dancers=(whole.dancers[1],))
    with pytest.raises(TroupeError) as refused:
        cut(alone, tmp_path, 0.0, 1.4)
    assert refused.value.code == "no_dancer_found"


def test_the_part_is_what_is_seen_when_only_it_is_looked_at(drawn: DrawnMedia, tmp_path: Path) -> None:
    """They may differ by how the tracker began, which is less than what it errs."""
    clip: Clip = clip_of(drawn.clip)
    early = replace(clip, start=clip.start + float(10 / clip.fps), frames=20, sound=None)
    settings, quick = (
        CutSettings(start=float(10 / clip.fps), duration=float(20 / clip.fps)),
        PerceiveSettings(hands=False),
    )
    late = run(
        perceive(clip, settings=quick, context=StageContext(tmp_path / "whole", workers=2)),
        settings=settings,
        context=StageContext(tmp_path / "cut"),
    )
    alone = perceive(early, settings=quick, context=StageContext(tmp_path / "early", workers=2))
    a, b = late.dancers[0].pose, alone.dancers[0].pose
    assert late.frames == alone.frames == 20
    torso = np.linalg.norm(b.xyz[:, 11, :2] - b.xyz[:, 24, :2], axis=1).mean()
    apart = np.linalg.norm(a.xyz[..., :2] - b.xyz[..., :2], axis=2) / torso
    assert float(np.nanmedian(apart)) < 0.02 and float(np.nanpercentile(apart, 95)) < 0.1


def test_a_second_part_needs_no_second_look(drawn: DrawnMedia, tmp_path: Path) -> None:
    def make(name: str, start: float, workers: int, cache: str = "cache") -> dict[str, bool]:
        made = dance(
            str(drawn.photo), str(drawn.clip), tmp_path / name, size="128x128", quality="draft", start=start,
            duration=0.6, whole=True, cache=tmp_path / cache, workers=workers,
        )  # fmt: skip
        assert made["frames"] == 18
        return {stage: told["reused"] for stage, told in made["stages"].items()}

    first = make("a.mp4", 0.2, 2)
    second = make("b.mp4", 0.5, 2)
    assert not first["perceive"] and second["clip"] and second["perceive"] and not second["cut"]
    assert (tmp_path / "a.mp4").read_bytes() != (tmp_path / "b.mp4").read_bytes()
    alone = make("c.mp4", 0.5, 1, "another")
    assert not alone["perceive"]
    assert (tmp_path / "b.mp4").read_bytes() == (tmp_path / "c.mp4").read_bytes()
