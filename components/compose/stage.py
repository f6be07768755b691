"""Scene, LayerStack, Ensemble, Dance -> Clip: frames are drawn and encoded in pieces, then joined with the sound."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from components.compose.label import label_layer
from components.compose.pieces import Encoding, encode_pieces
from components.compose.timeline import timeline_of
from components.core import Clip, Dance, Ensemble, LayerStack, Progress, Scene, Sound, StageContext, Uri

RESUMABLE = True
"""The workdir of a killed run is handed to the next: its finished pieces are used."""
ENCODINGS: Mapping[str, Encoding] = {
    "draft": Encoding("ultrafast", 26),
    # Where all of a picture moves, as in mist and light, veryfast takes twice as long for a quarter fewer bytes.
    "standard": Encoding("superfast", 20),
    "fine": Encoding("medium", 18),
}


class ComposeSettings(BaseModel, frozen=True):
    """How the video is encoded.

    Attributes:
        quality: draft (quick and coarse), standard, or fine (slow, for another edit).
        label: whether a small mark in the corner says that the video was generated.
    """

    quality: Literal["draft", "standard", "fine"] = "standard"
    label: bool = False


def run(
    scene: Scene,
    stack: LayerStack,
    ensemble: Ensemble,
    dance: Dance,
    *,
    settings: ComposeSettings,
    context: StageContext,
) -> Clip:
    """Draw all frames, encode them, and join them with the sound to `video.mp4`.

    Args:
        scene: background, foreground, size.
        stack: what the engine drew.
        ensemble: length and frame rate.
        dance: gives the sound.
        settings: see ComposeSettings.
        context: the video is written to its workdir; finished pieces of a killed run found there are used.

    Raises:
        TroupeError: disk_full, output_unwritable, worker_died, cancelled.
    """
    from components.media import join

    timeline = timeline_of(scene, stack, ensemble, dance)
    if settings.label:
        mark = label_layer(context.workdir, timeline.width, timeline.height)
        shots = tuple(replace(shot, layers=(*shot.layers, mark)) for shot in timeline.shots)
        timeline = replace(timeline, shots=shots)
    total = timeline.frames
    pieces = encode_pieces(
        timeline,
        ENCODINGS[settings.quality],
        context.workdir / "pieces",
        context.workers,
        lambda done: context.report(Progress("compose", done, total, "draw and encode")),
    )
    video = (context.workdir / "video.mp4").absolute()
    context.report(Progress("compose", total, total, "join"))
    duration = float(total / timeline.fps)
    join(pieces, timeline.sound, video, duration=duration, overwrite=True)
    shutil.rmtree(context.workdir / "pieces")
    uri = Uri(str(video))
    sound = None if timeline.sound is None else Sound(uri, 48_000, 2, 0.0, duration)
    return Clip(uri, timeline.width, timeline.height, timeline.fps, total, 0.0, sound, "sdr", _sha256(video))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
