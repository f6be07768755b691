"""A body that moves in space: what a mocap file or a built-in choreography holds, before any picture is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from components.core.arrays import ANY, Bool, Float32, check_array


@dataclass(frozen=True)
class Motion:
    """One body's motion in space, in MediaPipe's 33 joints.

    Axes: x to the right of the viewer's picture, y up, z towards the viewer; the floor is y = 0. A body of yaw 0 faces
    the viewer, so its own left is at +x; positive yaw turns its chest to the right of the picture.

    Attributes:
        joints: (T, 33, 3) float32 m.
        contacts: (T, 2) bool: the left, right foot stands on the floor and does not move.
        beats: (B,) float32 s from frame 0; empty where the motion has no music.
        fps: frames a second.
    """

    joints: Float32
    contacts: Bool
    beats: Float32
    fps: Fraction

    def __post_init__(self) -> None:
        t = len(self.joints)
        check_array("joints", self.joints, (t, 33, 3), np.float32)
        check_array("contacts", self.contacts, (t, 2), np.bool_)
        check_array("beats", self.beats, (ANY,), np.float32)
        if not np.isfinite(self.joints).all():
            raise ValueError("joints of a motion must be finite")

    @property
    def frames(self) -> int:
        """T."""
        return len(self.joints)
