"""What is shown of a video before it is drawn: its first picture, then its first seconds, small and going round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from components.core import UInt8
from pipelines.dance.wiring import DANCE

_SECONDS, _RATE, _SIDE = 1.6, 10, 480
"""Length, frames a second and px of the longer side of the loop: 16 pictures, about half a second of one core."""
_FEWEST = 6


def first_look(nouns: Mapping[str, Any], folder: Path, *, label: bool) -> Iterator[tuple[Path, str, str]]:
    """Draw what can be seen once everything that is in a video is known.

    Args:
        nouns: what the steps up to `animate` gave, by step.
        folder: where the files go.
        label: whether the video is marked visibly.

    Yields:
        File, kind and media type: preview (a JPEG in the size of the video), then loop (an MP4 without sound that runs
        forth and back; not for a video of less than six pictures).
    """
    import cv2

    from components.compose.canvas import canvases, drawn
    from components.compose.label import label_layer
    from components.compose.timeline import timeline_of
    from components.media import VideoWriter, write_picture

    moved = next(nouns[name] for name in DANCE if name in nouns)
    timeline = timeline_of(nouns["scenery"], nouns["animate"], nouns["choreograph"], moved)
    if label:
        mark = label_layer(folder, timeline.width, timeline.height)
        timeline = replace(timeline, shots=tuple(replace(s, layers=(*s.layers, mark)) for s in timeline.shots))
    shots = canvases(timeline)

    def frame(at: int) -> UInt8:
        return next(drawn(shots, at, 1)).frame

    picture = folder / "preview.jpg"
    write_picture(picture, frame(0))
    yield picture, "preview", "image/jpeg"
    every = max(1, round(timeline.fps / _RATE))
    chosen = range(0, min(timeline.frames, round(_SECONDS * timeline.fps)), every)
    if len(chosen) < _FEWEST:
        return
    shrink = min(1.0, _SIDE / max(timeline.width, timeline.height))
    width, height = (max(2, 2 * round(side * shrink / 2)) for side in (timeline.width, timeline.height))
    frames = [
        np.asarray(cv2.resize(frame(at), (width, height), interpolation=cv2.INTER_AREA), np.uint8) for at in chosen
    ]
    loop = folder / "loop.mp4"
    with VideoWriter(loop, width, height, Fraction(timeline.fps) / every, crf=27) as writer:
        for drawn_frame in (*frames, *frames[-2:0:-1]):
            writer.write(drawn_frame)
    yield loop, "loop", "video/mp4"
