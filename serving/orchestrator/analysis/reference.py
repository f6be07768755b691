"""How a reference is danced: what the page shows of it, and what it is found again by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from components.core import Clip, Dance, Dancer, Progress, Report, Sound, TroupeError, UInt8, silent
from components.media import VideoWriter, decode, join, write_picture
from pipelines.dance.inspection import numbers
from pipelines.dance.job import music_of, notice_values
from pipelines.dance.wiring import DANCE_WIRING
from pipelines.runners.local import StepResult, run
from pipelines.wiring import Wiring
from serving.orchestrator.analysis.embedding import embedding, to_bytes

_STEPS = ("clip", "perceive", "repertoire", "soundtrack")
_ANALYSIS = tuple(s for s in DANCE_WIRING.steps if s.name in _STEPS)
_PARAMETERS = {n: DANCE_WIRING.parameters[n] for n in ("reference", "reference_kind", "start", "duration", "music")}
CLIP_WIRING = Wiring("troupe-analyse-clip", _PARAMETERS, _ANALYSIS, "perceive")
MOTION_WIRING = Wiring("troupe-analyse-motion", _PARAMETERS, _ANALYSIS, "soundtrack")
"""The very steps of the dance: what they give is kept, and a dance with this reference begins with it."""

_PREVIEW = 640
"""px of a preview's longer side."""
_FLOOR = (24, 22, 34)
"""Colour behind skeletons that have no clip."""
_FACE_SHARE = 0.1
PREVIEW = "preview"
"""Name under which drawing the preview reports its progress."""


@dataclass(frozen=True)
class ReferenceAnalysis:
    """What a reference holds.

    Attributes:
        columns: width, height, fps, frames, duration, tempo, dancers, has_audio, has_vocals, has_face_data, embedding
            and warnings of the table `reference_videos`.
        clip: the clip itself, fetched where an address was given; None for a BVH file or built-in choreography.
        sha256: of the clip's file.
        preview: MP4 with skeletons, with sound.
        poster: JPEG of one frame of it.
        pose, face: npz with arrays dancer<i>.<name>; face is None where no face was found.
    """

    columns: dict[str, Any]
    clip: Path | None
    sha256: str | None
    preview: Path
    poster: Path
    pose: Path
    face: Path | None


def analyse(
    source: str,
    kind: str,
    folder: Path,
    *,
    cache: Path,
    workers: int | None = None,
    report: Report = silent,
    started: Callable[[str], None] | None = None,
    finished: Callable[[StepResult, Any], None] | None = None,
    max_seconds: float = float("inf"),
) -> ReferenceAnalysis:
    """Follow the dancers of a reference, all of it.

    Args:
        source: path or URL of a clip, path of a BVH file, or name of a built-in choreography.
        kind: "clip" or "motion", as `pipelines.dance.job.reference_kind` says.
        folder: where files go that are shown.
        cache: folder of finished steps (under "steps").
        workers, report, started, finished: as the runner takes them; the preview is one more stage, PREVIEW.
        max_seconds: a longer one is refused.

    Raises:
        TroupeError: as `components.ingest.clip`, `components.perceive` and `components.repertoire` say; clip_too_long.
    """
    arguments: dict[str, Any] = {"reference": source, "reference_kind": kind}
    if kind == "motion":
        arguments["music"] = music_of(source)
    wiring = CLIP_WIRING if kind == "clip" else MOTION_WIRING

    def checked(step: StepResult, noun: Any) -> None:
        if isinstance(noun, Clip | Dance) and noun.frames / float(noun.fps) > max_seconds + 1:
            raise TroupeError(
                "clip_too_long", f"The reference is longer than {max_seconds:g} s; cut it.", limit=max_seconds
            )
        if finished is not None:
            finished(step, noun)

    result = run(wiring, arguments, cache / "steps", report=report, workers=workers, started=started, finished=checked)
    dance: Dance = result.output
    folder.mkdir(parents=True, exist_ok=True)
    if started is not None:
        started(PREVIEW)
    preview, poster = _preview(dance, folder, report)
    pose, face = _tracks(dance, folder)
    found = embedding(dance)
    columns = {
        "width": dance.width,
        "height": dance.height,
        "fps": float(dance.fps),
        "frames": dance.frames,
        "duration": round(dance.frames / float(dance.fps), 3),
        "tempo": None if dance.beats is None else round(float(dance.beats.tempo), 1),
        "dancers": [_dancer(d) for d in dance.dancers],
        "has_audio": dance.sound is not None,
        "has_vocals": kind == "clip" and dance.sound is not None and _sings(dance.sound),
        "has_face_data": any(d.face is not None and float(d.face.present.mean()) > _FACE_SHARE for d in dance.dancers),
        "embedding": None if found is None else to_bytes(found),
        "warnings": [notice_values(n) for n in result.notices],
    }
    clip = dance.clip
    return ReferenceAnalysis(
        columns,
        None if clip is None else Path(clip.uri),
        None if clip is None else clip.sha256,
        preview,
        poster,
        pose,
        face,
    )


def _sings(sound: Sound) -> bool:
    from components.express.voice import read_voice

    try:
        return read_voice(sound) is not None
    except TroupeError:
        return False


def _dancer(dancer: Dancer) -> dict[str, Any]:
    present = dancer.pose.present
    return {
        "index": dancer.identity,
        "box": numbers(np.nanmedian(dancer.box, axis=0)) if present.any() else None,
        "present": round(float(present.mean()), 3),
        "face": 0.0 if dancer.face is None else round(float(dancer.face.present.mean()), 3),
    }


def _tracks(dance: Dance, folder: Path) -> tuple[Path, Path | None]:
    """Pose and face tracks of all dancers, each in one compressed file."""
    poses: dict[str, Any] = {"fps": float(dance.fps), "size": np.array([dance.width, dance.height])}
    faces: dict[str, Any] = {}
    for d in dance.dancers:
        of = f"dancer{d.identity}"
        poses |= {f"{of}.xyz": d.pose.xyz, f"{of}.visibility": d.pose.visibility, f"{of}.present": d.pose.present}
        poses |= {f"{of}.box": d.box}
        if d.face is not None:
            faces |= {f"{of}.landmarks": d.face.landmarks, f"{of}.head": d.face.head}
            faces |= {f"{of}.coefficients": d.face.coefficients, f"{of}.present": d.face.present}
    pose, face = folder / "pose.npz", folder / "face.npz"
    np.savez_compressed(pose, **poses)
    if faces:
        np.savez_compressed(face, **faces)
    return pose, face if faces else None


def _preview(dance: Dance, folder: Path, report: Report) -> tuple[Path, Path]:
    """The clip, or a dark stage, with everybody's skeleton drawn on it, and one picture of it."""
    from components.perceive.draw import draw_dancers

    shrink = min(1.0, _PREVIEW / max(dance.width, dance.height))
    size = (max(2, round(dance.width * shrink / 2) * 2), max(2, round(dance.height * shrink / 2) * 2))
    silent_file, preview, poster = folder / "silent.mp4", folder / "preview.mp4", folder / "poster.jpg"
    shown = np.any([d.pose.present for d in dance.dancers], axis=0)
    chosen = int(np.flatnonzero(shown)[len(np.flatnonzero(shown)) // 3])
    with VideoWriter(silent_file, *size, dance.fps, crf=24) as writer:
        for i, rgb in enumerate(_frames(dance)):
            drawn = draw_dancers(rgb, dance.dancers, i, first=1)
            if shrink < 1 or drawn.shape[1::-1] != size:
                drawn = np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.uint8)
            writer.write(drawn)
            if i == chosen:
                write_picture(poster, drawn)
            if i % 10 == 0:
                report(Progress(PREVIEW, i, dance.frames, "drawing the skeletons"))
    join([silent_file], dance.sound, preview, overwrite=True)
    silent_file.unlink()
    return preview, poster


def _frames(dance: Dance) -> Any:
    """Frames to draw on, each to be written over."""
    if dance.clip is not None:
        for rgb in decode(dance.clip):
            yield np.ascontiguousarray(rgb)
        return
    stage: UInt8 = np.full((dance.height, dance.width, 3), _FLOOR, np.uint8)
    for _ in range(dance.frames):
        yield stage
