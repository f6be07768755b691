"""Dancers and performers become choreographies: who dances what, on whose bones, where, and with which feet planted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from pydantic import BaseModel, Field, field_validator

from components.choreograph.assign import assign
from components.choreograph.contacts import Contacts, detect
from components.choreograph.formation import depths, spread
from components.choreograph.hands import hands_on
from components.choreograph.place import Fit, Way, fit, way_on_photo
from components.choreograph.plant import plant
from components.choreograph.proportions import BONES, body_bones, performer_bones
from components.choreograph.recognise import MOST_PAIRS, moment, reordered
from components.choreograph.rest import at_rest, head_and_shoulders, shows_a_body
from components.choreograph.retarget import Driver, driver_of, facing, pose_on
from components.choreograph.smooth import Array, Sight, clean
from components.choreograph.unseen import relaxed
from components.core import RIG, Cast, Choreography, Dance, Dancer, Ensemble, Notice, Progress, StageContext, release

_LEG = [BONES.index((RIG.index(a), RIG.index(b))) for a, b in (("left_hip", "left_knee"), ("left_knee", "left_ankle"))]


class ChoreographSettings(BaseModel, frozen=True):
    """Who dances what.

    Attributes:
        performer: "auto", "all", or indices such as "0,2".
        dancer: "auto", "all", or indices such as "1".
        fps: frames a second of the video.
        body: bones to dance with in the place of the performers' own, see `body_bones`: those of a learned person who
            will be drawn; empty: their own.
    """

    performer: str = "auto"
    dancer: str = "auto"
    fps: Fraction = Field(Fraction(30), gt=0)
    body: str = ""

    @field_validator("fps", mode="before")
    @classmethod
    def _exact(cls, value: object) -> object:
        return Fraction(value).limit_denominator(1001) if isinstance(value, float) else value


@dataclass(frozen=True)
class _Lead:
    """What is known of a dancer, once for all performers they lead."""

    dancer: Dancer
    driver: Driver
    contacts: Contacts
    facing: Array


@dataclass(frozen=True)
class _Cue:
    """A performer and the dance laid onto them."""

    performer: int
    lead: _Lead
    photo: Array
    laid: Fit


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
    total = len(chosen.pairs)
    resting = [(p, d) for p, d in chosen.pairs if _rests(dance, cast, p, d)]
    pairs = tuple(pair for pair in chosen.pairs if pair not in resting)
    leads: dict[int, _Lead] = {}
    photos = {p: cast.performers[p].joints.astype(np.float64) for p, _ in pairs}
    bones = {p: performer_bones(cast.performers[p]) for p in photos}
    for done, dancer in enumerate(sorted({d for _, d in pairs})):
        context.report(Progress("choreograph", done, total))
        leads[dancer] = _lead(dance, dancer, settings.fps, frames)
    if settings.dancer.strip().lower() in ("auto", "all") and 1 < len(leads) == total <= MOST_PAIRS**0.5:
        pairs = _recognised(pairs, leads, photos, bones)
    cues = [_Cue(p, leads[d], photos[p], fit(leads[d].driver, photos[p], bones[p])) for p, d in pairs]
    if settings.body:
        cues = [replace(c, laid=replace(c.laid, bones=body_bones(settings.body, c.laid.bones))) for c in cues]
    choreographies = [*_ensemble(cues, (cast.photo.width, cast.photo.height))] if cues else []
    choreographies += [at_rest(cast.performers[p], dance.dancers[d].identity, settings.fps, frames) for p, d in resting]
    context.report(Progress("choreograph", total, total))
    in_order = tuple(sorted(choreographies, key=lambda c: c.performer))
    return Ensemble(settings.fps, frames, in_order, chosen.notices)


def _rests(dance: Dance, cast: Cast, performer: int, dancer: int) -> bool:
    """Whether the dancer shows no body that the performer, who has one, could follow."""
    return head_and_shoulders(dance.dancers[dancer].pose, dance.width, dance.height) and shows_a_body(
        cast.performers[performer], cast.photo.width, cast.photo.height
    )


def _recognised(
    pairs: tuple[tuple[int, int], ...], leads: dict[int, _Lead], photos: dict[int, Array], bones: dict[int, Array]
) -> tuple[tuple[int, int], ...]:
    """Pairs as people stand at the moment of the photo, where it is one of the reference."""
    fits = {(p, d): fit(leads[d].driver, photos[p], bones[p]) for p in photos for d in leads}
    frame = moment(fits, list(photos))
    if frame is None:
        return pairs
    return reordered(pairs, {d: float(lead.driver.joints[frame, 0, 0]) for d, lead in leads.items()})


def _lead(dance: Dance, index: int, fps: Fraction, frames: int) -> _Lead:
    dancer = dance.dancers[index]
    track = relaxed(clean(dancer.pose, fps, frames), dance.width, dance.height)
    _read(dancer)
    driver = driver_of(track)
    return _Lead(dancer, driver, detect(track, driver.scale, driver.camera), facing(track))


def _read(dancer: Dancer) -> None:
    """Done with a dancer's arrays: five dancers of five minutes would otherwise lie in memory together."""
    for array in (dancer.pose.xyz, dancer.pose.world, dancer.pose.visibility, dancer.pose.hands):
        if array is not None:
            release(array)


def _ensemble(cues: list[_Cue], size: tuple[int, int]) -> tuple[Choreography, ...]:
    """All who dance: first where everybody goes, which depends on the others, then each alone."""
    wide = spread([c.lead.driver for c in cues], [c.laid for c in cues], [float(c.photo[0, 0]) for c in cues])
    bodies = [pose_on(c.lead.driver, c.laid.bones, c.laid.growth) for c in cues]
    ways = [
        way_on_photo(c.lead.driver, body, c.lead.contacts, c.photo, c.laid, wide, size, alone=len(cues) == 1)
        for c, body in zip(cues, bodies, strict=True)
    ]
    away = depths([w.ground for w in ways], [c.laid for c in cues])
    return tuple(_choreography(cue, bodies.pop(0), way, far) for cue, way, far in zip(cues, ways, away, strict=True))


def _choreography(cue: _Cue, body: Array, way: Way, away: Array) -> Choreography:
    driver, laid, contacts = cue.lead.driver, cue.laid, cue.lead.contacts
    sight, identity = driver.sight, cue.lead.dancer.identity
    fps = float(sight.fps)
    joints = body.copy()
    joints[..., :2] += way.pelvis[:, None]
    joints[..., 2] += away[:, None]
    joints = plant(joints, contacts, way.drift, laid.bones[_LEG].sum() * laid.growth, fps)
    root = np.stack([joints[:, 0, 0], way.ground, away], 1)
    hands = hands_on(cue.lead.dancer.pose, fps, len(joints), laid.growth / driver.scale, laid.bones, driver.bones)
    _read(cue.lead.dancer)
    return Choreography(
        performer=cue.performer,
        dancer=identity,
        joints=joints.astype(np.float32),
        root=root.astype(np.float32),
        facing=cue.lead.facing.astype(np.float32),
        contacts=contacts.planted,
        confidence=sight.confidence.astype(np.float32),
        present=sight.present,
        hands=hands.astype(np.float32),
        fps=sight.fps,
        notices=_gap_notices(sight, identity),
        scale=laid.growth.astype(np.float32),
    )


def _gap_notices(sight: Sight, dancer: int) -> tuple[Notice, ...]:
    return tuple(
        Notice(
            "gap_frozen",
            f"Dancer {dancer} is out of sight from second {a:.1f} to {b:.1f}: the motion is held still there.",
            {"dancer": dancer, "start": round(a, 3), "seconds": round(b - a, 3)},
        )
        for a, b in sight.gaps
    )
