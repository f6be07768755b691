"""The place behind people is put together from whole pieces of the photo, whose light is then evened out."""

from __future__ import annotations

import numpy as np

from components.core import Bool, Float32, Int32, UInt8
from components.portray.blend import level_seams
from components.portray.propose import propose
from components.portray.shifts import Taste, assign, features
from components.portray.smooth import level_fill

LONGEST = 360
"""Long side in px of the picture on which pieces are chosen."""
NODES = 8000
"""Pixels of the hole in that picture at most."""
TASTE = Taste()


def montage_fill(rgb: UInt8, hole: Bool) -> UInt8:
    """Fill a large hole with moved pieces of the rest of the picture.

    Shift maps (Pritch, Kav-Venaki, Peleg, 2009; He and Sun, 2012): every pixel of the hole is copied from the known one
    that lies by one of some 150 shifts away; a graph cut gives neighbours the same shift or lays the seam where the
    pieces look alike. Nothing is averaged, so edges and texture stay as sharp as they are, and lines go on straight.
    Chosen small, then with seams drawn at twice that size and shifts aligned at full size. Deterministic.

    Args:
        rgb: (H, W, 3) uint8.
        hole: (H, W) bool.

    Returns:
        (H, W, 3) uint8, equal to `rgb` outside the hole.
    """
    if not hole.any() or hole.all():
        return rgb.copy()
    image = rgb.astype(np.float32) / np.float32(255)
    height, width = hole.shape
    scale = min(1.0, LONGEST / max(height, width), float(np.sqrt(NODES / hole.sum())))
    small, gap, known = _reduced(image, hole, scale)
    tone = level_fill(small, known, 0.012 * max(gap.shape) + 0.6)
    small = np.where(gap[..., None], tone, small)
    shifts = propose(small, gap, known)
    label = assign(features(small, known, TASTE.edge), tone, gap, known, shifts, TASTE)
    used = np.unique(label[label >= 0])
    label = np.where(label >= 0, np.searchsorted(used, label), -1).astype(np.int32)
    ratio = np.array([height / gap.shape[0], width / gap.shape[1]])
    exact = np.round(shifts[used] * ratio).astype(np.int32)
    if scale < 1:
        exact = _aligned(rgb, hole, label, exact, max(1, round(0.6 / scale)))
        label = _finer(image, hole, label, exact, min(1.0, 2 * scale))
    copied = _copied(hole, label, exact)
    out = rgb.copy()
    out[hole] = np.round(level_seams(image, hole, copied)[hole] * 255).astype(np.uint8)
    return out


def _reduced(image: Float32, hole: Bool, scale: float) -> tuple[Float32, Bool, Bool]:
    """The picture at another size without what shows of the hole; the hole with all it touches; what is known."""
    import cv2

    height, width = hole.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    share = cv2.resize((~hole).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    colours = cv2.resize(image * ~hole[..., None], size, interpolation=cv2.INTER_AREA)
    small = np.ascontiguousarray(colours / np.maximum(share, 1e-3)[..., None], dtype=np.float32)
    gap = share < 0.995
    return small, gap, ~gap


def _finer(image: Float32, hole: Bool, label: Int32, exact: Int32, scale: float) -> Int32:
    """Draw the seams anew at another size, each near where it was."""
    import cv2

    small, gap, known = _reduced(image, hole, scale)
    tone = level_fill(small, known, 0.012 * max(gap.shape) + 0.6)
    small = np.where(gap[..., None], tone, small)
    before = cv2.resize(label.astype(np.float32), gap.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(np.int32)
    shifts = np.round(exact * np.array([gap.shape[0] / hole.shape[0], gap.shape[1] / hole.shape[1]])).astype(np.int32)
    return assign(features(small, known, TASTE.edge), tone, gap, known, shifts, TASTE, before)


def _aligned(rgb: UInt8, hole: Bool, label: Int32, exact: Int32, reach: int) -> Int32:
    """Move each shift by a few px so that its piece fits what is known beside it, at full size."""
    import cv2

    height, width = hole.shape
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    out = exact.copy()
    rows, columns = (height / label.shape[0], width / label.shape[1])
    steps = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1).T
    steps = steps[np.argsort(np.abs(steps).sum(axis=1), kind="stable")]
    for k in range(len(exact)):
        piece = (label == k).astype(np.uint8)
        beside = (cv2.dilate(piece, np.ones((5, 5), np.uint8)) > 0) & (label < 0)
        cells = np.argwhere(beside)
        if len(cells) < 4:
            continue
        # A few pixels of each cell: enough to tell where an edge lies.
        inside = np.array([(0.2, 0.5), (0.5, 0.2), (0.8, 0.6), (0.5, 0.8)])
        points = ((cells[:, None] + inside) * [rows, columns]).reshape(-1, 2).astype(int)[:1200]
        points = points[~hole[points[:, 0], points[:, 1]]]
        to = points[None] + exact[k] + steps[:, None]
        inner = (to >= 0).all(axis=-1) & (to[..., 0] < height) & (to[..., 1] < width)
        to = to.clip(0, [height - 1, width - 1])
        inner &= ~hole[to[..., 0], to[..., 1]]
        off = (grey[to[..., 0], to[..., 1]] - grey[points[:, 0], points[:, 1]]) * inner
        count = inner.sum(axis=1)
        mean = off.sum(axis=1) / np.maximum(count, 1)
        error = np.minimum(np.abs(off - mean[:, None] * inner), 40.0).sum(axis=1) / np.maximum(count, 1)
        error = np.where(count > 0.5 * len(points), error, np.inf)
        best = int(error.argmin())
        if error[best] < 0.92 * error[0]:
            out[k] = exact[k] + steps[best]
    return out


def _copied(hole: Bool, label: Int32, exact: Int32) -> Int32:
    """(H, W, 2) int32 the shift of every pixel of the hole at full size; all of them lead to known pixels."""
    import cv2
    from scipy.ndimage import distance_transform_edt

    height, width = hole.shape
    big = cv2.resize(label.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST).astype(np.int32)
    out = np.zeros((height, width, 2), np.int32)
    y, x = np.nonzero(hole)
    place = np.stack([y, x], axis=1)
    way = exact[big[y, x]] if len(exact) else np.zeros_like(place)
    good = (big[y, x] >= 0) & _leads(hole, place + way)
    out[y[good], x[good]] = way[good]
    if not good.all():
        # What has no shift, or one that misses by a pixel, follows the nearest pixel that has one; or repeats the rim.
        lost = np.zeros(hole.shape, bool)
        lost[y[~good], x[~good]] = True
        spots = place[~good]
        if good.any():
            near = distance_transform_edt(lost | ~hole, return_distances=False, return_indices=True)
            way = out[near[0][lost], near[1][lost]]
            fits = _leads(hole, spots + way)
            out[spots[fits, 0], spots[fits, 1]] = way[fits]
            spots = spots[~fits]
        rim = distance_transform_edt(hole, return_distances=False, return_indices=True)
        out[spots[:, 0], spots[:, 1]] = np.stack([rim[0], rim[1]], axis=-1)[spots[:, 0], spots[:, 1]] - spots
    return out


def _leads(hole: Bool, place: Int32) -> Bool:
    """Whether places lie in the picture and are known."""
    height, width = hole.shape
    inner = (place >= 0).all(axis=1) & (place[:, 0] < height) & (place[:, 1] < width)
    to = place.clip(0, [height - 1, width - 1])
    leads: Bool = inner & ~hole[to[:, 0], to[:, 1]]
    return leads
