"""One shot, made ready once and then drawn frame by frame: the one place where layers become pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from components.compose.engine_clip import EngineClip
from components.compose.painters import Painter, painter
from components.compose.picture import prefilter, scale_of, still_picture
from components.compose.raster import blend, draw_mesh, packed
from components.core import (
    ClipLayer,
    Float32,
    Int32,
    MeshLayer,
    ProceduralLayer,
    Shot,
    StillLayer,
    Timeline,
    UInt8,
    Uri,
)

Rectangle = tuple[int, int, int, int]
"""x0, y0, x1, y1 px, ends excluded."""


@dataclass(frozen=True)
class Drawn:
    """A frame and where it differs from the one before it.

    Attributes:
        frame: (H, W, 3) uint8 RGB; the next frame is drawn into the same memory.
        changed: everything outside is as in the frame before.
    """

    frame: UInt8
    changed: Rectangle


@dataclass(frozen=True)
class _Patch:
    """A part of a mesh layer: its packed texture and the slice of the layer's vertices that is its own."""

    texture: Any
    uv: Float32
    triangles: Int32
    first: int
    last: int


@dataclass(frozen=True)
class _Mesh:
    """A mesh layer whose textures have the resolution at which they are shown."""

    patches: tuple[_Patch, ...]
    positions: Uri
    z: Float32
    opacity: Float32
    matrix: Float32


@dataclass(frozen=True)
class _Painting:
    """A procedural layer and what its painter prepared."""

    painter: Painter
    state: Any


class Canvas:
    """Draws a shot. Made once per process; `frames` may be asked for any span, in any order.

    Args:
        shot: what to draw.
        width, height: px.
        fps: frames a second.
    """

    def __init__(self, shot: Shot, width: int, height: int, fps: Fraction) -> None:
        self._size = (width, height)
        self._fps = fps
        self._length = shot.frames
        layers = sorted(shot.layers, key=lambda layer: -1.0 if isinstance(layer, MeshLayer) else layer.z)
        self._base = np.zeros((height, width, 3), np.uint8)
        self._z: list[float] = []
        self._items: list[UInt8 | ClipLayer | _Painting] = []
        self._meshes: list[_Mesh] = []
        for layer in layers:
            if isinstance(layer, MeshLayer):
                self._meshes.append(_mesh(layer))
            elif isinstance(layer, StillLayer) and not self._items and layer.z < 0:
                blend(self._base, still_picture(layer, width, height))
            else:
                self._items.append(self._item(layer))
                self._z.append(layer.z)

    def _item(self, layer: StillLayer | ClipLayer | ProceduralLayer) -> UInt8 | ClipLayer | _Painting:
        width, height = self._size
        if isinstance(layer, StillLayer):
            return still_picture(layer, width, height)
        if isinstance(layer, ClipLayer):
            return layer
        chosen = painter(layer.name)
        state = chosen.prepare(width, height, layer.parameters, layer.seed, self._fps, self._length)
        return _Painting(chosen, state)

    def frames(self, first: int, count: int) -> Iterator[Drawn]:
        """Frames first .. first + count - 1 of the shot; the first of them counts as changed everywhere.

        Positions are read memory-mapped and the mapping is dropped at the end, so memory does not grow with length.
        """
        width, height = self._size
        whole: Rectangle = (0, 0, width, height)
        positions = [np.load(m.positions, mmap_mode="r", allow_pickle=False) for m in self._meshes]
        clips = {
            i: EngineClip(item, self._fps, first, count, width, height)
            for i, item in enumerate(self._items)
            if isinstance(item, ClipLayer)
        }
        z = [np.broadcast_to(np.array(self._z, np.float32), (count, len(self._z)))]
        z += [np.asarray(m.z[first : first + count]) for m in self._meshes]
        order = np.argsort(np.concatenate(z, axis=1), axis=1, kind="stable")
        owners = [(m, p) for m, mesh in enumerate(self._meshes) for p in range(len(mesh.patches))]
        frame = self._base.copy()
        stale: Rectangle = whole
        bounds = np.empty(4, np.int32)
        for i in range(count):
            x0, y0, x1, y1 = stale
            frame[y0:y1, x0:x1] = self._base[y0:y1, x0:x1]
            bounds[:] = width, height, 0, 0
            moved = [_moved(p[first + i], m.matrix) for p, m in zip(positions, self._meshes, strict=True)]
            for at in order[i]:
                if at < len(self._items):
                    touched = self._draw_item(frame, int(at), first + i, clips)
                    bounds[:2] = np.minimum(bounds[:2], touched[:2])
                    bounds[2:] = np.maximum(bounds[2:], touched[2:])
                else:
                    m, p = owners[at - len(self._items)]
                    mesh = self._meshes[m]
                    opacity = round(256 * float(mesh.opacity[first + i, p]))
                    if opacity > 0:
                        patch = mesh.patches[p]
                        corners = moved[m][patch.first : patch.last]
                        draw_mesh(frame, patch.texture, patch.uv, corners, patch.triangles, opacity, bounds)
            painted = int(bounds[0]), int(bounds[1]), int(bounds[2]), int(bounds[3])
            yield Drawn(frame, whole if i == 0 else _union(stale, painted))
            stale = painted

    def _draw_item(self, frame: UInt8, at: int, t: int, clips: dict[int, EngineClip]) -> Rectangle:
        """Draw a layer that is no mesh; outside the rectangle returned it changed no pixel."""
        item = self._items[at]
        if isinstance(item, _Painting):
            item.painter.paint(item.state, frame, t)
            where = getattr(item.painter, "touched", None)
            if where is not None:
                return _within(where(item.state, t), *self._size)
        elif isinstance(item, ClipLayer):
            blend(frame, clips[at].next())
        else:
            blend(frame, item)
        return 0, 0, *self._size


def _mesh(layer: MeshLayer) -> _Mesh:
    scale = scale_of(layer.transform)
    patches, first = [], 0
    for part in layer.parts:
        texture, uv = prefilter(part.texture, part.uv, scale)
        patches.append(_Patch(*packed(texture, uv), np.ascontiguousarray(part.triangles), first, first + len(part.uv)))
        first += len(part.uv)
    return _Mesh(tuple(patches), layer.positions, layer.z, layer.opacity, np.array(layer.transform, np.float32))


def _moved(positions: Float32, matrix: Float32) -> Float32:
    return np.ascontiguousarray(positions @ matrix[:, :2].T + matrix[:, 2], np.float32)


def _within(r: Rectangle, width: int, height: int) -> Rectangle:
    """The part of a rectangle that lies in the frame; one that is empty widens nothing."""
    x0, y0, x1, y1 = max(0, r[0]), max(0, r[1]), min(width, r[2]), min(height, r[3])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else (width, height, 0, 0)


def _union(a: Rectangle, b: Rectangle) -> Rectangle:
    if a[0] >= a[2] or a[1] >= a[3]:
        return b
    if b[0] >= b[2] or b[1] >= b[3]:
        return a
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def canvases(timeline: Timeline) -> list[tuple[Shot, Canvas]]:
    """Every shot of a timeline, ready to be drawn."""
    return [(s, Canvas(s, timeline.width, timeline.height, timeline.fps)) for s in timeline.shots]


def drawn(shots: list[tuple[Shot, Canvas]], first: int, count: int) -> Iterator[Drawn]:
    """Frames of the timeline across shots."""
    for shot, canvas in shots:
        begin, end = max(first, shot.start), min(first + count, shot.start + shot.frames)
        if begin < end:
            yield from canvas.frames(begin - shot.start, end - begin)


def draw_frames(timeline: Timeline, first: int = 0, count: int | None = None) -> Iterator[UInt8]:
    """Raw frames before encoding, for previews and tests.

    Yields:
        (H, W, 3) uint8 RGB, each its own array.
    """
    length = timeline.frames - first if count is None else min(count, timeline.frames - first)
    for picture in drawn(canvases(timeline), first, length):
        yield picture.frame.copy()
