"""The vocabulary: steps that dancers have names for. Each begins and ends with the feet about `W` from the middle."""

from __future__ import annotations

from components.repertoire.score import Body, Foot, Hand, Step

L, R, BOTH = 0, 1, 2
W = 0.13
"""m from the middle to a foot in a plain stance."""


def _arms(*keys: tuple[float, str, str], snap: float = 0.35) -> tuple[Hand, ...]:
    """Both hands at counts: (count, left, right)."""
    return tuple(h for count, a, b in keys for h in (Hand(count, L, a, snap), Hand(count, R, b, snap)))


# -- grooves: the feet stay about where they are

GROOVE = Step(
    "groove", 4, bounce=0.06,
    feet=(Foot(1, R, (-W, 0), way="tap", swing=0.6, lift=0.03), Foot(2, R, (-W, 0), swing=0.6, lift=0.02),
          Foot(3, L, (W, 0), way="tap", swing=0.6, lift=0.03), Foot(4, L, (W, 0), swing=0.6, lift=0.02)),
    body=(Body(1, {"weight": 0.75, "sway": 0.03, "side": -8, "twist": 10, "nod": 7, "tilt": 5, "shrug_right": 0.03}),
          Body(2, {"weight": 0.1, "sway": 0.0, "side": 0, "twist": 0, "nod": 0, "tilt": 0, "shrug_right": 0.0}),
          Body(3, {"weight": -0.75, "sway": -0.03, "side": 8, "twist": -12, "nod": 7, "tilt": -5,
               "shrug_left": 0.03}),
          Body(4, {"weight": 0.0})),
    hands=_arms((1, "swing_back", "guard"), (2, "loose", "loose"), (3, "guard", "swing_back")),
)  # fmt: skip

HIP_BUMPS = Step(
    "hip bumps", 4, bounce=0.03,
    body=(Body(0.9, {"weight": 0.7, "sway": 0.085, "tilt": 11, "side": -9, "cock": 6}, 0.5),
          Body(1.9, {"weight": -0.7, "sway": -0.085, "tilt": -11, "side": 9, "cock": -6}, 0.5),
          Body(2.45, {"weight": 0.6, "sway": 0.08, "tilt": 10, "side": -8}, 0.3),
          Body(2.95, {"weight": 0.1, "sway": 0.01, "tilt": 2, "side": -2}, 0.3),
          Body(3.45, {"weight": 0.7, "sway": 0.085, "tilt": 11, "side": -9, "cock": 5}, 0.3),
          Body(4, {"weight": 0})),
    hands=_arms((0.7, "hip", "hip"), (4, "hip", "hip")),
)  # fmt: skip

BODY_ROLL = Step(
    "body roll", 4,
    body=(Body(0.6, {"bow": -15, "push": 0.03, "nod": -12, "drop": 0.01, "lean": 0}),
          Body(1.4, {"bow": -4, "push": 0.09, "nod": -4, "drop": 0.05, "lean": -7}),
          Body(2.3, {"bow": 20, "push": -0.02, "nod": 14, "drop": 0.17, "lean": 10}),
          Body(3.1, {"bow": 8, "push": -0.05, "nod": 8, "drop": 0.14, "lean": 8}),
          Body(4, {"drop": 0.02})),
    hands=_arms((0.6, "wide_low", "wide_low"), (2.2, "swing_back", "swing_back")),
)  # fmt: skip

CHEST_POPS = Step(
    "chest pops", 4, bounce=0.02,
    body=tuple(
        key
        for count, deep, turn in ((0.0, -16, 9), (1.0, -16, -9), (2.0, -13, 9), (2.5, -13, 9), (3.0, -18, 0))
        for key in (
            Body(count + 0.12, {"bow": deep, "push": 0.03, "twist": turn, "shrug_left": -0.01,
                 "shrug_right": -0.01}, 0.7),
            Body(count + 0.42, {"bow": 7, "push": -0.02, "twist": turn, "shrug_left": 0.02, "shrug_right": 0.02}),
        )
    ),
    hands=_arms((0.1, "elbows_out", "elbows_out"), (2.0, "chest", "chest"), (3.1, "wide_low", "wide_low"), snap=0.6),
)  # fmt: skip

ARM_WAVE = Step(
    "arm wave", 4,
    body=(Body(0.5, {"side": -6, "weight": 0.4, "shrug_left": 0.05, "shrug_right": 0, "look": 25}),
          Body(1.5, {"side": 0, "weight": 0.0, "shrug_left": 0.02, "shrug_right": 0.02, "bow": -8, "look": 5}),
          Body(2.5, {"side": 6, "weight": -0.5, "shrug_left": 0, "shrug_right": 0.05, "bow": 0, "look": -25}),
          Body(4, {"weight": 0})),
    hands=(Hand(0.4, L, "wave_up", 0.1), Hand(0.9, L, "wave_down", 0.0), Hand(1.4, L, "side", 0.0),
           Hand(0.6, R, "side", 0.1), Hand(1.9, R, "wave_down", 0.3), Hand(2.4, R, "wave_up", 0.0),
           Hand(2.9, R, "side", 0.0), Hand(2.8, L, "side", 0.0)),
)  # fmt: skip

SWIVEL = Step(
    "swivel", 4, bounce=0.035,
    feet=tuple(
        Foot(count, side, (0, 0), yaw=yaw if side == L else -yaw, way="pivot", swing=0.45)
        for count, yaw in ((0.5, 34), (1.0, -30), (1.5, 34), (2.0, 6), (2.5, -34), (3.0, 30), (3.5, -34))
        for side in (L, R)
    ) + tuple(Foot(4, side, (0, 0), way="pivot", swing=0.45) for side in (L, R)),
    body=(Body(0, {"drop": 0.1, "twist": 0}), Body(0.5, {"twist": -22, "yaw": 14}),
          Body(1, {"twist": 22, "yaw": -14}),
          Body(1.5, {"twist": -22, "yaw": 14}), Body(2, {"twist": 0, "yaw": 0, "drop": 0.12}),
          Body(2.5, {"twist": 22, "yaw": -14}), Body(3, {"twist": -22, "yaw": 14}),
          Body(3.5, {"twist": 22, "yaw": -14}), Body(4, {"yaw": 0, "drop": 0.02})),
    hands=_arms((0.5, "guard", "back"), (1, "back", "guard"), (1.5, "guard", "back"), (2, "loose", "loose"),
                (2.5, "back", "guard"), (3, "guard", "back"), (3.5, "back", "guard"), snap=0.1),
)  # fmt: skip

HAND_ROLL = Step(
    "hand roll", 4, bounce=0.04,
    body=(Body(1, {"weight": 0.6, "side": -10, "lean": 8, "twist": 8}),
          Body(2, {"weight": 0.6, "side": -9, "lean": 8, "twist": 10}),
          Body(3, {"weight": -0.6, "side": 10, "lean": 8, "twist": -8}),
          Body(4, {"weight": 0})),
    hands=_arms(*((k / 2 + 0.3, *(("roll_out", "roll_in") if k % 2 else ("roll_in", "roll_out"))) for k in range(8)),
                snap=0.0),
)  # fmt: skip

# -- footwork

SIDE_TOUCH = Step(
    "side touch", 4, bounce=0.05,
    feet=(Foot(0.9, L, (W + 0.32, 0), yaw=20), Foot(1.9, R, (W + 0.10, 0.03), way="tap"),
          Foot(2.9, R, (-W, 0), yaw=20), Foot(3.9, L, (W - 0.20, 0.03), way="tap")),
    body=(Body(1, {"twist": 14, "side": -6, "drop": 0.03}), Body(2, {"twist": 4, "side": 5, "nod": 8, "drop": 0.05}),
          Body(3, {"twist": -14, "side": 6, "nod": 0, "drop": 0.03}),
          Body(4, {"twist": -4, "side": -5, "nod": 8, "drop": 0.05})),
    hands=_arms((1, "wide_low", "wide_low"), (2, "clap", "clap"), (3, "wide_low", "wide_low"), (4, "clap", "clap"),
                snap=0.5),
)  # fmt: skip

STEP_CLAP = Step(
    "step clap", 4, bounce=0.045,
    feet=(Foot(0.9, L, (W + 0.06, 0.04)), Foot(1.9, R, (-W, 0.05), way="tap", lift=0.05),
          Foot(2.9, R, (-W, 0.0)), Foot(3.9, L, (W, 0))),
    body=(Body(1, {"twist": 12, "side": -6, "drop": 0.03}), Body(2, {"twist": -8, "side": 6, "nod": 6, "drop": 0.06}),
          Body(3, {"twist": -12, "side": 5, "nod": 0}), Body(4, {"side": -3, "nod": 6})),
    hands=_arms((1, "swing_back", "swing_front"), (2, "clap_high", "clap_high"), (3, "swing_front", "swing_back"),
                (4, "clap", "clap"), snap=0.4),
)  # fmt: skip

GRAPEVINE = Step(
    "grapevine", 4, bounce=0.035, travel=(0.56, 0),
    feet=(Foot(1, L, (W + 0.28, 0)), Foot(2, R, (W + 0.06, -0.17), yaw=30), Foot(3, L, (W + 0.56, 0)),
          Foot(4, R, (0.56 - W + 0.12, 0.03), way="tap")),
    body=(Body(1, {"twist": 6, "side": -5, "yaw": 6}), Body(2, {"twist": -12, "side": 3, "yaw": -22}),
          Body(3, {"twist": 8, "side": -6, "yaw": 10}), Body(4, {"side": 8, "yaw": 0})),
    hands=_arms((1, "wide_low", "wide_low"), (2, "salsa_in", "salsa_in"), (3, "wide_low", "wide_low"),
                (4, "clap_high", "clap_high")),
)  # fmt: skip

KICK_BALL_CHANGE = Step(
    "kick ball change", 4, bounce=0.04,
    feet=(Foot(0.9, R, (-0.06, 0.40), way="kick", swing=0.7, lift=0.30),
          Foot(1.5, R, (-W, -0.10), swing=0.5, lift=0.05),
          Foot(2.0, L, (W, 0.02), swing=0.4, lift=0.05),
          Foot(2.9, R, (-0.06, 0.40), way="kick", swing=0.7, lift=0.34),
          Foot(3.5, R, (-W, -0.04), swing=0.5, lift=0.05),
          Foot(4.0, L, (W, 0.0), swing=0.4, lift=0.05)),
    body=(Body(0.9, {"lean": -7, "twist": 14, "drop": 0.05}), Body(1.7, {"lean": 6, "twist": -4, "drop": 0.03}),
          Body(2.9, {"lean": -9, "twist": 16, "drop": 0.05}), Body(4, {"drop": 0.02})),
    hands=_arms((0.9, "guard", "swing_back"), (1.7, "loose", "loose"), (2.9, "pump", "swing_back")),
)  # fmt: skip

RUNNING_MAN = Step(
    "running man", 4, bounce=0.05,
    feet=tuple(
        foot
        for k in range(4)
        for foot in (
            Foot(k + 0.5, k % 2, ((W, -W)[k % 2], 0.10), way="kick", swing=0.48, lift=0.30),
            Foot(k + 1, k % 2, ((W, -W)[k % 2], 0.20), swing=0.46, lift=0.0),
            Foot(k + 1, 1 - k % 2, ((-W, W)[k % 2], -0.22), way="slide", swing=0.46),
        )
    ),
    body=tuple(
        key
        for k in range(4)
        for key in (
            Body(k + 0.45, {"lean": 10, "twist": (-14, 14)[k % 2], "drop": 0.02, "weight": (-0.75, 0.75)[k % 2],
                 "push": 0.0}),
            Body(k + 1.0, {"lean": 14, "twist": (10, -10)[k % 2], "drop": 0.12, "weight": (0.2, -0.2)[k % 2],
                 "push": 0.02}),
        )
    ),
    hands=_arms((0.5, "back", "pump"), (1, "swing_front", "back"), (1.5, "pump", "back"), (2, "back", "swing_front"),
                (2.5, "back", "pump"), (3, "swing_front", "back"), (3.5, "pump", "back"), (4, "back", "swing_front"),
                snap=0.0),
)  # fmt: skip

JAZZ_SQUARE = Step(
    "jazz square", 4, bounce=0.04,
    feet=(Foot(1, R, (0.12, 0.24), yaw=0), Foot(2, L, (W, -0.14)), Foot(3, R, (-W - 0.1, -0.12)),
          Foot(4, L, (W, 0.06))),
    body=(Body(1, {"twist": 18, "yaw": 14, "side": -4, "drop": 0.05}), Body(2, {"twist": -6, "yaw": 0, "lean": -4}),
          Body(3, {"twist": -12, "yaw": -8, "side": 6, "lean": 2}),
          Body(4, {"yaw": 0})),
    hands=_arms((1, "guard", "wide_low"), (2, "loose", "loose"), (3, "wide_low", "guard")),
)  # fmt: skip

STRUT = Step(
    "strut", 4, bounce=0.03, travel=(0, 0.0),
    feet=(Foot(1, L, (0.05, 0.30), yaw=8), Foot(2, R, (-0.05, 0.55), yaw=8),
          Foot(3, R, (-0.06, 0.18), yaw=8, swing=0.8),
          Foot(3.9, L, (W, 0.0), swing=0.8)),
    body=(Body(1, {"sway": 0.04, "tilt": 8, "twist": -14, "side": -5}),
          Body(2, {"sway": -0.04, "tilt": -8, "twist": 14, "side": 5}),
          Body(3, {"sway": -0.03, "tilt": -6, "twist": 8, "side": 4})),
    hands=_arms((1, "swing_back", "swing_front"), (2, "swing_front", "swing_back"), (3, "hip", "swing_back"),
                (4, "hip", "hip")),
)  # fmt: skip

LUNGE = Step(
    "lunge", 4,
    feet=(Foot(0.9, L, (W + 0.42, 0.05), yaw=35, swing=0.8), Foot(3.9, L, (W, 0), swing=0.8)),
    body=(Body(1, {"weight": 0.75, "drop": 0.14, "side": 8, "twist": -10, "nod": -4}, 0.4),
          Body(2.6, {"weight": 0.8, "drop": 0.19, "side": 11, "twist": -14, "nod": -6}),
          Body(4, {"weight": 0, "drop": 0.01})),
    hands=(Hand(1, L, "hip", 0.5), Hand(1, R, "up", 0.5), Hand(2.4, R, "high", 0.2)),
)  # fmt: skip

DROP = Step(
    "drop", 4,
    feet=(Foot(0.6, L, (W + 0.12, 0), yaw=28, swing=0.5), Foot(0.9, R, (-W - 0.12, 0), yaw=28, swing=0.5),
          Foot(3.6, L, (W, 0), swing=0.5), Foot(4, R, (-W, 0), swing=0.5)),
    body=(Body(0.8, {"drop": -0.01, "lean": 0, "weight": 0}),
          Body(2, {"drop": 0.34, "lean": 22, "nod": -8, "weight": 0.1}, 0.3),
          Body(2.8, {"drop": 0.30, "lean": 20, "nod": -6, "weight": -0.1}),
          Body(3.7, {"drop": 0.02, "lean": -3, "nod": 0}),
          Body(4, {"drop": 0.02})),
    hands=_arms((0.8, "high", "high"), (2, "front", "front"), (2.9, "front", "front")),
)  # fmt: skip

# -- poses

STANCE_CROSSED = Step(
    "crossed arms", 4,
    feet=(Foot(0.9, R, (-W - 0.16, 0.02), yaw=28, swing=0.6), Foot(3.9, R, (-W, 0), swing=0.6)),
    body=(Body(1, {"weight": -0.3, "lean": -7, "nod": -7, "side": -4, "twist": 10, "drop": 0.02, "cock": 5}, 0.6),
          Body(2, {"weight": -0.35, "lean": -8, "nod": 3, "side": -4, "twist": 10, "drop": 0.03, "cock": 6}),
          Body(2.9, {"weight": -0.3, "lean": -7, "nod": -7, "side": -4, "twist": 10, "drop": 0.02, "cock": 5}),
          Body(4, {"weight": 0, "drop": 0.02})),
    hands=(*_arms((0.9, "crossed", "crossed_over"), snap=0.6), *_arms((3.0, "crossed", "crossed_over"))),
)  # fmt: skip

ANGLE = Step(
    "angle", 4, bounce=0.03,
    feet=(Foot(0.9, R, (-0.02, 0.16), yaw=-45, swing=0.6), Foot(1.2, L, (0, 0), yaw=58, way="pivot", swing=0.5),
          Foot(3.4, L, (0, 0), yaw=12, way="pivot", swing=0.5), Foot(3.9, R, (-W, 0), swing=0.6)),
    body=(Body(1, {"yaw": 45, "twist": 8, "lean": -3, "weight": 0.55}, 0.4),
          Body(2, {"yaw": 46, "twist": -6, "weight": 0.4}),
          Body(3, {"yaw": 45, "twist": 6, "weight": 0.2}), Body(4, {"yaw": 0, "weight": 0.3})),
    hands=(Hand(1, L, "hip", 0.5), Hand(1, R, "head", 0.5), Hand(3, L, "hip"), Hand(2.8, R, "head")),
)  # fmt: skip

DISCO_POINT = Step(
    "disco point", 4, bounce=0.03,
    feet=(Foot(0.8, R, (-W - 0.24, 0), yaw=35, swing=0.7), Foot(3.9, R, (-W, 0), swing=0.7)),
    body=(Body(1, {"weight": -0.2, "sway": -0.06, "tilt": -9, "side": 4, "twist": -16, "look": -25, "nod": -10}, 0.4),
          Body(2, {"weight": 0.7, "sway": 0.06, "tilt": 9, "side": -7, "twist": 18, "look": 20, "nod": 9,
               "drop": 0.06}, 0.4),
          Body(3, {"weight": -0.2, "sway": -0.06, "tilt": -9, "side": 4, "twist": -16, "look": -25, "nod": -10,
               "drop": 0.02}, 0.4),
          Body(4, {"weight": 0.5, "twist": 6, "drop": 0.02})),
    hands=(Hand(0.6, L, "hip"), Hand(4, L, "hip"), Hand(0.95, R, "disco_up", 0.45), Hand(1.95, R, "disco_down", 0.45),
           Hand(2.95, R, "disco_up", 0.45), Hand(4, R, "disco_down", 0.45)),
)  # fmt: skip

REACH = Step(
    "reach and pull", 4, bounce=0.04,
    feet=(Foot(1, L, (W + 0.12, 0), swing=0.6), Foot(2, R, (-W, 0.02), way="tap", swing=0.6, lift=0.03),
          Foot(3, R, (-W - 0.12, 0), swing=0.6), Foot(4, L, (W, 0.0), swing=0.6, lift=0.04)),
    body=(Body(1, {"side": 8, "nod": -10, "drop": -0.02}, 0.3),
          Body(2, {"side": -8, "nod": 6, "drop": 0.07, "twist": 12}),
          Body(3, {"side": -8, "nod": -10, "drop": -0.02, "twist": 0}, 0.3),
          Body(4, {"side": 6, "nod": 4, "drop": 0.06, "twist": -10})),
    hands=_arms((1, "loose", "up"), (2, "guard", "pump"), (3, "up", "loose"), (4, "pump", "guard"), snap=0.4),
)  # fmt: skip

# -- turns

STEP_TURN = Step(
    "three-step turn", 4, bounce=0.03, travel=(0.9, 0.0), turn=360,
    feet=(Foot(1, L, (0.42, 0.0), yaw=100), Foot(2, R, (0.72, 0.02), yaw=-190),
          Foot(3, L, (1.05, 0.0), yaw=372), Foot(4, R, (0.9 - W, 0.0), yaw=-348)),
    body=(Body(0, {"yaw": -10}), Body(1, {"yaw": 80}), Body(2, {"yaw": 205}), Body(3, {"yaw": 345}),
          Body(4, {"yaw": 360})),
    hands=_arms((0.2, "wide_low", "wide_low"), (1, "chest", "chest"), (2.6, "chest", "chest"), (4, "side", "side")),
)  # fmt: skip

PIVOT_TURN = Step(
    "pivot turn", 8, bounce=0.035, turn=-360,
    feet=(Foot(0.9, L, (-0.12, 0.30), yaw=2), Foot(2, L, (0, 0), yaw=-172, way="pivot", swing=0.8),
          Foot(2, R, (0, 0), yaw=184, way="pivot", swing=0.8),
          Foot(3, L, (-0.14, -0.28), yaw=-178), Foot(4, L, (0, 0), yaw=-352, way="pivot", swing=0.8),
          Foot(4, R, (0, 0), yaw=366, way="pivot", swing=0.8),
          Foot(5, L, (W, 0.0), yaw=-348), Foot(6.2, R, (-W - 0.14, 0.0), yaw=385, swing=0.6),
          Foot(7.9, R, (-W, 0), yaw=372, swing=0.6)),
    body=(Body(1, {"yaw": 12, "twist": 14, "weight": 0.3}), Body(2, {"yaw": -180, "twist": -10, "weight": -0.5}),
          Body(3, {"yaw": -178, "twist": 8, "weight": 0.4}), Body(4, {"yaw": -358, "twist": -8, "weight": -0.6}),
          Body(5.2, {"yaw": -360, "twist": 0, "weight": 0.5}),
          Body(6.3, {"yaw": -360, "twist": -12, "weight": -0.3, "side": 6, "drop": 0.05}, 0.4),
          Body(7.2, {"weight": -0.2, "side": 6, "drop": 0.05}),
          Body(8, {"yaw": -360, "weight": 0.2, "drop": 0.01})),
    hands=_arms((1, "swing_front", "swing_back"), (2, "guard", "guard"), (3, "swing_back", "swing_front"),
                (4, "guard", "guard"), (5, "wide_low", "wide_low"), (6.2, "hip", "wave"), (7.2, "hip", "wave")),
)  # fmt: skip

# -- salsa: eight counts, the fourth and eighth are held

SALSA_BASIC = Step(
    "salsa basic", 8, bounce=0.0,
    feet=(Foot(1, L, (0.10, 0.27), yaw=10, lift=0.05), Foot(2, R, (-W, 0), swing=0.6, lift=0.03),
          Foot(3, L, (W, 0), lift=0.05), Foot(5, R, (-0.10, -0.27), yaw=18, lift=0.05),
          Foot(6, L, (W, 0), swing=0.6, lift=0.03), Foot(7, R, (-W, 0), lift=0.05)),
    body=(Body(1, {"weight": 0.55, "sway": 0.04, "tilt": 7, "twist": -12, "side": -5, "drop": 0.04}),
          Body(2, {"weight": -0.6, "sway": -0.05, "tilt": -9, "twist": 8, "side": 5, "drop": 0.03}),
          Body(3, {"weight": 0.6, "sway": 0.05, "tilt": 9, "twist": -6, "side": -5, "drop": 0.03}),
          Body(4, {"weight": 0.7, "sway": 0.06, "tilt": 10, "twist": -3, "side": -6, "drop": 0.02}),
          Body(5, {"weight": -0.5, "sway": -0.04, "tilt": -7, "twist": 12, "side": 5, "drop": 0.04}),
          Body(6, {"weight": 0.6, "sway": 0.05, "tilt": 9, "twist": -8, "side": -5, "drop": 0.03}),
          Body(7, {"weight": -0.6, "sway": -0.05, "tilt": -9, "twist": 6, "side": 5, "drop": 0.03}),
          Body(8, {"weight": -0.7, "sway": -0.06, "tilt": -10, "twist": 3, "side": 6, "drop": 0.02})),
    hands=_arms((1, "salsa_in", "salsa_out"), (2, "salsa_out", "salsa_in"), (3, "salsa_in", "salsa_out"),
                (5, "salsa_out", "salsa_in"), (6, "salsa_in", "salsa_out"), (7, "salsa_out", "salsa_in"), snap=0.0),
)  # fmt: skip

SALSA_SIDE = Step(
    "salsa side", 8,
    feet=(Foot(1, L, (W + 0.28, 0), yaw=18, lift=0.05), Foot(2, R, (-W, 0), swing=0.6, lift=0.03),
          Foot(3, L, (W, 0), lift=0.05), Foot(5, R, (-W - 0.28, 0), yaw=18, lift=0.05),
          Foot(6, L, (W, 0), swing=0.6, lift=0.03), Foot(7, R, (-W, 0), lift=0.05)),
    body=(Body(1, {"weight": 0.35, "sway": 0.03, "tilt": 5, "twist": 10, "side": -8, "drop": 0.06}),
          Body(2, {"weight": -0.6, "sway": -0.05, "tilt": -9, "twist": -4, "side": 4, "drop": 0.03}),
          Body(3, {"weight": 0.6, "sway": 0.05, "tilt": 9, "twist": 0, "side": -4, "drop": 0.03}),
          Body(4, {"weight": 0.7, "sway": 0.06, "tilt": 10, "side": -5, "drop": 0.02}),
          Body(5, {"weight": -0.35, "sway": -0.03, "tilt": -5, "twist": -10, "side": 8, "drop": 0.06}),
          Body(6, {"weight": 0.6, "sway": 0.05, "tilt": 9, "twist": 4, "side": -4, "drop": 0.03}),
          Body(7, {"weight": -0.6, "sway": -0.05, "tilt": -9, "twist": 0, "side": 4, "drop": 0.03}),
          Body(8, {"weight": -0.7, "sway": -0.06, "tilt": -10, "side": 5, "drop": 0.02})),
    hands=(Hand(1, L, "side", 0.1), Hand(1, R, "salsa_in", 0.1), Hand(2.6, L, "salsa_in", 0.1),
           Hand(5, R, "side", 0.1), Hand(5, L, "salsa_in", 0.1), Hand(6.6, R, "salsa_in", 0.1),
           Hand(8, L, "salsa_out", 0.0)),
)  # fmt: skip

SALSA_TURN = Step(
    "salsa spot turn", 8, turn=-360,
    feet=(Foot(1, L, (-0.10, 0.22), yaw=-40, lift=0.05), Foot(1.9, L, (0, 0), yaw=-180, way="pivot", swing=0.7),
          Foot(1.9, R, (0, 0), yaw=190, way="pivot", swing=0.7),
          Foot(3, L, (W, 0.0), yaw=-348, lift=0.05, swing=0.8), Foot(3, R, (0, 0), yaw=372, way="pivot", swing=0.8),
          Foot(5, R, (-0.10, -0.25), yaw=378, lift=0.05), Foot(6, L, (W, 0), yaw=-348, swing=0.6, lift=0.03),
          Foot(7, R, (-W, 0), yaw=372, lift=0.05)),
    body=(Body(0.9, {"yaw": -30, "weight": 0.4, "drop": 0.03}),
          Body(1.9, {"yaw": -185, "weight": -0.7, "drop": 0.01}),
          Body(3, {"yaw": -355, "weight": 0.2, "drop": 0.03}),
          Body(4, {"yaw": -360, "weight": 0.6, "sway": 0.05, "tilt": 9, "side": -5}),
          Body(5, {"weight": -0.5, "sway": -0.04, "tilt": -7, "side": 5, "twist": 12}),
          Body(6, {"weight": 0.6, "sway": 0.05, "tilt": 9, "side": -5, "twist": -8}),
          Body(7, {"weight": -0.6, "sway": -0.05, "tilt": -9, "side": 5, "twist": 6}),
          Body(8, {"yaw": -360, "weight": -0.7, "sway": -0.06, "tilt": -10, "side": 6, "twist": 3})),
    hands=_arms((0.8, "chest", "chest"), (2.6, "chest", "chest"), (4, "side", "salsa_out"),
                (5.4, "salsa_in", "salsa_out"),
                (6, "salsa_in", "salsa_out"), (7, "salsa_out", "salsa_in"), snap=0.1),
)  # fmt: skip
