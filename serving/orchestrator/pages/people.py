"""The people of a photo as shapes of an SVG that lies over it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.choreograph.assign import LARGE
from serving.orchestrator.database import Photo

_BONES = (
    (11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24),
    (23, 25), (25, 27), (24, 26), (26, 28), (27, 31), (28, 32),
)  # fmt: skip
"""Pairs of MediaPipe's 33 joints."""
_SHOWN_POINTS = 160
"""Landmarks of a face that are drawn: more are a blot at the size of a page."""


@dataclass(frozen=True)
class Shape:
    """A person over the photo, everything in px of the photo.

    Attributes:
        index, number: as runs count, and as people do.
        x, y, width, height: the box.
        tag_x, tag_y: where the number stands.
        bones, landmarks: SVG paths.
        points: how many landmarks the face has.
        crop: viewBox of the head.
        leading: who dances a solo.
        large: dances in a group: not somebody far away in the background.
        chosen: ticked.
    """

    index: int
    number: int
    x: float
    y: float
    width: float
    height: float
    tag_x: float
    tag_y: float
    bones: str
    landmarks: str
    points: int
    crop: str
    leading: bool
    large: bool
    chosen: bool


def unit(photo: Photo) -> float:
    """A length in px of the photo that is small but visible: a hundredth of its longer side."""
    return round(max(photo.width, photo.height, 1) / 100, 2)


def leading(photo: Photo) -> int:
    """Index of the person who stands out: who takes most of the photo."""
    return max(photo.persons, key=lambda p: (p.box[2] - p.box[0]) * (p.box[3] - p.box[1])).index


def who(photo: Photo, performer: str) -> str:
    """A project's choice as the page puts it: solo, auto (the group), or some."""
    if performer == "auto" or not photo.persons:
        return "auto"
    return "solo" if performer == str(leading(photo)) else "some"


def shapes(photo: Photo, performer: str) -> list[Shape]:
    """Everybody in a photo, from left to right.

    Args:
        photo: that was looked at.
        performer: the project's choice.
    """
    if not photo.persons:
        return []
    chosen = set(performer.split(",")) if performer not in ("auto", "all") else set()
    if performer == "all":
        chosen = {str(p.index) for p in photo.persons}
    first = leading(photo)
    tallest = max(p.box[3] - p.box[1] for p in photo.persons)
    found = []
    for person in photo.persons:
        x0, y0, x1, y1 = (float(v) for v in person.box[:4])
        x0, y0 = max(0.0, x0), max(0.0, y0)
        x1, y1 = min(float(photo.width), x1), min(float(photo.height), y1)
        face = (person.face or {}).get("landmarks") or []
        found.append(
            Shape(
                person.index,
                person.index + 1,
                round(x0, 1),
                round(y0, 1),
                round(max(1.0, x1 - x0), 1),
                round(max(1.0, y1 - y0), 1),
                round(x0 + 3.4 * unit(photo), 1),
                round(y0 + 3.4 * unit(photo), 1),
                _bones(person.pose),
                _dots(face),
                len(face),
                _head(face, (x0, y0, x1, y1)),
                person.index == first,
                person.box[3] - person.box[1] >= LARGE * tallest,
                str(person.index) in chosen,
            )
        )
    return found


def _bones(pose: Sequence[Any]) -> str:
    if len(pose) < 33:
        return ""
    parts = []
    for a, b in _BONES:
        p, q = pose[a], pose[b]
        if _known(p) and _known(q):
            parts.append(f"M{p[0]:.1f} {p[1]:.1f}L{q[0]:.1f} {q[1]:.1f}")
    return "".join(parts)


def _dots(face: Sequence[Any]) -> str:
    """Dots that fit the face: a small face has few and small ones, so that it can still be seen."""
    known = [p for p in face if _known(p)]
    if not known:
        return ""
    wide = max(p[0] for p in known) - min(p[0] for p in known)
    r = max(0.2, 0.011 * wide)
    arc = f"a{r:.2f} {r:.2f} 0 1 0 {2 * r:.2f} 0a{r:.2f} {r:.2f} 0 1 0-{2 * r:.2f} 0"
    return "".join(f"M{p[0] - r:.1f} {p[1]:.1f}{arc}" for p in known[:: max(1, len(known) // _SHOWN_POINTS)])


def _head(face: Sequence[Any], box: tuple[float, float, float, float]) -> str:
    known = [p for p in face if _known(p)]
    if known:
        xs, ys = [p[0] for p in known], [p[1] for p in known]
        x0, y0, x1, y1 = min(xs), min(ys), max(xs), max(ys)
        side = 1.7 * max(x1 - x0, y1 - y0)
        return f"{(x0 + x1 - side) / 2:.1f} {(y0 + y1 - 1.15 * side) / 2:.1f} {side:.1f} {side:.1f}"
    x0, y0, x1, y1 = box
    side = min(x1 - x0, (y1 - y0) / 3)
    return f"{(x0 + x1 - side) / 2:.1f} {y0:.1f} {side:.1f} {side:.1f}"


def _known(point: Any) -> bool:
    return (
        point is not None
        and len(point) >= 2
        and all(isinstance(v, (int, float)) and math.isfinite(v) for v in point[:2])
    )
