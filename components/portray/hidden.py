"""Limbs that the photo hides: mirrored from the other side, or drawn as shaded tubes of skin."""

from __future__ import annotations

import numpy as np

from components.core import Bool, Float32, Int32, UInt8
from components.portray.anatomy import Anatomy, capsule

HAND_REACH = 2.1
"""A hand's tip lies so many times as far from the wrist as the middle of its knuckles does."""


def bone_lines(body: Anatomy, part: str) -> Float32:
    """(3, 2, 2) start and end of a limb's bones, the last one drawn out to the tip."""
    chain = body.chain(part)
    reach = HAND_REACH if part.endswith("arm") else 1.1
    tip = chain[2] + (chain[3] - chain[2]) * reach
    return np.stack([[chain[0], chain[1]], [chain[1], chain[2]], [chain[2], tip]]).astype(np.float32)


def mirrored(
    body: Anatomy, part: str, bones: tuple[int, ...], rgb: UInt8, alpha: Float32, origin: Float32
) -> tuple[UInt8, Float32]:
    """The bones of a limb as they look on the other side.

    Every pixel near a bone is looked up at the same place along, and mirrored across, the other limb's bone.

    Args:
        body: proportions.
        part: the limb that is hidden.
        bones: which of its three bones.
        rgb: (H, W, 3) uint8 and
        alpha: (H, W) float32: layer of the other limb.
        origin: (2,) photo px of the layers' first pixel.

    Returns:
        colours and alpha of those bones, of the layer's size.
    """
    import cv2

    side, limb = part.split("_")
    other = ("right_" if side == "left" else "left_") + limb
    here, there = bone_lines(body, part) - origin, bone_lines(body, other) - origin
    height, width = alpha.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    nearest = np.full(alpha.shape, np.inf, np.float32)
    at = np.full((height, width, 2), -9.0, np.float32)
    reach = (body.arm if limb == "arm" else body.leg) * 1.6
    owner = _nearest_bone(there, alpha.shape)
    for k in range(3):
        (a, b), (c, d) = here[k], there[k]
        along, across, length = _frame(a, b)
        t = ((x - a[0]) * along[0] + (y - a[1]) * along[1]) / length
        s = (x - a[0]) * across[0] + (y - a[1]) * across[1]
        outside = np.maximum(np.maximum(-t, t - 1), 0) * length
        distance = np.hypot(outside, s)
        mine = (distance < nearest) & (distance < reach)
        nearest = np.minimum(nearest, distance)
        if k not in bones:
            at[mine] = -9.0
            continue
        other_along, other_across, other_length = _frame(c, d)
        u = c[0] + t * other_length * other_along[0] - s * other_across[0]
        v = c[1] + t * other_length * other_along[1] - s * other_across[1]
        # Where the other limb lies folded on itself, what is seen beside a bone may be its neighbour's.
        column = np.clip(np.round(u), 0, width - 1).astype(int)
        row = np.clip(np.round(v), 0, height - 1).astype(int)
        at[mine] = np.where((owner[row, column] == k)[..., None], np.stack([u, v], axis=-1), -9.0)[mine]
    colours = cv2.remap(rgb, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.remap(alpha, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return colours, cover


def _nearest_bone(lines: Float32, shape: tuple[int, int]) -> Int32:
    """(H, W) which of some bones (N, 2, 2) px is nearest to each pixel."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    away = []
    for a, b in lines:
        along, across, length = _frame(a, b)
        t = (x - a[0]) * along[0] + (y - a[1]) * along[1]
        away.append(np.hypot(t - np.clip(t, 0, length), (x - a[0]) * across[0] + (y - a[1]) * across[1]))
    nearest: Int32 = np.argmin(away, axis=0).astype(np.int32)
    return nearest


def _frame(a: Float32, b: Float32) -> tuple[Float32, Float32, float]:
    length = max(float(np.hypot(*(b - a))), 1.0)
    along = (b - a) / length
    return along, np.array([-along[1], along[0]], np.float32), length


def tube(
    body: Anatomy, part: str, bones: tuple[int, ...], colour: UInt8, shape: tuple[int, int], origin: Float32
) -> tuple[UInt8, Float32]:
    """Bones of a limb as rounded tubes of one colour, darker towards their edges.

    Returns:
        (H, W, 3) uint8 and (H, W) float32 alpha.
    """
    import cv2

    lines = bone_lines(body, part)
    width = body.arm if part.endswith("arm") else body.leg
    sizes = np.array([1.0, 0.72, 0.5, 0.34] if part.endswith("arm") else [1.0, 0.72, 0.45, 0.38]) * width
    mask: Bool = np.zeros(shape, bool)
    for k in bones:
        start, end = lines[k]
        middle = (start + end) / 2
        wide = np.array([sizes[k], sizes[k] * (1.15 if k == 2 else 1.0), sizes[k + 1]], np.float32)
        mask |= capsule(np.stack([start, middle, end]), wide, shape, origin)
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    rise = np.clip(depth / max(float(sizes[max(bones)]), 1.0), 0, 1)
    shade = 0.72 + 0.28 * np.sqrt(1 - (1 - rise) ** 2)
    colours = np.clip(np.asarray(colour, np.float32) * shade[..., None], 0, 255).astype(np.uint8)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.9)
    return colours, soft


def paste(
    below: tuple[UInt8, Float32], above: tuple[UInt8, Float32], where: Float32 | None = None
) -> tuple[UInt8, Float32]:
    """Lay one layer over another: straight colours and alphas in and out."""
    colours, alpha = below
    weight = above[1] if where is None else above[1] * where
    total = weight + alpha * (1 - weight)
    share = np.where(total > 1e-4, weight / np.maximum(total, 1e-4), weight > 0)[..., None]
    mixed = above[0] * share + colours * (1 - share)
    return np.round(mixed).astype(np.uint8), total.astype(np.float32)
