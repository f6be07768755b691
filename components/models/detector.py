"""Where people are in a picture: the interface of detectors, and MediaPipe's on overlapping square tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from components.core import Float32, UInt8
from components.models.anchors import anchor_centres, decode, intersection_over_union, weighted_suppression
from components.models.bundled import POSE_DETECTION
from components.models.litert import LiteRtNetwork
from components.models.region import Region, region_between

_LAYERS = ((8, 2), (16, 2), (32, 6))
_STRIDE = 0.75
"""Sides between neighbouring tiles, at most."""


@dataclass(frozen=True)
class Detection:
    """A person who was found.

    Attributes:
        box: (4,) float32 px x0, y0, x1, y1; of the head and shoulders for MediaPipe, of the body for YOLO.
        region: the square that the pose network should look at.
        score: 0..1.
    """

    box: Float32
    region: Region
    score: float


class PersonDetector(Protocol):
    """Finds the people of a picture."""

    def load(self) -> None:
        """Read the weights. Raises TroupeError: model_missing, model_broken, extra_missing."""

    def __call__(self, rgb: UInt8) -> list[Detection]:
        """People in an (H, W, 3) uint8 sRGB picture, surest first."""


class MediaPipeDetector:
    """MediaPipe's pose detector, on the whole picture and on overlapping square tiles of it.

    One look at a wide picture misses people who are small in it, so it is also cut into squares.

    Args:
        threshold: smallest score of a person.
        shares: sides of the tiles in shares of the picture's short side.
        threads: of one call.
    """

    def __init__(self, *, threshold: float = 0.5, shares: Sequence[float] = (0.6,), threads: int = 1) -> None:
        self._network = LiteRtNetwork(POSE_DETECTION, threads=threads)
        self._threshold = threshold
        self._shares = tuple(shares)
        self._anchors = anchor_centres(self._network.size, _LAYERS)

    def load(self) -> None:
        """Read the weights. Raises TroupeError: model_missing, model_broken."""
        self._network.load()

    def __call__(self, rgb: UInt8) -> list[Detection]:
        """People in an (H, W, 3) uint8 sRGB picture, surest first."""
        height, width = rgb.shape[:2]
        points, scores = [], []
        for tile in tiles(width, height, self._shares):
            found, score = self._look(rgb, tile)
            points.append(found)
            scores.append(score)
        merged, best = weighted_suppression(np.concatenate(points), np.concatenate(scores), 0.3)
        return _distinct(
            [
                Detection(p[:2].reshape(4), region_between(p[2], p[3], 1.25), float(s))
                for p, s in zip(merged, best, strict=True)
            ]
        )

    def _look(self, rgb: UInt8, tile: tuple[int, int, int]) -> tuple[Float32, Float32]:
        x, y, side = tile
        height, width = rgb.shape[:2]
        part = rgb[max(0, y) : min(height, y + side), max(0, x) : min(width, x + side)]
        size = self._network.size
        scale = size / side
        w, h = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
        left, top = round((max(0, x) - x) * scale), round((max(0, y) - y) * scale)
        canvas = np.zeros((size, size, 3), np.uint8)
        w, h = min(w, size - left), min(h, size - top)
        canvas[top : top + h, left : left + w] = cv2.resize(part, (w, h), interpolation=cv2.INTER_AREA)
        out = self._network(canvas)
        found, score = decode(out["boxes"], out["scores"], self._anchors, size, self._threshold)
        return found * side + np.array([x - 0.5, y - 0.5], np.float32), score


def tiles(width: int, height: int, shares: Sequence[float]) -> list[tuple[int, int, int]]:
    """Squares (x, y, side in px) that cover a picture: the whole, letterboxed, then overlapping ones of each size.

    Args:
        width, height: px.
        shares: sides of the tiles in shares of the short side.
    """
    longest, shortest = max(width, height), min(width, height)
    out = [((width - longest) // 2, (height - longest) // 2, longest)]
    for share in shares:
        side = max(1, round(share * shortest))
        if longest > 1.2 * side:
            out += [(x, y, side) for y in _starts(height, side) for x in _starts(width, side)]
    return out


def _starts(length: int, side: int) -> list[int]:
    if length <= side:
        return [0]
    count = 1 + int(np.ceil((length - side) / (_STRIDE * side)))
    return [round(i * (length - side) / (count - 1)) for i in range(count)]


def _distinct(detections: Sequence[Detection]) -> list[Detection]:
    """Drop detections of tiles that saw the same person: same middle and similar reach."""
    kept: list[Detection] = []
    for d in detections:
        for k in kept:
            near = np.hypot(d.region.x - k.region.x, d.region.y - k.region.y) < 0.15 * max(d.region.size, k.region.size)
            overlap = float(intersection_over_union(d.box, k.box[None])[0])
            if (near and 0.6 < d.region.size / max(k.region.size, 1e-6) < 1.67) or overlap > 0.5:
                break
        else:
            kept.append(d)
    return kept
