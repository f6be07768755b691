"""Points on the outline of a part's picture that can be followed through the dance."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from components.core import Float32, Int32, MeshPart

_SEEN = 127
"""Alpha above which a pixel is looked at as part of the body."""


@dataclass(frozen=True)
class Outline:
    """Points that stay on their triangles.

    Attributes:
        corners: (N, 3) int32 vertices of the part.
        shares: (N, 3) float32 barycentric, rows sum to 1.
    """

    corners: Int32
    shares: Float32

    def at(self, positions: Float32) -> Float32:
        """(T, N, 2) where the points are.

        Args:
            positions: (T, V, 2) of the part's vertices.
        """
        out = np.zeros((len(positions), len(self.corners), 2), np.float32)
        for k in range(3):
            out += positions[:, self.corners[:, k]] * self.shares[:, k, None]
        return out


def outline_of(part: MeshPart, spacing: float) -> Outline:
    """What of a part's picture lies on the edge of what is seen.

    Args:
        part: textured mesh.
        spacing: px between neighbouring points; the points lie at most so far inside the true edge.
    """
    seen = (np.asarray(part.texture)[..., 3] > _SEEN).astype(np.uint8)
    deep = max(1, round(spacing))
    core = cv2.erode(
        cv2.copyMakeBorder(seen, 1, 1, 1, 1, cv2.BORDER_CONSTANT), np.ones((3, 3), np.uint8), iterations=deep
    )
    edge = (seen > 0) & (core[1:-1, 1:-1] == 0)
    triangles = part.uv[part.triangles]
    longest = np.linalg.norm(triangles - np.roll(triangles, 1, axis=1), axis=-1).max(axis=1)
    corners, shares = [np.zeros((0, 3), np.int32)], [np.zeros((0, 3), np.float32)]
    for steps in np.unique(counts := np.maximum(1, np.ceil(longest / max(spacing, 1.0))).astype(int)):
        which = counts == steps
        a, b = (x.ravel() for x in np.mgrid[0 : steps + 1, 0 : steps + 1])
        inside = a + b <= steps
        lattice = (np.stack([a, b, steps - a - b], axis=1)[inside] / steps).astype(np.float32)
        at = np.round(np.einsum("lk,fkc->flc", lattice, triangles[which])).astype(int)
        x, y = np.clip(at[..., 0], 0, edge.shape[1] - 1), np.clip(at[..., 1], 0, edge.shape[0] - 1)
        face, point = np.nonzero(edge[y, x])
        corners.append(np.asarray(part.triangles)[which][face])
        shares.append(lattice[point])
    return Outline(np.concatenate(corners), np.concatenate(shares))
