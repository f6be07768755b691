"""Dancers and performers become choreographies: who dances what, on whose bones, where, and with which feet planted."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from pydantic import BaseModel, Field, field_validator

from components.choreograph.assign import assign
from components.choreograph.contacts import Contacts, detect
from components.choreograph.place import fit, lowest_foot, path_on_photo
from components.choreograph.plant import plant
from components.choreograph.proportions import performer_bones
from components.choreograph.retarget import Driver, driver_of, facing, pose_on
from components.choreograph.smooth import Array, Track, clean
from components.core import Cast, Choreography, Dance, Ensemble, Notice, Performer, Progress, StageContext


class ChoreographSettings(BaseModel, frozen=True):
    """Who dances what.

    Attributes:
        performer: "auto", "all", or indices such as "0,2".
        dancer: "auto", "all", or indices such as "1".
        fps: frames a second of the video.
    """

    performer: str = "auto"
    dancer: str = "auto"
    fps: Fraction = Field(Fraction(30), gt=0)

    @field_validator("fps", mode="before")
    @classmethod
    def _exact(cls, value: object) -> object:
        return Fraction(value).limit_denominator(1001) if isinstance(value, float) else value


@dataclass(frozen=True)
class _Led:
    """What is known of a dancer, once for all performers they lead."""

    driver: Driver
    contacts: Contacts
    facing: Array


def run(dance: Dance, cast: Cast, *, settings: ChoreographSettings, context: StageContext) -> Ensemble:
    """Give every performer who dances a choreography.

    Args:
        dance: what is danced.
        cast: who dances.
        settings: ChoreographSettings.
        context: progress is reported in performers.

    Returns:
        Choreographies in order of performer, as long as the dance, at the settings' frame rate.

    Raises:
        TroupeError: no_person_found, no_dancer_found, no_such_performer, no_such_dancer, invalid_setting, cancelled.
    """
    chosen = assign(dance, cast, settings.performer, settings.dancer)
    frames = max(1, round(dance.frames / dance.fps * settings.fps))
    led: dict[int, _Led] = {}
    choreographies: list[Choreography] = []
    for done, (performer, dancer) in enumerate(chosen.pairs):
        context.report(Progress("choreograph", done, len(chosen.pairs)))
        if dancer not in led:
            led[dancer] = _measure(clean(dance.dancers[dancer].pose, settings.fps, frames))
        choreographies.append(
            _choreography(led[dancer], cast.performers[performer], dance.dancers[dancer].identity, performer)
        )
    context.report(Progress("choreograph", len(chosen.pairs), len(chosen.pairs)))
    return Ensemble(settings.fps, frames, tuple(choreographies), chosen.notices)


def _measure(track: Track) -> _Led:
    driver = driver_of(track)
    return _Led(driver, detect(track, driver.scale), facing(track))


def _choreography(led: _Led, performer: Performer, dancer: int, index: int) -> Choreography:
    driver, track = led.driver, led.driver.track
    photo = performer.joints.astype(np.float64)
    laid = fit(driver, photo, performer_bones(performer))
    body = pose_on(driver, laid.bones, laid.growth)
    path = path_on_photo(driver, body, led.contacts.floor, photo, laid)
    joints = body.copy()
    joints[..., :2] += path[:, None]
    joints = plant(joints, led.contacts, float(track.fps))
    root = np.stack([joints[:, 0, 0], lowest_foot(joints), np.zeros(len(joints))], 1)
    return Choreography(
        performer=index,
        dancer=dancer,
        joints=joints.astype(np.float32),
        root=root.astype(np.float32),
        facing=led.facing.astype(np.float32),
        contacts=led.contacts.planted,
        confidence=track.confidence.astype(np.float32),
        present=track.present,
        hands=np.full((len(joints), 2, 21, 2), np.nan, np.float32),
        fps=track.fps,
        notices=_gap_notices(track, dancer),
        scale=laid.growth.astype(np.float32),
    )


def _gap_notices(track: Track, dancer: int) -> tuple[Notice, ...]:
    return tuple(
        Notice(
            "gap_frozen",
            f"Dancer {dancer} is out of sight from second {a:.1f} to {b:.1f}: the motion is held still there.",
            {"dancer": dancer, "start": round(a, 3), "seconds": round(b - a, 3)},
        )
        for a, b in track.gaps
    )
