"""Who is in a picture or a video: as JSON, and drawn over it."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from components.core import Clip, Dance, Progress, Report, Sound, Still, TroupeError, silent
from pipelines.dance.job import _existing, check_output, deliver, notice_values
from pipelines.runners.local import run
from pipelines.wiring import Parameter, Step, Wiring

_SOURCE = {"media": Parameter(str), "start": Parameter(float, 0.0), "duration": Parameter(float, 0.0)}
PHOTO_WIRING = Wiring(
    "troupe-inspect-photo",
    _SOURCE,
    (Step("photo", "components.ingest.photo", values={"source": "media"}),),
    "photo",
)
CLIP_WIRING = Wiring(
    "troupe-inspect-clip",
    _SOURCE,
    (
        Step(
            "clip",
            "components.ingest.clip",
            values={"source": "media"},
            settings={"start": "start", "duration": "duration"},
        ),
        Step("perceive", "components.perceive.stage", inputs={"clip": ("clip",)}),
    ),
    "perceive",
)


def inspect(
    media: str,
    out: Path | None,
    *,
    start: float = 0.0,
    duration: float | None = None,
    overwrite: bool = False,
    cache: Path,
    workers: int | None = None,
    report: Report = silent,
    started: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Find the people in a picture or video.

    Args:
        media: path or URL.
        out: where to draw what was found: .png for a picture or the first frame with somebody, .mp4 for a video.
        start, duration: seconds of a video.
        overwrite: replace what is there.
        cache: folder of finished steps (under "steps").
        workers, report, started: as the runner takes them.

    Returns:
        JSON values: kind, size, people or dancers with boxes, landmarks (per mean frame for videos), warnings.

    Raises:
        TroupeError: what the user can mend.
    """
    from components.media import is_picture

    media = _existing(media, "file")
    arguments = {"media": media, "start": start, "duration": duration or 0.0}
    still = "://" not in media and is_picture(Path(media))
    target = _target(out, still, overwrite) if out is not None else None
    result = run(
        PHOTO_WIRING if still else CLIP_WIRING,
        arguments,
        cache / "steps",
        report=report,
        workers=workers,
        started=started,
    )
    found = _still(result.output, target, overwrite) if still else _clip(result.output, target, overwrite, report)
    return {"media": media, **found, "warnings": [notice_values(n) for n in result.notices]}


def columns(found: dict[str, Any]) -> tuple[list[str], list[list[Any]]]:
    """Titles and lines of a table of the people that `inspect` found."""
    if found["kind"] == "picture":
        lines = [
            [p["index"], _box(p["box"]), "no" if p["face"] is None else "yes", sum(h is not None for h in p["hands"])]
            for p in found["people"]
        ]
        return ["performer", "x0, y0, x1, y1 px", "face", "hands"], lines
    lines = [
        [d["index"], _box(d["box"]), f"{d['present']:.0%}", f"{d['face']:.0%}", f"{d['hands']:.0%}"]
        for d in found["dancers"]
    ]
    return ["dancer", "x0, y0, x1, y1 px", "in sight", "face", "hands"], lines


def _box(box: list[float] | None) -> str:
    return "-" if box is None else ", ".join(f"{v:.0f}" for v in box)


def _target(out: Path, still: bool, overwrite: bool) -> Path:
    suffix = out.suffix.lower()
    if suffix == ".png":
        checked = check_output(out.with_suffix(".mp4"), overwrite=True).with_suffix(".png")
        if checked.exists() and not overwrite:
            raise TroupeError(
                "output_exists", f"{out} exists; choose another name or add --overwrite.", output=str(out)
            )
        return checked
    if still or suffix != ".mp4":
        kinds = ".png" if still else ".png or .mp4"
        raise TroupeError("invalid_setting", f"The overlay {out} must end in {kinds}.", output=str(out))
    return check_output(out, overwrite)


def _still(still: Still, target: Path | None, overwrite: bool) -> dict[str, Any]:
    from components.media import read_picture, write_picture
    from components.models.people import find_people
    from components.perceive.draw import draw_people

    rgb = np.ascontiguousarray(read_picture(Path(still.uri))[..., :3])
    people = sorted(find_people(rgb), key=lambda p: float(p.box[0] + p.box[2]))
    if target is not None:
        with tempfile.TemporaryDirectory() as folder:
            drawn = Path(folder) / "overlay.png"
            write_picture(drawn, draw_people(rgb, people))
            deliver(drawn, target, overwrite)
    return {
        "kind": "picture",
        "width": still.width,
        "height": still.height,
        "people": [
            {
                "index": i,
                "box": numbers(p.box),
                "score": round(float(p.score), 3),
                "landmarks": numbers(p.xyz),
                "visibility": numbers(p.visibility),
                "hands": [numbers(h) if np.isfinite(h).all() else None for h in p.hands],
                "face": None if p.face is None else numbers(p.face),
                "head": None if p.head is None else numbers(p.head),
            }
            for i, p in enumerate(people)
        ],
    }


def _clip(dance: Dance, target: Path | None, overwrite: bool, report: Report) -> dict[str, Any]:
    clip = dance.clip
    assert clip is not None
    if target is not None:
        with tempfile.TemporaryDirectory() as folder:
            drawn = Path(folder) / f"overlay{target.suffix}"
            _draw(dance, clip, drawn, report)
            deliver(drawn, target, overwrite)
    return {
        "kind": "video",
        "width": dance.width,
        "height": dance.height,
        "fps": float(dance.fps),
        "frames": dance.frames,
        "duration": round(dance.frames / float(dance.fps), 3),
        "sound": _sound(dance.sound),
        "tempo": None if dance.beats is None else round(dance.beats.tempo, 1),
        "beats": [] if dance.beats is None else numbers(dance.beats.beats),
        "dancers": [
            {
                "index": d.identity,
                "present": round(float(np.mean(d.pose.present)), 3),
                "box": numbers(np.nanmedian(d.box, axis=0)) if d.pose.present.any() else None,
                "face": 0.0 if d.face is None else round(float(np.mean(d.face.present)), 3),
                "hands": 0.0 if d.pose.hands is None else round(float(np.isfinite(d.pose.hands[..., 0, 0]).mean()), 3),
                "visibility": round(float(d.pose.visibility[d.pose.present].mean()), 3)
                if d.pose.present.any()
                else 0.0,
            }
            for d in dance.dancers
        ],
    }


def _draw(dance: Dance, clip: Clip, target: Path, report: Report) -> None:
    from components.media import VideoWriter, decode, write_picture
    from components.perceive.draw import draw_dancers

    if target.suffix == ".png":
        present = np.any([d.pose.present for d in dance.dancers], axis=0)
        first = int(np.argmax(present))
        for rgb in decode(clip, first=first, count=1):
            write_picture(target, draw_dancers(rgb, dance.dancers, first))
        return
    width, height = clip.width // 2 * 2, clip.height // 2 * 2
    with VideoWriter(target, width, height, clip.fps) as writer:
        for i, rgb in enumerate(decode(clip, size=(width, height))):
            writer.write(draw_dancers(np.ascontiguousarray(rgb), dance.dancers, i))
            if i % 15 == 0:
                report(Progress("overlay", i, clip.frames, "drawing"))


def _sound(sound: Sound | None) -> dict[str, Any] | None:
    return None if sound is None else {"rate": sound.rate, "channels": sound.channels}


def numbers(values: Any) -> Any:
    """Arrays as JSON: rounded to two places, NaN as null."""
    rounded = np.round(np.asarray(values, dtype=np.float64), 2).tolist()
    return _without_nan(rounded)


def _without_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nan(v) for v in value]
    return None if isinstance(value, float) and math.isnan(value) else value
