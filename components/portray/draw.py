"""Pictures for people who check a cut-out."""

from __future__ import annotations

import numpy as np

from components.core import PARTS, Cast, Part, UInt8

COLOURS = np.array(
    [[230, 60, 60], [250, 210, 60], [60, 190, 60], [60, 210, 230], [80, 80, 240], [220, 80, 230]], np.float32
)


def _backdrop(height: int, width: int) -> UInt8:
    y, x = np.mgrid[:height, :width] // 12
    tiles = np.where(((x + y) % 2 == 0)[..., None], [255, 0, 255], [200, 0, 200])
    return tiles.astype(np.uint8)


def over(canvas: UInt8, part: Part, x: int, y: int) -> None:
    """Paint a part's texture at rest onto a canvas, its first pixel at (x, y), in place."""
    h, w = part.texture.shape[:2]
    y0, x0, y1, x1 = max(y, 0), max(x, 0), min(y + h, canvas.shape[0]), min(x + w, canvas.shape[1])
    if y1 <= y0 or x1 <= x0:
        return
    source = np.asarray(part.texture[y0 - y : y1 - y, x0 - x : x1 - x]).astype(np.float32)
    behind = canvas[y0:y1, x0:x1].astype(np.float32)
    canvas[y0:y1, x0:x1] = np.round(source[..., :3] + behind * (1 - source[..., 3:] / 255)).clip(0, 255)


def contact_sheet(cast: Cast) -> UInt8:
    """All performers of a cast: put together again, with labels and meshes, every part by itself, and the plate.

    Returns:
        (H, W, 3) uint8 sRGB.
    """
    import cv2

    from components.media import read_picture

    photo, plate = (read_picture(s.uri)[..., :3] for s in (cast.photo, cast.plate))
    bands = [np.hstack([photo, plate])]
    for performer in cast.performers:
        origin = np.floor(np.min([p.origin for p in performer.parts], axis=0)).astype(int) - 4
        far = np.max([p.origin + np.array(p.texture.shape[1::-1]) for p in performer.parts], axis=0)
        width, height = (np.ceil(far).astype(int) + 4 - origin).tolist()
        whole, meshes = _backdrop(height, width), _backdrop(height, width) // 3
        singles = []
        for part in sorted(performer.parts, key=lambda p: p.depth):
            x, y = np.round(part.origin - origin).astype(int).tolist()
            over(whole, part, x, y)
            alone = _backdrop(part.texture.shape[0] + 8, part.texture.shape[1] + 8)
            over(alone, part, 4, 4)
            singles.append(alone)
            points = np.round((part.vertices - origin) * 16).astype(np.int32)
            over(meshes, part, x, y)
            colour = tuple(float(c) for c in COLOURS[PARTS.index(part.name)])
            cv2.polylines(meshes, list(points[part.triangles]), True, colour, 1, cv2.LINE_AA, 4)
        for joint in performer.joints[:, :2] - origin:
            if np.isfinite(joint).all():
                cv2.circle(meshes, (round(float(joint[0])), round(float(joint[1]))), 3, (255, 255, 255), -1)
        bands.append(_row([whole, meshes, *singles]))
    widest = max(b.shape[1] for b in bands)
    return np.vstack([np.pad(b, ((0, 4), (0, widest - b.shape[1]), (0, 0))) for b in bands])


def _row(pictures: list[UInt8]) -> UInt8:
    tallest = max(p.shape[0] for p in pictures)
    return np.hstack([np.pad(p, ((0, tallest - p.shape[0]), (0, 4), (0, 0))) for p in pictures])
