"""What is hidden is completed with patches of what is seen, from coarse to fine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.core import Bool, Float32, UInt8
from components.portray.patches import search, vote
from components.portray.smooth import smooth_fill

WORKING = 288
"""Long side in px of the largest picture on which patches are searched."""
REACH = 3
"""Patches are 2 * REACH + 1 px wide."""


@dataclass(frozen=True)
class Look:
    """What makes a patch fit besides its neighbours. Costs are squared differences of colours 0..1 over 3 channels.

    Attributes:
        down, across: cost of copying from as far above or below, or from the side, as the picture is long.
    """

    down: float = 0.0
    across: float = 0.0


def patch_fill(rgb: UInt8, hole: Bool, source: Bool, look: Look, working: int = WORKING) -> UInt8:
    """Complete a hole with patches from elsewhere in the picture.

    Coarse-to-fine patch optimisation (Wexler, Shechtman, Irani, 2007) with PatchMatch (Barnes et al., 2009), begun by
    peeling the hole from its rim inwards; the finest matches are carried to full size, where the photo's own detail
    is copied, so its texture stays sharp. Deterministic.

    Args:
        rgb: (H, W, 3) uint8.
        hole: (H, W) bool: what to fill.
        source: (H, W) bool: what may be copied. Pixels in neither are ignored and kept.
        look: what makes a patch fit.
        working: long side in px of the finest picture on which patches are searched.

    Returns:
        (H, W, 3) uint8, equal to `rgb` outside the hole.
    """
    source = source & ~hole
    if not hole.any() or not source.any():
        return rgb.copy()
    rows, columns = np.flatnonzero((hole | source).any(axis=1)), np.flatnonzero((hole | source).any(axis=0))
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    image, full_hole, full_source = rgb[window].astype(np.float32) / np.float32(255), hole[window], source[window]
    pyramid = _pyramid(image, full_hole, full_source, working)
    current: Float32 | None = None
    flow: Float32 | None = None
    for number, (small, small_hole, good) in enumerate(reversed(pyramid)):
        current, flow = _level(small, small_hole, good, current, flow, look, number)
    out = rgb.copy()
    if current is None or flow is None:
        smooth = smooth_fill(image, full_source)
        out[window][full_hole] = np.round(np.clip(smooth, 0, 1) * 255).astype(np.uint8)[full_hole]
        return out
    out[window][full_hole] = _carry(image, full_hole, full_source, current, flow)[full_hole]
    return out


def _pyramid(image: Float32, hole: Bool, source: Bool, working: int) -> list[tuple[Float32, Bool, Bool]]:
    """(picture, hole, usable pixels) from the working size down to where the hole is a few pixels deep."""
    import cv2

    height, width = hole.shape
    share, gap = source.astype(np.float32), hole.astype(np.float32)
    colours = image * share[..., None]
    scale = min(1.0, working / max(height, width))
    levels: list[tuple[Float32, Bool, Bool]] = []
    while len(levels) < 8:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        shape = size[::-1]
        if size != share.shape[::-1]:
            colours = cv2.resize(colours, size, interpolation=cv2.INTER_AREA).reshape(*shape, 3)
            share = cv2.resize(share, size, interpolation=cv2.INTER_AREA).reshape(shape)
            gap = cv2.resize(gap, size, interpolation=cv2.INTER_AREA).reshape(shape)
        holes = gap > 0.01
        small = np.where(share[..., None] > 0.05, colours / np.maximum(share, 1e-6)[..., None], 0)
        levels.append((small.astype(np.float32), holes, (share > 0.6) & ~holes))
        depth = float(cv2.distanceTransform(holes.astype(np.uint8), cv2.DIST_L2, 3).max())
        if depth <= 3 or min(size) < 24:
            break
        scale *= 0.62
    return levels


def _level(
    image: Float32, hole: Bool, good: Bool, before: Float32 | None, flow: Float32 | None, look: Look, number: int
) -> tuple[Float32 | None, Float32 | None]:
    """One scale: returns the filled picture and, for each pixel, the relative place it was copied from."""
    import cv2

    height, width = hole.shape
    size = (width, height)
    reach, usable = _usable(good)
    if not usable.any():
        return before, flow
    image = image.copy()
    long = max(height, width)
    cost = (look.down / long**2, look.across / long**2)
    near = cv2.dilate(hole.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    targets = np.argwhere(near & (hole | good)).astype(np.int32)
    index = np.full((height, width), -1, np.int32)
    index[targets[:, 0], targets[:, 1]] = np.arange(len(targets), dtype=np.int32)
    sources = np.argwhere(usable).astype(np.int32)
    match = sources[np.random.default_rng(7 + number).integers(0, len(sources), len(targets))]
    error = np.zeros(len(targets), np.float32)
    depth = cv2.distanceTransform((~good).astype(np.uint8), cv2.DIST_L2, 5)
    trust = np.where(hole | good, 1.25 ** -np.minimum(depth, 24.0), 0).astype(np.float32)
    if before is None or flow is None:
        seen, left = (trust * ~hole).astype(np.float32), hole.copy()
        for peel in range(long):
            rim = left & (cv2.dilate((seen > 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
            if not rim.any():
                break
            ring = cv2.dilate(rim.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
            chosen = ring[targets[:, 0], targets[:, 1]]
            some, local = targets[chosen], np.full_like(index, -1)
            local[some[:, 0], some[:, 1]] = np.arange(len(some), dtype=np.int32)
            found, off = match[chosen], error[chosen]
            search(image, seen, some, local, sources, usable, found, off, reach, cost, 4, 101 + peel, 0.0)
            vote(image, rim, seen, some, found, off, reach, 0.5 / (float(np.median(off)) + 1e-5))
            match[chosen], error[chosen] = found, off
            seen = np.where(rim, trust, seen).astype(np.float32)
            left &= ~rim
        image[left] = smooth_fill(image, ~left)[left]
    else:
        up = cv2.resize(before, size, interpolation=cv2.INTER_LINEAR).reshape(height, width, 3)
        image[hole] = up[hole]
        guess = cv2.resize(flow, size, interpolation=cv2.INTER_NEAREST).reshape(height, width, 2)
        guess = np.round(guess[targets[:, 0], targets[:, 1]] * [height, width]).astype(np.int64) + targets
        guess = np.clip(guess, 0, [height - 1, width - 1])
        fits = usable[guess[:, 0], guess[:, 1]]
        match[fits] = guess[fits]
    for turn in range(6 if before is None else 3):
        seed = 11 + 31 * number + turn
        search(image, trust, targets, index, sources, usable, match, error, reach, cost, 2, seed, 0.25)
        vote(image, hole, trust, targets, match, error, reach, 0.5 / (_spread(error) + 1e-5))
    offsets = np.zeros((height, width, 2), np.float32)
    offsets[targets[:, 0], targets[:, 1]] = (match - targets) / np.array([height, width], np.float32)
    return image, offsets


def _spread(error: Float32) -> float:
    return float(np.percentile(error, 60))


def _usable(good: Bool) -> tuple[int, Bool]:
    """Reach of the patches, smaller where little is known, and the pixels in whose patch all is known."""
    import cv2

    height, width = good.shape
    reach = REACH
    while True:
        kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
        usable: Bool = cv2.erode(good.astype(np.uint8), kernel, borderValue=0) > 0
        usable[:reach] = usable[max(height - reach, 0) :] = False
        usable[:, :reach] = usable[:, max(width - reach, 0) :] = False
        if usable.sum() >= 20 or reach == 1:
            return reach, usable
        reach -= 1


def _carry(image: Float32, hole: Bool, source: Bool, small: Float32, flow: Float32) -> UInt8:
    """Bring the finest fill to full size: its low tones, with the photo's own detail copied along the matches."""
    import cv2

    height, width = hole.shape
    base = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    if small.shape[:2] != (height, width):
        y, x = np.nonzero(hole)
        sigma = 0.6 * width / small.shape[1]
        share = cv2.GaussianBlur(source.astype(np.float32), (0, 0), sigma)
        low = cv2.GaussianBlur(image * source[..., None], (0, 0), sigma)
        detail = np.where((source & (share > 0.5))[..., None], image - low / np.maximum(share, 1e-3)[..., None], 0)
        # The matches of the four cells around a pixel are blended, or every cell would show as a tile.
        rows, columns = small.shape[:2]
        v0, u0 = (y + 0.5) * rows / height - 0.5, (x + 0.5) * columns / width - 0.5
        total = np.zeros((len(y), 3), np.float32)
        weights = np.zeros(len(y), np.float32)
        for dv in (0, 1):
            for du in (0, 1):
                v, u = np.floor(v0) + dv, np.floor(u0) + du
                weight = ((1 - np.abs(v0 - v)) * (1 - np.abs(u0 - u))).astype(np.float32)
                offset = flow[v.clip(0, rows - 1).astype(int), u.clip(0, columns - 1).astype(int)]
                there = (
                    np.round(y + offset[:, 0] * height).clip(0, height - 1).astype(int),
                    np.round(x + offset[:, 1] * width).clip(0, width - 1).astype(int),
                )
                total += weight[:, None] * detail[there]
                weights += weight**2
        # Averages of unlike details are flatter than each: bring the contrast back.
        base[y, x] += total / np.sqrt(np.maximum(weights, 0.4))[:, None]
    out: UInt8 = np.round(np.clip(base, 0, 1) * 255).astype(np.uint8)
    return out
