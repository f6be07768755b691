"""A photo becomes a cast: its people cut out, layered and rigged, and the place without them."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, Field

from components.core import Cast, Progress, StageContext, Still, UInt8, Uri

BACKDROP = 190
"""Grey behind a photo that has no background of its own."""
ELSEWHERE = 0.4
"""A cut-out has at most this share of its opaque pixels where the pose network, whose masks are coarse, saw nobody."""


class PortraySettings(BaseModel, frozen=True):
    """How people are cut out of a photo.

    Attributes:
        min_height: px a person must be tall, head to foot, to be cut out.
    """

    min_height: int = Field(default=120, ge=32)


def run(photo: Still, *, settings: PortraySettings, context: StageContext) -> Cast:
    """Cut every person out of a photo.

    Args:
        photo: checked picture; where its alpha leaves little but people, they are cut out along it.
        settings: limits.
        context: where `plate.png` goes, and progress.

    Raises:
        TroupeError: no_person_found, only_a_face, person_too_small.
    """
    from components.media import read_picture, write_picture
    from components.models.people import find_people
    from components.portray import views
    from components.portray.anatomy import measure
    from components.portray.matte import shares
    from components.portray.person import cut_out
    from components.portray.plate import clean_plate

    report = context.report
    report(Progress("portray", 0, 0, "finding people"))
    picture = read_picture(photo.uri)
    rgb, opacity = np.ascontiguousarray(picture[..., :3]), None
    if picture.shape[2] == 4 and int(picture[..., 3].min()) < 250:
        opacity = np.ascontiguousarray(picture[..., 3])
        share = opacity[..., None].astype(np.float32) / np.float32(255)
        rgb = np.round(rgb * share + BACKDROP * (1 - share)).astype(np.uint8)
    people = sorted(find_people(rgb), key=lambda p: float(p.box[0] + p.box[2]))
    if opacity is not None and not _leaves_people(opacity, [p.mask for p in people]):
        opacity = None
    bodies = [measure(p.xyz, p.world, p.visibility) for p in people]
    foreign = shares(bodies, [p.mask for p in people])
    chosen = views.choose(people, foreign, settings.min_height)
    performers = []
    shown = np.zeros(rgb.shape[:2], bool)
    for index, k in enumerate(chosen):
        report(Progress("portray", index, len(chosen) + 1, f"cutting out person {index + 1}"))
        performer = cut_out(rgb, opacity, people[k], bodies[k], foreign[k], index)
        performers.append(performer)
        shown |= (performer.matte > 2) | ((people[k].mask > 60) & ~foreign[k])
    report(Progress("portray", len(chosen), len(chosen) + 1, "painting what was behind"))
    plate, _ = clean_plate(rgb, shown, [bodies[k] for k in chosen])
    file = context.workdir / "plate.png"
    write_picture(file, plate)
    report(Progress("portray", len(chosen) + 1, len(chosen) + 1, "done"))
    height, width = rgb.shape[:2]
    return Cast(photo, Still(Uri(str(file)), width, height, photo.sha256), tuple(performers))


def _leaves_people(opacity: UInt8, masks: list[UInt8]) -> bool:
    """The alpha of a photo cuts people out, rather than a corner or a frame off.

    Args:
        opacity: (H, W) uint8.
        masks: (H, W) uint8 of each person, as the pose network saw it.
    """
    elsewhere = opacity > 127
    opaque = int(elsewhere.sum())
    for mask in masks:
        elsewhere &= mask <= 60
    return int(elsewhere.sum()) < ELSEWHERE * opaque
