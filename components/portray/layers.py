"""One person becomes six layers: what is seen of each part, and what other parts hide of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.core import PARTS, Bool, Float32, UInt8
from components.portray.anatomy import SIDES, Anatomy, capsule
from components.portray.bridge import bridge
from components.portray.complete import Look, patch_fill
from components.portray.masks import THIN, dilated, holes, opened, smoothed
from components.portray.smooth import smooth_fill

TUCK = 0.015
"""Torso lengths that a part goes on beneath its neighbours."""
SKIN = 45.0
"""8-bit levels by which bare shoulders may differ from the face."""
TORSO, HEAD = PARTS.index("torso"), PARTS.index("head")


@dataclass(frozen=True)
class CutOut:
    """What is known of a person before it is cut into layers. All pictures are of one crop of the photo.

    Attributes:
        rgb: (H, W, 3) uint8 the person's own colours, freed of the background.
        alpha: (H, W) float32 matte.
        shares: (len(PARTS), H, W) float32 share of each part, sums to 1.
        body: proportions, photo px.
        origin: (2,) float32 photo px of the crop's first pixel.
        skin: (3,) uint8.
        order: parts from the lowest to the uppermost.
    """

    rgb: UInt8
    alpha: Float32
    shares: Float32
    body: Anatomy
    origin: Float32
    skin: UInt8
    order: tuple[str, ...]

    @property
    def arms(self) -> Float32:
        """(H, W) float32 share of both arms."""
        both: Float32 = self.shares[PARTS.index("left_arm")] + self.shares[PARTS.index("right_arm")]
        return both


def torso_layer(cut: CutOut) -> tuple[UInt8, Float32]:
    """The torso with its neck, completed under arms and head.

    Returns:
        (H, W, 3) uint8 colours and (H, W) float32 alpha.
    """
    import cv2

    body, shape = cut.body, cut.alpha.shape
    own, inside = cut.shares[TORSO], cut.alpha > 0.5
    hull = np.zeros(shape, np.uint8)
    cv2.fillPoly(hull, [np.round((body.torso_polygon() - cut.origin) * 16).astype(np.int32)], 1, shift=4)
    # What lies between the torso that is seen and the arms is torso too.
    reach = 2 * round(0.12 * body.torso) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    bridged = cv2.morphologyEx((own > 0.5).astype(np.uint8), cv2.MORPH_CLOSE, kernel) > 0
    arms = cut.arms > 0.5
    covered = (dilated(hull > 0, 0.03 * body.torso) | bridged) & arms & inside
    axis = body.skull - body.chest
    neck_points = np.stack([body.chest - axis * 0.05, body.chest + axis * 0.6]).astype(np.float32)
    radius = 0.115 * body.torso
    neck = capsule(neck_points, np.array([1.15 * radius, 0.9 * radius], np.float32), shape, cut.origin)
    neck &= inside & ((cut.shares[HEAD] > 0.5) | arms)
    hidden = covered | neck | _tuck(cut, "torso")
    hidden |= holes((own > 0.5) & inside | hidden, 0.02 * body.torso**2)
    shoulders = np.zeros(shape, bool)
    for side in SIDES:
        joint = body.arm_chain(side)[:1]
        shoulders |= capsule(joint, np.array([1.4 * body.arm], np.float32), shape, cut.origin)
    # Next to an arm the torso is in its shade, and partly of its colour.
    rim = dilated(arms & inside & ~shoulders, 0.045 * body.torso) & (own > 0.05) & ~arms & ~shoulders
    gusset = _gusset(cut) & (own < 0.5) & ~hidden
    whole = hidden | gusset | ((own > 0.5) & inside)
    alpha = np.maximum(own, smoothed(whole, 0.012 * body.torso)) * cut.alpha
    throat = np.stack([body.chest, body.chest + axis]).astype(np.float32)
    bare = capsule(throat, np.full(2, 1.7 * radius, np.float32), shape, cut.origin)
    bare &= _sleeved(cut)
    edges = dilated(arms & inside, 0.06 * body.torso)  # where a rim of the arm itself may be left
    source = np.maximum(own, dilated(gusset, 3.0) & inside & ~arms)
    colours = _fill(cut, source, hidden | rim, Look(0.6, 0.1), bare | edges)
    jaw = _tuck(cut, "torso") & (cut.shares[HEAD] > 0.5)
    return _skin_neck(cut, colours, neck | (jaw & bare)), alpha


def _sleeved(cut: CutOut) -> bool:
    """Whether the arms begin in sleeves: then what they hide of the torso is cloth, and no skin of the neck."""
    body, radius = cut.body, np.array([cut.body.arm], np.float32)
    roots = np.zeros(cut.alpha.shape, np.bool_)
    for side in SIDES:
        roots |= capsule(body.arm_chain(side)[:1], radius, cut.alpha.shape, cut.origin)
    roots &= (cut.arms > 0.9) & (cut.alpha > 0.9)
    if roots.sum() < 20:
        return False
    colour = np.median(cut.rgb[roots].astype(np.float32), axis=0)
    return bool(np.abs(colour - cut.skin).max() > SKIN)


def _gusset(cut: CutOut) -> Bool:
    """The cloth between the thighs: it stays with the torso, so that no gap opens when the legs part.

    It keeps the photo's own pixels: at rest nobody sees where it ends.
    """
    import cv2

    body = cut.body
    spine = body.pelvis - body.chest
    down = spine / max(float(np.hypot(*spine)), 1e-3)
    left, right = body.at("left_hip"), body.at("right_hip")
    if float(np.hypot(*(left - right))) < 0.15 * body.torso:  # seen from the side there is nothing between
        return np.zeros(cut.alpha.shape, bool)
    low = body.pelvis + down * _crotch(cut, down, 0.27 * body.torso)
    aside = (left - right) / max(float(np.hypot(*(left - right))), 1e-3) * 0.07 * body.torso
    points = np.stack([left, low + aside, low - aside, right]) - cut.origin
    triangle = np.zeros(cut.alpha.shape, np.uint8)
    cv2.fillPoly(triangle, [np.round(points * 16).astype(np.int32)], 1, shift=4)
    legs = cut.shares[PARTS.index("left_leg")] + cut.shares[PARTS.index("right_leg")]
    gusset: Bool = (triangle > 0) & (legs > 0.5) & (cut.alpha > 0.5)
    return gusset


def _crotch(cut: CutOut, down: Float32, most: float) -> float:
    """Px from the pelvis down to where the thighs part: below it the gusset would hang down in two points.

    Args:
        cut: the person.
        down: (2,) unit along the spine.
        most: px.
    """
    way = np.arange(0.0, most, 0.5, dtype=np.float32)
    x, y = np.round(cut.body.pelvis - cut.origin + way[:, None] * down).astype(int).T
    height, width = cut.alpha.shape
    parted = cut.alpha[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)] < 0.5
    return float(way[parted.argmax()]) if parted.any() else most


def _skin_neck(cut: CutOut, colours: UInt8, hidden: Bool) -> UInt8:
    """What the chin hides of the neck is skin, darker upwards where the head shades it."""
    import cv2

    if not hidden.any():
        return colours
    axis = cut.body.skull - cut.body.chest
    y, x = np.mgrid[: hidden.shape[0], : hidden.shape[1]].astype(np.float32)
    along = ((x + cut.origin[0] - cut.body.chest[0]) * axis[0] + (y + cut.origin[1] - cut.body.chest[1]) * axis[1]) / (
        float(axis @ axis) + 1e-6
    )
    shade = 1.0 - 0.22 * np.clip((along - 0.2) / 0.5, 0, 1)
    skin = np.clip(cut.skin[None, None] * shade[..., None], 0, 255)
    weight = cv2.GaussianBlur((hidden & (along > 0.18)).astype(np.float32), (0, 0), 0.02 * cut.body.torso + 0.6)
    weight = (weight * hidden)[..., None]
    out: UInt8 = np.round(colours * (1 - weight) + skin * weight).astype(np.uint8)
    return out


def head_layer(cut: CutOut) -> tuple[UInt8, Float32]:
    """The head with its hair, completed under hands."""
    import cv2

    body, shape = cut.body, cut.alpha.shape
    own, inside = cut.shares[HEAD], cut.alpha > 0.5
    axis = body.skull - body.chest
    points = np.stack([body.skull - axis * 0.1, body.skull + axis * 0.12]).astype(np.float32)
    skull = capsule(points, np.full(2, 0.19 * body.torso, np.float32), shape, cut.origin) & inside
    # What hair or hat a hand covers lies between what is seen of them.
    reach = 2 * round(0.14 * body.torso) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    bridged = cv2.morphologyEx((own > 0.5).astype(np.uint8), cv2.MORPH_CLOSE, kernel) > 0
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    up = (x + cut.origin[0] - body.skull[0]) * axis[0] + (y + cut.origin[1] - body.skull[1]) * axis[1] > 0
    # A hand beside the head leaves no slivers of hair where it was.
    hidden = opened((skull | (bridged & up)) & (cut.arms > 0.5) & inside, THIN * body.torso) | _tuck(cut, "head")
    alpha = np.maximum(own, smoothed(hidden, 0.01 * body.torso)) * cut.alpha
    return _fill(cut, own, hidden, Look(0.5, 0.5)), alpha


def paint_order(shares: Float32, alpha: Float32, body: Anatomy, origin: Float32) -> tuple[str, ...]:
    """Parts from the lowest to the uppermost, as the photo shows them: who is seen where two limbs cross lies on top.

    Args:
        shares: (len(PARTS), H, W) float32.
        alpha: (H, W) float32 matte.
        body: proportions.
        origin: photo px of the first pixel.
    """
    pairs: list[str] = []
    for limb, width in (("leg", body.leg), ("arm", body.arm)):
        names = [f"{side}_{limb}" for side in SIDES]
        tubes = [capsule(body.chain(n), np.full(4, 0.6 * width, np.float32), alpha.shape, origin) for n in names]
        both = tubes[0] & tubes[1] & (alpha > 0.5)
        left, right = (float(shares[PARTS.index(n)][both].sum()) for n in names)
        pairs += names if right >= left else names[::-1]
    return (pairs[0], pairs[1], "torso", "head", pairs[2], pairs[3])


def _above(cut: CutOut, part: str) -> Bool:
    """(H, W) bool: a part that lies over this one is seen."""
    over = [PARTS.index(n) for n in cut.order[cut.order.index(part) + 1 :]]
    seen: Bool = cut.shares[over].sum(axis=0) > 0.5
    return seen


def _tuck(cut: CutOut, part: str) -> Bool:
    """Where a part goes on a little beneath its neighbours: two soft edges side by side would show the background."""
    inside = cut.alpha > 0.5
    seen = (cut.shares[PARTS.index(part)] > 0.5) & inside
    tucked: Bool = dilated(seen, TUCK * cut.body.torso) & inside & _above(cut, part) & ~seen
    return tucked


def _alike(cut: CutOut, seen: Bool) -> Bool:
    """Pixels that could as well be of a part: crossing sleeves of one cloth are not told apart by their colour."""
    near = smooth_fill(cut.rgb.astype(np.float32), seen)
    alike: Bool = np.abs(cut.rgb - near).max(axis=-1) < 40
    return alike


def limb_layer(cut: CutOut, part: str) -> tuple[UInt8, Float32, float]:
    """An arm or a leg with a rounded cap at its root joint, completed where other parts hide it.

    Returns:
        (H, W, 3) uint8 colours, (H, W) float32 alpha, and the share of the limb that the photo shows, 0..1.
    """
    body, shape = cut.body, cut.alpha.shape
    k = PARTS.index(part)
    own, inside = cut.shares[k], cut.alpha > 0.5
    is_arm = part.endswith("arm")
    chain = body.chain(part)
    width = body.arm if is_arm else body.leg
    radii = np.array([1.0, 0.75, 0.55, 0.5] if is_arm else [0.95, 0.68, 0.42, 0.35], np.float32) * width
    tube = capsule(chain, radii, shape, cut.origin)
    seen = (own > 0.5) & inside
    shown = float((tube & seen).sum() / max(tube.sum(), 1))
    above = _above(cut, part)
    cap = capsule(chain[:1], np.array([1.12 * width], np.float32), shape, cut.origin) & inside
    other = cut.shares[PARTS.index(("right_" if part.startswith("left") else "left_") + part.split("_")[1])] > 0.5
    borrowed = tube & inside & other & ~above & _alike(cut, seen)
    borrowed |= bridge(chain, radii, seen, cut.origin) & inside & ~other & ~above
    # Where its twin lies on it in spite of the paint order, a covered hand at rest is better than a hole in motion.
    hidden = tube & inside & ~seen & ~borrowed & (above | other)
    if is_arm:
        # The cap over the torso keeps the photo's own pixels: at rest nobody sees where it ends.
        keep = (cap & ~other & (cut.shares[HEAD] < 0.5)) | borrowed
        hidden &= ~keep
        source = np.maximum(own, dilated(keep, 3.0) & inside)
        shape_mask = seen | keep | hidden
    else:
        hidden |= cap & ~seen & above
        source = np.maximum(own, borrowed)
        shape_mask = seen | borrowed | hidden
    tuck = _tuck(cut, part)
    hidden |= tuck
    alpha = np.maximum(own, smoothed(shape_mask | tuck, 0.015 * body.torso)) * cut.alpha
    return _fill(cut, source, hidden, Look(1.0, 1.0)), alpha.astype(np.float32), shown


def _fill(cut: CutOut, own: Float32, hole: Bool, look: Look, never: Bool | None = None) -> UInt8:
    """The part's own colours, bled a little over its inner edges, and patches of it where it is hidden.

    Args:
        cut: the person.
        own: (H, W) share of the part.
        hole: (H, W) bool where patches go.
        look: as in `patch_fill`.
        never: (H, W) bool: what no patch is taken from, unless there is nothing else.
    """
    import cv2

    inner = cv2.erode((own > 0.9).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    inner &= ~hole
    if not (inner & (cut.alpha > 0.9)).any():
        return np.broadcast_to(cut.skin, cut.rgb.shape).copy()
    colours = smooth_fill(cut.rgb.astype(np.float32), inner)
    picture = np.round(np.clip(colours, 0, 255)).astype(np.uint8)
    gap = hole & (cut.alpha > 0.02)
    if gap.any():
        patches = inner & (cut.alpha > 0.97)
        if never is not None and (patches & ~never).sum() > gap.sum():
            patches &= ~never
        picture = patch_fill(picture, gap, patches, look, 240)
    return picture


def premultiply(rgb: UInt8, alpha: Float32) -> UInt8:
    """(H, W, 4) uint8 texture of colours and alpha."""
    a = np.clip(alpha, 0, 1)[..., None]
    return np.round(np.concatenate([rgb * a, a * 255.0], axis=-1)).astype(np.uint8)
