"""A performer's face as it can be moved: where its landmarks lie, and the fields that open, widen and close it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.express.driver import LANDMARKS, eye_opening, mouth_gap, mouth_width, region_weights
from components.express.head_frame import HeadFrame, head_frame
from components.express.regions import (
    BROWS,
    CHEEKBONES,
    CHIN,
    INNER_LIPS,
    IRISES,
    JAW_STILL,
    LID_CORNERS,
    LIDS,
    LIP_CORNERS,
    MIDDLE_LIPS,
    NOSE,
    OUTER_LIPS,
)

Float = npt.NDArray[np.float64]

LOWER_SHARE = 0.8
"""Part of an opening mouth that the lower lip goes down; the upper lip goes up the rest."""
LID_SHARES = (0.82, 0.14)
"""Parts of an eye's opening that a blink takes the upper lid down and the lower lid up; the rest is the line of lashes,
without which the texture between the lids would fold."""


@dataclass(frozen=True)
class FaceShape:
    """One performer's face in the photo.

    Attributes:
        picture: (478, 2) px of the photo.
        frame: how it lies there.
        face: (468, 3) in its own head frame, outer eye distances.
        mouth, brow: (468,) how far each landmark belongs to the mouth, the brows.
        gap: opening of the mouth in the photo, outer eye distances.
        width: of the mouth.
        opening: (2,) of the left, right eye, height over width.
        open_field: (468, 3) displacement that opens the lips by 1 in their middle.
        width_field: (468, 3) displacement that widens the mouth by 1.
        lids: (2, 478, 2) px: displacement that closes the left, right eye all the way.
    """

    picture: Float
    frame: HeadFrame
    face: Float
    mouth: Float
    brow: Float
    gap: float
    width: float
    opening: Float
    open_field: Float
    width_field: Float
    lids: Float


def face_shape(landmarks: npt.NDArray[np.float32]) -> FaceShape:
    """Prepare a performer's face.

    Args:
        landmarks: (478, 3) px of the photo; irises may be NaN.
    """
    whole = np.asarray(landmarks, dtype=np.float64)
    frame = head_frame(whole[:LANDMARKS])
    face = frame.to_face(whole[:LANDMARKS])
    mouth, brow = region_weights(face)
    return FaceShape(
        picture=whole[:, :2],
        frame=frame,
        face=face,
        mouth=mouth,
        brow=brow,
        gap=max(float(mouth_gap(face[None])[0]), 0.0),
        width=float(mouth_width(face[None])[0]),
        opening=np.maximum(eye_opening(face[None])[0], 1e-3),
        open_field=_open_field(face),
        width_field=_width_field(face),
        lids=_lid_field(whole[:, :2]),
    )


def _arch(x: Float, half: float) -> Float:
    """1 in the middle of the lips, 0 at their corners, as an opening mouth is shaped."""
    return np.asarray(np.sqrt(np.clip(1 - (x / half) ** 2, 0.0, 1.0)))


def _spread(face: Float, given: npt.NDArray[np.intp], values: Float) -> Float:
    """Carry values at some landmarks smoothly to all others (thin plates, through the given ones exactly).

    Args:
        face: (L, 3).
        given: (G,) landmarks.
        values: (G,) or (G, C).
    """
    from scipy.interpolate import RBFInterpolator

    given, first = np.unique(given, return_index=True)
    out = RBFInterpolator(face[given, :2], values[first], kernel="linear", smoothing=1e-4)(face[:, :2])
    out[given] = values[first]
    return np.asarray(out)


def _still() -> npt.NDArray[np.intp]:
    """Landmarks that no mouth moves."""
    return np.concatenate([NOSE, LIDS.ravel(), LID_CORNERS.ravel(), BROWS.ravel(), CHEEKBONES, JAW_STILL])


def _lips() -> npt.NDArray[np.intp]:
    return np.concatenate([INNER_LIPS.ravel(), OUTER_LIPS.ravel(), MIDDLE_LIPS.ravel(), LIP_CORNERS])


def _upper_lower() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    pairs = np.concatenate([INNER_LIPS, OUTER_LIPS, MIDDLE_LIPS])
    return pairs[:, 0], pairs[:, 1]


def _open_field(face: Float) -> Float:
    """Jaw down and lips apart, by 1 between the middle of the inner lips.

    Beyond the lips the field is carried from the lips' edge, the chin and what stays still; the red of the lips keeps
    its thickness, so an open mouth never drags its own lips thin.
    """
    middle = face[[61, 291]].mean(axis=0)
    half = 0.5 * abs(float(face[291, 0] - face[61, 0])) + 1e-6
    upper, lower = _upper_lower()
    down = np.zeros(len(face))
    corner = 0.35 * LOWER_SHARE
    down[upper] = corner - (corner + 1 - LOWER_SHARE) * _arch(face[upper, 0] - middle[0], half)
    down[lower] = corner + (LOWER_SHARE - corner) * _arch(face[lower, 0] - middle[0], half)
    down[LIP_CORNERS] = corner
    fall = np.array([1.0, 0.97, 0.97, 0.9, 0.9, 0.8, 0.8]) * LOWER_SHARE
    outside = np.concatenate([OUTER_LIPS.ravel(), LIP_CORNERS[:2]])
    given = np.concatenate([outside, CHIN, _still()])
    values = np.concatenate([down[outside], fall, np.zeros(len(_still()))])
    spread = _spread(face, given, values)
    lips = _lips()
    spread[lips] = down[lips]
    # The mean over the five middle pairs, which is what is called the opening, is to be exactly 1.
    pairs = INNER_LIPS[2:7]
    field = np.zeros_like(face)
    field[:, 1] = spread / float((spread[pairs[:, 1]] - spread[pairs[:, 0]]).mean())
    return field


def _width_field(face: Float) -> Float:
    """Corners of the mouth apart by 1, all of the lips in proportion."""
    middle = face[[61, 291]].mean(axis=0)
    half = 0.5 * abs(float(face[291, 0] - face[61, 0])) + 1e-6
    lips = _lips()
    apart = np.zeros(len(face))
    apart[lips] = 0.5 * (face[lips, 0] - middle[0]) / half
    still = np.concatenate([_still(), CHIN])
    outside = np.concatenate([OUTER_LIPS.ravel(), LIP_CORNERS[:2]])
    spread = _spread(face, np.concatenate([outside, still]), np.concatenate([apart[outside], np.zeros(len(still))]))
    spread[lips] = apart[lips]
    field = np.zeros_like(face)
    field[:, 0] = spread
    return field


def _lid_field(picture: Float) -> Float:
    """(2, 478, 2) px: upper and lower lid of each eye to where they meet, the skin about them a little with them."""
    fields = np.zeros((2, len(picture), 2))
    for eye in (0, 1):
        upper, lower = LIDS[eye, :, 0], LIDS[eye, :, 1]
        across = picture[lower] - picture[upper]
        field = fields[eye]
        field[upper] = LID_SHARES[0] * across
        field[lower] = -LID_SHARES[1] * across
        corners = picture[LID_CORNERS[eye]]
        width = float(np.linalg.norm(corners[0] - corners[1])) + 1e-6
        fixed = np.concatenate([upper, lower, LID_CORNERS[eye], IRISES.ravel()])
        others = np.setdiff1d(np.arange(len(picture)), fixed)
        rim = np.concatenate([upper, lower])
        for landmark in others:
            distance = np.linalg.norm(picture[rim] - picture[landmark], axis=1)
            near = np.exp(-0.5 * ((distance - distance.min()) / (0.12 * width)) ** 2)
            reach = max(0.0, 1 - float(distance.min()) / (0.6 * width)) ** 1.5
            field[landmark] = 0.9 * reach * (near @ field[rim]) / near.sum()
        for landmark in IRISES[eye]:
            if not np.isfinite(picture[landmark]).all():
                continue
            column = int(
                np.argmin(np.abs((0.5 * (picture[upper] + picture[lower]) - picture[landmark]) @ _along(corners)))
            )
            height = across[column] @ across[column] + 1e-9
            part = float(np.clip((picture[landmark] - picture[upper[column]]) @ across[column] / height, 0.0, 1.0))
            field[landmark] = (1 - part) * field[upper[column]] + part * field[lower[column]]
    return fields


def _along(corners: Float) -> Float:
    direction = corners[0] - corners[1]
    return np.asarray(direction / (np.linalg.norm(direction) + 1e-9))
