"""Encoding, joining without encoding again, and sound in step with the pictures."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from components.core import Clip, Sound, TroupeError, Uri
from components.media import VideoWriter, clip_of, decode, digest, join, merge, probe, read_sound, write_sound
from tests import clip_samples, numbered_video

RATE = 44_100


def lag(heard: npt.NDArray[np.float32], truth: npt.NDArray[np.float32]) -> float:
    """Milliseconds by which `heard` comes later than `truth`, by cross-correlation."""
    n = min(len(heard), len(truth))
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(heard[:n], size) * np.conj(np.fft.rfft(truth[:n], size))
    best = int(np.argmax(np.fft.irfft(spectrum, size)))
    return (best - size if best > size // 2 else best) / RATE * 1000


def pieces(folder: Path, lengths: tuple[int, ...], fps: Fraction | int = 25) -> list[Path]:
    """Numbered frames that run on from piece to piece."""
    paths, first = [], 0
    for k, length in enumerate(lengths):
        paths.append(folder / f"piece{k}.mp4")
        with VideoWriter(paths[-1], numbered_video.WIDTH, numbered_video.HEIGHT, fps, gop=10) as writer:
            for i in range(first, first + length):
                writer.write(numbered_video.numbered(i))
        first += length
    return paths


def sound_of(path: Path, start: float, duration: float) -> Sound:
    return Sound(Uri(str(path)), RATE, 1, start, duration)


@pytest.mark.parametrize("fps", [25, Fraction(30000, 1001)])
def test_joined_pieces_are_one_run_of_frames(fps: Fraction | int, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    join(pieces(tmp_path, (20, 13, 1, 30), fps), None, out)
    clip = clip_of(out)
    assert (clip.frames, clip.fps, clip.start, clip.sound) == (64, Fraction(fps), 0.0, None)
    assert [numbered_video.number_of(f) for f in decode(clip)] == list(range(64))
    with av.open(str(out)) as container:
        stamps = sorted(p.pts for p in container.demux(container.streams.video[0]) if p.pts is not None)
    assert len(set(np.diff(stamps))) == 1


def test_joining_encodes_nothing_again(tmp_path: Path) -> None:
    parts = pieces(tmp_path, (20, 10))
    join(parts, None, tmp_path / "out.mp4")
    before = [f for p in parts for f in decode(clip_of(p))]
    after = list(decode(clip_of(tmp_path / "out.mp4")))
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_browsers_can_play_it_at_once(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.wav", numbered_video.noise(1.2), RATE)
    join(pieces(tmp_path, (30,)), sound_of(tmp_path / "a.wav", 0, 1.2), tmp_path / "out.mp4")
    data = (tmp_path / "out.mp4").read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")
    info = probe(tmp_path / "out.mp4")
    assert info.picture is not None and info.sound is not None
    assert (info.picture.codec, info.picture.pix_fmt) == ("h264", "yuv420p")
    assert (info.sound.codec, info.sound.rate, info.sound.channels) == ("aac", 48_000, 2)


@pytest.mark.parametrize(("seconds", "start"), [(4.0, 0.0), (4.0, 1.0), (1.0, 0.0)])
def test_joined_sound_is_in_sync_and_as_long_as_the_pictures(seconds: float, start: float, tmp_path: Path) -> None:
    truth = numbered_video.noise(seconds)
    write_sound(tmp_path / "a.wav", truth, RATE)
    join(pieces(tmp_path, (40, 20)), sound_of(tmp_path / "a.wav", start, seconds - start), tmp_path / "out.mp4")
    clip = clip_of(tmp_path / "out.mp4")
    assert clip.sound is not None and clip.duration == pytest.approx(2.4)
    heard = read_sound(clip.sound, rate=RATE)
    assert len(heard) == round(2.4 * RATE)
    wanted = np.zeros(len(heard), np.float32)
    rest = truth[round(start * RATE) :][: len(heard)]
    wanted[: len(rest)] = rest
    assert abs(lag(heard, wanted)) < 2
    assert np.corrcoef(heard[: len(rest)], rest)[0, 1] > 0.95
    if len(rest) < len(heard):
        assert np.abs(heard[len(rest) + 2000 :]).max() < 0.01
    info = probe(tmp_path / "out.mp4")
    assert info.picture is not None and info.sound is not None
    assert info.sound.duration == pytest.approx(info.picture.duration, abs=0.001)


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts", "mov"])
@pytest.mark.parametrize("start", [0.0, 1.0, 2.52])
def test_sound_begins_with_frame_0(ending: str, start: float, tmp_path: Path) -> None:
    truth = numbered_video.noise(4.0)
    frames = [numbered_video.numbered(i) for i in range(100)]
    whole = clip_of(numbered_video.encode(tmp_path / f"a.{ending}", frames, sound=truth))
    sound = sound_of(Path(whole.uri), whole.start + start, 1.0)
    assert abs(lag(read_sound(sound, rate=RATE), truth[round(start * RATE) :][:RATE])) < 2


def test_sound_that_begins_late_is_late(tmp_path: Path) -> None:
    clip = clip_of(clip_samples.late_sound(tmp_path))
    assert clip.sound is not None
    heard = read_sound(clip.sound, rate=RATE)
    truth = np.zeros(2 * RATE, np.float32)
    truth[round(0.4 * RATE) :] = numbered_video.noise(1.6)
    assert abs(lag(heard, truth)) < 2
    assert np.abs(heard[: round(0.35 * RATE)]).max() < 0.01


def test_a_hole_in_the_sound_moves_nothing(tmp_path: Path) -> None:
    """Half a second of damaged packets: silence there, and what comes after stays where it was."""
    truth = numbered_video.noise(4.0)
    frames = [numbered_video.numbered(i) for i in range(100)]
    path = numbered_video.encode(tmp_path / "a.mp4", frames, sound=truth)
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        found = [(bytes(p), float(p.pts * p.time_base)) for p in container.demux(stream) if p.size]
    for packet, second in found:
        if 1.5 < second < 2.0:
            at = data.find(packet)
            data[at : at + len(packet)] = b"\xff" * len(packet)
    path.write_bytes(data)
    heard = read_sound(sound_of(path, 0.0, 4.0), rate=RATE)
    after = slice(round(2.3 * RATE), round(3.3 * RATE))
    assert abs(lag(heard[after], truth[after])) < 2
    assert np.corrcoef(heard[after], truth[after])[0, 1] > 0.9
    assert np.abs(heard[round(1.6 * RATE) : round(1.9 * RATE)]).max() < 0.01


def test_sound_is_resampled_and_stereo_where_asked(tmp_path: Path) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32) * 0.5
    sound = write_sound(tmp_path / "tone.wav", np.stack([tone, 0 * tone], axis=1), RATE)
    assert (sound.channels, sound.duration) == (2, 1.0)
    both = read_sound(sound, rate=22_050, mono=False)
    assert both.shape == (22_050, 2) and np.abs(both[100:-100, 1]).max() < 1e-3
    crossings = np.count_nonzero(np.diff(np.signbit(both[:, 0])))
    assert abs(crossings - 880) <= 2
    assert np.abs(read_sound(sound)).max() == pytest.approx(0.25, abs=0.01)


def test_lossless_colours_are_exact(tmp_path: Path) -> None:
    frames = np.random.default_rng(2).integers(0, 256, (4, 51, 97, 3), np.uint8)
    with VideoWriter(tmp_path / "colour.mkv", 97, 51, 30, codec="ffv1") as writer:
        for frame in frames:
            writer.write(frame)
    assert np.array_equal(np.stack(list(decode(clip_of(tmp_path / "colour.mkv")))), frames)


def test_ready_made_planes_are_written_as_they_are(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    y = np.kron(rng.integers(30, 220, (8, 12), np.uint8), np.ones((8, 8), np.uint8))
    u, v = (np.kron(rng.integers(60, 190, (4, 6), np.uint8), np.ones((8, 8), np.uint8)) for _ in range(2))
    with VideoWriter(tmp_path / "planes.mp4", 96, 64, 30, crf=0) as writer:
        writer.write_yuv((y, u, v))
    with av.open(str(tmp_path / "planes.mp4")) as container:
        frame = next(container.decode(video=0))
        assert int(frame.colorspace) == 1 and int(frame.color_range) == 1
        planes = [np.frombuffer(p, np.uint8).reshape(p.height, p.line_size)[:, : p.width] for p in frame.planes]
    assert all(np.array_equal(a, b) for a, b in zip(planes, (y, u, v), strict=True))


def test_keyframes_lie_where_they_were_asked_for(tmp_path: Path) -> None:
    path = pieces(tmp_path, (35,))[0]
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(container.streams.video[0]) if p.size]
    assert sorted(round(float(p.pts * p.time_base) * 25) for p in packets if p.is_keyframe) == [0, 10, 20, 30]


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        join(pieces(tmp_path / name, (12, 12)), None, tmp_path / name / "out.mp4")
    assert digest(tmp_path / "a" / "out.mp4") == digest(tmp_path / "b" / "out.mp4")


def test_an_existing_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    parts = pieces(tmp_path, (5,))
    out = tmp_path / "out.mp4"
    out.write_bytes(b"mine")
    with pytest.raises(TroupeError) as refusal:
        join(parts, None, out)
    assert refusal.value.code == "output_exists" and out.read_bytes() == b"mine"
    join(parts, None, out, overwrite=True)
    assert clip_of(out).frames == 5
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.mp4", "piece0.mp4"]


def test_a_damaged_piece_leaves_nothing_behind(tmp_path: Path) -> None:
    parts = pieces(tmp_path, (5, 5))
    parts[1].write_bytes(parts[1].read_bytes()[:300])
    out = tmp_path / "out.mp4"
    out.write_bytes(b"mine")
    with pytest.raises(TroupeError) as refusal:
        join(parts, None, out, overwrite=True)
    assert refusal.value.code == "unreadable_media"
    assert out.read_bytes() == b"mine" and len(list(tmp_path.iterdir())) == 3


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    parts = pieces(tmp_path, (5,))
    (tmp_path / "file").write_bytes(b"")
    for out in (tmp_path / "absent" / "out.mp4", tmp_path / "file" / "out.mp4"):
        with pytest.raises(TroupeError) as refusal:
            join(parts, None, out)
        assert refusal.value.code == "output_unwritable"
    with pytest.raises(TroupeError) as refusal:
        VideoWriter(tmp_path / "absent" / "a.mp4", 64, 64, 25)
    assert refusal.value.code == "output_unwritable"


FILL = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from components.core import TroupeError
from components.media import VideoWriter, join, write_picture, write_sound
folder, what = Path(sys.argv[1]), sys.argv[2]
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
noise = np.random.default_rng(1).integers(0, 256, (60, 128, 128, 3), np.uint8)
try:
    if what == "join":
        join([folder / "big.mp4"], None, folder / "out.mp4")
    elif what == "writer":
        with VideoWriter(folder / "out.mkv", 128, 128, 25, codec="ffv1") as writer:
            for frame in noise:
                writer.write(frame)
    elif what == "end":
        with VideoWriter(folder / "out.mp4", 128, 128, 25, crf=5) as writer:
            for frame in noise[:5]:
                writer.write(frame)
    elif what == "picture":
        write_picture(folder / "out.png", noise[0])
    else:
        write_sound(folder / "out.wav", np.zeros(90_000, np.float32), 44_100)
except TroupeError as error:
    print(error.code, sorted(p.name for p in folder.iterdir()))
"""


@pytest.mark.parametrize("what", ["join", "writer", "end", "picture", "sound"])
def test_no_room_left(what: str, tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk: writing fails in the same way, in the middle."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] in (resource.RLIM_INFINITY, 2**63 - 1)
    if what == "join":
        noise = np.random.default_rng(1).integers(0, 256, (20, 128, 128, 3), np.uint8)
        with VideoWriter(tmp_path / "big.mp4", 128, 128, 25, crf=10) as writer:
            for frame in noise:
                writer.write(frame)
        assert (tmp_path / "big.mp4").stat().st_size > 100_000
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path), what],
        capture_output=True, text=True, check=True, env=dict(os.environ), timeout=60,
    )  # fmt: skip
    left = "['big.mp4']" if what == "join" else "[]"
    assert done.stdout.strip() == f"disk_full {left}", done.stderr


def test_pictures_and_sound_that_came_apart_are_merged(tmp_path: Path) -> None:
    truth = numbered_video.noise(2.0)
    silent = numbered_video.video(tmp_path / "silent.webm", 50, sound=False, codec="libvpx-vp9")
    write_sound(tmp_path / "a.wav", truth, RATE)
    merge(silent, tmp_path / "a.wav", tmp_path / "both.mkv")
    clip: Clip = clip_of(tmp_path / "both.mkv")
    assert clip.sound is not None
    assert [numbered_video.number_of(f) for f in decode(clip)] == list(range(50))
    assert abs(lag(read_sound(clip.sound, rate=RATE), truth)) < 2
