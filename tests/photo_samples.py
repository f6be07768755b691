"""Photos of every awkward kind that somebody could hand in by mistake or on purpose; PHOTOS names them all."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.numbered_video import CORNERS, Picture, stored


def photo_picture(width: int = 300, height: int = 400) -> Picture:
    """Coloured corners on a ramp, so that every row differs."""
    ramp = np.linspace(40, 200, height)[:, None, None] + np.linspace(0, 40, width)[None, :, None]
    picture = np.repeat(ramp, 3, axis=2).round().astype(np.uint8)
    h, w = height // 4, width // 4
    picture[:h, :w], picture[:h, -w:] = CORNERS["top_left"], CORNERS["top_right"]
    picture[-h:, :w], picture[-h:, -w:] = CORNERS["bottom_left"], CORNERS["bottom_right"]
    return picture


def photo(folder: Path) -> Path:
    return _picture(folder / "photo.jpg", Image.fromarray(photo_picture()), quality=95)


def photo_exif(folder: Path, orientation: int = 6) -> Path:
    """Stored lying on its side as a phone does; EXIF says how to turn it."""
    upright = Image.fromarray(photo_picture())
    stored = {
        1: upright, 2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 3: upright.rotate(180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM), 5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.rotate(90, expand=True), 7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.rotate(-90, expand=True),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    return _picture(folder / f"exif_{orientation}.jpg", stored, quality=95, exif=exif)


def photo_cmyk(folder: Path) -> Path:
    return _picture(folder / "cmyk.jpg", Image.fromarray(photo_picture()).convert("CMYK"), quality=95)


def photo_grey16(folder: Path) -> Path:
    grey = photo_picture().mean(axis=2)
    return _picture(folder / "grey16.png", Image.fromarray((grey * 257).astype(np.uint16)))


def photo_palette(folder: Path) -> Path:
    return _picture(folder / "palette.png", Image.fromarray(photo_picture()).quantize(64), transparency=0)


def photo_alpha(folder: Path) -> Path:
    alpha = np.full((400, 300, 1), 255, np.uint8)
    alpha[:, :150] = 0
    return _picture(folder / "alpha.png", Image.fromarray(np.concatenate([photo_picture(), alpha], axis=2)))


def photo_display_p3(folder: Path) -> Path:
    """Pure red of sRGB as a phone stores it: in Display P3, with the profile."""
    picture = np.full((200, 200, 3), (234, 51, 35), np.uint8)
    return _picture(folder / "display_p3.png", Image.fromarray(picture), icc_profile=display_p3_profile())


def photo_truncated(folder: Path) -> Path:
    whole = photo(folder).read_bytes()
    (folder / "photo.jpg").unlink()
    return stored(folder / "truncated.jpg", whole[: len(whole) * 8 // 10])


def photo_torn(folder: Path) -> Path:
    whole = photo(folder).read_bytes()
    (folder / "photo.jpg").unlink()
    return stored(folder / "torn.jpg", whole[: len(whole) * 3 // 10])


def photo_tiny(folder: Path) -> Path:
    return _picture(folder / "tiny.png", Image.fromarray(photo_picture(40, 30)))


def photo_text(folder: Path) -> Path:
    return stored(folder / "letter.jpg", b"This is a letter, not a picture.\n" * 100)


def photo_empty(folder: Path) -> Path:
    return stored(folder / "empty.png", b"")


def bomb(folder: Path) -> Path:
    """A PNG of a few hundred bytes that claims 60000 x 60000 pixels."""
    return stored(folder / "bomb.png", png_claiming(60_000, 60_000))


def hundred_megapixels(folder: Path) -> Path:
    """A PNG that claims 12000 x 9000 pixels, below what Pillow itself refuses."""
    return stored(folder / "hundred_megapixels.png", png_claiming(12_000, 9_000))


def png_claiming(width: int, height: int) -> bytes:
    """A PNG with this size in its header and next to no data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100_000)))
            + chunk(b"IEND", b""))  # fmt: skip


def heic(folder: Path) -> Path:
    return stored(folder / "phone.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(500))


def display_p3_profile() -> bytes:
    """An ICC profile of Display P3, by the ICC specification: three primaries and one curve."""

    def xyz(x: float, y: float, z: float) -> bytes:
        return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(v * 65536)) for v in (x, y, z))

    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + b"".join(
        struct.pack(">i", round(v * 65536)) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    )  # fmt: skip
    name = b"desc" + bytes(4) + struct.pack(">I", 11) + b"Display P3\0" + bytes(78)
    tags = {
        b"desc": name, b"cprt": b"text" + bytes(4) + b"none\0\0\0\0", b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.51512, 0.2412, -0.00105), b"gXYZ": xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": xyz(0.1571, 0.06657, 0.78407), b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
    }  # fmt: skip
    table, body = b"", b""
    offset = 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        data += bytes(-len(data) % 4)
        table += tag + struct.pack(">II", offset + len(body), len(data))
        body += data
    size = offset + len(body)
    header = (struct.pack(">I", size) + bytes(4) + struct.pack(">I", 0x02100000) + b"mntrRGB XYZ " + bytes(12) + b"acsp"
              + bytes(28) + struct.pack(">iii", 63190, 65536, 54061) + bytes(48))  # fmt: skip
    return header + struct.pack(">I", len(tags)) + table + body


def _picture(path: Path, image: Image.Image, **settings: Any) -> Path:
    data = io.BytesIO()
    image.save(data, format={".jpg": "JPEG", ".png": "PNG"}[path.suffix], **settings)
    return stored(path, data.getvalue())


PHOTOS: dict[str, Callable[[Path], Path]] = {
    maker.__name__: maker
    for maker in (
        photo, photo_exif, photo_cmyk, photo_grey16, photo_palette, photo_alpha, photo_display_p3,
        photo_truncated, photo_torn, photo_tiny, photo_text, photo_empty, bomb, hundred_megapixels, heic,
    )
}  # fmt: skip
"""Every sample by name; each writes its file into a folder and returns its path."""
