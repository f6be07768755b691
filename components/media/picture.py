"""Still pictures: read upright as 8-bit sRGB, write as PNG or JPEG."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from components.core import TroupeError, UInt8, Uri
from components.media.source import local_path


def read_picture(path: Uri | str | Path) -> UInt8:
    """(H, W, 3) or, where the file has transparency, (H, W, 4) uint8 sRGB, upright, alpha straight.

    Raises:
        TroupeError: file_not_found, unreadable_media.
    """
    file = local_path(path)
    if not file.is_file():
        raise TroupeError("file_not_found", f"There is no file {file}; check the name.", path=str(file))
    try:
        with Image.open(file) as image:
            upright = ImageOps.exif_transpose(image)
            alpha = "A" in upright.getbands() or "transparency" in upright.info
            return np.asarray(upright.convert("RGBA" if alpha else "RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise TroupeError(
            "unreadable_media", f"{file.name} is not a picture that can be read ({error}).", path=str(file)
        ) from error


def write_picture(path: Uri | str | Path, picture: UInt8) -> None:
    """Write (H, W), (H, W, 3) or (H, W, 4) uint8 sRGB; the ending (.png, .jpg, .webp) says how.

    Raises:
        TroupeError: disk_full, output_unwritable.
    """
    from components.media.output import writing

    file = local_path(path)
    with writing(file):
        Image.fromarray(np.ascontiguousarray(picture)).save(
            file, **({"compress_level": 3} if file.suffix == ".png" else {"quality": 92})
        )
