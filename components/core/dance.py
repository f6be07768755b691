"""What a reference dances: who is in it, how they move, and the beat."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from components.core.arrays import ANY, Bool, Float32, check_array
from components.core.clip import Clip, Sound, Uri
from components.core.errors import Notice

EXPRESSIONS: tuple[str, ...] = (
    "jaw_open", "mouth_pucker", "smile_left", "smile_right", "blink_left", "blink_right", "brow_up_left",
    "brow_up_right", "brow_down_left", "brow_down_right",
)  # fmt: skip
"""Names of the expression coefficients, each 0 (neutral) to 1 (as far as a face goes)."""


@dataclass(frozen=True)
class PoseTrack:
    """One person's body over time, in MediaPipe's 33 joints.

    Attributes:
        xyz: (T, 33, 3) float32 px of the clip's frame, x right, y down, z towards the camera negative, in the scale of
            x and with the hips' middle near 0. NaN where `present` is false. Joints outside the frame are kept.
        world: (T, 33, 3) float32 m about the hips' middle, axes as xyz, or None.
        visibility: (T, 33) float32, 0..1: probability that the joint is in the frame and not hidden.
        present: (T,) bool: the person was seen in this frame.
        hands: (T, 2, 21, 3) float32 px (MediaPipe hand landmarks; 0 = left), NaN where a hand was not seen; or None.
        fps: frames a second.
    """

    xyz: Float32
    world: Float32 | None
    visibility: Float32
    present: Bool
    hands: Float32 | None
    fps: Fraction

    def __post_init__(self) -> None:
        t = len(self.xyz)
        check_array("xyz", self.xyz, (t, 33, 3), np.float32)
        if self.world is not None:
            check_array("world", self.world, (t, 33, 3), np.float32)
        check_array("visibility", self.visibility, (t, 33), np.float32)
        check_array("present", self.present, (t,), np.bool_)
        if self.hands is not None:
            check_array("hands", self.hands, (t, 2, 21, 3), np.float32)


@dataclass(frozen=True)
class FaceTrack:
    """One person's face over time.

    Attributes:
        landmarks: (T, 478, 3) float32 px of the clip's frame (MediaPipe face mesh with irises; 468..477 NaN where the
            model gives no irises). NaN where `present` is false.
        present: (T,) bool.
        head: (T, 3) float32 degrees: yaw (positive: the nose points to the right of the picture), pitch (positive:
            the nose points down), roll (positive: the head leans clockwise in the picture). NaN where not present.
        coefficients: (T, len(EXPRESSIONS)) float32 0..1, NaN where not present.
    """

    landmarks: Float32
    present: Bool
    head: Float32
    coefficients: Float32

    def __post_init__(self) -> None:
        t = len(self.landmarks)
        check_array("landmarks", self.landmarks, (t, 478, 3), np.float32)
        check_array("present", self.present, (t,), np.bool_)
        check_array("head", self.head, (t, 3), np.float32)
        check_array("coefficients", self.coefficients, (t, len(EXPRESSIONS)), np.float32)


@dataclass(frozen=True)
class Dancer:
    """One identity in a reference.

    Attributes:
        identity: 0 for the dancer who is seen most (largest and longest), then 1, ...
        box: (T, 4) float32 px x0, y0, x1, y1 of the whole body, NaN where not present.
        mask: a grey FFV1 video of the dancer's matte, one frame a clip frame, any size of the clip's aspect; or None.
        pose: the body.
        face: the face, or None where none was ever found.
    """

    identity: int
    box: Float32
    mask: Uri | None
    pose: PoseTrack
    face: FaceTrack | None

    def __post_init__(self) -> None:
        check_array("box", self.box, (len(self.pose.present), 4), np.float32)


@dataclass(frozen=True)
class BeatGrid:
    """The beat of a sound.

    Attributes:
        beats: (B,) float32 s from the clip's frame 0, rising.
        downbeats: (D,) float32 s: first beats of bars.
        tempo: beats a minute.
        confidence: 0..1, how regular and strong the beat is.
    """

    beats: Float32
    downbeats: Float32
    tempo: float
    confidence: float

    def __post_init__(self) -> None:
        check_array("beats", self.beats, (ANY,), np.float32)
        check_array("downbeats", self.downbeats, (ANY,), np.float32)


@dataclass(frozen=True)
class Dance:
    """Everything that is taken from a reference: a clip, a BVH file or a built-in choreography.

    Attributes:
        width, height: px of the frame in which the poses lie.
        fps: frames a second of all tracks.
        frames: T of all tracks.
        clip: the video, or None for a BVH file or a built-in choreography.
        sound: what the result should sound like, or None.
        dancers: in order of identity.
        beats: None without sound or beat.
        notices: warnings.
    """

    width: int
    height: int
    fps: Fraction
    frames: int
    clip: Clip | None
    sound: Sound | None
    dancers: tuple[Dancer, ...]
    beats: BeatGrid | None
    notices: tuple[Notice, ...] = ()

    def __post_init__(self) -> None:
        for dancer in self.dancers:
            if len(dancer.pose.present) != self.frames:
                raise ValueError(f"dancer {dancer.identity}: {len(dancer.pose.present)} frames of {self.frames}")
