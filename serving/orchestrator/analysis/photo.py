"""Who is in a photo, for the page to box and for people to choose from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from components.core import Cast, Performer, Report, UInt8, silent
from components.media import read_picture, write_picture
from components.models.face import head_angles
from pipelines.dance.inspection import numbers
from pipelines.dance.job import notice_values
from pipelines.dance.wiring import DANCE_WIRING
from pipelines.runners.local import StepResult, run
from pipelines.wiring import Wiring

PHOTO_WIRING = Wiring(
    "troupe-analyse-photo",
    {"photo": DANCE_WIRING.parameters["photo"]},
    tuple(s for s in DANCE_WIRING.steps if s.name in ("photo", "portray")),
    "portray",
)
"""The very steps of the dance: what they give is kept, and a dance with this photo begins with it."""


@dataclass(frozen=True)
class FoundPerson:
    """Somebody in a photo.

    Attributes:
        values: index, box, score (how much of the body is seen, 0..1), pose and face as the table `dance_persons` has
            them.
        mask: PNG, grey, of the photo's size.
        layer: PNG of the photo's size, the person alone.
        composite: JPEG, the person before the clean plate.
    """

    values: dict[str, Any]
    mask: Path
    layer: Path
    composite: Path


@dataclass(frozen=True)
class PhotoAnalysis:
    """What a photo holds.

    Attributes:
        columns: width, height (px, upright, in which all coordinates are) and warnings of the table `photos`.
        persons: from left to right.
        display: JPEG of the photo as every browser shows it.
    """

    columns: dict[str, Any]
    persons: tuple[FoundPerson, ...]
    display: Path


def analyse(
    file: Path,
    folder: Path,
    *,
    cache: Path,
    workers: int | None = None,
    report: Report = silent,
    started: Callable[[str], None] | None = None,
    finished: Callable[[StepResult, Any], None] | None = None,
) -> PhotoAnalysis:
    """Find and cut out the people of a photo.

    Args:
        file: the photo.
        folder: where files go that are shown.
        cache: folder of finished steps (under "steps").
        workers, report, started, finished: as the runner takes them.

    Raises:
        TroupeError: as `components.ingest.photo` and `components.portray` say.
    """
    result = run(
        PHOTO_WIRING,
        {"photo": str(file)},
        cache / "steps",
        report=report,
        workers=workers,
        started=started,
        finished=finished,
    )
    cast: Cast = result.output
    rgb = np.ascontiguousarray(read_picture(cast.photo.uri)[..., :3])
    plate = read_picture(cast.plate.uri)[..., :3]
    folder.mkdir(parents=True, exist_ok=True)
    display = folder / "display.jpg"
    write_picture(display, rgb)
    return PhotoAnalysis(
        {
            "width": cast.photo.width,
            "height": cast.photo.height,
            "warnings": [notice_values(n) for n in result.notices],
        },
        tuple(_person(performer, rgb, plate, folder) for performer in cast.performers),
        display,
    )


def _person(performer: Performer, rgb: UInt8, plate: UInt8, folder: Path) -> FoundPerson:
    matte = np.ascontiguousarray(performer.matte)
    mask, layer = folder / f"mask-{performer.index}.png", folder / f"layer-{performer.index}.png"
    composite = folder / f"composite-{performer.index}.jpg"
    write_picture(mask, matte)
    write_picture(layer, np.dstack([np.where(matte[..., None] > 0, rgb, 0).astype(np.uint8), matte]))
    share = matte[..., None].astype(np.float32) / 255
    write_picture(composite, np.round(rgb * share + plate * (1 - share)).astype(np.uint8))
    face = None
    if performer.face is not None:
        face = {"landmarks": numbers(performer.face), "head": numbers(head_angles(performer.face))}
    values = {
        "index": performer.index,
        "box": numbers(performer.box),
        "score": round(float(np.mean(performer.visibility)), 3),
        "pose": numbers(performer.landmarks),
        "face": face,
    }
    return FoundPerson(values, mask, layer, composite)
