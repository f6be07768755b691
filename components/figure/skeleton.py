"""The figure's bones: frames made from joints, two-bone limbs, and the joints of its head and hands."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from components.core.skeleton import MEDIAPIPE_33

Float64 = npt.NDArray[np.float64]

TORSO = 0.50
"""Metres between the middles of shoulders and hips of a figure of scale 1 (about 1.70 m tall)."""

JOINT = {name: i for i, name in enumerate(MEDIAPIPE_33.joints)}

HEAD_UNIT = 0.0104
"""Metres of a centimetre of the head's frame: heads are a little larger than life."""

HEAD_POINTS = np.array(
    [
        (0.0, -2.5, 10.7),
        (1.9, 0.9, 8.5), (3.15, 0.95, 8.5), (4.4, 0.9, 7.8),
        (-1.9, 0.9, 8.5), (-3.15, 0.95, 8.5), (-4.4, 0.9, 7.8),
        (7.3, -0.3, 0.4), (-7.3, -0.3, 0.4),
        (2.3, -6.1, 8.5), (-2.3, -6.1, 8.5),
    ],
    np.float64,
)  # fmt: skip
"""MediaPipe's joints 0..10 in the head's frame, cm."""

FINGERS = (
    # knuckle across the hand (m, thumb side positive), knuckle along it, three bones, radius
    (0.028, 0.088, (0.043, 0.026, 0.021), 0.0090),
    (0.009, 0.091, (0.047, 0.030, 0.022), 0.0092),
    (-0.010, 0.087, (0.043, 0.028, 0.022), 0.0088),
    (-0.027, 0.079, (0.034, 0.020, 0.019), 0.0078),
)


def unit(v: npt.NDArray[Any]) -> Float64:
    """The vector at length one (zero stays zero)."""
    x, y, z = v.tolist()
    return np.asarray(v * (1.0 / max(math.sqrt(x * x + y * y + z * z), 1e-9)), np.float64)


def basis(y: npt.NDArray[Any], x_hint: npt.NDArray[Any]) -> Float64:
    """Rows x, y, z of a right-handed frame whose y is given and whose x is as near the hint as can be.

    Plain numbers: a figure asks for a hundred of these, and numpy is slow on three.
    """
    a, b, c = y.tolist()
    k = 1.0 / max(math.sqrt(a * a + b * b + c * c), 1e-9)
    a, b, c = a * k, b * k, c * k
    u, v, w = x_hint.tolist()
    along = u * a + v * b + w * c
    u, v, w = u - a * along, v - b * along, w - c * along
    length = math.sqrt(u * u + v * v + w * w)
    if length < 1e-6:
        u, v, w = (b, -a, 0.0) if abs(c) < 0.9 else (-c, 0.0, a)
        length = math.sqrt(u * u + v * v + w * w)
    u, v, w = u / length, v / length, w / length
    return np.array([[u, v, w], [a, b, c], [v * c - w * b, w * a - u * c, u * b - v * a]])


def turn(degrees: float, axis: int) -> Float64:
    """A rotation about x (0), y (1) or z (2)."""
    a = np.radians(degrees)
    c, s = np.cos(a), np.sin(a)
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    m = np.eye(3)
    m[i, i] = m[j, j] = c
    m[i, j] = -s
    m[j, i] = s
    return m


def torso_length(joints: npt.NDArray[Any]) -> float:
    """Metres between the middles of shoulders and hips."""
    chest = (joints[JOINT["left_shoulder"]] + joints[JOINT["right_shoulder"]]) / 2
    pelvis = (joints[JOINT["left_hip"]] + joints[JOINT["right_hip"]]) / 2
    return float(np.linalg.norm(chest - pelvis))


def head_frame(joints: npt.NDArray[Any], size: float) -> tuple[Float64, Float64]:
    """Where the head is: the best rigid fit of HEAD_POINTS to joints 0..10 (Kabsch 1976).

    Args:
        joints: (33, 3) metres.
        size: metres of a unit of HEAD_POINTS.

    Returns:
        origin (3,), and rows x, y, z of the head's frame.
    """
    target = np.asarray(joints[:11], np.float64)
    weight = np.array([2.0, 1, 1, 1, 1, 1, 1, 3, 3, 1, 1])[:, None]
    weight = weight / weight.sum()
    model = HEAD_POINTS * size
    mean_t = (target * weight).sum(0)
    mean_m = (model * weight).sum(0)
    u, _, vt = np.linalg.svd(((model - mean_m) * weight).T @ (target - mean_t))
    sign = np.sign(np.linalg.det(u @ vt))
    rows = u @ np.diag([1.0, 1.0, sign]) @ vt
    return mean_t - mean_m @ rows, np.asarray(rows, np.float64)


def hand_frame(joints: npt.NDArray[Any], side: str) -> tuple[Float64, float]:
    """Rows of a hand's frame (x to the thumb, y to the fingers), and the sign of z on the side of the palm."""
    wrist = joints[JOINT[f"{side}_wrist"]]
    index = joints[JOINT[f"{side}_index"]]
    pinky = joints[JOINT[f"{side}_pinky"]]
    along = (index + pinky) / 2 - wrist
    if np.linalg.norm(along) < 1e-4:
        along = wrist - joints[JOINT[f"{side}_elbow"]]
    return basis(along, index - pinky), -1.0 if side == "left" else 1.0


def hand_points(wrist: Float64, rows: Float64, palm: float, scale: float, curl: Float64, spread: float) -> Float64:
    """The 21 points of a hand.

    Args:
        wrist: (3,) metres.
        rows: frame of the hand.
        palm: sign of z on the side of the palm.
        scale: 1 for a figure of scale 1.
        curl: (5,) 0 straight to 1 fist, thumb first.
        spread: degrees between neighbouring fingers.

    Returns:
        (21, 3) metres, in the order of MediaPipe's hand landmarks.
    """
    points = np.zeros((21, 3))
    points[1] = (0.020, 0.022, 0.006 * palm)
    thumb = np.radians(np.array([40.0, 26.0, 8.0]) - np.array([14.0, 34.0, 58.0]) * curl[0])
    inward = np.radians(np.array([22.0, 26.0, 28.0]) + np.array([16.0, 24.0, 26.0]) * curl[0])
    for k, bone in enumerate((0.040, 0.030, 0.024)):
        direction = np.array([
            np.sin(thumb[k]) * np.cos(inward[k]), np.cos(thumb[k]) * np.cos(inward[k]), np.sin(inward[k]) * palm
        ])  # fmt: skip
        points[2 + k] = points[1 + k] + bone * direction
    for f, (across, along, bones, _) in enumerate(FINGERS):
        base = 5 + 4 * f
        points[base] = (across, along, 0.0)
        fan = np.radians(spread * (1.5 - f))
        angle = np.radians(4.0)
        steps = np.radians((80.0, 95.0, 65.0)) * curl[f + 1]
        for k, bone in enumerate(bones):
            angle += steps[k]
            direction = np.array([np.sin(fan) * np.cos(angle), np.cos(fan) * np.cos(angle), np.sin(angle) * palm])
            points[base + k + 1] = points[base + k] + bone * direction
    return np.asarray(wrist + (points * scale) @ rows, np.float64)


def bend_limb(root: Float64, end: Float64, upper: float, lower: float, pole: Float64) -> tuple[Float64, Float64]:
    """Middle joint and end of a two-bone limb that reaches for `end`, bending towards `pole`."""
    reach = end - root
    length = min(float(np.linalg.norm(reach)), (upper + lower) * 0.999)
    along = unit(reach)
    cosine = (upper**2 + length**2 - lower**2) / (2 * upper * max(length, 1e-6))
    cosine = float(np.clip(cosine, -1, 1))
    side = unit(pole - along * (pole @ along))
    middle = root + upper * (cosine * along + np.sqrt(1 - cosine**2) * side)
    return middle, root + along * length
