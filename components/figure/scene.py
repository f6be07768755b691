"""Photos and clips of figures, with everything that is true of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from components.core import Motion, Progress, Report, silent
from components.figure.camera import Camera, frame_figure
from components.figure.look import Look
from components.figure.render import Figure, PosedFigure, Rendered, render_frame
from components.figure.room import ROOMS, Room
from components.figure.skeleton import JOINT
from components.figure.stance import STANCES, Stance, stand
from components.figure.truth import FrameTruth, Truth, frame_truth, gather

Float64 = npt.NDArray[np.float64]
UInt8 = npt.NDArray[np.uint8]

SOLE = 0.02
"""Metres that heel and toe joints lie above the sole."""


def _room(room: Room | str) -> Room:
    return ROOMS[room] if isinstance(room, str) else room


def draw_photo(
    looks: Look | str | Sequence[Look | str],
    pose: Stance | str | Sequence[Stance | str] = "standing",
    size: tuple[int, int] = (720, 1280),
    *,
    room: Room | str = "studio",
    camera: Camera | None = None,
    apart: float = 0.75,
    face: Sequence[float] | dict[str, float] | None = None,
    threads: int = 2,
) -> tuple[UInt8, Truth]:
    """A still picture of one or more figures side by side.

    Args:
        looks: one look or several, from left to right; names of LOOKS or Looks.
        pose: one stance for all or one each; names of STANCES or Stances.
        size: px width, height.
        room: name of ROOMS or a Room.
        camera: default: everybody from head to foot.
        apart: metres between neighbours.
        face: expression coefficients of everybody.
        threads: the picture does not depend on it.

    Returns:
        (H, W, 3) uint8 sRGB, and a Truth of one frame with mattes.
    """
    who = [looks] if isinstance(looks, (Look, str)) else list(looks)
    how = [pose] * len(who) if isinstance(pose, (Stance, str)) else list(pose)
    posed = []
    for k, (look, stance) in enumerate(zip(who, how, strict=True)):
        joints = stand(stance) + np.array([(k - (len(who) - 1) / 2) * apart, 0.0, 0.0])
        curl = (STANCES[stance] if isinstance(stance, str) else stance).curl
        posed.append(Figure(look).pose(joints, face=face, curl=curl))
    view = camera or frame_people(np.stack([p.joints for p in posed])[:, None], size)
    drawn = render_frame(posed, _room(room), view, size, threads=threads)
    truths = [frame_truth(p, k, view, drawn) for k, p in enumerate(posed)]
    contacts = np.ones((len(posed), 1, 2), np.bool_)
    return drawn.rgb, gather([truths], contacts, size, 0.0, view, drawn.matte[:, None])


def frame_people(joints: npt.NDArray[np.floating], size: tuple[int, int], *, fill: float = 0.80) -> Camera:
    """A still camera that keeps all of some motions in the picture.

    Args:
        joints: (N, T, 33, 3) metres.
        size: px width, height.
        fill: greatest share of the picture's height and width that the people take.
    """
    w, h = size
    points = joints.reshape(-1, 3)
    points = points[np.isfinite(points).all(1)]
    low, high = np.quantile(points, 0.002, axis=0), np.quantile(points, 0.998, axis=0)
    tall = max(float(high[1]) + 0.16, 1.70)
    wide = float(high[0] - low[0]) + 0.30
    middle = float(high[0] + low[0]) / 2
    front = float(high[2])
    distance = max(4.2, 1.35 * wide) + max(front, 0.0)
    near = distance - front
    focal = min(fill * h * near / tall, 0.92 * w * near / wide)
    eye = 1.10
    # The feet of whoever stands in front are seen lowest.
    below = focal * eye / near
    bottom = min(0.93 * h, h / 2 + (focal * tall / near) / 2 + 0.03 * h)
    return Camera((middle, eye, distance), focal, ((w - 1) / 2, bottom - below))


def resample(motion: Motion, fps: Fraction, frames: int) -> tuple[Float64, npt.NDArray[np.bool_]]:
    """Joints (T, 33, 3) and contacts (T, 2) of a motion at another frame rate; the last pose is held at the end."""
    at = np.arange(frames) * float(motion.fps) / float(fps)
    at = np.minimum(at, motion.frames - 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, motion.frames - 1)
    share = (at - low)[:, None, None]
    joints = motion.joints[low] * (1 - share) + motion.joints[high] * share
    return joints.astype(np.float64), motion.contacts[np.round(at).astype(int)]


def idle_face(frames: int, fps: float, seed: int, *, smile: float = 0.3) -> npt.NDArray[np.float32]:
    """Coefficients (T, 10) of a face that is at ease: it blinks every few seconds, and its smile comes and goes."""
    random = np.random.default_rng(seed)
    t = np.arange(frames) / fps
    out = np.zeros((frames, 10), np.float32)
    mood = np.sin(2 * np.pi * (t / random.uniform(4, 6) + random.uniform())) * 0.5 + 0.5
    out[:, 2] = out[:, 3] = smile * (0.55 + 0.65 * mood)
    out[:, 6] = out[:, 7] = 0.25 * np.clip(mood - 0.5, 0, 1)
    at = random.uniform(0.6, 2.0)
    while at < frames / fps:
        out[:, 4] = np.maximum(out[:, 4], np.clip(1.35 - np.abs(t - at) / 0.075, 0, 1))
        at += random.uniform(1.8, 4.0)
    out[:, 5] = out[:, 4]
    return out


def draw_clip(
    path: Path | str,
    looks: Look | str | Sequence[Look | str],
    motions: Motion | Sequence[Motion],
    *,
    size: tuple[int, int] = (480, 854),
    fps: Fraction | int = 25,
    seconds: float | None = None,
    sound: tuple[npt.NDArray[np.float32], int] | None = None,
    room: Room | str = "loft",
    camera: Camera | None = None,
    faces: npt.NDArray[np.floating] | None = None,
    heads: npt.NDArray[np.floating] | None = None,
    present: npt.NDArray[np.bool_] | None = None,
    mattes: bool = False,
    threads: int = 2,
    crf: int = 17,
    report: Report = silent,
) -> Truth:
    """Write a video of figures that dance.

    Args:
        path: of the .mp4; an existing one is replaced.
        looks: of each figure.
        motions: of each figure, in one space: where they are is where they dance.
        size: px width, height, even.
        fps: frames a second.
        seconds: length; default: that of the longest motion.
        sound: samples (S,) or (S, 2) float32, and samples a second; None: no sound.
        room: name of ROOMS or a Room.
        camera: default: everybody in the picture all the time.
        faces: (N, T, 10) coefficients; default: faces at ease.
        heads: (N, T, 3) further degrees yaw, pitch, roll of the heads.
        present: (N, T): who is there; default: everybody.
        mattes: keep the mattes in the Truth.
        threads: frames drawn at once; the video does not depend on it.
        crf: quality of the video.
        report: receives progress.

    Raises:
        TroupeError: output_unwritable, disk_full; cancelled (by `report`).
    """
    from components.media import VideoWriter, join, write_sound

    who = [looks] if isinstance(looks, (Look, str)) else list(looks)
    dances = [motions] if isinstance(motions, Motion) else list(motions)
    rate = Fraction(fps)
    length = seconds or max(m.frames / float(m.fps) for m in dances)
    frames = max(1, round(length * float(rate)))
    tracks = [resample(m, rate, frames) for m in dances]
    joints = np.stack([t[0] for t in tracks])
    contacts = np.stack([t[1] for t in tracks])
    here = np.ones((len(who), frames), np.bool_) if present is None else present
    if faces is None:
        faces = np.stack([idle_face(frames, float(rate), 100 + k) for k in range(len(who))])
    view = camera or frame_people(np.where(here[..., None, None], joints, np.nan), size)
    space = _room(room)
    figures = [Figure(look) for look in who]

    def draw(t: int) -> tuple[Rendered, list[FrameTruth]]:
        posed = [
            f.pose(joints[k, t], face=faces[k, t], head=tuple(heads[k, t]) if heads is not None else (0.0, 0.0, 0.0))
            for k, f in enumerate(figures)
        ]
        on = [k for k in range(len(posed)) if here[k, t]]
        drawn = render_frame([posed[k] for k in on], space, view, size)
        truths = [
            frame_truth(p, on.index(k) if k in on else -1, view, drawn if k in on else None)
            for k, p in enumerate(posed)
        ]
        if mattes:
            full = np.zeros((len(posed), *drawn.figure.shape), np.uint8)
            full[on] = drawn.matte
            drawn = Rendered(drawn.rgb, full, drawn.depth, drawn.figure)
        return drawn, truths

    truths: list[list[FrameTruth]] = []
    kept: list[UInt8] = []
    with TemporaryDirectory() as folder:
        silent_file = Path(folder) / "video.mp4"
        with VideoWriter(silent_file, *size, rate, crf=crf) as writer, ThreadPoolExecutor(threads) as pool:
            for t, (drawn, truth) in enumerate(_in_order(pool, draw, frames, 2 * threads)):
                writer.write(drawn.rgb)
                truths.append(truth)
                if mattes:
                    kept.append(drawn.matte)
                report(Progress("draw", t + 1, frames))
        heard = write_sound(Path(folder) / "sound.wav", sound[0], sound[1]) if sound is not None else None
        join([silent_file], heard, Path(path), duration=float(frames / rate), overwrite=True)
    return gather(truths, contacts & here[..., None], size, float(rate), view, np.stack(kept, 1) if mattes else None)


def _in_order(
    pool: ThreadPoolExecutor, draw: object, frames: int, ahead: int
) -> Iterator[tuple[Rendered, list[FrameTruth]]]:
    """Results for 0..frames-1 in order, never more than `ahead` of them in memory."""
    waiting: deque[Future[tuple[Rendered, list[FrameTruth]]]] = deque()
    done = 0
    try:
        for t in range(frames):
            waiting.append(pool.submit(draw, t))  # type: ignore[arg-type]
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
                done += 1
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def place(motion: Motion, x: float = 0.0, z: float = 0.0, yaw: float = 0.0) -> Motion:
    """The motion moved on the floor (metres) and turned (degrees, the chest to the picture's right)."""
    from components.figure.skeleton import turn

    joints = motion.joints.astype(np.float64) @ turn(yaw, 1).T + np.array([x, 0.0, z])
    return Motion(joints.astype(np.float32), motion.contacts, motion.beats, motion.fps)


def still_motion(pose: Stance | str | Float64 = "standing", seconds: float = 1.0, fps: int = 25) -> Motion:
    """A motion that holds one pose."""
    joints = pose if isinstance(pose, np.ndarray) else stand(pose)
    t = max(1, round(seconds * fps))
    return Motion(
        np.repeat(joints[None].astype(np.float32), t, 0),
        np.ones((t, 2), np.bool_),
        np.zeros(0, np.float32),
        Fraction(fps),
    )


__all__ = [
    "JOINT", "PosedFigure", "draw_clip", "draw_photo", "frame_figure", "frame_people", "idle_face", "place", "resample",
    "still_motion",
]  # fmt: skip
