"""Cast, Dance, Ensemble -> Scene: what is behind the performers, and where they stand in the frame."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, Field

from components.core import (
    Cast,
    Dance,
    Ensemble,
    Layer,
    Notice,
    ProceduralLayer,
    Progress,
    Scene,
    StageContext,
    Still,
    StillLayer,
    TroupeError,
    UInt8,
    Uri,
)
from components.scenery import plate
from components.scenery.envelope import Envelope, envelope_of
from components.scenery.placement import Placement, place_on_stage, place_photo
from components.scenery.presets import FLOOR, Preset, find_preset, presets

GREEN = (0, 177, 64)
"""The green of a green screen."""
BEHIND, BEFORE = -100.0, 1100.0
"""Paint order of backgrounds and of what floats before the performers."""
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_PICTURE_FLOOR = 0.92
_SHORT_SIDE = 720
_SOFT = 1.8
"""Enlarging the photo by more than this shows."""


class ScenerySettings(BaseModel, frozen=True):
    """What the dance is shown before.

    Attributes:
        background: "original", a preset, the path of a picture, "#rrggbb" or "green".
        width, height: px of the video, both even; 0: the photo's shape with a shorter side of 720 px, no longer than
            16 to 9.
        seed: of what is random in a preset.
    """

    background: str = "original"
    width: int = 0
    height: int = 0
    seed: int = Field(default=0, ge=0)


def run(cast: Cast, dance: Dance, ensemble: Ensemble, *, settings: ScenerySettings, context: StageContext) -> Scene:
    """Choose the background and place the performers.

    Args:
        cast: the photo, its people and its clean plate.
        dance: gives the beat.
        ensemble: how the performers move, which decides on the crop.
        settings: see ScenerySettings.
        context: pictures are written to its workdir.

    Raises:
        TroupeError: invalid_setting: a side is odd or too small. unknown_background. unreadable_media: the
            background names a file that is no picture.
    """
    if not settings.width and not settings.height:
        width, height = _shape_of(cast.photo)
        settings = settings.model_copy(update={"width": width, "height": height})
    _check_size(settings)
    context.report(Progress("scenery", 0, 1, settings.background))
    scene = _scene(cast, dance, ensemble, settings, context)
    context.report(Progress("scenery", 1, 1, settings.background))
    return scene


def _shape_of(photo: Still) -> tuple[int, int]:
    aspect = min(max(photo.width / photo.height, 9 / 16), 16 / 9)
    longer = round(_SHORT_SIDE * max(aspect, 1 / aspect) / 2) * 2
    return (longer, _SHORT_SIDE) if aspect >= 1 else (_SHORT_SIDE, longer)


def _check_size(settings: ScenerySettings) -> None:
    for name, value in (("width", settings.width), ("height", settings.height)):
        if value % 2 or not 64 <= value <= 8192:
            raise TroupeError(
                "invalid_setting",
                f"The {name} of the video must be an even number from 64 to 8192, not {value}.",
                setting=name,
                value=value,
            )


def _scene(cast: Cast, dance: Dance, ensemble: Ensemble, settings: ScenerySettings, context: StageContext) -> Scene:
    photo, frame = (cast.photo.width, cast.photo.height), (settings.width, settings.height)
    envelope = envelope_of(cast, ensemble)
    background = settings.background.strip()
    if background.lower() == "original":
        return _original(cast, envelope, frame, context)
    preset = find_preset(background)
    if preset is not None:
        placement = place_on_stage(photo, frame, envelope, FLOOR)
        return _made(frame, _preset_layers(preset, dance, settings.seed), placement, envelope, preset.light)
    colour = _colour(background)
    if colour is not None:
        placement = place_on_stage(photo, frame, envelope, _PICTURE_FLOOR, height=0.8)
        return _made(frame, (StillLayer(None, colour, BEHIND),), placement, envelope, (255, 255, 255))
    picture = plate.cover(_picture(background), *frame)
    placement = place_on_stage(photo, frame, envelope, _PICTURE_FLOOR, height=0.72)
    return _made(frame, (_still(picture, context),), placement, envelope, _light(picture))


def _original(cast: Cast, envelope: Envelope, frame: tuple[int, int], context: StageContext) -> Scene:
    from components.media import read_picture

    photo = (cast.photo.width, cast.photo.height)
    picture = read_picture(Path(cast.plate.uri))
    if _has_no_background(cast.photo):
        placement = place_photo(photo, frame, envelope)
        if not placement.covers(*frame):
            placement = place_on_stage(photo, frame, envelope, _PICTURE_FLOOR, height=0.8)
        floor = _floor(placement, envelope)
        return _made(frame, (_still(plate.studio(*frame, floor), context),), placement, envelope, (255, 255, 255))
    placement = place_photo(photo, frame, envelope)
    background = plate.place(np.ascontiguousarray(picture[..., :3]), placement, *frame)
    return _made(frame, (_still(background, context),), placement, envelope, (255, 255, 255))


def _has_no_background(photo: Still) -> bool:
    """More than a fiftieth of the photo is transparent: it is a cut-out."""
    from components.media import read_picture

    picture = read_picture(Path(photo.uri))
    return picture.shape[2] == 4 and bool((picture[..., 3] < 128).mean() > 0.02)


def _made(
    frame: tuple[int, int],
    layers: tuple[Layer, ...],
    placement: Placement,
    envelope: Envelope,
    light: tuple[int, int, int],
) -> Scene:
    scale = placement.transform[0][0]
    notices: tuple[Notice, ...] = ()
    if scale > _SOFT:
        message = f"The performers are enlarged {scale:.1f} times; a photo with more pixels will look sharper."
        notices = (Notice("low_resolution", message, {"scale": round(scale, 2)}),)
    return Scene(*frame, layers, placement.transform, _floor(placement, envelope), light, notices)


def _floor(placement: Placement, envelope: Envelope) -> float:
    return placement.transform[1][1] * envelope.floor + placement.transform[1][2]


def _still(picture: UInt8, context: StageContext) -> StillLayer:
    from components.media import write_picture

    path = context.workdir / "background.png"
    write_picture(path, picture)
    mean = picture.reshape(-1, 3).mean(axis=0)
    return StillLayer(Uri(str(path.absolute())), (int(mean[0]), int(mean[1]), int(mean[2])), BEHIND)


def _preset_layers(preset: Preset, dance: Dance, seed: int) -> tuple[Layer, ...]:
    parameters: dict[str, Any] = {}
    if dance.beats is not None and len(dance.beats.beats) > 1:
        parameters = {
            "beats": [round(float(b), 4) for b in dance.beats.beats],
            "downbeats": [round(float(b), 4) for b in dance.beats.downbeats],
            "tempo": float(dance.beats.tempo),
        }
    layers: list[Layer] = [ProceduralLayer(preset.painter, parameters, seed, BEHIND)]
    if preset.foreground:
        layers.append(ProceduralLayer(preset.painter, {**parameters, "plane": "front"}, seed, BEFORE))
    return tuple(layers)


def _colour(text: str) -> tuple[int, int, int] | None:
    if text.lower() == "green":
        return GREEN
    if not _COLOUR.fullmatch(text):
        return None
    digits = text[1:] if len(text) == 7 else "".join(2 * d for d in text[1:])
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def check_background(name: str) -> None:
    """Refuse a background that nobody knows before any work is done.

    Raises:
        TroupeError: unknown_background.
    """
    text = name.strip()
    if text.lower() != "original" and find_preset(text) is None and _colour(text) is None:
        _picture_file(text)


def _picture_file(name: str) -> Path:
    path = Path(name).expanduser()
    if not path.is_file():
        known = ", ".join(p.name for p in presets())
        raise TroupeError(
            "unknown_background",
            f"There is no background {name!r}: give original, one of the presets ({known}), the path of a picture, "
            "green, or a colour as #rrggbb.",
            background=name,
        )
    return path


def _picture(name: str) -> UInt8:
    from components.media import read_picture

    picture = read_picture(_picture_file(name))
    if picture.shape[2] == 4:
        picture = plate.over(picture, np.full((*picture.shape[:2], 3), 255, dtype=np.uint8))
    return picture


def _light(picture: UInt8) -> tuple[int, int, int]:
    """The tint of a picture's own light: its mean colour, brought half way to white and to full brightness."""
    mean = picture.reshape(-1, 3).mean(axis=0) + 16.0
    tint = 127.5 + 127.5 * mean / mean.max()
    return round(float(tint[0])), round(float(tint[1])), round(float(tint[2]))
