"""A file or an address becomes a checked Still."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from components import media
from components.core import Notice, Progress, StageContext, Still, TroupeError, UInt8, Uri
from components.ingest.arrival import checked_file, is_address
from components.ingest.content import is_heif, is_playlist
from components.ingest.limits import PhotoSettings
from components.ingest.url import fetch

__all__ = ["PhotoSettings", "run"]

STAGE = "photo"


def run(source: str, *, settings: PhotoSettings, context: StageContext) -> Still:
    """Take in a photo: upright 8-bit sRGB of a workable size, as PNG in the workdir.

    Args:
        source: path of a picture, or http(s) address of one.
        settings: limits and size.
        context: workdir receives photo.png.

    Raises:
        TroupeError: file_not_found, unreadable_media, unsupported_media, picture_too_large, picture_too_small,
            file_too_large, url_refused, url_unreachable, url_blocked, disk_full, cancelled.
    """
    context.workdir.mkdir(parents=True, exist_ok=True)
    context.report(Progress(STAGE, 0, 1, "reading the photo"))
    if not is_address(source):
        return _still(checked_file(source, settings.max_bytes), settings, context)
    fetched = fetch(source, context.workdir / "fetched", settings, context, stage=STAGE, pages=False)
    try:
        return _still(checked_file(str(fetched), settings.max_bytes), settings, context)
    finally:
        fetched.unlink(missing_ok=True)


def check(file: Path, settings: PhotoSettings) -> tuple[int, int]:
    """Refuse from the header alone what `run` would refuse.

    Args:
        file: path of a file of this machine.
        settings: limits.

    Returns:
        Width and height in px as stored, not yet upright.

    Raises:
        TroupeError: unreadable_media, unsupported_media, picture_too_large, picture_too_small, file_too_large.
    """
    checked_file(str(file), settings.max_bytes)
    _check_kind(file)
    header = media.picture_header(file)
    if header.width * header.height > settings.max_pixels:
        raise TroupeError(
            "picture_too_large",
            f"{file.name} has {header.width}x{header.height} pixels; at most {settings.max_pixels // 1_000_000} "
            "megapixels are taken. Save it smaller: 4000 pixels on the longer side are plenty.",
            width=header.width, height=header.height, limit=settings.max_pixels,
        )  # fmt: skip
    _check_smallest(header.width, header.height, file, settings)
    return header.width, header.height


def _still(file: Path, settings: PhotoSettings, context: StageContext) -> Still:
    check(file, settings)
    picture, share = media.read_damaged_picture(file, least_side=settings.max_side)
    notices: tuple[Notice, ...] = ()
    if share < 1:
        if share < settings.readable:
            raise TroupeError(
                "unreadable_media",
                f"{file.name} is cut off: only {share:.0%} of it can be read; copy or download it again.",
                path=str(file), readable=round(share, 3),
            )  # fmt: skip
        notices = (
            Notice(
                "photo_damaged",
                f"{file.name} is cut off; the {share:.0%} that can be read are used.",
                {"readable": round(share, 3)},
            ),
        )
    picture = fit(picture, settings.max_side)
    height, width = picture.shape[:2]
    _check_smallest(width, height, file, settings)
    target = context.workdir / "photo.png"
    media.write_picture(target, picture)
    context.report(Progress(STAGE, 1, 1))
    return Still(Uri(str(target.absolute())), width, height, media.digest(file), notices)


def _check_kind(file: Path) -> None:
    """Refuse what is known to be something else, by its name."""
    try:
        moves = media.picture_header(file).frames > 1
    except TroupeError as error:
        if error.code != "unreadable_media":
            raise
    else:
        if not moves:
            return
        raise TroupeError(
            "unsupported_media",
            f"{file.name} is a moving picture; the photo has to be a still one. Save one frame of it as PNG or JPEG.",
            path=str(file),
        )
    if is_heif(file):
        raise TroupeError(
            "unsupported_media", f"{file.name} is a HEIC picture, which is not read here; save it as JPEG or PNG.",
            path=str(file),
        )  # fmt: skip
    if not is_playlist(file):
        try:
            info = media.probe(file)
        except TroupeError:
            info = None
        if info is not None and info.picture is not None and info.container != "webp":
            raise TroupeError(
                "unsupported_media",
                f"{file.name} is a video; the photo has to be a still picture. Save one frame of it as PNG or JPEG.",
                path=str(file),
            )
        if info is not None and info.sound is not None and media.can_hear(file):
            raise TroupeError(
                "unsupported_media", f"{file.name} is sound; the photo has to be a picture.", path=str(file)
            )
    raise TroupeError(
        "unreadable_media", f"{file.name} is not a picture that can be read; save it as JPEG or PNG.", path=str(file)
    )


def _check_smallest(width: int, height: int, file: Path, settings: PhotoSettings) -> None:
    if min(width, height) < settings.min_side:
        raise TroupeError(
            "picture_too_small",
            f"{file.name} has {width}x{height} pixels; a person needs at least {settings.min_side} on the shorter "
            "side, better 1000. Give a larger photo.",
            width=width, height=height, limit=settings.min_side,
        )  # fmt: skip


def fit(picture: UInt8, max_side: int) -> UInt8:
    """Scaled down by area means so that the longer side has at most max_side px; never up.

    Args:
        picture: (H, W, 3) or (H, W, 4), alpha straight; colours of clear pixels do not bleed into others.
    """
    height, width = picture.shape[:2]
    factor = max_side / max(height, width)
    if factor >= 1:
        return picture
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    if picture.shape[2] == 3:
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    alpha = picture[..., 3:].astype(np.float32) / 255
    small = cv2.resize(np.concatenate([picture[..., :3] * alpha, alpha], axis=2), size, interpolation=cv2.INTER_AREA)
    colour = small[..., :3] / np.maximum(small[..., 3:], 1e-4)
    return np.concatenate([colour, small[..., 3:] * 255], axis=2).round().clip(0, 255).astype(np.uint8)
