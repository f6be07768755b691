"""When a foot is planted: it stands on the floor and keeps still. A foot that slides is not, or is known to creep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, grey_closing, maximum_filter1d

from components.choreograph.proportions import METRES
from components.choreograph.smooth import Array, Mask, Track, runs_of

FEET = np.array([[29, 31], [30, 32]])
"""MediaPipe's heel and toe of the left and right foot."""
HIPS = [23, 24]
STILL, LEAVING = 0.085, 0.125
"""Body heights a second: below the first a point of the sole comes to rest, above the second it has left."""
UPWARDS = 1.75
"""How much more a speed up or down the picture counts than one across it: cameras look along the floor, so a foot that
comes nearer or goes away covers little of the picture, and one that is lifted soon leaves."""
LOW, HIGH = 0.07, 0.09
"""Body heights over the foot's own floor: below the first a point can come to rest, above the second it has left."""
CREEP, CREEP_SPAN, CREEP_WAY = 0.04, 0.1, 0.025
"""A point that travels faster than this (body heights a second, averaged over this many s) and at least this far (body
heights) slides on the floor, however slowly."""
CREEP_PAUSE = 0.4
"""s: a shorter pause within a slow slide is noise."""
TORN = 0.18
"""Body heights a second that noise lets a slow slide seem to have for a moment."""
ACROSS = 0.14
"""Body heights: a foot this far over the lower foot's floor is in the air, however still."""
SPAN = 0.035
"""s over which a speed is measured, before and after: noise of single frames counts for little, edges stay sharp."""
DEPTH = 0.18
"""Body heights a second between the feet in depth above which one of them is on its way; below lies noise."""
LONGEST_JUMP, DOUBTFUL = 0.8, 0.03
"""s that a body can be in the air; body heights by which a foot seems to leave the floor for other reasons."""
FLIGHT, CARRIED = 0.6, 1.3
"""s of a jump of 0.44 m, the longest that is believed where no foot is found to stand before and after; and how much
higher than the hips feet then rise at most: who jumps rises as a whole, a step in depth raises only a foot."""
SHORTEST = 0.1
"""s: a shorter rest is a passing one."""


@dataclass(frozen=True)
class Contacts:
    """Where feet are planted.

    Attributes:
        planted: (T, 2) bool, left and right.
        toe: (T, 2) 0..1: how much of the rest is the toe's, as opposed to the heel's; constant within a run.
        creeping: (T, 2) bool: where a planted foot nevertheless slides, slowly.
        floor: (T,) px of the reference: height in the picture of the floor under the dancer, the camera's motion taken
            away.
        lift: (T,) px: how high the lower foot is over it, in jumps; 0 where a foot stands.
    """

    planted: Mask
    toe: Array
    creeping: Mask
    floor: Array
    lift: Array


def detect(track: Track, scale: Array, camera: Array) -> Contacts:
    """Find planted feet of a dancer.

    Args:
        track: clean, at the video's frame rate.
        scale: (T,) px a metre.
        camera: (T, 2) px: the way of the floor through the picture.
    """
    fps = float(track.fps)
    tall = METRES * scale
    soles = track.xyz[:, FEET, :2] - camera[:, None, None]
    speed = _speed(soles, fps) / tall[:, None, None]
    height = _heights(soles[..., 1], tall, fps)
    able = (height < HIGH) & (speed < LEAVING) & ~_in_depth(track, speed, height)[..., None]
    sure = (height < LOW) & (speed < STILL)
    t = len(tall)
    planted = np.zeros((t, 2), np.bool_)
    toe = np.full((t, 2), 0.5)
    creeping = np.zeros((t, 2), np.bool_)
    for foot in (0, 1):
        points = np.stack([_runs(able[:, foot, k], sure[:, foot, k], fps) for k in (0, 1)], 1)
        points &= track.present[:, None]
        planted[:, foot] = points.any(1)
        for a, b in runs_of(~_gaps(planted[:, foot], CREEP_PAUSE * fps)):
            sole = soles[a:b, foot].mean(1) / tall[a:b, None]
            slides = _slides(sole, fps)
            low = ((height < HIGH) & (speed < TORN))[a:b, foot].any(1)
            planted[a:b, foot] |= _torn(planted[a:b, foot], slides, fps) & low & track.present[a:b]
            creeping[a:b, foot] = slides & planted[a:b, foot]
        for a, b in runs_of(planted[:, foot]):
            rest = points[a:b].sum(0).astype(float)
            toe[a:b, foot] = rest[1] / rest.sum()
    hips = track.xyz[:, HIPS, 1].mean(1) - camera[:, 1]
    level, lift = _floor(soles[..., 1].max((1, 2)), hips, np.asarray(planted.any(1)), tall, fps)
    return Contacts(planted, toe, creeping, level, lift)


def _speed(points: Array, fps: float) -> Array:
    """(...,) px a second: the slower of just before and just after, so that the edges of a rest count as rest."""
    span = max(1, round(SPAN * fps))
    flat = points[..., :2] * np.array([1.0, UPWARDS])
    t = len(flat)
    ahead = np.minimum(np.arange(t) + span, t - 1)
    moved = np.linalg.norm(flat[ahead] - flat, axis=-1)
    seconds = np.maximum(ahead - np.arange(t), 1) / fps
    after = moved / seconds.reshape(-1, *[1] * (moved.ndim - 1))
    before = after[np.maximum(np.arange(t) - span, 0)]
    if t > span:
        after[-span:] = before[-span:]
        before[:span] = after[:span]
    return np.asarray(np.minimum(before, after))


def _in_depth(track: Track, speed: Array, height: Array) -> Mask:
    """(T, 2): a foot that moves towards or away from the camera, which the picture hardly shows.

    Feet that both stand keep their distance in depth; when it changes, the livelier one is on its way.
    """
    if track.world is None:
        return np.zeros(speed.shape[:2], np.bool_)
    fps = float(track.fps)
    ahead = track.world[:, FEET, 2].mean(-1)
    apart = gaussian_filter1d(ahead[:, 0] - ahead[:, 1], 0.045 * fps, mode="nearest") / METRES
    lively = speed.mean(-1) + 2 * np.minimum(height, 1).min(-1)
    return np.asarray((np.abs(np.gradient(apart, 1 / fps)) > DEPTH)[:, None] & (lively > lively[:, ::-1]))


def _heights(y: Array, tall: Array, fps: float) -> Array:
    """(T, 2, 2) height of heels and toes over the lowest that they reach about that time, in body heights."""
    lowest = y.max(2)
    own = gaussian_filter1d(maximum_filter1d(lowest, max(1, round(1.6 * fps) | 1), axis=0), 0.25 * fps, axis=0)
    own_points = maximum_filter1d(y, max(1, round(1.6 * fps) | 1), axis=0)
    both = own.max(1)
    height = (own_points - y) / tall[:, None, None]
    in_air = (both[:, None] - lowest) / tall[:, None] > ACROSS
    return np.asarray(height + in_air[..., None])


def _runs(able: Mask, sure: Mask, fps: float) -> Mask:
    """Runs in which a point may rest and does so somewhere, long enough."""
    out = np.zeros(len(able), np.bool_)
    least = max(2, round(SHORTEST * fps))
    for a, b in runs_of(able):
        out[a:b] = b - a >= least and sure[a:b].sum() >= 2
    return out


def _floor(lowest: Array, hips: Array, stands: Mask, tall: Array, fps: float) -> tuple[Array, Array]:
    """Height of the floor in the picture and of the lower foot over it, both (T,) px.

    Where a foot stands the floor is under it, and a jump is what lies between two stands. Where feet are not found to
    stand for long, as of dancers who come nearer or whose feet the picture cuts off, the floor follows the lower foot
    and a jump is what lifts feet and hips together and soon brings them back.

    Args:
        lowest: (T,) px of the lower foot.
        hips: (T,) px.
        stands: (T,) whether a foot stands.
        tall: (T,) px.
        fps: frames a second.
    """
    t = len(lowest)
    risen, carried = _risen(lowest, fps), CARRIED * _risen(hips, fps)
    lift = np.maximum(np.minimum(risen, carried) - DOUBTFUL * tall, 0)
    floor = lowest + lift
    at = np.flatnonzero(stands)
    if len(at):
        between = np.interp(np.arange(t), at, lowest[at])
        known = stands.copy()
        for a, b in runs_of(~stands):
            known[a:b] = a > 0 and b < t and (b - a) / fps <= LONGEST_JUMP
        floor = np.where(known, between, floor)
        lift = np.where(known, np.where(stands, 0.0, np.maximum(between - lowest, 0)), lift)
    return np.asarray(gaussian_filter1d(floor, 0.25 * fps, mode="nearest")), np.asarray(lift)


def _risen(y: Array, fps: float) -> Array:
    """(T,) px by which a point lies over the way from where it comes to where it soon returns."""
    size = max(3, round(FLIGHT * fps) | 1)
    around = min(2 * size, len(y) - 1)
    # Beyond its ends the way goes on as it came, and its slope is no rise.
    longer = np.pad(y, around, mode="reflect", reflect_type="odd")
    level = longer - gaussian_filter1d(longer, FLIGHT * fps, mode="nearest")
    return np.asarray((grey_closing(level, size=size, mode="nearest") - level)[around : around + len(y)])


def _gaps(planted: Mask, longest: float) -> Mask:
    """Frames in which a foot does not stand, less the short pauses between two rests: a slide may be torn there."""
    out = ~planted
    for a, b in runs_of(~planted):
        if a > 0 and b < len(planted) and b - a < longest:
            out[a:b] = False
    return out


def _torn(planted: Mask, slides: Mask, fps: float) -> Mask:
    """Moments in the middle of a slide that seemed too fast for one: noise, and held apart they would be jumps."""
    out = np.zeros(len(planted), np.bool_)
    for a, b in runs_of(~planted):
        out[a:b] = a > 0 and b < len(planted) and b - a <= SHORTEST * fps and slides[a - 1 : b + 1].all()
    return out


def _slides(points: Array, fps: float) -> Mask:
    """Where a point travels slowly but steadily: averaged over a longer time, since slow motion is near the noise."""
    if len(points) < 3:
        return np.zeros(len(points), np.bool_)
    steady = gaussian_filter1d(points, CREEP_SPAN * fps, axis=0, mode="nearest")
    creeps = np.linalg.norm(np.gradient(steady, 1 / fps, axis=0), axis=1) > CREEP
    for a, b in runs_of(~creeps):
        if a > 0 and b < len(points) and (b - a) / fps < CREEP_PAUSE:
            creeps[a:b] = True
    out = np.zeros(len(points), np.bool_)
    for a, b in runs_of(creeps):
        way = float(np.linalg.norm(points[b - 1] - points[a]))
        out[a:b] = way > CREEP_WAY
    return out
