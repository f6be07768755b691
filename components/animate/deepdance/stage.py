"""A learned person dances: a network draws every frame, and what it drew is put where the performer stands."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from components.animate.deepdance.person import Person, hips_of, open_person, poses_of
from components.animate.deepdance.shadow import feet_of
from components.core import (
    Choreography,
    ClipLayer,
    Ensemble,
    Float32,
    Layer,
    LayerStack,
    Notice,
    ProceduralLayer,
    Progress,
    Scene,
    StageContext,
    UInt8,
    Uri,
)
from components.core.arrays import save_array
from components.media import VideoWriter
from components.media.output import writing

CHUNK = 8
"""Frames asked at a time. Fixed, so that results do not depend on how many workers there are."""
_EDGE = (0.4, 0.8)
"""Of the matte: enlarged, its edge is as soft as a pixel was large; between these it is made sharper, and a little
narrower, as colours at the edge are mixed with what was behind."""
_SHADOW_Z, _FIRST_Z = 0.5, 10.0


class DeepDanceSettings(BaseModel, frozen=True):
    """Who is drawn, and where.

    Attributes:
        model: model folder, models:/NAME@ALIAS or models:/NAME/VERSION.
        models: server that draws, as grpc://HOST:PORT or http://HOST:PORT; empty: this process.
        registry: where models:/ names are looked up; empty: this machine's.
        weights: sha256 that the network has to have; empty: any.
    """

    model: str = ""
    models: str = ""
    registry: str = ""
    weights: str = ""


def run(ensemble: Ensemble, scene: Scene, *, settings: DeepDanceSettings, context: StageContext) -> LayerStack:
    """Draw the learned person in the place of every performer.

    Args:
        ensemble: what is danced.
        scene: where the performers are placed.
        settings: see DeepDanceSettings.
        context: a lossless video and a matte a performer are written to its workdir.

    Raises:
        TroupeError: invalid_setting, model_missing, model_broken, model_unknown, model_unreachable, extra_missing,
            registry_unreachable, wrong_tensor, cancelled, disk_full, output_unwritable.
    """
    notices: list[Notice] = []
    person = open_person(settings.model, settings.models, settings.registry, notices, settings.weights)
    layers: list[Layer] = []
    feet: list[Float32] = []
    dances = sorted(ensemble.choreographies, key=lambda c: -float(np.mean(c.root[:, 2])))
    total = ensemble.frames * len(dances)
    for i, choreography in enumerate(dances):
        heights = person.heights(choreography)
        colour, matte = (context.workdir / f"{what}_{choreography.performer}.mkv" for what in ("colour", "matte"))
        size = (scene.width, scene.height)
        with (
            VideoWriter(colour, *size, ensemble.fps, codec="ffv1") as out,
            VideoWriter(matte, *size, ensemble.fps, codec="ffv1", pix_fmt="gray") as alpha,
        ):
            for done, (picture, cover) in enumerate(_drawn(person, choreography, heights, scene, context.workers)):
                out.write(picture)
                alpha.write(cover)
                if done % CHUNK == 0:
                    context.report(Progress("deepdance", i * ensemble.frames + done, total, "draw the person"))
        layers.append(ClipLayer(_uri(colour), _uri(matte), _FIRST_Z + i))
        feet.append(feet_of(choreography, heights, scene.placement))
    path = context.workdir / "feet.npy"
    with writing(path):
        save_array(path, np.concatenate(feet, axis=1))
    layers.insert(0, ProceduralLayer("contact_shadow", {"feet": _uri(path)}, z=_SHADOW_Z))
    person.model.close()
    return LayerStack(tuple(layers), notices=tuple(notices))


def _drawn(
    person: Person, choreography: Choreography, heights: Float32, scene: Scene, workers: int
) -> Iterator[tuple[UInt8, UInt8]]:
    """Frames (H, W, 3) premultiplied and their mattes (H, W), in order."""
    poses, hips = poses_of(choreography, heights), hips_of(choreography).astype(np.float64)
    placement = np.array(scene.placement)
    size = (scene.width, scene.height)

    def work(first: int) -> list[tuple[UInt8, UInt8]]:
        frames = range(first, min(first + CHUNK, len(poses)))
        out = []
        for i, picture in zip(frames, person.drawn(poses, frames), strict=True):
            onto = person.window.onto(hips[i], float(heights[i]), person.size)
            shown = float(choreography.present[i])
            out.append(place(picture, np.column_stack([
                placement[:, :2] @ onto[:, :2], placement @ [*onto[:, 2], 1.0]]), size, shown))  # fmt: skip
        return out

    starts = range(0, len(poses), CHUNK)
    with ThreadPoolExecutor(max(1, workers)) as pool:
        waiting = [pool.submit(work, s) for s in starts[: workers + 1]]
        try:
            for s in starts:
                done = waiting.pop(0)
                if (ahead := s + (workers + 1) * CHUNK) < len(poses):
                    waiting.append(pool.submit(work, ahead))
                yield from done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def place(
    picture: npt.NDArray[np.floating], onto: npt.NDArray[np.float64], size: tuple[int, int], shown: float = 1.0
) -> tuple[UInt8, UInt8]:
    """What a network drew, in the video's frame.

    Args:
        picture: (S, S, 4) 0..1 colour and matte.
        onto: (2, 3) affine from its px to px of the frame.
        size: px width, height of the frame.
        shown: 0..1 opacity.

    Returns:
        (H, W, 3) uint8 premultiplied, and (H, W) uint8.
    """
    large = cv2.warpAffine(
        np.asarray(picture, np.float32), onto, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT
    )
    low, high = _EDGE
    edge = np.clip((large[..., 3] - low) / (high - low), 0, 1)
    alpha = edge * edge * (3 - 2 * edge) * shown
    colour = np.clip(large[..., :3], 0, 1) * alpha[..., None]
    return np.round(colour * 255).astype(np.uint8), np.round(alpha * 255).astype(np.uint8)


def _uri(path: Path) -> Uri:
    return Uri(str(path.absolute()))
