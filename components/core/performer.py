"""Who is in the photo: a person cut into layered, textured, rigged parts, and what was behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.core.arrays import ANY, Float32, Int32, UInt8, check_array
from components.core.clip import Still
from components.core.errors import Notice
from components.core.skeleton import RIG, RIG_BONES

PARTS: tuple[str, ...] = ("torso", "head", "left_arm", "right_arm", "left_leg", "right_leg")
"""Names a part may have. A performer has each at most once."""


@dataclass(frozen=True)
class Part:
    """One layer of a cut-out person.

    Attributes:
        name: one of PARTS.
        texture: (H, W, 4) uint8 premultiplied sRGB + alpha.
        origin: (2,) float32 photo px (x, y) of the texture's pixel (0, 0).
        vertices: (V, 2) float32 photo px: the mesh at rest. A vertex's texture pixel is `vertices - origin`.
        triangles: (F, 3) int32.
        weights: (V, len(RIG_BONES)) float32 skinning weights, rows sum to 1.
        depth: where the part lies by default: larger is nearer to the viewer (legs < torso < head < arms).
        face: (478,) int32 vertex of each face landmark, -1 where it has none; None where the part has no face.
    """

    name: str
    texture: UInt8
    origin: Float32
    vertices: Float32
    triangles: Int32
    weights: Float32
    depth: float
    face: Int32 | None = None

    def __post_init__(self) -> None:
        if self.name not in PARTS:
            raise ValueError(f"part {self.name!r} is none of {PARTS}")
        check_array("texture", self.texture, (ANY, ANY, 4), np.uint8)
        check_array("origin", self.origin, (2,), np.float32)
        check_array("vertices", self.vertices, (ANY, 2), np.float32)
        check_array("triangles", self.triangles, (ANY, 3), np.int32)
        check_array("weights", self.weights, (len(self.vertices), len(RIG_BONES)), np.float32)
        if self.face is not None:
            check_array("face", self.face, (478,), np.int32)


@dataclass(frozen=True)
class Performer:
    """A person of a photo, ready to be moved.

    Attributes:
        index: 0 for the leftmost person of the photo, then 1, ...
        box: (4,) float32 photo px x0, y0, x1, y1.
        joints: (22, 3) float32 photo px of RIG, z as in PoseTrack.
        visibility: (22,) float32 0..1.
        landmarks: (33, 3) float32 photo px: MediaPipe's joints.
        hands: (2, 21, 3) float32 photo px, NaN where a hand was not seen; 0 = left.
        face: (478, 3) float32 photo px, or None.
        facing: degrees of yaw of the body in the photo: 0 to the viewer, positive: the chest points to the right of
            the picture, 180: away.
        parts: at most one of each of PARTS.
        skin: (3,) uint8 sRGB: the person's own skin colour, where none was seen a mean of the face or hands.
        matte: (H, W) uint8 alpha of the person over the whole photo.
        notices: warnings (hidden hands, cropped limbs, ...).
    """

    index: int
    box: Float32
    joints: Float32
    visibility: Float32
    landmarks: Float32
    hands: Float32
    face: Float32 | None
    facing: float
    parts: tuple[Part, ...]
    skin: UInt8
    matte: UInt8
    notices: tuple[Notice, ...] = ()

    def __post_init__(self) -> None:
        check_array("box", self.box, (4,), np.float32)
        check_array("joints", self.joints, (len(RIG.joints), 3), np.float32)
        check_array("visibility", self.visibility, (len(RIG.joints),), np.float32)
        check_array("landmarks", self.landmarks, (33, 3), np.float32)
        check_array("hands", self.hands, (2, 21, 3), np.float32)
        if self.face is not None:
            check_array("face", self.face, (478, 3), np.float32)
        check_array("skin", self.skin, (3,), np.uint8)
        check_array("matte", self.matte, (ANY, ANY), np.uint8)
        if len({p.name for p in self.parts}) != len(self.parts):
            raise ValueError("a performer has two parts of one name")


@dataclass(frozen=True)
class Cast:
    """Everything that is taken from a photo.

    Attributes:
        photo: the photo as it was checked.
        plate: the photo without any of its people and their shadows, of the photo's size.
        performers: from left to right.
        notices: warnings that concern the photo as a whole.
    """

    photo: Still
    plate: Still
    performers: tuple[Performer, ...]
    notices: tuple[Notice, ...] = ()
