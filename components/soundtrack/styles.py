"""What the band plays: patterns of sixteenth notes, four to a beat, as text.

Drums: `X` accented, `x` plain, `o` soft, `.` nothing. Bass: a digit is a step of the scale above the chord's root (0
root, 4 fifth, 7 octave), `-` holds it. Chords: `x` strikes, `-` holds. Melody: a digit picks a tone of the chord, an
octave higher. A pattern may be one or two bars long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MINOR_7, MAJOR_7, MINOR_9, MAJOR, MINOR, DOMINANT = (
    (0, 3, 7, 10), (0, 4, 7, 11), (0, 3, 10, 14), (0, 4, 7, 12), (0, 3, 7, 12), (0, 4, 7, 10),
)  # fmt: skip


@dataclass(frozen=True)
class Style:
    """A way to play.

    Attributes:
        drums: instrument -> (pattern, level, pan -1..1).
        bass: pattern, level; `bass_voice` is bass or sub.
        chords: pattern, level; `chord_voice` is keys, stab, piano or guitar.
        melody: pattern, level; `melody_voice` as above or pluck.
        pad: level of held strings.
        harmony: (MIDI note of the root, chord tones above it), one a bar.
        swing: how late every second sixteenth is, in sixteenths.
        duck: how far the kick pushes the rest down, 0..1.
    """

    drums: Mapping[str, tuple[str, float, float]]
    bass: tuple[str, float]
    chords: tuple[str, float]
    melody: tuple[str, float]
    pad: float
    harmony: tuple[tuple[int, tuple[int, ...]], ...]
    bass_voice: str = "bass"
    chord_voice: str = "keys"
    melody_voice: str = "pluck"
    swing: float = 0.0
    duck: float = 0.25


STYLES: Mapping[str, Style] = {
    "house": Style(
        drums={
            "kick": ("X...X...X...X...", 1.0, 0.0),
            "clap": ("....X.......X...", 0.55, 0.0),
            "open_hat": ("..x...x...x...x.", 0.34, 0.15),
            "closed_hat": ("o.o.o.oxo.o.o.ox", 0.22, -0.2),
            "shaker": ("xoxoxoxoxoxoxoxo", 0.10, 0.4),
        },
        bass=("..0..0-.0-..0.7.", 0.62),
        chords=("x--x--..x--...x-", 0.34),
        melody=("....2..1..3.......2...1.....0...", 0.22),
        pad=0.20,
        harmony=((57, MINOR_7), (53, MAJOR_7), (60, MAJOR), (55, DOMINANT)),
        chord_voice="stab",
        swing=0.12,
        duck=0.55,
    ),
    "hiphop": Style(
        drums={
            "kick": ("X......x..X.....X..x......X..x..", 1.0, 0.0),
            "snare": ("....X.......X...", 0.72, 0.0),
            "clap": ("....x.......x...", 0.30, 0.1),
            "closed_hat": ("x.o.x.o.x.o.x.oo", 0.30, -0.15),
            "open_hat": ("..............x.................", 0.22, 0.2),
            "shaker": ("o.x.o.x.o.x.o.x.", 0.09, 0.4),
        },
        bass=("0-----.0..4-..7.0--0------4-..2-", 0.66),
        chords=("x-----..........", 0.42),
        melody=("..2.3...1...2.....3.2...0.......", 0.26),
        pad=0.14,
        harmony=((50, MINOR_9), (46, MAJOR_7), (55, MINOR_7), (57, MINOR_7)),
        bass_voice="sub",
        swing=0.26,
        duck=0.3,
    ),
    "disco": Style(
        drums={
            "kick": ("X...X...X...X...", 0.95, 0.0),
            "snare": ("....X.......X..o", 0.55, 0.05),
            "clap": ("....x.......x...", 0.30, -0.1),
            "open_hat": ("..X...X...X...X.", 0.34, 0.15),
            "closed_hat": ("x.o.x.o.x.o.x.oo", 0.20, 0.15),
            "cowbell": ("x...x...x...x.x.", 0.08, -0.35),
        },
        bass=("0.7.0.7.0.7.0.74", 0.60),
        chords=("..x.xx..x.x.xx.x", 0.30),
        melody=("3...2...3.2.1...2...1...2.1.0...", 0.18),
        pad=0.30,
        harmony=((57, MINOR_7), (50, MINOR_7), (55, DOMINANT), (60, MAJOR_7)),
        chord_voice="guitar",
        melody_voice="stab",
        duck=0.3,
    ),
    "salsa": Style(
        drums={
            "clave": ("x.....x.....x.......x...x.......", 0.45, -0.35),
            "conga_slap": ("....X.......o...", 0.55, 0.25),
            "conga_low": ("............x.x.", 0.60, 0.3),
            "conga_high": ("o.o...o.o.o.....", 0.20, 0.2),
            "cowbell": ("X...x...X...x...", 0.24, 0.1),
            "shaker": ("x.o.x.o.x.o.x.o.", 0.22, -0.3),
            "kick": ("X...............", 0.45, 0.0),
        },
        bass=("0-....4-----7---......4-----7---", 0.68),
        chords=("x.x...x...x...x...x...x...x...x.", 0.40),
        melody=("................", 0.0),
        pad=0.0,
        harmony=((57, MINOR), (57, MINOR), (52, DOMINANT), (52, DOMINANT)),
        chord_voice="piano",
        duck=0.0,
    ),
    "funk": Style(
        drums={
            "kick": ("X..x..x...x..x..", 1.0, 0.0),
            "snare": ("....X..o.o..X..o", 0.66, 0.0),
            "closed_hat": ("xoxoxoxoxoxoxo.o", 0.24, -0.2),
            "open_hat": ("..............x.", 0.28, 0.2),
            "cowbell": ("x...x...x...x...", 0.07, 0.35),
        },
        bass=("0..0..7.0.6.4.6.0..0..7...4.2.6.", 0.64),
        chords=("..xx..x..x..x.x.", 0.34),
        melody=("......................2.3.2.1...", 0.24),
        pad=0.10,
        harmony=((52, DOMINANT), (52, DOMINANT), (57, DOMINANT), (52, DOMINANT)),
        chord_voice="guitar",
        melody_voice="keys",
        swing=0.1,
        duck=0.15,
    ),
    "synthwave": Style(
        drums={
            "kick": ("X.......X.x.....", 1.0, 0.0),
            "snare": ("....X.......X...", 0.85, 0.0),
            "closed_hat": ("x.x.x.x.x.x.x.xx", 0.20, 0.2),
            "open_hat": ("..............x.", 0.20, -0.2),
        },
        bass=("0.0.0.0.0.0.0.7.", 0.58),
        chords=("x---------------", 0.16),
        melody=("0.2.3.2.1.2.3.2.", 0.24),
        pad=0.34,
        harmony=((57, MINOR), (53, MAJOR), (48, MAJOR), (55, MAJOR)),
        chord_voice="stab",
        duck=0.4,
    ),
}


def style_for(tempo: float) -> str:
    """The style that suits a tempo best, for dances that ask for none."""
    for limit, name in ((101.0, "hiphop"), (109.0, "funk"), (116.0, "synthwave"), (121.0, "disco"), (150.0, "house")):
        if tempo < limit:
            return name
    return "salsa"
