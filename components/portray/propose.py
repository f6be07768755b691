"""Shifts of the picture that may carry on, in a hole, what surrounds it."""

from __future__ import annotations

import numpy as np

from components.core import Bool, Float32, Int32

WINDOWS = 26
"""Windows of each size that are matched on the rim of the hole."""
BEST = 2
"""Matches of a window that are proposed."""


def propose(image: Float32, hole: Bool, source: Bool) -> Int32:
    """Shifts that carry on what surrounds the hole, found by matching windows on its rim; and plain ones sideways.

    Args:
        image: (H, W, 3) float32.
        hole, source: (H, W) bool.

    Returns:
        (L, 2) int32 rows and columns from a pixel of the hole to the one it copies.
    """
    import cv2

    height, width = hole.shape
    long = max(height, width)
    shifts: list[tuple[int, int]] = []
    rim = np.argwhere(hole & (cv2.erode(hole.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1) == 0))
    order = np.random.default_rng(3).permutation(len(rim))
    picture = np.where(source[..., None], image, 0).astype(np.float32)
    for half in (max(4, round(0.03 * long)), max(6, round(0.06 * long))):
        taken = np.zeros(hole.shape, bool)
        count = 0
        for y, x in rim[order]:
            if count == WINDOWS or taken[y, x]:
                continue
            count += 1
            taken[max(0, y - half) : y + half + 1, max(0, x - half) : x + half + 1] = True
            shifts += _continue(picture, source, hole, int(y), int(x), half)
    step = max(2, round(0.02 * long))
    shifts += [(0, s * d) for d in range(step, width, 2 * step) for s in (-1, 1)]
    shifts += [(s * d, 0) for d in range(3 * step, height, 5 * step) for s in (-1, 1)]
    return np.array(list(dict.fromkeys(shifts)), np.int32)


def _continue(picture: Float32, source: Bool, hole: Bool, y: int, x: int, half: int) -> list[tuple[int, int]]:
    """Shifts at which what is known of a window looks alike, and what is not known of it is known there."""
    import cv2

    height, width = hole.shape
    y0, y1, x0, x1 = max(0, y - half), min(height, y + half + 1), max(0, x - half), min(width, x + half + 1)
    window = np.s_[y0:y1, x0:x1]
    mask = source[window].astype(np.float32)
    if mask.sum() < 0.1 * mask.size:
        return []
    gap = hole[window].astype(np.float32)
    off = cv2.matchTemplate(picture, np.ascontiguousarray(picture[window]), cv2.TM_SQDIFF, mask=np.dstack([mask] * 3))
    off = np.maximum(off, 0) / mask.sum()
    missing = (~source).astype(np.float32)
    unknown = cv2.matchTemplate(missing, np.maximum(gap, 0.3 * mask), cv2.TM_CCORR) / mask.size
    v, u = np.mgrid[: off.shape[0], : off.shape[1]].astype(np.float32)
    long = max(height, width)
    off = off + 0.05 * ((v - y0) / long) ** 2 + 0.005 * ((u - x0) / long) ** 2 + 0.5 * unknown
    found = []
    near = max(2, half // 2)
    off[max(0, y0 - 2) : y0 + 3, max(0, x0 - 2) : x0 + 3] = np.inf
    for _ in range(BEST):
        best = int(off.argmin())
        row, column = divmod(best, off.shape[1])
        if not np.isfinite(off[row, column]):
            break
        found.append((row - y0, column - x0))
        off[max(0, row - near) : row + near + 1, max(0, column - near) : column + near + 1] = np.inf
    return found
