"""What a performer is asked to do: a path, joints and contacts in the performer's own scale, and the face."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from components.core.arrays import Bool, Float32, check_array
from components.core.errors import Notice
from components.core.skeleton import RIG


@dataclass(frozen=True)
class Choreography:
    """The body motion of one performer at the frame rate of the video.

    All lengths are px of the performer's photo; x right, y down, z away from the viewer. Projected orthographically,
    (x, y) are photo pixels, and the layer's transform brings them to the frame.

    Attributes:
        performer: index in the Cast.
        dancer: identity in the Dance.
        joints: (T, 22, 3) float32: RIG joints, root motion included. Bones may be shorter than at rest in (x, y): that
            is foreshortening.
        root: (T, 3) float32: the pelvis's path on the floor: x, height of the floor under it (y), depth z.
        facing: (T,) float32 degrees of yaw of the body, unwrapped, as Performer.facing.
        contacts: (T, 2) bool: the left, right sole stands on the floor and is planted.
        confidence: (T,) float32 0..1: how sure the motion is; 0 in frozen gaps.
        present: (T,) bool: false where the dancer is out of sight for long, and the performer should fade or hold.
        hands: (T, 2, 21, 2) float32: finger landmarks relative to the wrist, in px of the performer, NaN where unknown.
        fps: frames a second.
        notices: warnings (frozen gaps, ...).
        scale: (T,) float32: how much larger than at rest the whole body is, because the dancer comes nearer. The joints
            have it already; an engine widens limbs by it. None: 1 throughout.
    """

    performer: int
    dancer: int
    joints: Float32
    root: Float32
    facing: Float32
    contacts: Bool
    confidence: Float32
    present: Bool
    hands: Float32
    fps: Fraction
    notices: tuple[Notice, ...] = ()
    scale: Float32 | None = None

    def __post_init__(self) -> None:
        t = len(self.joints)
        if self.scale is not None:
            check_array("scale", self.scale, (t,), np.float32)
        check_array("joints", self.joints, (t, len(RIG.joints), 3), np.float32)
        check_array("root", self.root, (t, 3), np.float32)
        check_array("facing", self.facing, (t,), np.float32)
        check_array("contacts", self.contacts, (t, 2), np.bool_)
        check_array("confidence", self.confidence, (t,), np.float32)
        check_array("present", self.present, (t,), np.bool_)
        check_array("hands", self.hands, (t, 2, 21, 2), np.float32)
        if not np.isfinite(self.joints).all():
            raise ValueError("joints of a choreography must be finite")


@dataclass(frozen=True)
class Ensemble:
    """The choreographies of all performers who dance, in order of performer, all of one length and frame rate.

    Attributes:
        fps: frames a second of the video.
        frames: T.
        choreographies: at least one.
        notices: warnings on who dances what.
    """

    fps: Fraction
    frames: int
    choreographies: tuple[Choreography, ...]
    notices: tuple[Notice, ...] = ()

    def __post_init__(self) -> None:
        if not self.choreographies:
            raise ValueError("an ensemble needs at least one choreography")
        for c in self.choreographies:
            if len(c.joints) != self.frames or c.fps != self.fps:
                raise ValueError(f"performer {c.performer}: {len(c.joints)} frames at {c.fps} fps")


@dataclass(frozen=True)
class FaceMotion:
    """The face of one performer at the frame rate of the video.

    Attributes:
        performer: index in the Cast.
        displacement: (T, 478, 2) float32 photo px: how far each face landmark moves from its place in the photo, in
            the photo's head frame (head turn and lean not included). Exactly 0 at intensity 0.
        head: (T, 3) float32 degrees yaw, pitch, roll relative to the head in the photo, as in FaceTrack; lean is
            already in the choreography's head bone and is given here for engines that want all of it.
        mouth_open: (T,) float32 photo px between the inner lips.
        coefficients: (T, len(EXPRESSIONS)) float32 as asked for, intensity applied.
    """

    performer: int
    displacement: Float32
    head: Float32
    mouth_open: Float32
    coefficients: Float32

    def __post_init__(self) -> None:
        t = len(self.displacement)
        check_array("displacement", self.displacement, (t, 478, 2), np.float32)
        check_array("head", self.head, (t, 3), np.float32)
        check_array("mouth_open", self.mouth_open, (t,), np.float32)


@dataclass(frozen=True)
class FaceMotions:
    """The faces of all performers that have one and are asked to move it.

    Attributes:
        motions: in order of performer; none for expression 0 with lip-sync off.
        notices: warnings.
    """

    motions: tuple[FaceMotion, ...]
    notices: tuple[Notice, ...] = ()
