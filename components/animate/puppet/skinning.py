"""Linear blend skinning: every vertex goes where a weighted mean of its bones takes it."""

from __future__ import annotations

import numpy as np

from components.animate.puppet.bones import CHEST
from components.core import RIG, RIG_BONES, Float32
from components.core.kernel import kernel

_HEADROOM = 0.12


def split_spine(weights: Float32, vertices: Float32, rest: Float32) -> Float32:
    """Share the spine's weight between the frames of pelvis and chest, along the spine.

    Args:
        weights: (V, len(RIG_BONES)) as in Part.
        vertices: (V, 2) photo px.
        rest: (22, 2) photo px of RIG's joints.

    Returns:
        (V, 15) float32, rows sum to 1: bones as `bone_matrices` gives them.
    """
    pelvis, chest = rest[RIG.index("pelvis")], rest[RIG.index("chest")]
    spine = chest - pelvis
    along = ((vertices - pelvis) @ spine) / max(float(spine @ spine), 1.0)
    t = np.clip((along - _HEADROOM) / (1 - 2 * _HEADROOM), 0, 1)
    share = t * t * (3 - 2 * t)
    out = np.zeros((len(vertices), CHEST + 1), np.float32)
    out[:, : len(RIG_BONES)] = weights
    out[:, CHEST] = weights[:, 0] * share
    out[:, 0] = weights[:, 0] * (1 - share)
    out /= np.maximum(out.sum(axis=1, keepdims=True), 1e-6)
    return out


@kernel()
def skin(vertices: Float32, weights: Float32, matrices: Float32, out: Float32) -> None:
    """Move vertices; about 40 ns a vertex.

    Args:
        vertices: (1 or T, V, 2) photo px at rest, the same for all frames or one set each.
        weights: (V, B).
        matrices: (T, B, 2, 3).
        out: (T, V, 2) photo px, written.
    """
    for t in range(matrices.shape[0]):
        source = vertices[t if vertices.shape[0] > 1 else 0]
        for v in range(vertices.shape[1]):
            x, y = source[v, 0], source[v, 1]
            to_x, to_y = np.float32(0), np.float32(0)
            for b in range(weights.shape[1]):
                w = weights[v, b]
                if w > 0:
                    m = matrices[t, b]
                    to_x += w * (m[0, 0] * x + m[0, 1] * y + m[0, 2])
                    to_y += w * (m[1, 0] * x + m[1, 1] * y + m[1, 2])
            out[t, v, 0] = to_x
            out[t, v, 1] = to_y
