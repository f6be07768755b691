"""The stage that moves faces: a reference's expression, or the voice in its sound, carried to each performer."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field

from components.core import (
    EXPRESSIONS,
    ArrayFile,
    Cast,
    Choreography,
    Dance,
    Dancer,
    Ensemble,
    FaceMotion,
    FaceMotions,
    Notice,
    Performer,
    Progress,
    StageContext,
)
from components.express.driver import MOUTH_MODES, Driver, read_driver
from components.express.face_shape import face_shape
from components.express.retarget import CLOSE_SHARE, Mouth, displace, mode_fields
from components.express.timing import resample
from components.express.voice import Voice, read_voice
from components.models.face import head_angles

Float = npt.NDArray[np.float64]

CHUNK = 256
"""Frames displaced at once: memory does not grow with the video."""
HEAD_LIMITS = np.array([60.0, 40.0, 60.0])
"""Degrees of yaw, pitch and roll that a head is turned from the photo at most."""


class ExpressSettings(BaseModel, frozen=True):
    """How faces are moved.

    Attributes:
        expression: 0: rigid, 1: as the reference, 2: twice as far.
        lip_sync: what moves the mouth: nothing, the reference's face, or the voice in its sound.
    """

    expression: float = Field(default=1.0, ge=0.0, le=2.0)
    lip_sync: Literal["off", "face", "voice"] = "face"


def run(
    dance: Dance, cast: Cast, ensemble: Ensemble, *, settings: ExpressSettings, context: StageContext
) -> FaceMotions:
    """Move the faces of all performers who dance.

    Returns:
        One motion a performer with a face and something to move it; displacement is exactly 0 at expression 0.
    """
    if settings.expression == 0 and settings.lip_sync == "off":
        return FaceMotions(())
    notices: list[Notice] = []
    context.report(Progress("express", 0, len(ensemble.choreographies), "reading faces"))
    voice = _voice(dance, settings, notices)
    dancers = {d.identity: d for d in dance.dancers}
    drivers: dict[int, Driver | None] = {}
    motions: list[FaceMotion] = []
    faceless: list[int] = []
    for number, choreography in enumerate(ensemble.choreographies):
        performer = cast.performers[choreography.performer]
        if performer.face is None or not np.isfinite(performer.face[:468]).all():
            faceless.append(performer.index)
            continue
        dancer = dancers.get(choreography.dancer)
        if dancer is not None and dancer.identity not in drivers:
            drivers[dancer.identity] = _driver(dancer, float(dance.fps))
        driver = drivers.get(choreography.dancer)
        if driver is not None or voice is not None:
            motions.append(
                _motion(dance, performer, choreography, driver, voice, ensemble, settings, context, len(motions))
            )
        context.report(Progress("express", number + 1, len(ensemble.choreographies)))
    notices += _face_notices(faceless, drivers, dance.clip is not None)
    return FaceMotions(tuple(motions), tuple(notices))


def _voice(dance: Dance, settings: ExpressSettings, notices: list[Notice]) -> Voice | None:
    if settings.lip_sync != "voice":
        return None
    voice = read_voice(dance.sound) if dance.sound is not None else None
    if voice is None:
        notices.append(
            Notice("no_voice", "No voice was found in the sound; the mouth stays as in the photo. Try --lip-sync face.")
        )
    return voice


def _driver(dancer: Dancer, fps: float) -> Driver | None:
    return None if dancer.face is None else read_driver(dancer.face, fps)


def _face_notices(faceless: list[int], drivers: dict[int, Driver | None], filmed: bool) -> list[Notice]:
    notices = []
    if faceless:
        notices.append(
            Notice(
                "no_face_performer",
                "No face was found on the performer in the photo; expression is off. Use a photo that shows the face.",
                {"performers": faceless},
            )
        )
    blank = sorted(identity for identity, driver in drivers.items() if driver is None and filmed)
    if blank:
        notices.append(
            Notice(
                "no_face_reference",
                "No face large enough to read was found in the reference; the face stays as in the photo.",
                {"dancers": blank},
            )
        )
    return notices


def _motion(
    dance: Dance,
    performer: Performer,
    choreography: Choreography,
    driver: Driver | None,
    voice: Voice | None,
    ensemble: Ensemble,
    settings: ExpressSettings,
    context: StageContext,
    number: int,
) -> FaceMotion:
    assert performer.face is not None
    frames, fps = ensemble.frames, float(ensemble.fps)
    shape = face_shape(performer.face)
    fields = None if driver is None else mode_fields(driver, shape)

    def sampled(values: Float) -> Float:
        return resample(values, float(dance.fps), frames, fps)

    present = choreography.present.astype(np.float64)
    if driver is not None:
        weights, trust, closure = sampled(driver.weights), sampled(driver.trust), sampled(driver.closure)
        turn = sampled(driver.head) - head_angles(performer.face).astype(np.float64)
        turn = np.clip((turn + 180) % 360 - 180, -HEAD_LIMITS, HEAD_LIMITS)
        head = turn * (trust * min(settings.expression, 1.0))[:, None]
        coefficients = sampled(driver.coefficients) * (trust * settings.expression)[:, None]
    else:
        weights, trust, closure = np.zeros((frames, 1)), np.zeros(frames), np.zeros((frames, 2))
        head, coefficients = np.zeros((frames, 3)), np.zeros((frames, len(EXPRESSIONS)))
    mouth: Mouth | None = None
    mouth_trust = trust
    if settings.lip_sync == "voice" and voice is not None:
        gap, width = voice.at(frames, fps)
        mouth, mouth_trust = Mouth(gap, 1.0, width), present
        coefficients[:, EXPRESSIONS.index("jaw_open")] = settings.expression * np.clip(gap / 0.6, 0, 1)
    elif settings.lip_sync == "face" and driver is not None:
        mouth = Mouth(sampled(driver.gap), CLOSE_SHARE * driver.talks)
    if not (settings.lip_sync == "face" and driver is not None):
        weights = weights.copy()
        weights[:, :MOUTH_MODES] = 0.0

    displacement = ArrayFile(context.workdir / f"motions.{number}.displacement.npy", (frames, 478, 2))
    opening = np.zeros(frames, dtype=np.float32)
    for first in range(0, frames, CHUNK):
        part = slice(first, min(first + CHUNK, frames))
        moved, between = displace(
            shape,
            fields,
            weights[part],
            _cut(mouth, part),
            closure[part],
            trust[part],
            mouth_trust[part],
            settings.expression,
        )
        displacement.append(moved.astype(np.float32))
        opening[part] = between
        context.report(Progress("express", first, frames, f"performer {performer.index + 1}"))
    return FaceMotion(
        performer=choreography.performer,
        displacement=displacement.close(),
        head=head.astype(np.float32),
        mouth_open=opening,
        coefficients=np.clip(coefficients, 0.0, 2.0).astype(np.float32),
    )


def _cut(mouth: Mouth | None, part: slice) -> Mouth | None:
    if mouth is None:
        return None
    return Mouth(mouth.gap[part], mouth.close, None if mouth.width is None else mouth.width[part])
