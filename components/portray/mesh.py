"""Triangles over a layer: a grid, or on a head the face's landmarks with lips and lids as edges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from components.core import Bool, Float32, Int32

Float64 = npt.NDArray[np.float64]

IRISES = range(468, 478)
"""These landmarks have no vertex: an eye that closes squeezes its inside, and must not fold over a fixed point."""


def grid_mesh(alpha: Float32, cell: float) -> tuple[Float32, Int32]:
    """Cells of a grid that touch what is not transparent.

    Args:
        alpha: (H, W) float32 of the layer.
        cell: px.

    Returns:
        (V, 2) float32 layer px and (F, 3) int32.
    """
    xs, ys, keep = _cells(alpha, cell)
    i, j = np.nonzero(keep)
    stride = len(xs)
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


def tear(
    vertices: Float32, triangles: Int32, weights: Float32, upper: int, lower: int, joint: Float32, radius: float
) -> tuple[Float32, Int32, Float32]:
    """Part a folded limb: cells that join its two bones far from the joint come twice, once for each bone.

    In a photo a bent arm lies beside itself. Straightened, one sheet of cells would tear its cloth into a web.

    Args:
        vertices: (V, 2) photo px.
        triangles: (F, 3).
        weights: (V, B).
        upper, lower: columns of the bones above and below the joint; what lies past the lower one counts as it.
        joint: (2,) px.
        radius: px around the joint in which the limb is one.

    Returns:
        vertices, triangles and weights with the copies.
    """
    past = 1.0 - weights[:, upper]
    corner = past[triangles]
    middle = vertices[triangles].mean(axis=1)
    split = (corner.max(axis=1) - corner.min(axis=1) > 0.6) & (np.hypot(*(middle - joint).T) > radius)
    if not split.any():
        return vertices, triangles, weights
    both = triangles[split]
    kept = [triangles[~split]]
    new_vertices, new_weights = [vertices], [weights]
    count = len(vertices)
    for column, far in ((upper, past > 0.5), (lower, past <= 0.5)):
        snapped = np.zeros((1, weights.shape[1]), np.float32)
        snapped[0, column] = 1.0
        moved = np.unique(both[far[both]])
        number = np.arange(len(vertices))
        number[moved] = count + np.arange(len(moved))
        kept.append(number[both].astype(np.int32))
        new_vertices.append(vertices[moved])
        new_weights.append(np.repeat(snapped, len(moved), axis=0))
        count += len(moved)
    return np.concatenate(new_vertices), np.concatenate(kept).astype(np.int32), np.concatenate(new_weights)


def face_mesh(alpha: Float32, cell: float, face: Float32) -> tuple[Float32, Int32, Int32]:
    """A grid around the landmarks of a face; the mouth's opening is left out, so that it can open.

    Args:
        alpha: (H, W) float32 of the layer.
        cell: px.
        face: (478, 2 or 3) float32 landmarks in layer px; with z, those on the far side of a turned head get no vertex.

    Returns:
        (V, 2) float32 layer px, (F, 3) int32, and (478,) int32: vertex of each landmark, -1 where it has none.
    """
    from scipy.spatial import Delaunay

    from components.models.face_mesh import LEFT_EYE, LIPS_INNER, LIPS_OUTER, RIGHT_EYE

    height, width = alpha.shape
    points = face[:, :2].astype(np.float64).copy()
    open_lips(points)
    chosen = _near_side(face)
    for ring, around, share in ((LIPS_INNER + LIPS_OUTER, LIPS_OUTER, 0.8), (LEFT_EYE, LEFT_EYE, 0.7),
                                (RIGHT_EYE, RIGHT_EYE, 0.7)):  # fmt: skip
        if chosen[list(around)].mean() >= share:
            chosen[list(ring)] = True
    chosen &= (points >= 0.5).all(axis=1) & (points[:, 0] < width - 1.5) & (points[:, 1] < height - 1.5)
    rings = [r for r in (LIPS_INNER, LIPS_OUTER, LEFT_EYE, RIGHT_EYE) if chosen[list(r)].all()]
    chosen = _apart(points, chosen, {k for ring in rings for k in ring}, 0.5)
    landmarks = np.flatnonzero(chosen)
    xs, ys, keep = _cells(alpha, cell)
    corners = np.zeros((len(ys), len(xs)), bool)
    for dy in (0, 1):
        for dx in (0, 1):
            corners[dy : dy + keep.shape[0], dx : dx + keep.shape[1]] |= keep
    rows, columns = np.nonzero(corners)
    grid = np.stack([xs[columns], ys[rows]], axis=1).astype(np.float64)
    gap = np.sqrt(((grid[:, None] - points[None, landmarks]) ** 2).sum(axis=-1)).min(axis=1) if len(landmarks) else 1e9
    grid = grid[gap > 0.45 * cell]
    vertices = np.concatenate([points[landmarks], grid])
    vertex = np.full(478, -1, np.int32)
    vertex[landmarks] = np.arange(len(landmarks), dtype=np.int32)
    # A hair's breadth of noise keeps the regular grid from being degenerate.
    noise = np.random.default_rng(3).uniform(-1e-3, 1e-3, vertices.shape)
    triangles = Delaunay(vertices + noise).simplices.astype(np.int64)
    edges = [(int(vertex[a]), int(vertex[b])) for r in rings for a, b in zip(r, (*r[1:], r[0]), strict=True)]
    triangles = force_edges(vertices, triangles, edges)
    if LIPS_INNER in rings:
        lips = vertex[list(LIPS_INNER)]
        inside = np.isin(triangles, lips).all(axis=1) & _within(vertices[triangles].mean(axis=1), vertices[lips])
        triangles = triangles[~inside]
    middle = np.floor(vertices[triangles].mean(axis=1) / [xs[1] - xs[0], ys[1] - ys[0]] + 1e-6).astype(int)
    middle = np.clip(middle, 0, [keep.shape[1] - 1, keep.shape[0] - 1])
    face_triangle = (triangles < len(landmarks)).any(axis=1)
    triangles = triangles[keep[middle[:, 1], middle[:, 0]] | face_triangle]
    used, compact = np.unique(triangles, return_inverse=True)
    renumber = np.full(len(vertices) + 1, -1, np.int32)
    renumber[used] = np.arange(len(used), dtype=np.int32)
    return vertices[used].astype(np.float32), compact.reshape(-1, 3).astype(np.int32), renumber[vertex]


def open_lips(points: Float64) -> None:
    """Part the inner lips by at least half a pixel, in place: where they touch, upper and lower would be one edge."""
    from components.models.face_mesh import LIPS_INNER

    left, right = points[LIPS_INNER[0]], points[LIPS_INNER[10]]
    along = right - left
    down = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-6)
    for k in range(1, 10):
        lower, upper = LIPS_INNER[k], LIPS_INNER[20 - k]
        gap = float((points[lower] - points[upper]) @ down)
        if gap < 0.6:
            shift = (0.6 - gap) / 2 * down
            points[lower] += shift
            points[upper] -= shift


def _near_side(face: Float32) -> Bool:
    """Landmarks whose patch of skin faces the viewer; all of them on a face seen from the front."""
    from components.models.face_mesh import FACE_TRIANGLES

    triangles = np.asarray(FACE_TRIANGLES)
    a, b, c = (face[triangles[:, k], :2].astype(np.float64) for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    front = area * np.sign(np.median(area)) > 0
    count, seen = np.zeros(478), np.zeros(478)
    for k in range(3):
        np.add.at(count, triangles[:, k], 1)
        np.add.at(seen, triangles[:, k], front)
    chosen: Bool = (seen >= 0.5 * count) & (count > 0)
    chosen[list(IRISES)] = False
    return chosen & np.isfinite(face[:, :2]).all(axis=1)


def _apart(points: Float64, chosen: Bool, needed: set[int], least: float) -> Bool:
    """Drop landmarks that lie on others: those of the rings stay."""
    order = sorted(np.flatnonzero(chosen).tolist(), key=lambda k: k not in needed)
    kept: list[int] = []
    for k in order:
        if k in needed or not kept or np.hypot(*(points[kept] - points[k]).T).min() >= least:
            kept.append(k)
    out = np.zeros_like(chosen)
    out[kept] = True
    return out


def force_edges(vertices: Float32, triangles: Int32, edges: list[tuple[int, int]]) -> Int32:
    """Flip edges of a triangulation until the given ones are in it (Sloan, 1993).

    Args:
        vertices: (V, 2).
        triangles: (F, 3), changed and returned.
        edges: pairs of vertices that must be joined; they must not cross each other.
    """
    fixed = {(min(e), max(e)) for e in edges}
    owners: dict[tuple[int, int], list[int]] = {}

    def key(a: int, b: int) -> tuple[int, int]:
        return (a, b) if a < b else (b, a)

    for f, (a, b, c) in enumerate(triangles.tolist()):
        for e in (key(a, b), key(b, c), key(c, a)):
            owners.setdefault(e, []).append(f)

    def cross(o: int, p: int, q: int) -> float:
        u, v, w = vertices[o], vertices[p], vertices[q]
        return float((v[0] - u[0]) * (w[1] - u[1]) - (v[1] - u[1]) * (w[0] - u[0]))

    def crosses(a: int, b: int, c: int, d: int) -> bool:
        if len({a, b, c, d}) < 4:
            return False
        return cross(a, b, c) * cross(a, b, d) < 0 and cross(c, d, a) * cross(c, d, b) < 0

    for a, b in fixed:
        for _ in range(200):
            if (a, b) in owners:
                break
            if not _flip_one(triangles, owners, key, cross, crosses, a, b, fixed):
                break
    return triangles


def _flip_one(triangles, owners, key, cross, crosses, a, b, fixed) -> bool:  # type: ignore[no-untyped-def]
    """Flip one edge that crosses a-b and whose two triangles make a convex quadrilateral."""
    for (c, d), both in list(owners.items()):
        if len(both) != 2 or (c, d) in fixed or not crosses(a, b, c, d):
            continue
        f, g = both
        p = next(v for v in triangles[f].tolist() if v not in (c, d))
        q = next(v for v in triangles[g].tolist() if v not in (c, d))
        if not crosses(p, q, c, d):
            continue
        for t, (u, v, w) in ((f, (c, d, p)), (g, (c, d, q))):
            for e in (key(u, v), key(v, w), key(w, u)):
                owners[e].remove(t)
                if not owners[e]:
                    del owners[e]
        for t, (u, v, w) in ((f, (p, q, c)), (g, (p, q, d))):
            triangles[t] = (u, v, w) if cross(u, v, w) > 0 else (u, w, v)
            for e in (key(u, v), key(v, w), key(w, u)):
                owners.setdefault(e, []).append(t)
        return True
    return False


def _within(points: Float32, ring: Float32) -> Bool:
    """Points inside a polygon (even-odd rule)."""
    inside = np.zeros(len(points), bool)
    x, y = points[:, 0], points[:, 1]
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        spans = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
        inside ^= spans & (x < at)
    return inside


def _cells(alpha: Float32, cell: float) -> tuple[Float32, Float32, Bool]:
    """Grid lines, and the cells that, a pixel widened, hold something not transparent."""
    height, width = alpha.shape
    columns, rows = max(1, int(np.ceil(width / cell))), max(1, int(np.ceil(height / cell)))
    xs = np.linspace(-0.5, width - 0.5, columns + 1, dtype=np.float32)
    ys = np.linspace(-0.5, height - 0.5, rows + 1, dtype=np.float32)
    total = np.zeros((height + 1, width + 1), np.int64)
    total[1:, 1:] = np.cumsum(np.cumsum(alpha > 0.004, axis=0), axis=1)
    x0 = np.clip(np.floor(xs[:-1] - 0.5), 0, width).astype(int)
    x1 = np.clip(np.ceil(xs[1:] + 1.5), 0, width).astype(int)
    y0 = np.clip(np.floor(ys[:-1] - 0.5), 0, height).astype(int)
    y1 = np.clip(np.ceil(ys[1:] + 1.5), 0, height).astype(int)
    held = total[np.ix_(y1, x1)] - total[np.ix_(y0, x1)] - total[np.ix_(y1, x0)] + total[np.ix_(y0, x0)]
    return xs, ys, held > 0
