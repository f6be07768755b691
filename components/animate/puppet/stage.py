"""Cast, Ensemble, FaceMotions, Scene -> LayerStack: cut-outs whose meshes dance."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import numpy as np
from pydantic import BaseModel, Field
from scipy.ndimage import gaussian_filter1d

from components.animate.puppet.order import paint_order
from components.animate.puppet.puppet import Moves, Puppet, make_puppet, moves_of, part_opacity, pose
from components.animate.puppet.shadow import feet_of
from components.animate.puppet.sides import as_seen
from components.core import (
    Cast,
    Choreography,
    Ensemble,
    FaceMotion,
    FaceMotions,
    Float32,
    Layer,
    LayerStack,
    MeshLayer,
    ProceduralLayer,
    Progress,
    Scene,
    StageContext,
    Uri,
    release,
)
from components.core.arrays import save_array
from components.media.output import writing

CHUNK = 64
"""Frames posed at a time. Fixed, so that results do not depend on how many workers there are."""
_SHADOW_Z = 0.5
_TINT = 1.7
"""A photo taken by day needs more than the scene's light to look as if it were lit by it."""


class PuppetSettings(BaseModel, frozen=True):
    """How the cut-outs are drawn.

    Attributes:
        shadow: strength of the contact shadow, 0 for none.
        light: how much the light of the scene colours the performers, 0 for not at all.
    """

    shadow: float = Field(default=1.0, ge=0.0, le=1.0)
    light: float = Field(default=1.0, ge=0.0, le=1.0)


def run(
    cast: Cast, ensemble: Ensemble, faces: FaceMotions, scene: Scene, *, settings: PuppetSettings, context: StageContext
) -> LayerStack:
    """Move every performer's parts.

    Args:
        cast: the performers.
        ensemble: what they dance.
        faces: how their faces move, for those that have one.
        scene: where they are placed.
        settings: see PuppetSettings.
        context: vertex positions are written to its workdir.

    Raises:
        TroupeError: cancelled, disk_full, output_unwritable.
    """
    people = {p.index: p for p in cast.performers}
    motions = {m.performer: m for m in faces.motions}
    dances = [as_seen(people[c.performer], c) for c in ensemble.choreographies]
    puppets = [lit(make_puppet(people[c.performer], motions.get(c.performer)), scene, settings.light) for c in dances]
    order = paint_order(dances, [[p.name for p in d.parts] for d in puppets], [d.length for d in puppets])
    layers: list[Layer] = []
    feet: list[Float32] = []
    total, done = ensemble.frames * len(dances), 0
    for choreography, puppet, z in zip(dances, puppets, order, strict=True):
        performer = people[choreography.performer]
        path = context.workdir / f"positions_{choreography.performer}.npy"

        def report(frames: int, before: int = done) -> None:
            context.report(Progress("puppet", before + frames, total, "pose the meshes"))

        motion = motions.get(choreography.performer)
        write_positions(path, puppet, moves_of(performer, choreography), motion, context.workers, report)
        done += ensemble.frames
        opacity = part_opacity(puppet, performer, motion, _presence(choreography))
        layers.append(MeshLayer(puppet.parts, _uri(path), z, opacity, scene.placement))
        if settings.shadow > 0:
            feet.append(feet_of(performer, choreography, puppet, path, scene.placement))
    if settings.shadow > 0 and feet:
        path = context.workdir / "feet.npy"
        ellipses = np.concatenate(feet, axis=1)
        ellipses[..., 4] *= settings.shadow
        with writing(path):
            save_array(path, ellipses)
        layers.insert(0, ProceduralLayer("contact_shadow", {"feet": _uri(path)}, z=_SHADOW_Z))
    return LayerStack(tuple(layers))


def lit(puppet: Puppet, scene: Scene, amount: float) -> Puppet:
    """The puppet with its colours multiplied by the scene's light; as it is where that is white."""
    gain = (np.array(scene.light, np.float32) / 255) ** (_TINT * amount)
    if (gain > 0.995).all():
        return puppet
    parts = []
    for part in puppet.parts:
        colours = np.round(part.texture[..., :3] * gain).astype(np.uint8)
        parts.append(dataclasses.replace(part, texture=np.dstack([colours, part.texture[..., 3]])))
    return dataclasses.replace(puppet, parts=tuple(parts))


def write_positions(
    path: Path, puppet: Puppet, moves: Moves, motion: FaceMotion | None, workers: int, report: Callable[[int], None]
) -> None:
    """Write the vertices of all frames to a .npy, in chunks.

    Args:
        path: the .npy of (T, V, 2) float32.
        puppet, moves, motion: what is posed.
        workers: threads; the kernels run without the interpreter's lock.
        report: told the number of finished frames.

    Raises:
        TroupeError: disk_full, output_unwritable.
    """
    frames = len(moves.matrices)
    with writing(path), path.open("wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (frames, puppet.vertices, 2)}
        np.lib.format.write_array_header_1_0(file, header)
        begins = file.tell()
        _pose_all(file.fileno(), begins, puppet, moves, motion, workers, report)


def _pose_all(
    file: int,
    begins: int,
    puppet: Puppet,
    moves: Moves,
    motion: FaceMotion | None,
    workers: int,
    report: Callable[[int], None],
) -> None:
    frames = len(moves.matrices)

    def work(first: int) -> int:
        placed = pose(puppet, moves, motion, first, min(CHUNK, frames - first))
        if motion is not None:
            release(motion.displacement)
        left, at = memoryview(placed.tobytes()), begins + first * placed[0].nbytes
        # Written, not mapped: a full disk is then an error and not the death of the process.
        while left:
            count = os.pwrite(file, left, at)
            left, at = left[count:], at + count
        return len(placed)

    done = 0
    report(0)
    with ThreadPoolExecutor(max(1, workers)) as pool:
        starts = iter(range(0, frames, CHUNK))
        running = {pool.submit(work, s) for _, s in zip(range(workers + 1), starts, strict=False)}
        try:
            while running:
                finished, running = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in finished:
                    done += future.result()
                    if (start := next(starts, None)) is not None:
                        running.add(pool.submit(work, start))
                report(done)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _presence(choreography: Choreography) -> Float32:
    """(T,) 0..1: a performer fades out and in where its dancer is out of sight for long."""
    present = choreography.present.astype(np.float32)
    if present.all():
        return present
    soft = gaussian_filter1d(present, float(choreography.fps) * 0.1, mode="nearest")
    return np.asarray(np.clip(2 * soft - 0.5, 0, 1), np.float32)


def _uri(path: Path) -> Uri:
    return Uri(str(path.absolute()))
