"""Still pictures: read upright as 8-bit sRGB, write as PNG or JPEG."""

from __future__ import annotations

import contextlib
import io
import re
import struct
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    ImageOps,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from components.core import TroupeError, UInt8, Uri
from components.media.output import discard, writing
from components.media.source import local_path

_PLUGINS = (
    JpegImagePlugin.JpegImageFile, PngImagePlugin.PngImageFile,
    WebPImagePlugin.WebPImageFile, BmpImagePlugin.BmpImageFile, TiffImagePlugin.TiffImageFile,
    GifImagePlugin.GifImageFile, PpmImagePlugin.PpmImageFile, AvifImagePlugin.AvifImageFile,
    Jpeg2KImagePlugin.Jpeg2KImageFile,
)  # fmt: skip

_open = Image.open
"""Pillow's own: ultralytics, once loaded, puts one in its place that wants to install a HEIF plug-in."""

FORMATS = tuple(plugin.format for plugin in _PLUGINS)
"""What is read; phones' MPO counts as JPEG. Formats that run programs or read other files (EPS, WMF) are not here."""

_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, struct.error, MemoryError,
           OverflowError, ZeroDivisionError, AttributeError, NotImplementedError, AssertionError)  # fmt: skip
"""What Pillow raises on damaged files, by experience."""

_LENIENT = threading.Lock()
"""Held while Pillow is told, for the whole process, to put up with files that were cut off."""


@dataclass(frozen=True)
class PictureHeader:
    """What a picture says of itself before any pixel is decoded.

    Attributes:
        format: Pillow's name.
        width, height: px as stored, not yet upright.
        frames: more than 1 where it moves.
    """

    format: str
    width: int
    height: int
    frames: int


def picture_header(path: Uri | str | Path) -> PictureHeader:
    """Read the header of a picture; no pixel is decoded, whatever size it claims.

    Raises:
        TroupeError: file_not_found, unreadable_media, picture_too_large (beyond any use).
    """
    file = local_path(path)
    with _opened(file) as image:
        try:
            # A second picture in a JPEG or TIFF is a preview, a depth map or a page, not a movement.
            frames = 1 if image.format in ("MPO", "TIFF", "JPEG") else int(getattr(image, "n_frames", 1))
        except _BROKEN:
            frames = 1
        return PictureHeader(str(image.format), image.width, image.height, frames)


def is_picture(path: Uri | str | Path) -> bool:
    """The file is a still picture, by what is in it; a moving GIF or WebP is none."""
    try:
        return picture_header(path).frames == 1
    except TroupeError as error:
        return error.code == "picture_too_large"


def read_picture(path: Uri | str | Path) -> UInt8:
    """(H, W, 3) or, where the file has transparency, (H, W, 4) uint8 sRGB, upright, alpha straight.

    Raises:
        TroupeError: file_not_found, unreadable_media.
    """
    picture, share = read_damaged_picture(path)
    if share < 1:
        file = local_path(path)
        raise TroupeError("unreadable_media", f"{file.name} is cut off or damaged; copy it again.", path=str(file))
    return picture


def read_damaged_picture(path: Uri | str | Path, *, least_side: int | None = None) -> tuple[UInt8, float]:
    """What can be read of a picture that may be cut off.

    Args:
        path: of the file.
        least_side: px; a JPEG may be decoded at a half, a quarter or an eighth as long as its longer side keeps this.

    Returns:
        The rows that could be read, as read_picture gives them, and their share of the whole, 1.0 for a sound file.

    Raises:
        TroupeError: file_not_found; unreadable_media where nothing can be read.
    """
    file = local_path(path)
    with _unwarned(), _opened(file) as image:
        if least_side and image.format in ("JPEG", "MPO"):
            factor = max(1.0, max(image.size) / least_side)
            image.draft(image.mode, (int(image.width / factor), int(image.height / factor)))
        try:
            image.load()
            return _srgb(image), 1.0
        except _BROKEN as error:
            reason = error
    try:
        with _unwarned():
            torn = _torn(file)
            rows = _rows_read(torn)
            if rows:
                return _srgb(torn, rows), min(0.999, rows / torn.height)
    except _BROKEN as error:
        reason = error
    raise TroupeError(
        "unreadable_media", f"{file.name} is not a picture that can be read ({reason}).", path=str(file)
    ) from reason


def write_picture(path: Uri | str | Path, picture: UInt8) -> None:
    """Write (H, W), (H, W, 3) or (H, W, 4) uint8 sRGB; the ending (.png, .jpg, .webp) says how.

    Raises:
        TroupeError: disk_full, output_unwritable.
    """
    file = local_path(path)
    image = Image.fromarray(np.ascontiguousarray(picture))
    try:
        with writing(file):
            if file.suffix.lower() == ".png":
                image.save(file, compress_level=3)
            else:
                image.save(file, quality=92)
    except TroupeError:
        discard(file)
        raise


@contextlib.contextmanager
def _unwarned() -> Iterator[None]:
    """Pillow's remarks on odd files are not for the user's terminal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _opened(file: Path) -> Image.Image:
    if not file.is_file():
        raise TroupeError("file_not_found", f"There is no file {file}; check the name.", path=str(file))
    try:
        with _unwarned():
            return _open(file, formats=FORMATS)
    except Image.DecompressionBombError as error:
        claimed = re.search(r"\d+", str(error))
        size = f"{int(claimed[0]) // 1_000_000} megapixels" if claimed else "more pixels than any photo"
        raise TroupeError(
            "picture_too_large", f"{file.name} claims to have {size}; save it smaller: 4000 pixels a side are plenty.",
            path=str(file),
        ) from error  # fmt: skip
    except _BROKEN as error:
        raise TroupeError(
            "unreadable_media", f"{file.name} is not a picture that can be read; save it as JPEG or PNG.",
            path=str(file),
        ) from error  # fmt: skip


def _torn(file: Path) -> Image.Image:
    """A picture whose decoder was not told that data is missing: what is missing stays grey or black."""
    data = file.read_bytes()
    if data[:2] == b"\xff\xd8":
        image: Image.Image = _open(io.BytesIO(data + b"\xff\xd9" * 8), formats=("JPEG",))
        image.load()
        return image
    with _LENIENT:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            image = _open(io.BytesIO(data), formats=FORMATS)
            image.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
    return image


def _rows_read(image: Image.Image) -> int:
    """Rows above the even field with which a decoder fills what it could not read."""
    values = np.asarray(image).reshape(image.height, image.width, -1)
    filled = (values == values[-1, -1]).all(axis=(1, 2))
    return 0 if filled.all() else image.height - int(np.argmin(filled[::-1]))


def _srgb(image: Image.Image, rows: int | None = None) -> UInt8:
    """Upright 8-bit sRGB, straight alpha, of the upper rows of a loaded picture."""
    if rows is not None:
        cut = image.crop((0, 0, image.width, rows))
        cut.info = dict(image.info)
        image = cut
    exif = image.info.get("exif")
    image = _eight_bit(image)
    alpha = None
    if "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
    colour = _colour(image)
    if alpha is not None:
        colour.putalpha(alpha)
    if exif:
        colour.info["exif"] = exif
    with contextlib.suppress(*_BROKEN):
        colour = ImageOps.exif_transpose(colour)
    return np.ascontiguousarray(np.asarray(colour))


def _eight_bit(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits brought to 8; other modes as they are."""
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.asarray(image).astype(np.float64)
    highest = float(np.nanmax(values)) if values.size else 0.0
    if image.mode == "F":
        full = 1.0 if highest <= 1 else 255.0 if highest <= 255 else highest
    else:
        full = 65535.0 if highest <= 65535 else 2.0**31 - 1
    grey = Image.fromarray(np.nan_to_num(values / full * 255).round().clip(0, 255).astype(np.uint8))
    grey.info = {k: v for k, v in image.info.items() if k != "transparency"}
    return grey


def _colour(image: Image.Image) -> Image.Image:
    """RGB in sRGB: through the embedded ICC profile where there is one that fits."""
    profile: Any = image.info.get("icc_profile")
    if profile:
        base = image if image.mode in ("RGB", "CMYK", "L", "LAB") else image.convert("RGB")
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            done = ImageCms.profileToProfile(base, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if done is not None:
                done.info.pop("icc_profile", None)
                return done
        except (ImageCms.PyCMSError, *_BROKEN):
            pass
    return image.convert("RGB")
