"""Whole videos from pieces: the same bytes whatever the workers, after a kill, and never from another plan."""

from __future__ import annotations

import dataclasses
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from components.animate.puppet.stage import PuppetSettings
from components.animate.puppet.stage import run as animate
from components.compose.pieces import PIECE
from components.compose.stage import ComposeSettings
from components.compose.stage import run as compose
from components.core import (
    Clip,
    Dance,
    Ensemble,
    FaceMotions,
    LayerStack,
    MeshLayer,
    Progress,
    Report,
    Scene,
    Sound,
    StageContext,
    TroupeError,
    Uri,
    silent,
)
from components.media import decode, read_sound, write_sound
from tests import puppet_samples as samples

FRAMES = 3 * PIECE + 10
Show = tuple[Scene, LayerStack, Ensemble, Dance]


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Show:
    """Two performers before a plate, with a click every half second."""
    folder = tmp_path_factory.mktemp("show")
    cast = samples.cast(folder, samples.performer(0, -60), samples.performer(1, 60))
    moves = samples.waving(FRAMES)
    ensemble = samples.ensemble(
        samples.dance(moves - np.array([60, 0, 0], np.float32)),
        samples.dance(moves[::-1] + np.array([60, 0, 0], np.float32), 1, 40.0),
    )
    scene = samples.scene(cast, 0.5)
    stack = animate(cast, ensemble, FaceMotions(()), scene, settings=PuppetSettings(), context=StageContext(folder))
    rate = 22050
    wave = np.zeros(rate * 6, np.float32)
    for beat in range(12):
        wave[beat * rate // 2 : beat * rate // 2 + 60] = 0.9
    write_sound(folder / "clicks.wav", wave, rate)
    sound = Sound(Uri(str(folder / "clicks.wav")), rate, 1, 0.0, 6.0)
    return scene, stack, ensemble, Dance(10, 10, Fraction(30), FRAMES, None, sound, (), None)


def video(show: Show, folder: Path, workers: int = 1, report: Report = silent, quality: str = "draft") -> Clip:
    folder.mkdir(exist_ok=True)
    settings = ComposeSettings.model_validate({"quality": quality})
    return compose(*show, settings=settings, context=StageContext(folder, report, workers))


def held_until(made: Path) -> Report:
    """A report that holds this process up at each frame until a file is there, so that other processes get to work."""

    def report(_: Progress) -> None:
        for _attempt in range(50):
            if made.exists():
                return
            time.sleep(0.02)

    return report


@pytest.mark.parametrize("workers", [2, 4])
def test_workers_give_the_same_bytes(show: Show, tmp_path: Path, workers: int) -> None:
    first = video(show, tmp_path / "one")
    theirs = tmp_path / "several" / "pieces" / f"{workers - 1:05d}.mp4"
    held = held_until(theirs)
    early: list[bool] = []

    def report(progress: Progress) -> None:
        held(progress)
        early.append(theirs.exists() and not (theirs.parent / "00000.mp4").exists())

    assert video(show, tmp_path / "several", workers, report).sha256 == first.sha256
    assert any(early), "other processes drew while this one was still at its first piece"


def test_a_killed_run_gives_the_same_bytes(show: Show, tmp_path: Path) -> None:
    first = video(show, tmp_path / "one")

    def stop(progress: Progress) -> None:
        if progress.done > PIECE + 3:
            raise TroupeError("cancelled", "Stopped.")

    with pytest.raises(TroupeError, match="Stopped"):
        video(show, tmp_path / "killed", 1, stop)
    left = sorted((tmp_path / "killed" / "pieces").glob("*.mp4"))
    assert [p.name for p in left] == ["00000.mp4"], "one piece was finished, nothing half-written stays"
    seen: list[int] = []
    again = video(show, tmp_path / "killed", 1, lambda p: seen.append(p.done))
    assert seen[0] == PIECE, "finished work is not redone"
    assert again.sha256 == first.sha256
    assert not (tmp_path / "killed" / "pieces").exists()


def test_pieces_of_another_plan_are_never_used(show: Show, tmp_path: Path) -> None:
    scene, stack, ensemble, dance = show

    def stop(progress: Progress) -> None:
        if progress.done > PIECE + 3:
            raise TroupeError("cancelled", "Stopped.")

    with pytest.raises(TroupeError):
        video(show, tmp_path / "video", 1, stop)
    faded = tuple(
        MeshLayer(m.parts, m.positions, m.z, m.opacity * np.float32(0.5), m.transform)
        if isinstance(m, MeshLayer)
        else m
        for m in stack.layers
    )
    other = (scene, LayerStack(faded), ensemble, dance)
    assert video(other, tmp_path / "video").sha256 == video(other, tmp_path / "fresh").sha256


def test_the_video_is_what_browsers_play_and_sound_is_in_sync(show: Show, tmp_path: Path) -> None:
    clip = video(show, tmp_path / "v", quality="standard")
    assert (clip.frames, clip.fps, clip.width, clip.height) == (
        FRAMES,
        Fraction(30),
        samples.WIDTH // 2,
        samples.HEIGHT // 2,
    )
    with av.open(clip.uri) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        times = sorted(p.pts * p.time_base for p in container.demux(stream) if p.pts is not None)
    assert [t - times[0] for t in times] == [Fraction(i, 30) for i in range(FRAMES)]
    head = Path(clip.uri).read_bytes()[:65536]
    assert 0 <= head.find(b"moov") < (head.find(b"mdat") % 65536), "faststart: the index comes first"
    assert clip.sound is not None
    wave = np.abs(read_sound(clip.sound, rate=22050))
    for beat in (1, 3, 5):
        span = wave[int((beat / 2 - 0.1) * 22050) : int((beat / 2 + 0.1) * 22050)]
        assert abs(int(np.argmax(span > 0.3)) / 22050 - 0.1) < 1 / 60
    silent = (*show[:3], dataclasses.replace(show[3], sound=None))
    silence = video(silent, tmp_path / "silent")
    assert silence.sound is None


def test_the_encoded_picture_is_the_drawn_one(show: Show, tmp_path: Path) -> None:
    from components.compose.canvas import draw_frames
    from components.compose.timeline import timeline_of

    clip = video(show, tmp_path / "v", quality="fine")
    plan = timeline_of(*show)
    for first in (1, PIECE - 1, PIECE, FRAMES - 2):
        shown = next(iter(decode(clip, first=first, count=1))).astype(float)
        errors = [np.mean((shown - raw) ** 2) for raw in draw_frames(plan, first - 1, 3)]
        assert errors[1] < 50
        assert errors[1] < 0.5 * min(errors[0], errors[2]), "each frame is at its own time"


def test_a_worker_that_is_killed_is_a_refusal_and_its_finished_pieces_stay(show: Show, tmp_path: Path) -> None:
    parent = psutil.Process()
    pieces = tmp_path / "v" / "pieces"
    held = held_until(pieces / "00002.part.mp4")

    def kill_one(progress: Progress) -> None:
        held(progress)
        if (pieces / "00001.mp4").exists():
            for child in parent.children():
                if any("spawn_main" in part for part in child.cmdline()):
                    child.kill()

    with pytest.raises(TroupeError) as refusal:
        video(show, tmp_path / "v", 2, kill_one)
    assert refusal.value.code == "worker_died"
    assert (pieces / "00001.mp4").exists()
    assert not [c for c in parent.children() if c.status() != "zombie" and "spawn_main" in " ".join(c.cmdline())]
