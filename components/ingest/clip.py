"""A file or an address becomes a checked Clip."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components import media
from components.core import Clip, Notice, Progress, Sound, StageContext, TroupeError, Uri
from components.ingest.arrival import bring, checked_file, is_address
from components.ingest.content import is_heif, is_playlist, lacks_index
from components.ingest.limits import ClipSettings
from components.ingest.url import fetch
from components.media import MediaInfo, Scan

__all__ = ["ClipSettings", "run"]

STAGE = "clip"
_SUFFIXES = {"mov": ".mp4", "matroska": ".mkv", "mpegts": ".ts", "mpeg": ".mpg"}


def run(source: str, *, settings: ClipSettings, context: StageContext) -> Clip:
    """Take in a reference: the file itself goes into the workdir, checked; nothing is encoded again.

    Args:
        source: path of a video, or http(s) address of one or of a page that shows one.
        settings: which part of it, and the limits.
        context: workdir receives the file.

    Raises:
        TroupeError: file_not_found, unreadable_media, unsupported_media, no_picture_track, clip_too_short,
            clip_too_long, clip_too_large, file_too_large, invalid_setting, url_refused, url_unreachable, url_blocked,
            disk_full, cancelled.
    """
    context.workdir.mkdir(parents=True, exist_ok=True)
    if is_address(source):
        file = fetch(source, context.workdir / "fetched", settings, context, stage=STAGE)
        name = source
    else:
        file = checked_file(source, settings.max_bytes)
        name = file.name
    fetched = file.parent == context.workdir
    try:
        _check_kind(file, name)
        sha256 = ""
        if _moves(file):
            sha256 = media.digest(file)
            file, fetched = _unfolded(file, name, settings, context), True
        info = _checked(file, name, settings)
        target = context.workdir / f"clip{_suffix(info)}"
        if fetched:
            file.replace(target)
            sha256 = sha256 or media.digest(target)
        else:
            sha256 = bring(file, target, STAGE, context)
        (context.workdir / "fetched").unlink(missing_ok=True)
        return _clip(target, name, info, sha256, settings, context)
    except BaseException:
        for leftover in context.workdir.iterdir():
            if leftover.is_file():
                leftover.unlink(missing_ok=True)
        raise


def check(file: Path, settings: ClipSettings) -> None:
    """Refuse from the header and the first frame alone what `run` would refuse.

    Args:
        file: path of a file of this machine.
        settings: limits.

    Raises:
        TroupeError: unreadable_media, unsupported_media, no_picture_track, clip_too_long, clip_too_large,
            file_too_large.
    """
    checked_file(str(file), settings.max_bytes)
    _check_kind(file, file.name)
    if _moves(file):
        header = media.picture_header(file)
        _check_size(header.width, header.height, file.name, settings)
    else:
        _checked(file, file.name, settings)


def _moves(file: Path) -> bool:
    """A moving WebP."""
    try:
        header = media.picture_header(file)
    except TroupeError:
        return False
    return header.format == "WEBP" and header.frames > 1


def _unfolded(file: Path, name: str, settings: ClipSettings, context: StageContext) -> Path:
    header = media.picture_header(file)
    _check_size(header.width, header.height, name, settings)
    out = context.workdir / "unfolded.mkv"
    media.unfold(
        file,
        out,
        last=settings.start + min(settings.duration or settings.max_seconds, settings.max_seconds),
        limit=settings.max_seconds if not settings.duration else float("inf"),
        report=lambda n: context.report(Progress(STAGE, n, max(n, header.frames), "unfolding")),
    )
    return out


def _suffix(info: MediaInfo) -> str:
    first = info.container.split(",")[0]
    return _SUFFIXES.get(first, f".{first}")


def _check_kind(file: Path, name: str) -> None:
    """Refuse by its name what is known to be no video."""
    if is_playlist(file):
        raise TroupeError(
            "unsupported_media", f"{name} is a playlist, not a video; give the video itself.", path=str(file)
        )
    if media.is_picture(file) or is_heif(file):
        raise TroupeError(
            "unsupported_media",
            f"{name} is a still picture; the reference has to be a video of somebody who dances (MP4, MOV, WebM, GIF).",
            path=str(file),
        )
    if lacks_index(file):
        raise TroupeError(
            "unreadable_media",
            f"{name} was cut off: its index is missing, so nothing of it can be read; copy or download it again.",
            path=str(file),
        )


def _checked(file: Path, name: str, settings: ClipSettings) -> MediaInfo:
    """What the header says, refused where it already says enough."""
    info = media.probe(file)
    if info.picture is None:
        if not media.can_hear(file):
            raise TroupeError(
                "unreadable_media", f"{name} is not a video that can be read; save it as MP4 (H.264).", path=str(file)
            )
        raise TroupeError(
            "no_picture_track",
            f"{name} has sound but no pictures; give a video of somebody who dances.",
            path=str(file),
        )
    _check_size(info.picture.width, info.picture.height, name, settings)
    if info.picture.duration > settings.max_seconds and not settings.duration:
        raise too_long(name, info.picture.duration, settings.max_seconds)
    return info


def _check_size(width: int, height: int, name: str, settings: ClipSettings) -> None:
    if width * height > settings.max_pixels:
        raise TroupeError(
            "clip_too_large",
            f"The frames of {name} are {width}x{height}; at most {settings.max_pixels / 1e6:.1f} "
            "megapixels are taken. Save it at 1080p.",
            width=width, height=height, limit=settings.max_pixels,
        )  # fmt: skip


def too_long(name: str, seconds: float, limit: float) -> TroupeError:
    """The refusal of a clip that is longer than the limit, with the way out."""
    return TroupeError(
        "clip_too_long",
        f"{name} lasts {_clock(seconds)}; at most {_clock(limit)} are taken at once. "
        "Say which part is wanted: --start 60 --duration 30",
        seconds=round(seconds, 3), limit=limit,
    )  # fmt: skip


def _clock(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _clip(file: Path, name: str, info: MediaInfo, sha256: str, settings: ClipSettings, context: StageContext) -> Clip:
    picture = info.picture
    assert picture is not None
    if settings.start and picture.duration and settings.start >= picture.duration:
        raise _starts_late(name, settings.start, picture.duration)
    wanted = min(settings.duration or settings.max_seconds, settings.max_seconds)
    begin = picture.start + settings.start
    total = round(min(wanted, max(0.0, picture.duration - settings.start)) * picture.fps)

    def look(threads: int) -> Scan:
        return media.scan(
            file,
            first=begin if settings.start else None,
            last=begin + wanted,
            threads=threads,
            report=lambda n: (
                context.report(Progress(STAGE, n, max(n, total), "checking frames")) if not n % 8 else None
            ),
        )

    found = look(settings.threads)
    if len(found.damaged) and settings.threads > 1:
        found = look(1)  # what is made of damage may depend on the number of threads
    seconds = found.seconds
    if len(seconds) == 0:
        raise TroupeError(
            "unreadable_media", f"No picture of {name} can be read; copy or download it again.", path=name
        )
    rate = source_rate(seconds, picture.fps)
    last = float(seconds[-1]) + float(1 / rate)
    if settings.start == 0:
        begin = float(seconds[0])
    elif begin >= last:
        raise _starts_late(name, settings.start, last - picture.start)
    if not settings.duration and last - begin > settings.max_seconds + 1:
        raise too_long(name, last - begin, settings.max_seconds)
    fps = grid_rate(rate, settings.max_fps)
    span = min(last - begin, wanted)
    frames = max(1, int(np.floor(span * float(fps) + 0.5)))
    shown = int(np.count_nonzero((seconds > begin - 0.5 / float(rate)) & (seconds < begin + span)))
    if min(frames, shown) < settings.min_frames:
        raise TroupeError(
            "clip_too_short",
            f"{name} has {shown} frame{'s' * (shown != 1)} in the wanted part; a dance needs at least "
            f"{settings.min_frames}. Give a longer clip" + (" or part." if settings.duration else "."),
            frames=shown, needed=settings.min_frames,
        )  # fmt: skip
    uri = Uri(str(file.absolute()))
    duration = float(frames / fps)
    sound = None
    if info.sound is not None and media.can_hear(file):
        sound = Sound(uri, info.sound.rate, info.sound.channels, begin, duration)
    return Clip(
        uri=uri,
        width=picture.width,
        height=picture.height,
        fps=fps,
        frames=frames,
        start=begin,
        sound=sound,
        colour=picture.colour,
        sha256=sha256,
        notices=_notices(name, found, begin, span, sound, settings),
    )


def _starts_late(name: str, start: float, seconds: float) -> TroupeError:
    return TroupeError(
        "invalid_setting",
        f"--start {start:g} lies behind the end of {name}, which lasts {seconds:.1f} seconds; give an earlier second.",
        start=start, seconds=round(seconds, 3),
    )  # fmt: skip


def source_rate(seconds: npt.NDArray[np.float64], stated: Fraction) -> Fraction:
    """Frames a second of a file: the mean rate where frames come evenly, else the rate of its fast quarter.

    Args:
        seconds: (N,) rising times of the frames.
        stated: by the container; used where there are too few frames to measure.
    """
    if len(seconds) < 3:
        return media.snapped(stated)
    steps = np.diff(seconds)
    middle = float(np.median(steps))
    even = np.abs(steps - middle) <= max(0.0021, 0.1 * middle)  # Matroska rounds times to 1 ms
    if np.mean(even) > 0.95:
        mean = float(np.mean(steps[even]))
        if abs(float(stated) * mean - 1) < 0.002:
            return media.snapped(stated)
        return media.snapped(Fraction(1 / mean).limit_denominator(100_000))
    return Fraction(max(1, round(1 / float(np.quantile(steps, 0.25)))))


def grid_rate(rate: Fraction, max_fps: float) -> Fraction:
    """The rate divided by the smallest whole number that brings it to max_fps or below; at least 1."""
    divisor = int(np.ceil(float(rate) / (max_fps * 1.002)))
    return max(rate / max(1, divisor), Fraction(1))


def _notices(
    name: str, found: Scan, begin: float, span: float, sound: Sound | None, settings: ClipSettings
) -> tuple[Notice, ...]:
    notices = []
    hurt = found.damaged[(found.damaged >= begin) & (found.damaged < begin + span)] - begin
    if len(hurt) or found.missing:
        at = f" near second {hurt[0]:.1f}" if len(hurt) else ""
        what = "ends early: it was cut off while it was copied or recorded" if found.missing else f"is damaged{at}"
        notices.append(
            Notice(
                "clip_damaged",
                f"{name} {what}; what can be read is used, and the last good frame stands where one is missing.",
                {"damaged_frames": len(hurt), "missing_frames": found.missing,
                 "seconds": [round(float(s), 3) for s in hurt[:10]]},
            )
        )  # fmt: skip
    if settings.duration and settings.duration > settings.max_seconds:
        notices.append(
            Notice("clip_cut", f"{name} was cut to {_clock(settings.max_seconds)}, the longest that is taken at once.",
                   {"seconds": settings.max_seconds})
        )  # fmt: skip
    if sound is None:
        notices.append(Notice("no_sound", f"{name} has no sound; the video will be silent.", {}))
    return tuple(notices)
