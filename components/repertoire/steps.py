"""The vocabulary: steps that dancers have names for."""

from __future__ import annotations

from components.repertoire.score import Body, Foot, Hand, Step

L, R, BOTH = 0, 1, 2
W = 0.13
"""m from the middle to a foot in a plain stance."""

GROOVE = Step(
    "groove", 4, bounce=0.05,
    body=(
        Body(0, {"weight": 0.5, "sway": 0.03, "side": -6, "twist": 6}),
        Body(1, {"weight": -0.5, "sway": -0.03, "side": 6, "twist": -6, "nod": 6}),
        Body(2, {"weight": 0.55, "sway": 0.04, "side": -7, "twist": 8, "nod": 0}),
        Body(3, {"weight": -0.55, "sway": -0.04, "side": 7, "twist": -8, "nod": 6}),
    ),
    hands=(Hand(0, L, "swing_front"), Hand(0, R, "swing_back"), Hand(1, L, "swing_back"), Hand(1, R, "swing_front"),
           Hand(2, L, "guard"), Hand(2, R, "swing_back"), Hand(3, L, "swing_back"), Hand(3, R, "guard")),
)  # fmt: skip

SIDE_TOUCH = Step(
    "side touch", 4, bounce=0.045,
    feet=(Foot(0.9, L, (W + 0.30, 0)), Foot(1.9, R, (W + 0.10, 0.02), way="tap"),
          Foot(2.9, R, (-W, 0)), Foot(3.9, L, (W - 0.22, 0.02), way="tap")),
    body=(Body(1, {"twist": 12, "side": -5}), Body(2, {"twist": 4, "side": 4}), Body(3, {"twist": -12, "side": 5}),
          Body(4, {"twist": -4, "side": -4})),
    hands=(Hand(1, BOTH, "wide_low"), Hand(2, BOTH, "guard", 0.6), Hand(3, BOTH, "wide_low"),
           Hand(4, BOTH, "guard", 0.6)),
)  # fmt: skip

HOME = Step(
    "home", 2, bounce=0.04,
    feet=(Foot(0.9, L, (W, 0)), Foot(1.9, R, (-W, 0))),
)  # fmt: skip

STEP_TURN = Step(
    "three-step turn", 4, bounce=0.03, travel=(0.9, 0.0), turn=360,
    feet=(Foot(1, L, (0.42, 0.0), yaw=100), Foot(2, R, (0.72, 0.02), yaw=-190),
          Foot(3, L, (1.05, 0.0), yaw=372), Foot(4, R, (0.9 - W, 0.0), yaw=-348, way="step")),
    body=(Body(0, {"yaw": -8}), Body(1, {"yaw": 80}), Body(2, {"yaw": 205}), Body(3, {"yaw": 350}),
          Body(4, {"yaw": 360})),
    hands=(Hand(0.2, BOTH, "wide_low"), Hand(1, BOTH, "chest"), Hand(2.6, BOTH, "chest"), Hand(4, BOTH, "wide_low")),
)  # fmt: skip
