"""Triangles over a layer: a grid, or on a head the face's landmarks with lips and lids as edges."""

from __future__ import annotations

import numpy as np

from components.core import Bool, Float32, Int32


def grid_mesh(alpha: Float32, cell: float) -> tuple[Float32, Int32]:
    """Cells of a grid that touch what is not transparent.

    Args:
        alpha: (H, W) float32 of the layer.
        cell: px.

    Returns:
        (V, 2) float32 layer px and (F, 3) int32.
    """
    height, width = alpha.shape
    columns, rows = max(1, int(np.ceil(width / cell))), max(1, int(np.ceil(height / cell)))
    xs = np.linspace(-0.5, width - 0.5, columns + 1, dtype=np.float32)
    ys = np.linspace(-0.5, height - 0.5, rows + 1, dtype=np.float32)
    keep = _touched(alpha > 0.004, xs, ys)
    i, j = np.nonzero(keep)
    stride = columns + 1
    a, b = i * stride + j, i * stride + j + 1
    c, d = a + stride, b + stride
    # Diagonals alternate, so that bending has no preferred direction.
    even = ((i + j) % 2 == 0)[:, None]
    first = np.where(even, np.stack([a, b, d], 1), np.stack([a, b, c], 1))
    second = np.where(even, np.stack([a, d, c], 1), np.stack([b, d, c], 1))
    triangles = np.concatenate([first, second])
    used, compact = np.unique(triangles, return_inverse=True)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    return grid[used].astype(np.float32), compact.reshape(-1, 3).astype(np.int32)


def _touched(mask: Bool, xs: Float32, ys: Float32) -> Bool:
    """(rows, columns) bool: the cell, a pixel wider all round, has a pixel of the mask in it."""
    height, width = mask.shape
    total = np.zeros((height + 1, width + 1), np.int64)
    total[1:, 1:] = np.cumsum(np.cumsum(mask, axis=0), axis=1)
    x0 = np.clip(np.floor(xs[:-1] - 0.5), 0, width).astype(int)
    x1 = np.clip(np.ceil(xs[1:] + 1.5), 0, width).astype(int)
    y0 = np.clip(np.floor(ys[:-1] - 0.5), 0, height).astype(int)
    y1 = np.clip(np.ceil(ys[1:] + 1.5), 0, height).astype(int)
    touched: Bool = (total[np.ix_(y1, x1)] - total[np.ix_(y0, x1)] - total[np.ix_(y1, x0)] + total[np.ix_(y0, x0)]) > 0
    return touched
