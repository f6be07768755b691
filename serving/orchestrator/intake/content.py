"""What an upload is, by its content; runs in a process of its own, as decoders of strangers' files may die."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from components.core.errors import TroupeError


@dataclass(frozen=True)
class Limits:
    """What is taken.

    Attributes:
        max_bytes: of a file.
        max_pixels: of a photo.
        max_seconds: of a clip.
    """

    max_bytes: int
    max_pixels: int
    max_seconds: float


@dataclass(frozen=True)
class Content:
    """What a file was recognised as.

    Attributes:
        media_type: by its content.
        suffix: the ending that fits.
        preview: path of a JPEG of a picture that browsers do not show, upright and at the size that runs work with;
            empty where browsers show the picture itself.
    """

    media_type: str
    suffix: str
    preview: str = ""


_PICTURES = {
    "JPEG": Content("image/jpeg", ".jpg"),
    "MPO": Content("image/jpeg", ".jpg"),
    "PNG": Content("image/png", ".png"),
    "WEBP": Content("image/webp", ".webp"),
    "GIF": Content("image/gif", ".gif"),
    "BMP": Content("image/bmp", ".bmp"),
    "TIFF": Content("image/tiff", ".tif"),
    "AVIF": Content("image/avif", ".avif"),
    "JPEG2000": Content("image/jp2", ".jp2"),
    "PPM": Content("image/x-portable-anymap", ".pnm"),
}
_SHOWN = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "AVIF")
"""What every browser shows."""
_CLIPS = {
    "mov": Content("video/mp4", ".mp4"),
    "matroska": Content("video/x-matroska", ".mkv"),
    "webm": Content("video/webm", ".webm"),
    "avi": Content("video/x-msvideo", ".avi"),
    "mpegts": Content("video/mp2t", ".ts"),
    "mpeg": Content("video/mpeg", ".mpg"),
    "ogg": Content("video/ogg", ".ogv"),
    "flv": Content("video/x-flv", ".flv"),
    "gif": Content("image/gif", ".gif"),
    "asf": Content("video/x-ms-asf", ".wmv"),
}
MOTION = Content("text/x-bvh", ".bvh")
_OTHER = Content("application/octet-stream", "")


def examine(kind: str, path: str, limits: Limits) -> Content:
    """Recognise a photo or a reference, decoding enough of it to know that it can be used.

    Raises:
        TroupeError: as `components.ingest` and `components.repertoire` say.
    """
    file = Path(path)
    if kind == "photo":
        return _photo(file, limits)
    return _reference(file, limits)


def _photo(file: Path, limits: Limits) -> Content:
    from components.ingest.photo import PhotoSettings, check, fit
    from components.media import picture_header, read_damaged_picture, write_picture

    settings = PhotoSettings(max_bytes=limits.max_bytes, max_pixels=limits.max_pixels)
    check(file, settings)
    form = picture_header(file).format
    shown = form in _SHOWN
    picture, share = read_damaged_picture(file, least_side=256 if shown else settings.max_side)
    if share < settings.readable:
        raise TroupeError(
            "unreadable_media",
            f"{file.name} is cut off: only {share:.0%} of it can be read; copy or download it again.",
            readable=round(share, 3),
        )
    found = _PICTURES.get(form, _OTHER)
    if shown:
        return found
    preview = file.with_name(f"{file.name}.preview.jpg")
    write_picture(preview, fit(picture, settings.max_side)[..., :3])
    return replace(found, preview=str(preview))


def _reference(file: Path, limits: Limits) -> Content:
    from components.ingest.clip import ClipSettings, check
    from components.ingest.content import head_of
    from components.media import probe

    if head_of(file).lstrip(b"\xef\xbb\xbf \t\r\n").upper().startswith(b"HIERARCHY"):
        from components.repertoire.mocap import read_motion

        read_motion(file, Fraction(30), 0.0, None, limits.max_seconds)
        return MOTION
    check(file, ClipSettings(max_bytes=limits.max_bytes, max_seconds=limits.max_seconds))
    container = probe(file).container
    if container.startswith("matroska") and b"webm" in head_of(file)[:64]:
        return _CLIPS["webm"]
    if container == "webp":
        return _PICTURES["WEBP"]
    return _CLIPS.get(container.split(",")[0], _OTHER)
