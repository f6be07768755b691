"""The head's own frame: a face seen straight from the front, one outer eye distance wide, whatever the head does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.express.regions import EYE_CORNERS, MIRRORED, OUTER_EYES, RIGID

Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HeadFrame:
    """How a face lies in a picture: `picture = origin + unit * (face @ axes)`.

    Attributes:
        axes: (3, 3) rows: the face's own right-in-the-picture, down and away-from-the-viewer, in picture axes.
        origin: (3,) px, the middle of the eye corners.
        unit: px between the outer eye corners.
    """

    axes: Float
    origin: Float
    unit: float

    def to_face(self, landmarks: Float) -> Float:
        """(..., 3) picture px to the head's own frame, in outer eye distances."""
        return np.asarray((landmarks - self.origin) @ self.axes.T / self.unit)

    def to_picture(self, displacement: Float) -> Float:
        """(..., 3) displacements of the head's own frame to (..., 2) px of the picture."""
        return np.asarray((displacement @ self.axes)[..., :2] * self.unit)

    @property
    def down(self) -> Float:
        """(2,) unit vector of the picture that points from forehead to chin."""
        direction = self.axes[1, :2]
        return np.asarray(direction / max(float(np.linalg.norm(direction)), 1e-6))


def head_frame(landmarks: Float) -> HeadFrame:
    """Read the frame off one face.

    Args:
        landmarks: (L, 3) px, L at least 468.
    """
    across = (landmarks[MIRRORED[:, 1]] - landmarks[MIRRORED[:, 0]]).sum(axis=0)
    x = across / max(float(np.linalg.norm(across)), 1e-9)
    down = landmarks[[2, 94]].mean(axis=0) - landmarks[[10, 151]].mean(axis=0)
    down = down - x * (down @ x)
    y = down / max(float(np.linalg.norm(down)), 1e-9)
    unit = max(float(np.linalg.norm(landmarks[OUTER_EYES[1]] - landmarks[OUTER_EYES[0]])), 1e-6)
    return HeadFrame(np.stack([x, y, np.cross(x, y)]), landmarks[EYE_CORNERS].mean(axis=0), unit)


def template_of(landmarks: Float, rounds: int = 2) -> Float:
    """The rigid landmarks of a person's head in the head's own frame, from many frames.

    Args:
        landmarks: (T, L, 3) px.
        rounds: how often the template is made anew from the aligned frames.

    Returns:
        (len(RIGID), 3) in outer eye distances.
    """
    shapes = np.stack([head_frame(frame).to_face(frame) for frame in landmarks])
    for _ in range(rounds):
        shapes = align(shapes, np.median(shapes[:, RIGID], axis=0))
    middle = np.median(shapes, axis=0)
    return np.asarray(head_frame(middle).to_face(middle)[RIGID])


def align(landmarks: Float, template: Float) -> Float:
    """Bring faces onto a template by the best rotation, scale and shift (Umeyama, 1991) of the rigid landmarks.

    Args:
        landmarks: (T, L, 3) any unit.
        template: (len(RIGID), 3).

    Returns:
        (T, L, 3) in the template's frame and unit.
    """
    goal = template.mean(axis=0)
    rigid = landmarks[:, RIGID]
    centre = rigid.mean(axis=1, keepdims=True)
    rigid = rigid - centre
    u, s, vt = np.linalg.svd(np.einsum("tik,il->tkl", rigid, template - goal))
    sign = np.ones_like(s)
    sign[:, 2] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * sign[:, None, :]) @ vt
    scale = (s * sign).sum(axis=1) / np.maximum((rigid**2).sum(axis=(1, 2)), 1e-12)
    return np.asarray((landmarks - centre) @ rotation * scale[:, None, None] + goal)
