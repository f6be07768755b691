"""What is drawn: layers of four kinds, and the timeline that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from components.core.arrays import ANY, Float32, Int32, UInt8, check_array
from components.core.clip import Sound, Uri
from components.core.errors import Notice

IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))

Affine = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Rows of a 2x3 matrix that takes a layer's own px to px of the video's frame."""


@dataclass(frozen=True)
class MeshPart:
    """A textured mesh.

    Attributes:
        name: for people who debug.
        texture: (H, W, 4) uint8 premultiplied sRGB + alpha.
        uv: (V, 2) float32 texture px of each vertex.
        triangles: (F, 3) int32.
    """

    name: str
    texture: UInt8
    uv: Float32
    triangles: Int32

    def __post_init__(self) -> None:
        check_array("texture", self.texture, (ANY, ANY, 4), np.uint8)
        check_array("uv", self.uv, (ANY, 2), np.float32)
        check_array("triangles", self.triangles, (ANY, 3), np.int32)


@dataclass(frozen=True)
class MeshLayer:
    """Meshes that move.

    Attributes:
        parts: P parts.
        positions: a .npy of (T, V, 2) float32 px of the layer's own frame: the vertices of all parts, one part after
            the other. Opened memory-mapped, read in slices.
        z: (T, P) float32: parts of ALL layers of a frame are painted in rising z.
        opacity: (T, P) float32 0..1.
        transform: to the video's frame.
    """

    parts: tuple[MeshPart, ...]
    positions: Uri
    z: Float32
    opacity: Float32
    transform: Affine = IDENTITY

    def __post_init__(self) -> None:
        check_array("z", self.z, (ANY, len(self.parts)), np.float32)
        check_array("opacity", self.opacity, (len(self.z), len(self.parts)), np.float32)


@dataclass(frozen=True)
class ClipLayer:
    """Pixels that an engine made.

    Attributes:
        colour: a lossless video, one frame a video frame.
        matte: a lossless grey video of the same size and length, or None where all of it is opaque.
        z: paint order among parts.
        transform: to the video's frame.
    """

    colour: Uri
    matte: Uri | None
    z: float
    transform: Affine = IDENTITY


@dataclass(frozen=True)
class StillLayer:
    """A picture, or a plain colour.

    Attributes:
        picture: PNG, or None for a plain colour.
        colour: sRGB 0..255, used where `picture` is None or transparent.
        z: paint order.
        transform: picture px to the video's frame.
    """

    picture: Uri | None
    colour: tuple[int, int, int]
    z: float
    transform: Affine = IDENTITY


@dataclass(frozen=True)
class ProceduralLayer:
    """A painting by our own code, pure in (parameters, second, seed).

    Attributes:
        name: a painter registered in `components.compose.painters`.
        parameters: plain values; a value of type Uri names a .npy.
        seed: of everything random in it.
        z: paint order.
        transform: the painter's own px to the video's frame.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    z: float = 0.0
    transform: Affine = IDENTITY


Layer = MeshLayer | ClipLayer | StillLayer | ProceduralLayer


@dataclass(frozen=True)
class Scene:
    """Where the dance takes place.

    Attributes:
        width, height: px of the video's frame.
        layers: the background, z below 0 (a foreground, if any, above 1000).
        placement: photo px to the video's frame: where the performers stand and how large.
        floor: y of the floor line under the performers, px of the video's frame.
        light: sRGB 0..255 mean light of the scene: performers may be tinted towards it.
        notices: warnings.
    """

    width: int
    height: int
    layers: tuple[Layer, ...]
    placement: Affine
    floor: float
    light: tuple[int, int, int] = (255, 255, 255)
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class LayerStack:
    """What an engine drew.

    Attributes:
        layers: of one or many performers, z in 0..1000.
        draws: "performer", or "scene" where the engine brings its own background.
        notices: warnings.
    """

    layers: tuple[Layer, ...]
    draws: str = "performer"
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Shot:
    """A part of a timeline.

    Attributes:
        start: first frame.
        frames: length.
        layers: of all kinds; parts are painted in rising z across layers.
    """

    start: int
    frames: int
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class Timeline:
    """A finished plan of a video. A dance is a timeline of one shot.

    Attributes:
        width, height: px.
        fps: frames a second.
        shots: one after the other, without gaps.
        sound: or None.
    """

    width: int
    height: int
    fps: Fraction
    shots: tuple[Shot, ...]
    sound: Sound | None

    def __post_init__(self) -> None:
        at = 0
        for shot in self.shots:
            if shot.start != at or shot.frames < 1:
                raise ValueError(f"shot at frame {shot.start} of {shot.frames} frames, expected one at {at}")
            at += shot.frames
        if self.width % 2 or self.height % 2:
            raise ValueError(f"frame of {self.width}x{self.height}: both must be even")

    @property
    def frames(self) -> int:
        """Frames of all shots."""
        return sum(s.frames for s in self.shots)
