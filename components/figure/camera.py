"""The camera that the figures are seen by: a level pinhole whose picture may be shifted, as in architecture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """A pinhole that looks along -z; verticals stay vertical because only the picture plane is shifted.

    Attributes:
        position: metres x (right), y (up), z (towards the viewer) of the pinhole.
        focal: px.
        centre: px x, y of the point that lies straight ahead of the pinhole.
    """

    position: tuple[float, float, float]
    focal: float
    centre: tuple[float, float]

    def project(self, points: npt.NDArray[np.floating]) -> Float64:
        """Pixel coordinates of points.

        Args:
            points: (..., 3) metres.

        Returns:
            (..., 3) px x, px y, metres from the camera along its axis.
        """
        relative = np.asarray(points, np.float64) - np.asarray(self.position)
        depth = -relative[..., 2]
        scale = self.focal / depth
        return np.stack(
            [self.centre[0] + relative[..., 0] * scale, self.centre[1] - relative[..., 1] * scale, depth], axis=-1
        )


def frame_figure(
    size: tuple[int, int],
    *,
    height: float = 1.75,
    fill: float = 0.78,
    floor: float = 0.9,
    distance: float = 4.4,
    eye: float = 1.15,
    x: float = 0.0,
    z: float = 0.0,
) -> Camera:
    """A camera that shows somebody who stands at (x, 0, z) from head to foot.

    Args:
        size: px width, height of the picture.
        height: metres that shall fill `fill` of the picture's height.
        fill: share of the picture's height.
        floor: where the feet stand, as a share of the picture's height.
        distance: metres between camera and figure.
        eye: metres of the camera above the floor.
        x: metres.
        z: metres.
    """
    w, h = size
    focal = fill * h * distance / height
    return Camera((x, eye, z + distance), focal, ((w - 1) / 2, floor * h - focal * eye / distance))
