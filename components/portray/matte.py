"""Which pixels are the person: landmarks and mask first, colour second, edges last."""

from __future__ import annotations

import numpy as np

from components.core import Bool, Float32, UInt8
from components.portray.anatomy import SIDES, Anatomy, J, capsule, part_distances
from components.portray.foreground import guided_filter

WORKING = 448
"""Long side in px of a person's box while GrabCut runs."""
FINE, LARGEST = 800, 3.0
"""Long side in px of a smaller person's box while their edge is looked for, and how much it is enlarged at most."""


def crop_box(body: Anatomy, box: Float32, shape: tuple[int, int]) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 of the part of the photo in which a person is worked on: the box with a margin."""
    points = np.concatenate([box.reshape(2, 2), np.clip(body.xy[11:], 0, [shape[1], shape[0]])])
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.05 * float((high - low).max()) + 0.25 * body.torso
    x0, y0 = np.floor(np.maximum(low - margin, 0)).astype(int)
    x1, y1 = np.ceil(np.minimum(high + margin, [shape[1], shape[0]])).astype(int)
    return int(x0), int(y0), int(x1), int(y1)


def shares(bodies: list[Anatomy], masks: list[UInt8]) -> list[Bool]:
    """Pixels that belong to another person of the photo more than to this one.

    Args:
        bodies: proportions of each person.
        masks: (H, W) uint8 mask of each person from the landmark model.

    Returns:
        (H, W) bool for each person: true where someone else is seen.
    """
    if len(masks) < 2:
        return [np.zeros(mask.shape, bool) for mask in masks]
    import cv2

    height, width = masks[0].shape
    step = max(1.0, max(height, width) / 640)
    size = (int(np.ceil(height / step)), int(np.ceil(width / step)))
    claims = []
    for body, mask in zip(bodies, masks, strict=True):
        near = np.clip(part_distances(body, (0.0, 0.0), size, step)[0].min(axis=0), 0, None)
        small = cv2.resize(mask, size[::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        claims.append(small * np.exp(-0.5 * near) + 1e-3 * np.exp(-near))
    stack = np.stack(claims)
    best = stack.max(axis=0)
    out = []
    for claim in stack:
        lost = ((claim < best) & (best > 0.1)).astype(np.float32)
        out.append(cv2.resize(lost, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5)
    return out


def person_matte(rgb: UInt8, mask: UInt8, body: Anatomy, origin: tuple[int, int], foreign: Bool) -> Float32:
    """Cut one person out of a crop of the photo.

    Args:
        rgb: (H, W, 3) uint8 crop.
        mask: (H, W) uint8 the landmark model's mask, same crop.
        body: proportions, in photo px.
        origin: photo px (x, y) of the crop's first pixel.
        foreign: (H, W) bool: where another person is seen.

    Returns:
        (H, W) float32 alpha 0..1.
    """
    import cv2

    height, width = mask.shape
    scale = min(1.0, WORKING / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    prior = cv2.resize(mask, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    away = cv2.resize(foreign.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)
    cut = _grab_cut(small, prior, body, origin, 1.0 / scale, away)
    up = min(LARGEST, FINE / max(height, width))
    if up > 1:
        return _contour(rgb, cut, up, up / scale)
    radius = max(2, round(0.02 * body.torso * scale * 2))
    guide = small.astype(np.float32) / np.float32(255)
    soft = np.clip(guided_filter(guide, cut.astype(np.float32), radius, 2e-4), 0, 1)
    return _sharpen(rgb, cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), scale, body)


def _grab_cut(small: UInt8, prior: Float32, body: Anatomy, origin: tuple[int, int], step: float, away: Bool) -> Bool:
    """GrabCut (Rother et al., 2004) with the bones as sure person."""
    import cv2

    shape = prior.shape
    mask = np.full(shape, cv2.GC_BGD, np.uint8)
    reach = max(2, round(0.10 * body.torso / step))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    mask[cv2.dilate((prior > 0.3).astype(np.uint8), kernel) > 0] = cv2.GC_PR_BGD
    mask[prior > 0.08] = cv2.GC_PR_BGD
    mask[prior > 0.5] = cv2.GC_PR_FGD
    start = np.asarray(origin, np.float32)

    def bones(points: Float32, radius: float) -> Bool:
        radii = np.full(len(points), max(radius / step, 0.7), np.float32)
        return capsule((points - start) / step, radii, shape, np.zeros(2, np.float32))

    for side in SIDES:
        arm, leg = body.arm_chain(side), body.leg_chain(side)
        for tip, size in ((arm[3], 0.11), (leg[2], 0.10), (leg[3], 0.12), (body.at(f"{side}_heel"), 0.08)):
            disc = bones(tip[None], size * body.torso)
            mask[disc & (mask != cv2.GC_FGD) & (prior > 0.02)] = cv2.GC_PR_FGD
    # The landmark model's mask is coarse: its rim is for colour to decide.
    rim = max(1, round(0.045 * body.torso / step))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1, 2 * rim + 1))
    mask[cv2.erode((prior > 0.95).astype(np.uint8), kernel) > 0] = cv2.GC_FGD
    for side in SIDES:
        arm, leg = body.arm_chain(side), body.leg_chain(side)
        foot = np.stack([leg[2], body.at(f"{side}_heel"), leg[3], leg[2]])
        for chain, names in ((arm, ("shoulder", "elbow", "wrist")), (leg, ("hip", "knee", "ankle"))):
            for k in range(2):
                if min(body.visibility[J[f"{side}_{names[k]}"]], body.visibility[J[f"{side}_{names[k + 1]}"]]) > 0.5:
                    line = bones(chain[k : k + 2], 0.02 * body.torso)
                    mask[line & (prior > 0.25)] = cv2.GC_FGD
        if body.visibility[J[f"{side}_foot_index"]] > 0.5:
            mask[bones(foot, 0.02 * body.torso) & (prior > 0.05)] = cv2.GC_FGD
    mask[(prior < 0.01) & (mask != cv2.GC_FGD)] = cv2.GC_BGD
    # Hair stands out further than a coarse mask knows.
    crown = body.skull + (body.skull - body.chest) * 0.15
    mask[bones(crown[None], 0.34 * body.torso) & (mask == cv2.GC_BGD)] = cv2.GC_PR_BGD
    mask[away] = cv2.GC_BGD
    if not (mask == cv2.GC_FGD).any() or not (mask == cv2.GC_BGD).any():
        return (prior > 0.5) & ~away
    cv2.setRNGSeed(1)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(small[..., ::-1]), mask, None, *models, 3, cv2.GC_INIT_WITH_MASK)
    cut = (mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)
    return _solid(cut, body.torso / step)


def _solid(cut: Bool, torso: float) -> Bool:
    """Keep the largest piece and pieces near it of some size; close pinholes."""
    import cv2

    count, label, stats, _ = cv2.connectedComponentsWithStats(cut.astype(np.uint8), connectivity=4)
    if count <= 1:
        return cut
    areas = stats[1:, cv2.CC_STAT_AREA]
    keep = areas > max(0.02 * areas.max(), 0.01 * torso * torso)
    # Tufts of hair and fingers may hang by less than a pixel.
    reach = 2 * max(1, round(0.05 * torso)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    close = np.unique(label[cv2.dilate((label == 1 + areas.argmax()).astype(np.uint8), kernel) > 0])
    keep[close[close > 0] - 1] |= areas[close[close > 0] - 1] > 0.0004 * torso * torso
    out = np.isin(label, np.flatnonzero(keep) + 1)
    holes, label, stats, _ = cv2.connectedComponentsWithStats((~out).astype(np.uint8), connectivity=4)
    small = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] < 0.0015 * torso * torso)
    filled: Bool = out | np.isin(label, small[small > 0])
    return filled if holes > 1 else out


def _contour(rgb: UInt8, cut: Bool, up: float, step: float) -> Float32:
    """The matte of a small person, who is seen enlarged: its edge is found between the photo's pixels.

    Args:
        rgb: (H, W, 3) uint8.
        cut: of `_grab_cut`: its stairs and what a codec's blocks break off are smoothed away.
        up: px in which the edge is looked for, a px of the photo.
        step: the same, a px of the cut.

    Returns:
        (H, W) float32: how much of each px is the person.
    """
    import cv2

    height, width = rgb.shape[:2]
    size = (round(width * up), round(height * up))
    guide = cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC).astype(np.float32) / np.float32(255)
    soft = cv2.GaussianBlur(cut.astype(np.float32), (0, 0), 0.9)
    soft = np.clip(cv2.resize(soft, size, interpolation=cv2.INTER_CUBIC), 0, 1)
    soft = guided_filter(guide, soft, max(2, round(2.2 * step)), 1e-3)
    soft = cv2.GaussianBlur(soft, (0, 0), 0.4 * step)
    steep = np.clip((soft - 0.28) / 0.26, 0, 1).astype(np.float32)
    return np.asarray(cv2.resize(steep, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _sharpen(rgb: UInt8, soft: Float32, scale: float, body: Anatomy) -> Float32:
    """Bring a matte from working size to full size along the photo's own edges, and steepen its ramp."""
    if scale < 0.95:
        guide = rgb.astype(np.float32) / np.float32(255)
        radius = max(2, round(1.5 / scale))
        soft = np.clip(guided_filter(guide, soft, radius, 1e-4), 0, 1)
    alpha: Float32 = np.clip((soft - 0.3) / 0.45, 0, 1).astype(np.float32)
    return alpha
