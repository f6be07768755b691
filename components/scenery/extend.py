"""A picture continued beyond its edges: more of the same wall, sky or floor."""

from __future__ import annotations

import cv2
import numpy as np

from components.core import Float32, UInt8

_LIGHT = 0.06
"""Sigma of what counts as light and shade, not as pattern, as a share of the frame's longer side."""
_ALIKE, _BUSY = 16.0, 0.8
"""8-bit levels, and share of the edge's own variety, by which what lies along the edge may differ from it: beyond that
something else begins."""
_LEAST, _MOST = 0.02, 0.5
"""Depth of the strip whose pattern is repeated, as a share of the picture."""
_ONWARDS, _RISE = 0.12, 12.0
"""Share of the frame over which a slope of the light goes on, and the levels it may come to."""
_SPREAD = 0.6
"""How fast the edge's light is spread sideways with distance, px a px."""
_GRAIN = 2.5
"""Most levels of grain where there is no pattern any more."""


def extend(picture: UInt8, above: int, below: int, left: int, right: int) -> UInt8:
    """Continue a picture beyond its edges.

    The pattern (bricks, clouds, boards) is mirrored from the strip along the edge that is alike, and fades where that
    strip has been used up, so that nothing farther in is seen twice. Light and shade are not mirrored but go on as they
    come to the edge: a sky that darkens upwards does not brighten again.

    Args:
        picture: (H, W, 3) uint8 sRGB.
        above, below, left, right: px to add on each side.

    Returns:
        (above + H + below, left + W + right, 3) uint8; the picture itself is unchanged in it.
    """
    out = _upwards(picture, above)
    out = _upwards(out[::-1], below)[::-1]
    out = _upwards(np.ascontiguousarray(out.transpose(1, 0, 2)), left)
    out = _upwards(out[::-1], right)[::-1].transpose(1, 0, 2)
    return np.ascontiguousarray(out)


def _upwards(picture: UInt8, rows: int) -> UInt8:
    """(rows + H, W, 3) uint8: the picture with rows added above it."""
    if rows <= 0:
        return picture
    height, width = picture.shape[:2]
    sigma = _LIGHT * max(height + rows, width)
    source = np.ascontiguousarray(picture).astype(np.float32)
    light = _blurred(source, sigma)
    depth = _alike(_blurred(source, sigma / 4))
    distance = np.arange(1, rows + 1, dtype=np.float32)[::-1]
    # Back and forth within the strip: 0, 1, .. depth - 1, depth - 1, .. 0, 0, ..
    there = (distance.astype(np.int64) - 1) % (2 * depth)
    there = np.minimum(there, 2 * depth - 1 - there)
    pattern = (source - light)[there]
    share = np.clip(1.6 - 0.8 * distance / depth, 0, 1)[:, None, None] if depth < rows else 1.0
    added = _light_beyond(light, distance, rows) + share * pattern + (1 - share) * _grain(source, rows)
    return np.concatenate([np.clip(added + 0.5, 0, 255).astype(np.uint8), picture])


def _blurred(image: Float32, sigma: float) -> Float32:
    """Gaussian blur of a large sigma, on a smaller copy; slopes go on beyond the upper and lower edge."""
    step = max(1, int(sigma / 4))
    size = (max(1, image.shape[1] // step), max(1, image.shape[0] // step))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    spread = max(sigma / step, 0.5)
    more = min(round(3 * spread), len(small))
    ends = [2 * _at_edge(part) - part for part in (small[:more], small[::-1][:more])]
    longer = np.concatenate([ends[0][::-1], small, ends[1]])
    soft = cv2.GaussianBlur(longer, (0, 0), spread, borderType=cv2.BORDER_REFLECT)[more : more + len(small)]
    return np.asarray(cv2.resize(soft, image.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _at_edge(rows: Float32) -> Float32:
    """(1, W, 3): what rows come to at their first edge, by the line through them: one row alone may be a joint."""
    half = len(rows) // 2
    mean: Float32 = rows.mean(axis=0, keepdims=True)
    if half == 0:
        return mean
    apart = len(rows) - half
    slope = (rows[:half].mean(axis=0) - rows[-half:].mean(axis=0)) / apart
    return np.asarray(mean + 0.5 * len(rows) * slope, np.float32)


def _alike(soft: Float32) -> int:
    """Rows from the upper edge over which the picture is about as at the edge."""
    height = len(soft)
    least, most = max(1, round(_LEAST * height)), max(1, round(_MOST * height))
    apart = np.abs(soft[:most] - soft[:1]).max(axis=2).mean(axis=1)
    other = np.flatnonzero(apart > _ALIKE + _BUSY * float(soft[0].std(axis=0).max()))
    return min(most, max(least, int(other[0]) if len(other) else most))


def _light_beyond(light: Float32, distance: Float32, rows: int) -> Float32:
    """(rows, W, 3): the edge's light, wider spread with distance, and its slope, which goes on for a while."""
    height, width = light.shape[:2]
    edge = light[:1]
    span = max(2, round(0.08 * height))
    within = light[min(span, height - 1)]
    reach = _ONWARDS * (height + rows)
    slope = (edge[0].mean(axis=0) - within.mean(axis=0)) / span
    onwards = np.clip(slope * reach, -_RISE, _RISE)
    out = np.empty((rows, width, 3), np.float32)
    steps = np.concatenate([[0.0], np.geomspace(2.0, max(4.0, float(rows)), 14)])
    spread = [edge[0] if s == 0 else cv2.GaussianBlur(edge, (0, 0), _SPREAD * s, borderType=cv2.BORDER_REFLECT)[0]
              for s in steps]  # fmt: skip
    at = np.clip(np.searchsorted(steps, distance) - 1, 0, len(steps) - 2)
    part = ((distance - steps[at]) / (steps[at + 1] - steps[at])).astype(np.float32)
    for row, (k, p) in enumerate(zip(at, part, strict=True)):
        out[row] = (1 - p) * spread[k] + p * spread[k + 1]
    return np.asarray(out + ((1 - np.exp(-distance / reach))[:, None] * onwards)[:, None, :], np.float32)


def _grain(source: Float32, rows: int) -> Float32:
    """(rows, W, 1) noise as strong as that of the picture's calm places."""
    grey = source.mean(axis=2)
    rough = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.0))
    strength = min(_GRAIN, 2.0 * float(np.percentile(rough, 30)))
    noise = np.random.default_rng(0).standard_normal((rows, source.shape[1], 1))
    return np.asarray(strength * noise, np.float32)
