"""A hole takes whole pieces of the picture, each moved by one shift; the seams lie where they are seen least."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.core import Bool, Float32, Int32
from components.core.kernel import kernel
from components.portray.graphcut import minimum_cut

IMPOSSIBLE = 1e4
"""Cost of a pixel that would be copied from where nothing is known."""
SWEEPS = 2


@dataclass(frozen=True)
class Taste:
    """What a seam and a copied pixel cost, in colours of 0..1.

    Attributes:
        edge: weight of a difference in gradient at a seam, against one in colour.
        outside: cost of a seam beside which the photo ends.
        tone: cost per pixel and per difference in large-scale colour, which counts up to `far`.
        far: see `tone`.
        rare: cost per pixel of a copied one whose large-scale colour is as far as `far` from that of its rows, much
            less where it is nearer: furniture, bystanders and writing are no ground to go on.
        down, across: cost per pixel of a copy from as far above or below, or from the side, as the picture is long.
    """

    edge: float = 2.0
    outside: float = 0.5
    tone: float = 0.3
    far: float = 0.35
    rare: float = 0.4
    down: float = 0.15
    across: float = 0.012


def features(image: Float32, known: Bool, edge: float) -> Float32:
    """(H, W, 5) float32: the colours, and the gradient of the lightness times `edge`, 0 beside what is not known."""
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    sure = cv2.erode(known.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1)
    x = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3, scale=0.25) * sure
    y = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3, scale=0.25) * sure
    return np.ascontiguousarray(np.dstack([image, edge * x, edge * y]), dtype=np.float32)


@kernel()
def _apart(feature: Float32, y: int, x: int, v: int, u: int) -> float:
    """Distance of two pixels' features; places beyond the picture count as its nearest pixel."""
    height, width = feature.shape[:2]
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    v, u = min(max(v, 0), height - 1), min(max(u, 0), width - 1)
    total = np.float32(0.0)
    for c in range(feature.shape[2]):
        d = feature[y, x, c] - feature[v, u, c]
        total += d * d
    return float(np.sqrt(total))


@kernel()
def pixel_costs(
    feature: Float32, tone: Float32, rarity: Float32, source: Bool, pixels: Int32, index: Int32, shifts: Int32,
    allowed: Bool, taste: Float32,
) -> Float32:  # fmt: skip
    """(L, N) float32: what each shift costs at each pixel of the hole, its seam to what is known included.

    Cost: allowed pairs of shift and pixel x 5 neighbours.
    """
    outside, weight, far = taste[0], taste[1], taste[2]
    height, width = source.shape
    long = max(height, width)
    out = np.empty((len(shifts), len(pixels)), np.float32)
    for k in range(len(shifts)):
        dy, dx = shifts[k, 0], shifts[k, 1]
        way = taste[3] * abs(dy) / long + taste[4] * abs(dx) / long
        for n in range(len(pixels)):
            y, x = pixels[n, 0], pixels[n, 1]
            v, u = y + dy, x + dx
            if not allowed[k, n] or v < 0 or v >= height or u < 0 or u >= width or not source[v, u]:
                out[k, n] = IMPOSSIBLE
                continue
            apart = 0.0
            for c in range(3):
                apart += (tone[y, x, c] - tone[v, u, c]) ** 2
            cost = way + weight * min(np.sqrt(apart), far) + taste[5] * min(rarity[v, u] / far, 1.0) ** 2
            for j in range(4):
                yy, xx = y + (j == 0) - (j == 1), x + (j == 2) - (j == 3)
                if yy < 0 or yy >= height or xx < 0 or xx >= width or index[yy, xx] >= 0 or not source[yy, xx]:
                    continue
                vv, uu = yy + dy, xx + dx
                if vv < 0 or vv >= height or uu < 0 or uu >= width or not source[vv, uu]:
                    cost += outside
                else:
                    cost += 2.0 * _apart(feature, yy, xx, vv, uu)
            out[k, n] = cost
    return out


@kernel()
def _expand(feature: Float32, costs: Float32, pixels: Int32, index: Int32, shifts: Int32, label: Int32, k: int) -> int:
    """One expansion move (Boykov, Veksler, Zabih, 2001): who gains by it takes shift k. Returns how many did."""
    height, width = index.shape
    node = np.full(len(pixels), -1, np.int32)
    count = 0
    for n in range(len(pixels)):
        if label[n] != k and costs[k, n] < IMPOSSIBLE:
            node[n] = count
            count += 1
    if count == 0:
        return 0
    excess = np.zeros(count, np.float32)
    head = np.empty(4 * len(pixels), np.int32)
    room = np.empty(4 * len(pixels), np.float32)
    used = 0
    for n in range(len(pixels)):
        me = node[n]
        if me >= 0:
            excess[me] += costs[k, n] - costs[label[n], n]
        y, x = pixels[n, 0], pixels[n, 1]
        for j in range(2):
            yy, xx = y + (j == 0), x + (j == 1)
            if yy >= height or xx >= width or index[yy, xx] < 0:
                continue
            m = index[yy, xx]
            he = node[m]
            if me < 0 and he < 0:
                continue
            a, b = label[n], label[m]
            stay, mine, his = 0.0, 0.0, 0.0
            if a != b:
                stay = _seam(feature, y, x, yy, xx, shifts, a, b)
            if a != k:
                his = _seam(feature, y, x, yy, xx, shifts, a, k)  # only the other takes k
            if b != k:
                mine = _seam(feature, y, x, yy, xx, shifts, k, b)  # only this one does
            if me < 0:
                excess[he] += his - stay if a != k else -stay
            elif he < 0:
                excess[me] += mine - stay if b != k else -stay
            else:
                excess[me] += mine - stay
                excess[he] -= mine
                head[used], head[used + 1] = he, me
                room[used], room[used + 1] = max(0.0, his + mine - stay), 0.0
                used += 2
    first = np.zeros(count + 1, np.int32)
    for a in range(used):
        first[head[a ^ 1] + 1] += 1
    for n in range(count):
        first[n + 1] += first[n]
    fill = first[:-1].copy()
    arcs = np.empty(used, np.int32)
    for a in range(used):
        tail = head[a ^ 1]
        arcs[fill[tail]] = a
        fill[tail] += 1
    taken = minimum_cut(first, arcs, head[:used], room[:used], excess)
    changed = 0
    for n in range(len(pixels)):
        if node[n] >= 0 and taken[node[n]]:
            label[n] = k
            changed += 1
    return changed


@kernel()
def _seam(feature: Float32, y: int, x: int, yy: int, xx: int, shifts: Int32, a: int, b: int) -> float:
    """Cost of a seam between two neighbours that copy with shifts a and b: the pictures differ at both of them."""
    one = _apart(feature, y + shifts[a, 0], x + shifts[a, 1], y + shifts[b, 0], x + shifts[b, 1])
    two = _apart(feature, yy + shifts[a, 0], xx + shifts[a, 1], yy + shifts[b, 0], xx + shifts[b, 1])
    return float(one + two)


def _rarity(tone: Float32, source: Bool) -> Float32:
    """(H, W) float32: how far a large-scale colour lies from what is usual in its rows."""
    import cv2

    long = max(source.shape)
    sigma = (0.25 * long, 0.01 * long + 0.6)
    share = cv2.GaussianBlur(source.astype(np.float32), (0, 0), sigmaX=sigma[0], sigmaY=sigma[1])
    usual = cv2.GaussianBlur(tone * source[..., None], (0, 0), sigmaX=sigma[0], sigmaY=sigma[1])
    rarity: Float32 = np.linalg.norm(tone - usual / np.maximum(share, 1e-3)[..., None], axis=-1).astype(np.float32)
    return rarity


def _around(before: Int32, pixels: Int32, count: int) -> Bool:
    """(L, N) bool: the shifts that a pixel or one of its eight neighbours has."""
    height, width = before.shape
    out = np.zeros((count, len(pixels)), np.bool_)
    each = np.arange(len(pixels))
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            label = before[(pixels[:, 0] + dy).clip(0, height - 1), (pixels[:, 1] + dx).clip(0, width - 1)]
            out[label[label >= 0], each[label >= 0]] = True
    return out


def assign(
    feature: Float32, tone: Float32, hole: Bool, source: Bool, shifts: Int32, taste: Taste, before: Int32 | None = None
) -> Int32:
    """The shift that each pixel of the hole is copied with (He and Sun, 2012).

    Args:
        feature: (H, W, 5) float32.
        tone: (H, W, 3) float32 large-scale colours, a guess in the hole.
        hole, source: (H, W) bool.
        shifts: (L, 2) int32.
        taste: what is avoided.
        before: (H, W) int32: a coarser answer; then a pixel keeps to the shifts of its neighbours there.

    Returns:
        (H, W) int32 index of the shift; -1 outside the hole and where no shift leads to what is known.
    """
    pixels = np.argwhere(hole).astype(np.int32)
    index = np.full(hole.shape, -1, np.int32)
    index[hole] = np.arange(len(pixels), dtype=np.int32)
    weights = np.array([taste.outside, taste.tone, taste.far, taste.down, taste.across, taste.rare], np.float32)
    allowed = np.ones((len(shifts), len(pixels)), np.bool_) if before is None else _around(before, pixels, len(shifts))
    rarity = _rarity(tone, source)
    costs = pixel_costs(feature, tone, rarity, source, pixels, index, shifts, allowed, weights)
    label = costs.argmin(axis=0).astype(np.int32)
    for _ in range(SWEEPS):
        if sum(_expand(feature, costs, pixels, index, shifts, label, k) for k in range(len(shifts))) == 0:
            break
    out = np.full(hole.shape, -1, np.int32)
    out[hole] = np.where(costs[label, np.arange(len(label))] < IMPOSSIBLE, label, -1)
    return out
