"""As-rigid-as-possible polish of bent joints (Sorkine and Alexa, 2007): skin keeps its shape where bones fold."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from components.core import RIG_BONES, Float32, Int32
from components.core.kernel import kernel

BEGINS, WHOLE = np.radians(50.0), np.radians(90.0)
"""The polish fades in between these bends, so that it never appears from one frame to the next."""
ITERATIONS = 4
_FREE = 0.985


@dataclass(frozen=True)
class Polish:
    """What is known beforehand about the vertices around one joint of one part.

    Attributes:
        before, after: bones of RIG that meet in the joint.
        patch: (P,) int32 vertices of the part: the F that move first, then those that hold them.
        free: F.
        start: (P + 1,) int32 and
        neighbour: (N,) int32: the edges of patch vertex i lead to neighbour[start[i] : start[i + 1]] (places in patch).
        edge: (N, 2) float32 those edges at rest, px.
        blend: (P,) float32 how much of `after` is in each vertex.
        inverse: (F, F) float32 inverse of the free vertices' graph Laplacian.
    """

    before: int
    after: int
    patch: Int32
    free: int
    start: Int32
    neighbour: Int32
    edge: Float32
    blend: Float32
    inverse: Float32


def polishes(part: str, vertices: Float32, triangles: Int32, weights: Float32) -> tuple[Polish, ...]:
    """The joints of an arm or leg that may be polished; none for other parts.

    Args:
        part: name of the part.
        vertices: (V, 2) px at rest.
        triangles: (F, 3).
        weights: (V, len(RIG_BONES)).
    """
    side, _, limb = part.partition("_")
    chain = {"arm": ("upper_arm", "forearm", "hand"), "leg": ("thigh", "shin", "foot")}.get(limb)
    if chain is None:
        return ()
    bones = [RIG_BONES.index(f"{side}_{name}") for name in chain]
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = np.unique(np.sort(edges, axis=1), axis=0)
    found = (_joint(a, b, vertices, edges, weights) for a, b in itertools.pairwise(bones))
    return tuple(p for p in found if p is not None)


def _joint(before: int, after: int, vertices: Float32, edges: Int32, weights: Float32) -> Polish | None:
    moves = (weights[:, before] < _FREE) & (weights[:, after] < _FREE) & (weights[:, before] + weights[:, after] > 0.5)
    free = np.flatnonzero(moves & (weights[:, after] > 1 - _FREE))
    if len(free) < 3:
        return None
    near = np.isin(edges, free).any(axis=1)
    holds = np.setdiff1d(np.unique(edges[near]), free)
    if len(holds) < 2:
        return None
    patch = np.concatenate([free, holds])
    place = np.full(len(vertices), -1)
    place[patch] = np.arange(len(patch))
    inside = edges[(place[edges] >= 0).all(axis=1)]
    ends = place[np.concatenate([inside, inside[:, ::-1]])]
    ends = ends[np.lexsort((ends[:, 1], ends[:, 0]))]
    degree = np.bincount(ends[:, 0], minlength=len(patch))
    start = np.concatenate([[0], np.cumsum(degree)]).astype(np.int32)
    laplacian = np.diag(degree[: len(free)].astype(np.float64))
    both = ends[(ends < len(free)).all(axis=1)]
    laplacian[both[:, 0], both[:, 1]] -= 1
    if np.linalg.cond(laplacian) > 1e8:  # a piece of mesh that nothing holds
        return None
    total = np.maximum(weights[patch, before] + weights[patch, after], 1e-6)
    rest = vertices[patch]
    return Polish(
        before,
        after,
        patch.astype(np.int32),
        len(free),
        start,
        ends[:, 1].astype(np.int32),
        (rest[ends[:, 0]] - rest[ends[:, 1]]).astype(np.float32),
        (weights[patch, after] / total).astype(np.float32),
        np.linalg.inv(laplacian).astype(np.float32),
    )


def polish(joint: Polish, matrices: Float32, bend: Float32, out: Float32) -> None:
    """Relax the vertices around a joint in the frames in which it is bent far.

    Args:
        joint: of `polishes`.
        matrices: (T, B, 2, 3) of `bone_matrices`.
        bend: (T,) radians by which the bone after has turned more than the bone before.
        out: (T, V, 2) the part's skinned vertices, changed in place.
    """
    t = np.clip((np.abs(bend) - BEGINS) / (WHOLE - BEGINS), 0, 1)
    strength = (t * t * (3 - 2 * t)).astype(np.float32)
    _relax(
        out,
        strength,
        np.ascontiguousarray(matrices[:, joint.before, :, :2]),
        np.ascontiguousarray(matrices[:, joint.after, :, :2]),
        joint.patch,
        joint.free,
        joint.start,
        joint.neighbour,
        joint.edge,
        joint.blend,
        joint.inverse,
        ITERATIONS,
    )


# Cost: about 0.1 ms a frame and joint for 60 free vertices.
@kernel()
def _relax(
    out: Float32,
    strength: Float32,
    before: Float32,
    after: Float32,
    patch: Int32,
    free: int,
    start: Int32,
    neighbour: Int32,
    edge: Float32,
    blend: Float32,
    inverse: Float32,
    iterations: int,
) -> None:
    size = len(patch)
    p = np.empty((size, 2), np.float32)
    wish = np.empty((len(neighbour), 2), np.float32)
    turn = np.empty((size, 2), np.float32)
    right = np.empty((free, 2), np.float32)
    for t in range(out.shape[0]):
        if strength[t] <= 0:
            continue
        for i in range(size):
            p[i] = out[t, patch[i]]
            # Edges as the stretch of the bones wants them; which way they point is left to the rotations.
            for e in range(start[i], start[i + 1]):
                b = np.float32(0.5) * (blend[i] + blend[neighbour[e]])
                bx, by = _upright(before[t], edge[e, 0], edge[e, 1])
                ax, ay = _upright(after[t], edge[e, 0], edge[e, 1])
                wish[e, 0], wish[e, 1] = bx + b * (ax - bx), by + b * (ay - by)
        for _ in range(iterations):
            for i in range(size):
                cosine, sine = np.float32(0), np.float32(0)
                for e in range(start[i], start[i + 1]):
                    dx, dy = p[i, 0] - p[neighbour[e], 0], p[i, 1] - p[neighbour[e], 1]
                    cosine += wish[e, 0] * dx + wish[e, 1] * dy
                    sine += wish[e, 0] * dy - wish[e, 1] * dx
                norm = np.sqrt(cosine * cosine + sine * sine)
                if norm > 1e-6:
                    turn[i, 0], turn[i, 1] = cosine / norm, sine / norm
                else:
                    turn[i, 0], turn[i, 1] = 1.0, 0.0
            for i in range(free):
                sx, sy = np.float32(0), np.float32(0)
                for e in range(start[i], start[i + 1]):
                    j = neighbour[e]
                    c = np.float32(0.5) * (turn[i, 0] + turn[j, 0])
                    s = np.float32(0.5) * (turn[i, 1] + turn[j, 1])
                    sx += c * wish[e, 0] - s * wish[e, 1]
                    sy += s * wish[e, 0] + c * wish[e, 1]
                    if j >= free:
                        sx += p[j, 0]
                        sy += p[j, 1]
                right[i, 0], right[i, 1] = sx, sy
            for i in range(free):
                x, y = np.float32(0), np.float32(0)
                for j in range(free):
                    x += inverse[i, j] * right[j, 0]
                    y += inverse[i, j] * right[j, 1]
                p[i, 0], p[i, 1] = x, y
        for i in range(free):
            v = patch[i]
            out[t, v, 0] += strength[t] * (p[i, 0] - out[t, v, 0])
            out[t, v, 1] += strength[t] * (p[i, 1] - out[t, v, 1])


@kernel()
def _upright(m: Float32, x: float, y: float) -> tuple[float, float]:
    """A vector moved by a 2 x 2 map and turned back by the rotation nearest to that map.

    A map that mirrors is turned back to one fixed reflection: rotations are all that is left free.
    """
    mx, my = m[0, 0] * x + m[0, 1] * y, m[1, 0] * x + m[1, 1] * y
    if m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0] < 0:
        c, s = m[0, 0] - m[1, 1], m[1, 0] + m[0, 1]
        norm = max(np.sqrt(c * c + s * s), np.float32(1e-6))
        return (c * mx + s * my) / norm, -(s * mx - c * my) / norm
    c, s = m[0, 0] + m[1, 1], m[1, 0] - m[0, 1]
    norm = max(np.sqrt(c * c + s * s), np.float32(1e-6))
    return (c * mx + s * my) / norm, (c * my - s * mx) / norm
