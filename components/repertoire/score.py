"""The language in which choreographies are written: steps of keyframes at counts, and named arms.

Places are metres in the dancer's own directions, seen from the spot where the step begins: left, forward. A step that
travels or turns hands its end over as the beginning of the next one. `mirrored` gives the same step to the other side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Place = tuple[float, float]
Vector = tuple[float, float, float]
Way = Literal["step", "slide", "tap", "heel", "pivot", "kick"]

MIRRORED_CHANNELS = frozenset({"weight", "sway", "yaw", "tilt", "twist", "side", "look", "cock"})
CHANNELS: tuple[str, ...] = (
    "weight", "sway", "push", "drop", "yaw", "tilt", "lean", "twist", "side", "bow", "look", "nod", "cock",
    "shrug_left", "shrug_right",
)  # fmt: skip
"""What a body key may set. weight -1 (right foot) to 1 (left foot); sway, push m: the hips aside (left) and forward of
the feet; drop m: how deep the knees bend; yaw degrees of the pelvis from where the step begins, to the left of the
picture's viewer positive; tilt, lean: roll and pitch of the pelvis; twist, side, bow: yaw, roll and pitch of the chest
against the pelvis; look, nod, cock: of the head against the audience and the chest; shrugs m."""


@dataclass(frozen=True)
class Foot:
    """A foot arrives somewhere.

    Attributes:
        count: when it arrives, counts from the step's begin.
        side: 0 left, 1 right.
        at: left, forward m of the ball of the foot.
        yaw: degrees, outward positive.
        way: step (lifted), slide (on the floor), tap (lands on the ball), heel (lands on the heel), pivot (turns on the
            ball), kick (ends in the air).
        swing: counts the way takes.
        lift: m, how high it is carried; for a kick, where it ends.
    """

    count: float
    side: int
    at: Place
    yaw: float = 12.0
    way: Way = "step"
    swing: float = 0.7
    lift: float = 0.07


@dataclass(frozen=True)
class Body:
    """Channels of the body at a count; `snap` 0 flows through, 1 hits late and stops."""

    count: float
    values: Mapping[str, float]
    snap: float = 0.0


@dataclass(frozen=True)
class Hand:
    """A hand arrives at a named place of ARMS.

    Attributes:
        count: when it arrives.
        side: 0 left, 1 right, 2 both.
        pose: a name of ARMS.
        snap: 0 flows, 1 hits late and stops.
    """

    count: float
    side: int
    pose: str
    snap: float = 0.35


@dataclass(frozen=True)
class Step:
    """A named step.

    Attributes:
        name: what dancers call it.
        counts: its length.
        feet, body, hands: what happens.
        travel: left, forward m from where it begins to where it ends.
        turn: degrees by which the dancer's front has turned at its end (positive: to the right of the picture).
        bounce: m by which the knees give on every count.
    """

    name: str
    counts: float
    feet: tuple[Foot, ...] = ()
    body: tuple[Body, ...] = ()
    hands: tuple[Hand, ...] = ()
    travel: Place = (0.0, 0.0)
    turn: float = 0.0
    bounce: float = 0.0


@dataclass(frozen=True)
class Score:
    """A choreography: steps one after the other.

    Attributes:
        name, title, style: name for the command, title for people, style of its music.
        tempo: counts a minute.
        steps: in order.
    """

    name: str
    title: str
    style: str
    tempo: float
    steps: tuple[Step, ...] = field(default_factory=tuple)

    @property
    def counts(self) -> float:
        """Counts of all steps."""
        return sum(s.counts for s in self.steps)

    @property
    def seconds(self) -> float:
        """Length."""
        return self.counts * 60 / self.tempo


ARMS: Mapping[str, tuple[Vector, Vector, float]] = {
    # name: (wrist: outward, up, forward of the shoulder in arm lengths), (elbow: outward, up, forward), wrist degrees
    "rest": ((0.16, -0.93, 0.12), (0.5, -0.2, -0.8), 5),
    "loose": ((0.24, -0.72, 0.34), (0.6, -0.5, -0.6), 10),
    "guard": ((-0.02, -0.30, 0.52), (0.7, -0.7, -0.2), 10),
    "chest": ((-0.28, -0.28, 0.36), (1.0, -0.2, 0.1), 0),
    "hip": ((0.10, -0.70, 0.10), (1.0, -0.1, -0.5), -35),
    "crossed": ((-0.52, -0.34, 0.40), (0.8, -0.7, 0.1), 0),
    "up": ((0.14, 0.94, 0.10), (0.9, 0.1, -0.2), 0),
    "high": ((0.42, 0.82, 0.20), (0.8, -0.2, -0.3), 10),
    "disco_up": ((0.60, 0.74, 0.20), (0.7, -0.5, -0.4), 0),
    "disco_down": ((-0.62, -0.62, 0.36), (0.5, -0.4, 0.5), 0),
    "side": ((0.92, 0.05, 0.15), (0.1, -0.8, -0.6), 0),
    "wide_low": ((0.70, -0.55, 0.20), (0.3, -0.3, -0.9), 15),
    "front": ((-0.05, -0.02, 0.94), (0.6, -0.8, 0.0), 0),
    "across": ((-0.70, -0.06, 0.52), (0.5, -0.6, 0.3), 0),
    "pump": ((0.08, 0.02, 0.42), (0.6, -0.8, -0.1), 15),
    "back": ((0.18, -0.62, -0.40), (0.6, 0.1, -1.0), 0),
    "head": ((-0.16, 0.52, 0.06), (1.0, 0.3, -0.1), 20),
    "salsa_in": ((-0.02, -0.38, 0.50), (0.8, -0.6, -0.3), 12),
    "salsa_out": ((0.30, -0.42, 0.30), (0.6, -0.4, -0.7), 12),
    "swing_front": ((0.02, -0.56, 0.62), (0.5, -0.7, -0.5), 10),
    "swing_back": ((0.14, -0.70, -0.26), (0.5, 0.0, -0.9), 5),
    "clap": ((-0.29, -0.34, 0.50), (1.0, -0.4, -0.1), 5),
    "clap_high": ((-0.29, 0.02, 0.60), (1.0, -0.3, -0.1), 5),
    "crossed_over": ((-0.50, -0.27, 0.46), (0.8, -0.7, 0.1), 0),
    "elbows_out": ((0.16, -0.10, 0.30), (1.0, 0.1, -0.3), 0),
    "roll_in": ((-0.22, -0.14, 0.46), (1.0, -0.4, -0.2), 0),
    "roll_out": ((-0.22, -0.44, 0.52), (1.0, -0.4, -0.2), 0),
    "wave_up": ((0.84, 0.34, 0.16), (0.2, -0.7, -0.6), -15),
    "wave_down": ((0.90, -0.12, 0.16), (0.2, 0.7, -0.6), 25),
    "wave": ((0.50, 0.42, 0.20), (0.6, -0.8, -0.2), 0),
}
"""Named places of a hand."""


def mirrored(step: Step) -> Step:
    """The same step to the other side."""
    return replace(
        step,
        feet=tuple(replace(f, side=1 - f.side, at=(-f.at[0], f.at[1])) for f in step.feet),
        body=tuple(replace(b, values=_mirror_channels(b.values)) for b in step.body),
        hands=tuple(replace(h, side=h.side if h.side == 2 else 1 - h.side) for h in step.hands),
        travel=(-step.travel[0], step.travel[1]),
        turn=-step.turn,
    )


def _mirror_channels(values: Mapping[str, float]) -> dict[str, float]:
    swap = {"shrug_left": "shrug_right", "shrug_right": "shrug_left"}
    return {swap.get(k, k): -v if k in MIRRORED_CHANNELS else v for k, v in values.items()}
