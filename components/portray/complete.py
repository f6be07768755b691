"""What is hidden is completed with patches of what is seen, from coarse to fine."""

from __future__ import annotations

import numpy as np
from numba import njit

from components.core import Bool, Float32, Int32, UInt8

WORKING = 288
"""Long side in px of the largest picture on which patches are searched."""
REACH = 3
"""Patches are 2 * REACH + 1 px wide."""


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _patch_error(
    image: Float32,
    trust: Float32,
    y: int,
    x: int,
    v: int,
    u: int,
    reach: int,
    nearness: tuple[float, float],
    limit: float,
) -> float:
    """Squared difference of the patch at (y, x) to the one at (v, u), weighted by trust, plus what distance costs."""
    height, width = trust.shape
    dy, dx = float(v - y), float(u - x)
    far = nearness[0] * dy * dy + nearness[1] * dx * dx
    if far > limit:
        return 1e30
    total, weight = 0.0, 1e-9
    for j in range(max(-reach, -y), min(reach, height - 1 - y) + 1):
        for i in range(max(-reach, -x), min(reach, width - 1 - x) + 1):
            w = trust[y + j, x + i]
            if w <= 0.0:
                continue
            a = image[y + j, x + i, 0] - image[v + j, u + i, 0]
            b = image[y + j, x + i, 1] - image[v + j, u + i, 1]
            c = image[y + j, x + i, 2] - image[v + j, u + i, 2]
            total += w * (a * a + b * b + c * c)
            weight += w
    return total / weight + far


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _search(
    image: Float32, trust: Float32, targets: Int32, index: Int32, sources: Int32, usable: Bool, match: Int32,
    error: Float32, reach: int, nearness: tuple[float, float], rounds: int, seed: int,
) -> None:  # fmt: skip
    """PatchMatch (Barnes et al., 2009) for the target pixels, in place. Cost: targets x rounds x ~10 patches."""
    height, width = trust.shape
    state = np.uint64(seed * 2 + 1)
    for t in range(len(targets)):
        y, x = targets[t, 0], targets[t, 1]
        error[t] = _patch_error(image, trust, y, x, match[t, 0], match[t, 1], reach, nearness, 1e30)
    for r in range(rounds):
        forward = r % 2 == 0
        for n in range(len(targets)):
            t = n if forward else len(targets) - 1 - n
            y, x = targets[t, 0], targets[t, 1]
            step = -1 if forward else 1
            for k in range(2):
                yy, xx = (y + step, x) if k == 0 else (y, x + step)
                if yy < 0 or yy >= height or xx < 0 or xx >= width:
                    continue
                o = index[yy, xx]
                if o < 0:
                    continue
                v, u = match[o, 0] - (yy - y), match[o, 1] - (xx - x)
                if v < 0 or v >= height or u < 0 or u >= width or not usable[v, u]:
                    continue
                d = _patch_error(image, trust, y, x, v, u, reach, nearness, error[t])
                if d < error[t]:
                    error[t], match[t, 0], match[t, 1] = d, v, u
            window = float(max(height, width))
            while window >= 1.0:
                state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
                a = float((state >> np.uint64(33)) & np.uint64(0xFFFF)) / 65535.0 * 2.0 - 1.0
                b = float((state >> np.uint64(49)) & np.uint64(0x7FFF)) / 32767.0 * 2.0 - 1.0
                v, u = int(match[t, 0] + a * window), int(match[t, 1] + b * window)
                if 0 <= v < height and 0 <= u < width and usable[v, u]:
                    d = _patch_error(image, trust, y, x, v, u, reach, nearness, error[t])
                    if d < error[t]:
                        error[t], match[t, 0], match[t, 1] = d, v, u
                window *= 0.5
            state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
            s = int((state >> np.uint64(33)) % np.uint64(len(sources)))
            d = _patch_error(image, trust, y, x, sources[s, 0], sources[s, 1], reach, nearness, error[t])
            if d < error[t]:
                error[t], match[t, 0], match[t, 1] = d, sources[s, 0], sources[s, 1]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _vote(
    image: Float32, fill: Bool, trust: Float32, targets: Int32, match: Int32, error: Float32,
    reach: int, sharp: float,
) -> None:  # fmt: skip
    """Every pixel to fill becomes the weighted mean of what the patches over it propose (Wexler et al., 2007)."""
    height, width = fill.shape
    total = np.zeros((height, width, 3), np.float32)
    weight = np.zeros((height, width), np.float32)
    for t in range(len(targets)):
        y, x, v, u = targets[t, 0], targets[t, 1], match[t, 0], match[t, 1]
        w = (np.exp(-error[t] * sharp) + 1e-6) * max(trust[y, x], np.float32(1e-3))
        for j in range(-reach, reach + 1):
            for i in range(-reach, reach + 1):
                yy, xx = y + j, x + i
                if 0 <= yy < height and 0 <= xx < width and fill[yy, xx]:
                    # The middle of a patch counts most: that keeps the result sharp.
                    g = w / (1.0 + 0.5 * (i * i + j * j))
                    weight[yy, xx] += g
                    for c in range(3):
                        total[yy, xx, c] += g * image[v + j, u + i, c]
    for y in range(height):
        for x in range(width):
            if fill[y, x] and weight[y, x] > 0:
                for c in range(3):
                    image[y, x, c] = total[y, x, c] / weight[y, x]


def smooth_fill(image: Float32, known: Bool) -> Float32:
    """Fill what is unknown smoothly from what is known (pull-push: Gortler et al., 1996).

    Args:
        image: (H, W, C) float32.
        known: (H, W) bool.
    """
    import cv2

    if known.all() or not known.any():
        return image.copy()
    weights = known.astype(np.float32)
    levels = [(image * weights[..., None], weights)]
    while min(levels[-1][1].shape) > 1 and levels[-1][1].min() < 0.5:
        colour, weight = levels[-1]
        size = (max(1, (weight.shape[1] + 1) // 2), max(1, (weight.shape[0] + 1) // 2))
        levels.append(
            (
                cv2.resize(colour, size, interpolation=cv2.INTER_AREA).reshape(*size[::-1], image.shape[2]),
                cv2.resize(weight, size, interpolation=cv2.INTER_AREA).reshape(size[::-1]),
            )
        )
    colour, weight = levels[-1]
    mean = levels[0][0].sum(axis=(0, 1)) / max(float(levels[0][1].sum()), 1e-6)
    filled = np.where(weight[..., None] > 1e-6, colour / np.maximum(weight, 1e-6)[..., None], mean)
    for colour, weight in reversed(levels[:-1]):
        up = cv2.resize(filled.astype(np.float32), weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
        up = up.reshape(*weight.shape, image.shape[2])
        own = np.clip(weight * 2, 0, 1)[..., None]
        filled = up * (1 - own) + own * colour / np.maximum(weight, 1e-6)[..., None]
    out: Float32 = np.where(known[..., None], image, filled).astype(np.float32)
    return out


def patch_fill(
    rgb: UInt8, hole: Bool, source: Bool, nearness: tuple[float, float] = (0.0, 0.0), working: int = WORKING
) -> UInt8:
    """Complete a hole with patches from elsewhere in the picture.

    Coarse-to-fine patch optimisation (Wexler, Shechtman, Irani, 2007) with PatchMatch (Barnes et al., 2009), begun by
    peeling the hole from its rim inwards; the finest matches are carried to full size, where the photo's own detail
    is copied, so its texture stays sharp. Deterministic.

    Args:
        rgb: (H, W, 3) uint8.
        hole: (H, W) bool: what to fill.
        source: (H, W) bool: what may be copied. Pixels in neither are ignored and kept.
        nearness: cost of copying from above or below, and from the side: squared difference (of colours 0..1, summed over
            the three channels) that copying from as far as the long side is worth.
        working: long side in px of the finest picture on which patches are searched.

    Returns:
        (H, W, 3) uint8, equal to `rgb` outside the hole.
    """
    source = source & ~hole
    if not hole.any() or not source.any():
        return rgb.copy()
    rows, columns = np.flatnonzero((hole | source).any(axis=1)), np.flatnonzero((hole | source).any(axis=0))
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    image, full_hole, full_source = rgb[window].astype(np.float32) / 255, hole[window], source[window]
    pyramid = _pyramid(image, full_hole, full_source, working)
    current: Float32 | None = None
    flow: Float32 | None = None
    for number, (small, small_hole, good) in enumerate(reversed(pyramid)):
        current, flow = _level(small, small_hole, good, current, flow, nearness, number)
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
    image: Float32,
    hole: Bool,
    good: Bool,
    before: Float32 | None,
    flow: Float32 | None,
    nearness: tuple[float, float],
    number: int,
) -> tuple[Float32 | None, Float32 | None]:
    """One scale: returns the filled picture and, for each pixel, the relative place it was copied from."""
    import cv2

    height, width = hole.shape
    size = (width, height)
    reach = REACH
    while True:
        usable = cv2.erode(good.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8), borderValue=0) > 0
        usable[:reach] = usable[max(height - reach, 0) :] = False
        usable[:, :reach] = usable[:, max(width - reach, 0) :] = False
        if usable.sum() >= 20 or reach == 1:
            break
        reach -= 1
    if not usable.any():
        return before, flow
    image = image.copy()
    near = cv2.dilate(hole.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    targets = np.argwhere(near & (hole | good)).astype(np.int32)
    index = np.full((height, width), -1, np.int32)
    index[targets[:, 0], targets[:, 1]] = np.arange(len(targets), dtype=np.int32)
    sources = np.argwhere(usable).astype(np.int32)
    match = sources[np.random.default_rng(7 + number).integers(0, len(sources), len(targets))]
    error = np.zeros(len(targets), np.float32)
    cost = (nearness[0] / max(height, width) ** 2, nearness[1] / max(height, width) ** 2)
    depth = cv2.distanceTransform((~good).astype(np.uint8), cv2.DIST_L2, 5)
    trust = np.where(hole | good, 1.25 ** -np.minimum(depth, 24.0), 0).astype(np.float32)
    if before is None or flow is None:
        seen = trust * ~hole
        left = hole.copy()
        for peel in range(max(height, width)):
            rim = left & (cv2.dilate((seen > 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
            if not rim.any():
                break
            ring = cv2.dilate(rim.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
            chosen = ring[targets[:, 0], targets[:, 1]]
            some, local = targets[chosen], np.full_like(index, -1)
            local[some[:, 0], some[:, 1]] = np.arange(len(some), dtype=np.int32)
            found, off = match[chosen], error[chosen]
            _search(image, seen, some, local, sources, usable, found, off, reach, cost, 4, 101 + peel)
            _vote(image, rim, seen, some, found, off, reach, 1.0 / (2.0 * float(np.median(off)) + 1e-5))
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
        _search(image, trust, targets, index, sources, usable, match, error, reach, cost, 2, 11 + 31 * number + turn)
        spread = float(np.percentile(error, 60)) + 1e-5
        _vote(image, hole, trust, targets, match, error, reach, 1.0 / (2.0 * spread))
    offsets = np.zeros((height, width, 2), np.float32)
    offsets[targets[:, 0], targets[:, 1]] = (match - targets) / np.array([height, width], np.float32)
    return image, offsets


def _carry(image: Float32, hole: Bool, source: Bool, small: Float32, flow: Float32) -> UInt8:
    """Bring the finest fill to full size: its low tones, with the photo's own detail copied along the matches."""
    import cv2

    height, width = hole.shape
    base = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    if small.shape[:2] != (height, width):
        y, x = np.nonzero(hole)
        offset = cv2.resize(flow, (width, height), interpolation=cv2.INTER_NEAREST)[y, x]
        v = np.clip(np.round(y + offset[:, 0] * height), 0, height - 1).astype(np.int64)
        u = np.clip(np.round(x + offset[:, 1] * width), 0, width - 1).astype(np.int64)
        sigma = 0.6 * width / small.shape[1]
        share = cv2.GaussianBlur(source.astype(np.float32), (0, 0), sigma)
        low = cv2.GaussianBlur(image * source[..., None], (0, 0), sigma)
        clear = (source[v, u] & (share[v, u] > 0.5))[:, None]
        base[y, x] += np.where(clear, image[v, u] - low[v, u] / np.maximum(share[v, u], 1e-3)[:, None], 0)
    out: UInt8 = np.round(np.clip(base, 0, 1) * 255).astype(np.uint8)
    return out
