"""The built-in choreographies: which steps, in which order, at which tempo."""

from __future__ import annotations

from components.repertoire import steps as s
from components.repertoire.score import Score, mirrored

SCORES: tuple[Score, ...] = (
    Score(
        "groove", "Hip-hop groove", "hiphop", 96,
        (
            s.GROOVE, s.SIDE_TOUCH, s.KICK_BALL_CHANGE, s.STANCE_CROSSED,
            s.BODY_ROLL, s.HIP_BUMPS, s.PIVOT_TURN,
            s.RUNNING_MAN, s.STEP_CLAP, s.ANGLE, mirrored(s.ANGLE),
        ),
    ),
    Score(
        "disco", "Saturday disco", "disco", 116,
        (
            s.DISCO_POINT, mirrored(s.DISCO_POINT), s.GRAPEVINE, mirrored(s.GRAPEVINE),
            s.HAND_ROLL, s.HIP_BUMPS, s.STEP_TURN, mirrored(s.STEP_TURN),
            s.LUNGE, mirrored(s.LUNGE), s.STRUT, s.STEP_CLAP,
        ),
    ),
    Score(
        "salsa", "Salsa on one", "salsa", 180,
        (
            s.SALSA_BASIC, s.SALSA_SIDE, s.SALSA_BASIC, s.SALSA_TURN,
            s.SALSA_SIDE, s.SALSA_BASIC, s.SALSA_TURN, s.SALSA_SIDE,
        ),
    ),
    Score(
        "house", "House footwork", "house", 122,
        (
            s.RUNNING_MAN, s.RUNNING_MAN, s.STEP_CLAP, s.JAZZ_SQUARE, s.SWIVEL,
            s.SIDE_TOUCH, mirrored(s.KICK_BALL_CHANGE), s.REACH, s.STEP_TURN, mirrored(s.STEP_TURN),
            s.DROP, mirrored(s.JAZZ_SQUARE), s.REACH,
        ),
    ),
    Score(
        "pop", "Popping and poses", "funk", 104,
        (
            s.CHEST_POPS, s.ARM_WAVE, s.ANGLE, s.STANCE_CROSSED,
            mirrored(s.ARM_WAVE), s.SWIVEL, mirrored(s.ANGLE), s.CHEST_POPS,
            s.PIVOT_TURN, s.BODY_ROLL, s.HIP_BUMPS,
        ),
    ),
)  # fmt: skip
