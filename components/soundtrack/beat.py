"""A dance beat in a given style, exactly on given beats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from components.core import Float32, TroupeError
from components.soundtrack import instruments as play
from components.soundtrack.master import master, room
from components.soundtrack.styles import STYLES, Style

_STEPS = 4
"""Sixteenths of a beat (which is a quarter)."""
_SCALE = {3: (0, 2, 3, 5, 7, 8, 10, 12), 4: (0, 2, 4, 5, 7, 9, 10, 12)}
"""Semitones of the scale's steps above the root, by the chord's third."""
_LEVEL = {"X": 1.0, "x": 0.8, "o": 0.42}

_DRUMS: dict[str, Callable[[int], Float32]] = {
    "kick": play.kick,
    "snare": play.snare,
    "clap": play.clap,
    "closed_hat": partial(play.hat, decay=0.028),
    "open_hat": partial(play.hat, decay=0.11),
    "shaker": play.shaker,
    "conga_low": partial(play.conga, note=55),
    "conga_high": partial(play.conga, note=62),
    "conga_slap": partial(play.conga, note=64, slap=True),
    "cowbell": play.cowbell,
    "clave": play.clave,
}
_VOICES: dict[str, Callable[[int, float, float], Float32]] = {
    "bass": play.bass,
    "sub": play.sub,
    "keys": play.keys,
    "stab": play.stab,
    "pluck": play.pluck,
    "piano": play.piano,
    "guitar": play.guitar,
    "pad": play.pad,
}


def render(
    style: str,
    tempo: float,
    beats: Float32 | Sequence[float],
    downbeats: Float32 | Sequence[float],
    seconds: float,
    rate: int = 44100,
    seed: int = 0,
) -> Float32:
    """Synthesise a beat.

    Args:
        style: a key of STYLES.
        tempo: beats a minute; used before the first and after the last given beat.
        beats: (B,) s, rising: where the beats fall.
        downbeats: (D,) s: which of them begin a bar; empty: every fourth from the first.
        seconds: length of the result.
        rate: samples a second.
        seed: of what is random (the room and small differences in touch).

    Returns:
        (round(seconds * rate), 2) float32 in -1..1, about -14 LUFS, faded out at its end.

    Raises:
        TroupeError: invalid_setting: an unknown style.
    """
    if style not in STYLES:
        raise TroupeError(
            "invalid_setting", f"There is no music in the style {style!r}; choose {', '.join(STYLES)}.", style=style
        )
    grid = Grid(tempo, np.asarray(beats, dtype=np.float64), np.asarray(downbeats, dtype=np.float64), seconds)
    band = _Band(STYLES[style], grid, round(seconds * rate), rate, seed)
    return band.mix()


class Grid:
    """Where every sixteenth of the music falls.

    Args:
        tempo, beats, downbeats, seconds: as in `render`.

    Attributes:
        times: (B,) s of the beats, continued at the tempo over the whole length.
        bar: (B,) bar of each beat.
        place: (B,) beat of its bar, 0..3.
    """

    def __init__(self, tempo: float, beats: Float32, downbeats: Float32, seconds: float) -> None:
        period = 60.0 / tempo if tempo > 0 else 0.5
        given = beats if len(beats) else np.zeros(1)
        before = given[0] - period * np.arange(int(np.ceil(given[0] / period - 1e-6)), 0, -1)
        after = given[-1] + period * np.arange(1, max(0, int(np.ceil((seconds - given[-1]) / period))) + 2)
        self.times = np.concatenate([before[before >= -1e-6], given, after])
        first = len(before[before >= -1e-6])
        starts = {int(np.argmin(np.abs(self.times - d))) for d in downbeats} or {first}
        place = -min(starts) % 4
        bar = 0
        self.place = np.zeros(len(self.times), dtype=np.int64)
        self.bar = np.zeros(len(self.times), dtype=np.int64)
        for i in range(len(self.times)):
            if i and (i in starts or place == 4):
                place, bar = 0, bar + 1
            self.place[i], self.bar[i] = min(place, 3), bar
            place += 1

    def at(self, beat: int, step: float) -> float:
        """Second of a step (0..4, may be a fraction) after a beat."""
        i = min(beat, len(self.times) - 2)
        period = self.times[i + 1] - self.times[i]
        return float(self.times[beat] + step / _STEPS * period)


class _Band:
    """Everyone who plays, and the desk that they are mixed on."""

    def __init__(self, style: Style, grid: Grid, samples: int, rate: int, seed: int) -> None:
        self.style, self.grid, self.rate, self.seed = style, grid, rate, seed
        self.samples = samples
        self.touch = np.random.default_rng(seed)
        self.notes: dict[tuple[str, float, float], Float32] = {}

    def mix(self) -> Float32:
        """All instruments together, mastered."""
        style = self.style
        dry, wet, kick = self._bus(2), self._bus(2), self._bus(1)
        for name, (pattern, level, pan) in style.drums.items():
            self._drum(name, pattern, level, pan, kick if name == "kick" else dry, wet)
        tuned = self._bus(2)
        self._tune(style.bass_voice, style.bass[0], 0.62 * style.bass[1], 0.0, tuned, self._bass_notes)
        self._tune(style.chord_voice, style.chords[0], 1.9 * style.chords[1], -0.18, tuned, self._chord_notes)
        self._tune(style.melody_voice, style.melody[0], 1.9 * style.melody[1], 0.25, tuned, self._melody_notes)
        if style.pad:
            self._tune("pad", "x---------------", 1.8 * style.pad, 0.1, tuned, self._chord_notes)
        wet += 0.35 * tuned
        tuned *= self._ducking(style.duck)[:, None]
        out = 1.15 * dry + tuned + 0.66 * kick + 0.22 * room(wet, self.rate, 1.1, self.seed)
        return master(out, self.rate)

    def _bus(self, channels: int) -> Float32:
        return np.zeros((self.samples, channels), dtype=np.float32)

    def _steps(self, pattern: str) -> list[tuple[int, float, str, int]]:
        """(bar, second, sign, steps until the sign's note ends) of every sign that sounds."""
        out = []
        bars = len(pattern) // 16
        for i in range(len(self.grid.times)):
            offset = 16 * (int(self.grid.bar[i]) % bars) + _STEPS * int(self.grid.place[i])
            for step in range(_STEPS):
                sign = pattern[offset + step]
                if sign in ".-":
                    continue
                length = 1
                while length < 16 and pattern[(offset + step + length) % len(pattern)] == "-":
                    length += 1
                late = self.style.swing if step % 2 else 0.0
                out.append((int(self.grid.bar[i]), self.grid.at(i, step + late), sign, length))
        return out

    def _drum(self, name: str, pattern: str, level: float, pan: float, bus: Float32, wet: Float32) -> None:
        sound = _DRUMS[name](self.rate)
        for _, second, sign, _ in self._steps(pattern):
            gain = level * _LEVEL[sign] * (1 + 0.06 * float(self.touch.standard_normal()) * (name != "kick"))
            self._add(bus, sound, second, gain, pan)
            if name in ("snare", "clap", "cowbell", "clave", "conga_slap", "conga_low"):
                self._add(wet, sound, second, 0.6 * gain, pan)

    def _tune(
        self,
        voice: str,
        pattern: str,
        level: float,
        pan: float,
        bus: Float32,
        notes: Callable[[str, int], Sequence[float]],
    ) -> None:
        if level == 0:
            return
        step = float(np.median(np.diff(self.grid.times))) / _STEPS
        for bar, second, sign, length in self._steps(pattern):
            pitches = notes(sign, bar)
            for k, note in enumerate(pitches):
                seconds = round(length * step * 0.95, 3)
                key = (voice, note, seconds)
                if key not in self.notes:
                    self.notes[key] = _VOICES[voice](self.rate, note, seconds)
                spread = 0.35 * (k / (len(pitches) - 1) - 0.5) if len(pitches) > 1 else 0.0
                self._add(bus, self.notes[key], second, level / len(pitches) ** 0.5, pan + spread)

    def _chord(self, bar: int) -> tuple[int, tuple[int, ...]]:
        return self.style.harmony[bar % len(self.style.harmony)]

    def _bass_notes(self, sign: str, bar: int) -> Sequence[float]:
        root, tones = self._chord(bar)
        low = root - 12 * ((root - 28) // 12)
        return (low + _SCALE[tones[1]][int(sign)],)

    def _chord_notes(self, sign: str, bar: int) -> Sequence[float]:
        root, tones = self._chord(bar)
        low = root if root >= 52 else root + 12
        # Close position: tones above the octave of A come down, so that chords follow each other without leaps.
        return tuple(n - 12 if n > 69 else n for n in (low + t for t in tones))

    def _melody_notes(self, sign: str, bar: int) -> Sequence[float]:
        return (sorted(self._chord_notes("x", bar))[int(sign) % 4] + 12,)

    def _ducking(self, depth: float) -> Float32:
        """How loud the tuned instruments are while the kick sounds."""
        gain = np.ones(self.samples, dtype=np.float32)
        if depth == 0 or "kick" not in self.style.drums:
            return gain
        t = np.arange(int(0.28 * self.rate), dtype=np.float32) / self.rate
        dip = (1 - depth * np.minimum(1, t / 0.006) * np.exp(-np.maximum(t - 0.03, 0) / 0.09)).astype(np.float32)
        dip[-1000:] = 1 - (1 - dip[-1000:]) * np.linspace(1, 0, 1000, dtype=np.float32)
        for _, second, _, _ in self._steps(self.style.drums["kick"][0]):
            start = int(second * self.rate)
            n = min(len(dip), self.samples - start)
            if n > 0:
                np.minimum(gain[start : start + n], dip[:n], out=gain[start : start + n])
        return gain

    def _add(self, bus: Float32, sound: Float32, second: float, gain: float, pan: float) -> None:
        start = round(second * self.rate)
        n = min(len(sound), self.samples - start)
        if start < 0 or n <= 0:
            return
        if bus.shape[1] == 1:
            bus[start : start + n, 0] += np.float32(gain) * sound[:n]
            return
        angle = (max(-1.0, min(1.0, pan)) + 1) * np.pi / 4
        bus[start : start + n, 0] += np.float32(gain * 1.4142 * np.cos(angle)) * sound[:n]
        bus[start : start + n, 1] += np.float32(gain * 1.4142 * np.sin(angle)) * sound[:n]
