"""Where one bone's skin ends and the other's begins, in the picture of a limb that lies on itself."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from components.core import Bool, Float32, UInt8

Float64 = npt.NDArray[np.float64]

_GRID = 110
"""The way through the picture is searched on at most so many px: a crease is found to one of these."""
_EDGE = 0.10
"""What a step of one level of colour costs, in px of the search."""
_NOWHERE = 1e6
_BACKGROUND = 4.0
"""Through what is transparent the way is so many times as long: two fingers are not joined by the air between them."""


def crease(texture: UInt8, upper: list[Float64], lower: list[Float64], radii: tuple[float, float]) -> Float32:
    """How much farther a pixel is from the upper bone than from the lower, by ways that shun edges of the picture.

    An arm that lies on itself shows where it does: cloth ends, a shadow begins. A way along skin is short and one
    across such an edge is long, so the line where both bones are equally far settles on the edge, and where the
    picture shows none, half-way between the bones.

    Args:
        texture: (H, W, 4) uint8 premultiplied.
        upper, lower: polylines (N, 2) px of the texture, that surely belong to the bone.
        radii: px of half the limb's width at either bone: distances count in these.

    Returns:
        (H, W) float32 in radii: positive where the lower bone is nearer, or as near.
    """
    height, width = texture.shape[:2]
    scale = min(1.0, _GRID / max(height, width))
    size = (max(4, round(width * scale)), max(4, round(height * scale)))
    small = cv2.resize(texture, size, interpolation=cv2.INTER_AREA).astype(np.float64)
    ratio = np.array([size[0] / width, size[1] / height])
    seeds = [_drawn([(line + 0.5) * ratio - 0.5 for line in lines], size) for lines in (lower, upper)]
    seeds[1] &= ~seeds[0]
    far = [
        _ways(small, seed) / max(radius * float(ratio.mean()), 1e-3)
        for seed, radius in zip(seeds, radii[::-1], strict=True)
    ]
    apart = np.clip(far[1] - far[0], -9, 9).astype(np.float32)
    return np.asarray(cv2.resize(apart, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _drawn(lines: list[Float64], size: tuple[int, int]) -> Bool:
    """(H, W) the px that lines pass through."""
    mask = np.zeros(size[::-1], bool)
    for line in lines:
        steps = np.linspace(0, 1, 40)[:, None, None]
        x, y = np.round(line[:-1] + steps * (line[1:] - line[:-1])).astype(int).reshape(-1, 2).T
        inside = (x >= 0) & (y >= 0) & (x < size[0]) & (y < size[1])
        mask[y[inside], x[inside]] = True
    return mask


def _ways(picture: Float64, seeds: Bool) -> Float64:
    """(H, W) length of the shortest way from any seed, in px; very long where there are none.

    Ways run over the eight neighbours (Dijkstra).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    height, width = seeds.shape
    if not seeds.any():
        return np.full(seeds.shape, _NOWHERE)
    number = np.arange(height * width).reshape(height, width)
    straight = np.clip(picture[..., :3] / np.maximum(picture[..., 3:] / 255, 0.2), 0, 255)
    air = 1 + (_BACKGROUND - 1) * (1 - picture[..., 3] / 255)
    starts, ends, costs = [], [], []
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        a = np.s_[: height - dy, max(0, -dx) : width - max(0, dx)]
        b = np.s_[dy:, max(0, dx) : width - max(0, -dx)]
        step = np.abs(straight[a] - straight[b]).max(axis=-1)
        starts.append(number[a].ravel())
        ends.append(number[b].ravel())
        costs.append((np.hypot(dy, dx) * 0.5 * (air[a] + air[b]) + _EDGE * step).ravel())
    graph = coo_array(
        (np.concatenate(costs), (np.concatenate(starts), np.concatenate(ends))), shape=(number.size, number.size)
    ).tocsr()
    return np.asarray(dijkstra(graph, False, np.flatnonzero(seeds), min_only=True)).reshape(height, width)
