"""From a score to a body in motion: footfalls, weight, body channels and arms, easing with anticipation and overlap."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from components.core import Motion
from components.repertoire.body import (
    ANKLE_HEIGHT,
    HIP_HALF,
    LEG,
    LOWER_SPINE,
    STANDING,
    Array,
    Posture,
    ankle_of,
    frame,
    joints_of,
    unit,
)  # fmt: skip
from components.repertoire.score import ARMS, CHANNELS, Body, Foot, Hand, Score, Step

STANCE = 0.13
"""m from the dancer's middle to each foot at the begin."""


@dataclass(frozen=True)
class _Spot:
    """Where a step begins: x, z on the floor and the heading in degrees, unwrapped."""

    x: float = 0.0
    z: float = 0.0
    heading: float = 0.0

    def place(self, left: float, forward: float) -> tuple[float, float]:
        h = np.radians(self.heading)
        return (
            self.x + left * float(np.cos(h)) + forward * float(np.sin(h)),
            self.z - left * float(np.sin(h)) + forward * float(np.cos(h)),
        )

    def after(self, step: Step) -> _Spot:
        x, z = self.place(*step.travel)
        return _Spot(x, z, self.heading + step.turn)


def perform(score: Score, fps: Fraction, seconds: float | None = None) -> Motion:
    """Dance a score.

    Args:
        score: what to dance; repeated where `seconds` is longer than it is.
        fps: frames a second.
        seconds: length, None for the score's own.

    Returns:
        The motion with exact contacts and the beats of its music.
    """
    length = score.seconds if seconds is None else seconds
    frames = max(1, round(length * float(fps)))
    repeats = max(1, int(np.ceil(length / score.seconds - 1e-9)))
    count = np.arange(frames) / float(fps) * score.tempo / 60
    body, still = _posture(score.steps * repeats, count, count[1] - count[0] if frames > 1 else 1.0, score.tempo)
    joints = joints_of(body)
    beats = np.arange(int(np.ceil(count[-1] + 1e-6))) * 60 / score.tempo
    return Motion(joints, still, beats.astype(np.float32), fps)


def _posture(steps: tuple[Step, ...], count: Array, each: float, tempo: float) -> tuple[Posture, np.ndarray]:
    """The posture at every count, and where each foot stands still; `each` is the counts from frame to frame."""
    spots, begins, at = [_Spot()], [0.0], 0.0
    for step in steps:
        spots.append(spots[-1].after(step))
        at += step.counts
        begins.append(at)
    plan = list(zip(steps, spots[:-1], begins[:-1], strict=True))
    second = tempo / 60 / each  # frames

    def soft(values: Array, seconds: float) -> Array:
        return np.asarray(gaussian_filter1d(values, max(seconds * second, 1e-3), axis=0, mode="nearest"))

    feet = [_foot(plan, side, count) for side in (0, 1)]
    balls = np.stack([f[0] for f in feet], 1)
    foot_yaw, foot_pitch, still = (np.stack([f[i] for f in feet], 1) for i in (1, 2, 3))
    channel = {name: soft(_channel(plan, name, count), 0.035) for name in CHANNELS}
    bounce = soft(_bounce(plan, count), 0.03)

    heading = channel["yaw"]
    pelvis_frame = frame(heading, channel["lean"], channel["tilt"])
    chest_yaw = heading + channel["twist"]
    chest_frame = frame(chest_yaw, channel["lean"] + channel["bow"], channel["tilt"] * 0.3 + channel["side"])
    spot = np.clip((channel["look"] - chest_yaw + 180) % 360 - 180, -62, 62)
    head_frame = frame(
        chest_yaw + soft(spot, 0.07),
        0.35 * (channel["lean"] + channel["bow"]) + channel["nod"],
        0.4 * channel["side"] + channel["cock"],
    )

    to_left = (1 + np.clip(channel["weight"], -1.1, 1.1)) / 2
    base = to_left[:, None] * balls[:, 0] + (1 - to_left[:, None]) * balls[:, 1]
    over = soft(base[:, [0, 2]], 0.09)
    ahead, left = frame(heading, 0 * heading, 0 * heading)[:, :, 2], frame(heading, 0 * heading, 0 * heading)[:, :, 0]
    lean_back = -0.045 - LOWER_SPINE * 0.35 * np.sin(np.radians(channel["lean"]))  # weight stays over the feet
    pelvis = np.zeros((len(count), 3))
    pelvis[:, [0, 2]] = over
    pelvis += left * channel["sway"][:, None] + ahead * (channel["push"] + lean_back)[:, None]
    pelvis[:, 1] = STANDING - 0.02 - channel["drop"] - bounce
    pelvis[:, 1] = _within_reach(pelvis, pelvis_frame, balls, foot_yaw, foot_pitch, second)

    hands, elbows, wrist = (np.stack(x, 1) for x in zip(*(_arm(plan, s, count) for s in (0, 1)), strict=True))
    hands = _eased(hands, second)
    posture = Posture(
        pelvis=pelvis, pelvis_frame=pelvis_frame, chest_frame=chest_frame, head_frame=head_frame, balls=balls,
        foot_yaw=foot_yaw, foot_pitch=foot_pitch, hands=hands, elbows=soft(elbows, 0.05),
        shrug=np.stack([channel["shrug_left"], channel["shrug_right"]], 1), wrist=soft(wrist, 0.05),
    )  # fmt: skip
    return posture, still.astype(bool)


def _eased(track: Array, second: float) -> Array:
    """A little before and past the goal: an unsharp filter is symmetric in time, so it anticipates as it follows."""
    soft = gaussian_filter1d(track, 0.04 * second, axis=0, mode="nearest")
    wide = gaussian_filter1d(soft, 0.13 * second, axis=0, mode="nearest")
    return np.asarray(soft + 0.35 * (soft - wide))


def _within_reach(pelvis: Array, pelvis_frame: Array, balls: Array, yaw: Array, pitch: Array, second: float) -> Array:
    """Height of the hips at which both legs reach their feet, lowered smoothly ahead of a long step."""
    limit = np.full(len(pelvis), np.inf)
    for s in (0, 1):
        ankle, _, _ = ankle_of(balls[:, s], yaw[:, s], pitch[:, s])
        hip = pelvis + pelvis_frame[:, :, 0] * (HIP_HALF * (1 - 2 * s))
        flat = np.linalg.norm((ankle - hip)[:, [0, 2]], axis=-1)
        reach = np.sqrt(np.maximum((LEG * 0.992) ** 2 - flat**2, 0.05**2))
        limit = np.minimum(limit, ankle[:, 1] + reach - (hip[:, 1] - pelvis[:, 1]))
    wanted = np.minimum(pelvis[:, 1], limit)
    low = minimum_filter1d(wanted, max(1, int(0.12 * second) | 1), mode="nearest")
    eased = gaussian_filter1d(low, 0.035 * second, mode="nearest")
    return np.asarray(np.clip(np.minimum(eased, wanted), ANKLE_HEIGHT + 0.25, None))


Plan = list[tuple[Step, _Spot, float]]


def _ease(x: Array) -> Array:
    """Smoother step (Perlin 2002)."""
    x = np.clip(x, 0, 1)
    return np.asarray(x * x * x * (x * (6 * x - 15) + 10))


def _foot(plan: Plan, side: int, count: Array) -> tuple[Array, Array, Array, Array]:
    """Ball (T, 3), yaw (T,), pitch (T,) and stillness (T,) of one foot."""
    sign = 1 - 2 * side
    x, z = _Spot().place(sign * STANCE, 0.0)
    now = np.array([x, z, sign * 12.0, 0.0, 0.0])  # x, z, yaw, height, pitch
    track = np.tile(now, (len(count), 1))
    still = np.ones(len(count))
    arrivals = [(begin + f.count, f, spot) for step, spot, begin in plan for f in step.feet if f.side == side]
    for i, (end, foot, spot) in enumerate(arrivals):
        start = end - foot.swing
        if i and start < arrivals[i - 1][0] - 1e-6:
            raise ValueError(f"foot {side} leaves at count {start:.2f}, before it has arrived at {arrivals[i - 1][0]}")
        goal = _goal(foot, spot, sign, now)
        span = slice(*np.searchsorted(count, [start, end]))
        phase = (count[span] - start) / max(foot.swing, 1e-6)
        move = _ease(phase)
        track[span] = now + (goal - now) * move[:, None]
        if foot.way in ("step", "tap", "heel"):
            arch = np.sin(np.pi * np.clip(phase, 0, 1) ** 0.8) ** 1.5
            track[span, 3] += foot.lift * arch
            track[span, 4] += 22 * np.sin(np.pi * np.clip(phase / 0.6, 0, 1)) - 9 * np.sin(
                np.pi * np.clip((phase - 0.6) / 0.4, 0, 1)
            )
        still[span] = 0
        after = slice(span.stop, None)
        track[after] = goal
        still[after] = float(goal[3] == 0)
        now = goal
    return np.stack([track[:, 0], track[:, 3], track[:, 1]], 1), track[:, 2], track[:, 4], still


def _goal(foot: Foot, spot: _Spot, sign: int, now: Array) -> Array:
    x, z = now[:2] if foot.way == "pivot" else spot.place(*foot.at)
    height, pitch = {
        "step": (0.0, 0.0), "slide": (0.0, 0.0), "pivot": (0.0, 0.0), "tap": (0.0, 24.0), "heel": (0.0, -18.0),
        "kick": (foot.lift, 25.0),
    }[foot.way]  # fmt: skip
    return np.array([x, z, spot.heading + sign * foot.yaw, height, pitch])


def _channel(plan: Plan, name: str, count: Array) -> Array:
    """A body channel at every count; a step that leaves it out lets it go back to neutral."""
    keys: list[tuple[float, float, float]] = []
    for step, spot, begin in plan:
        base = spot.heading if name == "yaw" else 0.0
        found = [(begin + b.count, base + b.values[name], b.snap) for b in step.body if name in b.values]
        if name == "weight" and not found:
            found = _footfall_weights(step, begin)
        if not found:
            found = [(begin + min(1.0, step.counts / 2), base, 0.0)]
        keys += found
    return _through(keys, count)


def _footfall_weights(step: Step, begin: float) -> list[tuple[float, float, float]]:
    """The weight leaves a foot before it is lifted, and follows onto it where it is set down flat."""
    keys: list[tuple[float, float, float]] = []
    for f in sorted(step.feet, key=lambda f: f.count):
        sign = 1 - 2 * f.side
        if f.way == "pivot":
            continue
        keys.append((begin + f.count - f.swing * 0.75, -sign * 0.85, 0.0))
        keys.append((begin + f.count + 0.15, sign * 0.6 if f.way in ("step", "slide") else -sign * 0.8, 0.0))
    return keys or [(begin + step.counts / 2, 0.0, 0.0)]


def _bounce(plan: Plan, count: Array) -> Array:
    keys: list[tuple[float, float, float]] = []
    for step, _, begin in plan:
        for k in range(int(np.ceil(step.counts))):
            accent = 1.0 if k % 2 else 0.75
            keys += [(begin + k, step.bounce * accent, 0.0), (begin + k + 0.55, 0.0, 0.0)]
    return _through(keys, count)


def _through(keys: list[tuple[float, float, float]], count: Array) -> Array:
    """A monotone cubic through (count, value, snap); a snap holds the value before it for a while."""
    times, values = [-1.0], [0.0 if not keys else keys[0][1] * 0.0]
    for at, value, snap in sorted(keys, key=lambda k: k[0]):
        if at <= times[-1] + 0.05:
            values[-1] = value
            continue
        if snap > 0:
            hold = times[-1] + (at - times[-1]) * 0.75 * snap
            if hold > times[-1] + 0.02:
                times.append(hold)
                values.append(values[-1])
        times.append(at)
        values.append(value)
    times += [times[-1] + 2, times[-1] + 4]
    values += [values[-1], values[-1]]
    return np.asarray(PchipInterpolator(times, values)(np.clip(count, times[0], times[-1])))


def _arm(plan: Plan, side: int, count: Array) -> tuple[Array, Array, Array]:
    """Wrist (T, 3) and elbow direction (T, 3) in the terms of ARMS, and the hand's bend (T,)."""
    keys: list[tuple[float, Hand]] = [(0.0, Hand(0.0, side, "rest"))]
    for step, _, begin in plan:
        mine = [(begin + h.count, h) for h in step.hands if h.side in (side, 2)]
        keys += mine or [(begin + min(1.0, step.counts / 2), Hand(0.0, side, "loose"))]
    keys.sort(key=lambda k: k[0])
    hand = np.empty((len(count), 3))
    elbow = np.empty((len(count), 3))
    wrist = np.empty(len(count))
    hand[:], elbow[:], wrist[:] = ARMS[keys[0][1].pose]
    for (t0, a), (t1, b) in itertools.pairwise(keys):
        after = np.searchsorted(count, t0)
        begin = t0 + (t1 - t0) * (0.1 + 0.6 * b.snap)
        move = _ease((count[after:] - begin) / max(t1 - begin, 0.12))[:, None]
        (p0, e0, w0), (p1, e1, w1) = ARMS[a.pose], ARMS[b.pose]
        hand[after:] = _arc(np.array(p0), np.array(p1), move)
        elbow[after:] = unit(np.array(e0) + (np.array(e1) - np.array(e0)) * move)
        wrist[after:] = w0 + (w1 - w0) * move[:, 0]
    return hand, elbow, wrist


def _arc(a: Array, b: Array, move: Array) -> Array:
    """From one place of the hand to another on an arc about the shoulder, rather in front of the body."""
    ra, rb = np.linalg.norm(a), np.linalg.norm(b)
    ua, ub = a / ra, b / rb
    angle = np.arccos(np.clip(ua @ ub, -1, 1))
    if angle < 1e-3:
        return np.asarray(a + (b - a) * move)
    bulge = np.array([0.25, 0.0, 0.35]) * (angle / np.pi) ** 2 * np.sin(np.pi * move)
    way = (np.sin((1 - move) * angle) * ua + np.sin(move * angle) * ub) / np.sin(min(angle, 3.0)) + bulge
    return np.asarray(unit(way) * (ra + (rb - ra) * move))


def scaled(score: Score, tempo: float) -> Score:
    """The score at another tempo."""
    return replace(score, tempo=tempo)


__all__ = ["Body", "perform", "scaled"]
