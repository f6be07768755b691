"""How a foot stands on the floor: it turns about its toe or heel, not because the dancer turned it outwards."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from components.core import RIG, Bool, Float32

Float64 = npt.NDArray[np.float64]

_NOISE = 7.0
"""Degrees by which a foot that stands seems to lift toe or heel without doing so."""
_MOST = 55.0
_UPRIGHT, _LYING = 35.0, 70.0
"""Degrees from the vertical up to which a shin has its foot beneath it, and from which the foot hangs on it."""
_SMOOTH = 0.05


def foot_pitch(joints: Float32, contacts: Bool, fps: float) -> Float64:
    """How far the toes point down, against how the same foot mostly stands.

    A camera sees a foot that is turned outwards, or to the other side, at another angle in the picture. What tells a
    lifted heel from that is only how much lower the toe lies than the heel, against the foot's length.

    Args:
        joints: (T, 22, 3) px, RIG, z of the same scale.
        contacts: (T, 2) which foot stands.
        fps: frames a second.

    Returns:
        (T, 2) radians, left and right; 0 for a foot that stands flat.
    """
    out = np.zeros((len(joints), 2))
    for i, side in enumerate(("left", "right")):
        foot = (joints[:, RIG.index(f"{side}_toe")] - joints[:, RIG.index(f"{side}_heel")]).astype(np.float64)
        length = max(float(np.median(np.linalg.norm(foot, axis=1))), 1e-6)
        level = np.maximum(np.hypot(foot[:, 0], foot[:, 2]), 0.7 * length)
        pitch = np.arctan2(foot[:, 1], level)
        stands = contacts[:, i]
        pitch -= np.median(pitch[stands]) if stands.any() else np.percentile(pitch, 30)
        noise = np.radians(_NOISE)
        pitch -= np.clip(pitch, -noise, noise)
        most = np.radians(_MOST)
        pitch = most * np.tanh(pitch / most)
        out[:, i] = gaussian_filter1d(pitch, _SMOOTH * fps, mode="nearest") if len(pitch) > 1 else pitch
    return out


def standing(
    rest: Float64, joints: Float64, side: str, pitch: Float64, mirrored: Bool, before: Float64
) -> tuple[Float64, Float64]:
    """How a foot turns that is under its shin, and how much it is.

    Args:
        rest: (22, 2) px of the photo.
        joints: (T, 22, 2) px.
        side: left or right.
        pitch: (T,) radians of `foot_pitch`.
        mirrored: (T,) where the leg is drawn mirrored.
        before: (T,) radians, the turn of the shin.

    Returns:
        (T,) radians of the foot's turn from the photo, nearest to the shin's, and (T,) 0..1: 1 where that holds, 0
        where the shin lies and its foot hangs on it.
    """
    knee, ankle, heel, toe = (RIG.index(f"{side}_{j}") for j in ("knee", "ankle", "heel", "toe"))
    lean = _lean(rest[None, ankle] - rest[None, knee])[0]
    # In the photo, too, a foot may hang on a leg that is not under the body.
    turn = np.full(len(joints), -lean * _rise(abs(lean)))
    sole = rest[toe] - rest[heel]
    turn += pitch * sole[0] / max(float(np.hypot(*sole)), 1e-6)
    foot = rest[toe] - rest[ankle]
    points = float(np.arctan2(foot[1], foot[0]))
    turn = np.where(mirrored, np.pi - 2 * points - turn, turn)
    now = _lean(joints[:, ankle] - joints[:, knee])
    share = 1 - _rise(np.abs(now))
    return before + np.angle(np.exp(1j * (turn - before))), np.asarray(share)


def _lean(shin: Float64) -> Float64:
    """(T,) radians from straight down."""
    return np.asarray(np.arctan2(-shin[:, 0], shin[:, 1]))


def _rise(lean: Float64 | float) -> Float64:
    t = np.clip((np.degrees(lean) - _UPRIGHT) / (_LYING - _UPRIGHT), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
