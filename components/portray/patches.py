"""Patches that look alike: the search for them, and what they propose together."""

from __future__ import annotations

import numpy as np

from components.core import Bool, Float32, Int32
from components.core.kernel import kernel

Costs = tuple[float, float]
"""Weight of the squared distance down and across in px."""


@kernel()
def _patch_error(
    image: Float32, trust: Float32, y: int, x: int, v: int, u: int, reach: int, cost: Costs,
    limit: float,
) -> float:  # fmt: skip
    """Squared difference of the patch at (y, x) to the one at (v, u), weighted by trust, plus distance."""
    height, width = trust.shape
    dy, dx = float(v - y), float(u - x)
    extra = cost[0] * dy * dy + cost[1] * dx * dx
    if extra > limit:
        return 1e30
    total, weight = 0.0, 1e-9
    for j in range(max(-reach, -y), min(reach, height - 1 - y) + 1):
        for i in range(max(-reach, -x), min(reach, width - 1 - x) + 1):
            w = trust[y + j, x + i]
            if w <= 0.0:
                continue
            a = image[y + j, x + i, 0] - image[v + j, u + i, 0]
            b = image[y + j, x + i, 1] - image[v + j, u + i, 1]
            c2 = image[y + j, x + i, 2] - image[v + j, u + i, 2]
            total += w * (a * a + b * b + c2 * c2)
            weight += w
    return total / weight + extra


@kernel()
def search(
    image: Float32, trust: Float32, targets: Int32, index: Int32, sources: Int32, usable: Bool,
    match: Int32, error: Float32, reach: int, cost: Costs, rounds: int, seed: int, cling: float,
) -> None:  # fmt: skip
    """PatchMatch (Barnes et al., 2009), in place. Cost: targets x rounds x about 10 patches.

    Args:
        image: (H, W, 3) float32.
        trust: (H, W) float32 how much a pixel counts; 0 where it is not known.
        targets: (N, 2) int32 row, column of the patches to match.
        index: (H, W) int32 number of the target there, or -1.
        sources: (S, 2) int32 patches that may be copied, and
        usable: (H, W) bool the same as a mask.
        match: (N, 2) int32, read and improved.
        error: (N,) float32 of the matches.
        reach: patches are 2 * reach + 1 px wide.
        cost: see Costs.
        rounds: sweeps.
        seed: of the random search.
        cling: a match that goes on where the neighbour's does may be so much worse (relative); keeps texture whole.
    """
    height, width = trust.shape
    state = np.uint64(seed * 2 + 1)
    for t in range(len(targets)):
        y, x = targets[t, 0], targets[t, 1]
        error[t] = _patch_error(image, trust, y, x, match[t, 0], match[t, 1], reach, cost, 1e30)
    for r in range(rounds):
        forward = r % 2 == 0
        step = -1 if forward else 1
        for n in range(len(targets)):
            t = n if forward else len(targets) - 1 - n
            y, x = targets[t, 0], targets[t, 1]
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
                if v == match[t, 0] and u == match[t, 1]:
                    continue
                d = _patch_error(image, trust, y, x, v, u, reach, cost, error[t] * (1.0 + cling) + cling * 1e-4)
                if d < error[t] * (1.0 + cling) + cling * 1e-4:
                    error[t], match[t, 0], match[t, 1] = d, v, u
            window = float(max(height, width))
            while window >= 1.0:
                state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
                a = float((state >> np.uint64(33)) & np.uint64(0xFFFF)) / 65535.0 * 2.0 - 1.0
                b = float((state >> np.uint64(49)) & np.uint64(0x7FFF)) / 32767.0 * 2.0 - 1.0
                v, u = int(match[t, 0] + a * window), int(match[t, 1] + b * window)
                if 0 <= v < height and 0 <= u < width and usable[v, u]:
                    d = _patch_error(image, trust, y, x, v, u, reach, cost, error[t])
                    if d < error[t]:
                        error[t], match[t, 0], match[t, 1] = d, v, u
                window *= 0.5
            state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
            s = int((state >> np.uint64(33)) % np.uint64(len(sources)))
            d = _patch_error(image, trust, y, x, sources[s, 0], sources[s, 1], reach, cost, error[t])
            if d < error[t]:
                error[t], match[t, 0], match[t, 1] = d, sources[s, 0], sources[s, 1]


@kernel()
def vote(
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
