"""A limb that the photo shows folded lies on itself: it becomes two sheets of skin, joined at elbow or knee only."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import numpy.typing as npt

from components.animate.puppet.crease import crease
from components.core import RIG, RIG_BONES, Bool, Float32, Int32, Part, UInt8

Float64 = npt.NDArray[np.float64]

FOLDED = 95.0
"""Degrees of bend at elbow or knee from which the two bones lie so close that skin belongs to the nearer one."""
_CAP = 0.95
"""Either sheet ends in a disc round the joint, of this many times half the limb's width where it is thinner."""
_CONE = 0.3
"""Px by which a sheet may widen with every px from that disc: what is wider there is the corner of the bend."""
_NEAR, _SPIKE = 3.5, 0.7
"""So many times as far from the joint as that disc reaches, spikes thinner than this share of it are cut off."""
_ROOT = 1.3
"""A shoulder or hip is so many times as wide as the limb."""
_WIDTH = {"arm": (0.07, 0.16), "leg": (0.10, 0.24)}
"""Half the width of a limb lies between these, in torso lengths."""
_REACH = 2.1
"""A hand's tip lies so many times as far from the wrist as the middle of its knuckles does."""
_ALIKE = 40
"""Levels of colour up to which what is seen beside a finger may be the hand."""
_GAP = 4
"""Px of nothing between the two pictures of the atlas."""


def unfolded(part: Part, rest: Float32, hands: Float32, length: float, behind: bool = False) -> tuple[Part, Float32]:
    """The part as two sheets, where the photo shows it folded: one for each bone, each with a picture of its own.

    What is seen of the sheet in front ends at the crease. The one at the back is completed beneath it, so that it is
    whole when the limb opens. At rest both together look as the photo does.

    Args:
        part: any; those that are no limbs, or are not folded, stay as they are.
        rest: (22, 2) photo px of RIG's joints.
        hands: (2, 21, 2 or more) photo px, NaN where not seen: a hand goes with its forearm wherever it lies.
        length: px from chest to pelvis.
        behind: the photo shows the person's back.

    Returns:
        The part, and (V, 2) float32 px of its texture at every vertex.
    """
    side, _, limb = part.name.partition("_")
    plain = part, (part.vertices - part.origin).astype(np.float32)
    names = {"arm": ("upper_arm", "forearm", "hand"), "leg": ("thigh", "shin", "foot")}.get(limb)
    if names is None:
        return plain
    bones = [RIG_BONES.index(f"{side}_{name}") for name in names]
    points = [rest[RIG.bones[bones[0]][0]], *(rest[RIG.bones[b][1]] for b in bones)]
    chain = [np.asarray(p, np.float64) - part.origin for p in points]
    upper, lower = chain[1] - chain[0], chain[2] - chain[1]
    bend = np.degrees(np.arccos(np.clip(upper @ lower / max(np.hypot(*upper) * np.hypot(*lower), 1e-6), -1, 1)))
    if bend < FOLDED or min(float(np.hypot(*upper)), float(np.hypot(*lower))) < 2:
        return plain
    texture = np.asarray(part.texture)
    tip = chain[2] + (chain[3] - chain[2]) * (_REACH if limb == "arm" else 1.0)
    least, most = (share * length for share in _WIDTH[limb])
    radii = tuple(float(np.clip(_half_width(texture, a, b, c), least, most)) for a, b, c in (
        (chain[0], chain[1], chain[2]), (chain[2], chain[1], chain[0])))  # fmt: skip
    radii = radii[0], min(radii)
    fingers = _fingers(hands, part.origin, texture) if limb == "arm" else []
    back = 0 if (limb == "arm") != behind else 1
    sure = _sure(texture, [chain[0], chain[1]], [chain[2], chain[1]], radii, back, fingers)
    lines = [[sure[0]], [sure[1], np.stack([chain[2], tip]), *fingers]]
    apart = crease(texture, lines[0], lines[1], radii)
    cap = _CAP * min(radii)
    solid = texture[..., 3] > 8
    nearer = _in_one_piece(apart >= 0, solid)
    masks = [_ended(~nearer, chain[1], upper, cap) & solid, _ended(nearer, chain[1], -lower, cap) & solid]
    covered = _tube(texture, chain[2 * back], chain[1], radii[back])
    if back == 0:
        covered |= _tube(texture, chain[0], chain[0], _ROOT * radii[0])
    hidden = _ended(covered, chain[1], (upper, -lower)[back], cap) & masks[1 - back] & ~masks[back]
    whole = masks[back] | hidden
    hidden |= cv2.morphologyEx(whole.astype(np.uint8), cv2.MORPH_CLOSE, _disc(0.6 * cap)) > 0
    hidden &= masks[1 - back] & ~masks[back]
    near = hidden | _tube(texture, chain[1], chain[1], _NEAR * cap)
    wholes = []
    for k, mask in enumerate(masks):
        spiky = near & ~_tube(texture, chain[2 * k], chain[1], _SPIKE * cap)
        wholes.append(_blunt(mask | hidden if k == back else mask, spiky, _SPIKE * cap))
    sheets = [_sheet(texture, mask & whole, whole) for mask, whole in zip(masks, wholes, strict=True)]
    cell = _cell(part)
    shift = np.array([0, texture.shape[0] + _GAP], np.float32)
    meshes = [_mesh(sheet[..., 3], cell) for sheet in sheets]
    if not all(len(triangles) for _, triangles in meshes):
        return plain
    count = len(meshes[0][0])
    local = np.concatenate([meshes[0][0], meshes[1][0]])
    along = (meshes[1][0] - chain[2]) @ (chain[3] - chain[2]) / max(float(np.hypot(*(chain[3] - chain[2]))) ** 2, 1.0)
    end = _rise(0.5 + along)
    weights = np.zeros((len(local), len(RIG_BONES)), np.float32)
    weights[:count, bones[0]] = 1
    weights[count:, bones[1]], weights[count:, bones[2]] = 1 - end, end
    triangles = [meshes[0][1], meshes[1][1] + np.int32(count)]
    order = (back, 1 - back)
    return dataclasses.replace(
        part,
        texture=np.concatenate([sheets[0], np.zeros((_GAP, *texture.shape[1:]), np.uint8), sheets[1]]),
        vertices=(local + part.origin).astype(np.float32),
        triangles=np.concatenate([triangles[k] for k in order]).astype(np.int32),
        weights=weights,
    ), np.concatenate([meshes[0][0], meshes[1][0] + shift]).astype(np.float32)


def _half_width(texture: UInt8, start: Float64, joint: Float64, other: Float64) -> float:
    """Px from a bone to the edge of the limb on the side that the other bone leaves free."""
    bone = joint - start
    length = max(float(np.hypot(*bone)), 1e-6)
    across = np.array([-bone[1], bone[0]]) / length
    across *= -np.sign((other - joint) @ across) or 1.0
    steps = np.arange(1.0, max(texture.shape[:2]))
    widths = []
    for t in np.linspace(0.35, 0.85, 11):
        line = np.round(start + t * bone + steps[:, None] * across).astype(int)
        inside = ((line >= 0) & (line < texture.shape[1::-1])).all(axis=1)
        line = np.clip(line, 0, np.array(texture.shape[1::-1]) - 1)
        solid = inside & (texture[line[:, 1], line[:, 0], 3] > 127)
        widths.append(float(np.argmin(solid)))
    return float(np.median(widths))


def _fingers(hands: Float32, origin: Float32, texture: UInt8) -> list[Float64]:
    """Lines along the fingers of the hands that this limb's picture shows: a clasped hand may bring the other one."""
    lines = []
    for hand in hands:
        points = hand[:, :2] - origin
        if not np.isfinite(points).all():
            continue
        at = np.round(points).astype(int)
        inside = ((at >= 0) & (at < texture.shape[1::-1])).all(axis=1)
        at = np.clip(at, 0, np.array(texture.shape[1::-1]) - 1)
        if (inside & (texture[at[:, 1], at[:, 0], 3] > 127)).mean() > 0.7:
            lines += [points[[0, *range(k, k + 4)]].astype(np.float64) for k in (1, 5, 9, 13, 17)]
    return lines


def _ended(mask: Bool, joint: Float64, bone: Float64, radius: float) -> Bool:
    """The mask with a round end at the joint: the disc round it, and what lies in a cone that opens from there."""
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    along, across = np.array([bone, [-bone[1], bone[0]]]) / max(float(np.hypot(*bone)), 1e-6)
    before = -((x - joint[0]) * along[0] + (y - joint[1]) * along[1])
    aside = np.abs((x - joint[0]) * across[0] + (y - joint[1]) * across[1])
    disc = np.hypot(before, aside) <= radius
    return np.asarray(disc | (mask & (before >= 0) & (aside <= radius + _CONE * before)))


def _sure(
    texture: UInt8,
    upper: list[Float64],
    lower: list[Float64],
    radii: tuple[float, float],
    back: int,
    fingers: list[Float64],
) -> list[Float64]:
    """Points (N, 2) of either bone's line that surely show this bone.

    The one at the back does not show where the other lies on it. Near the joint neither says anything: both are left
    out for the same length, so that what lies between them is shared out evenly.
    """
    t = np.linspace(0, 1, 80)[:, None]
    points = [a + t * (b - a) for a, b in (upper, lower)]
    front = (upper, lower)[1 - back]
    away = _off(points[back], front[0], front[1])
    free = away >= min(radii[1 - back], float(away.max()))
    if back == 0 and fingers:
        near = np.min([_off(points[0], f[k], f[k + 1]) for f in fingers for k in range(len(f) - 1)], axis=0)
        skin = np.median(_colours(texture, np.concatenate(fingers)), axis=0)
        alike = np.abs(_colours(texture, points[0]) - skin).max(axis=1) < _ALIKE
        free &= (near >= min(1.1 * radii[1], float(near.max()))) | ~alike
    gone = float(t[np.argmax(free[::-1]), 0])
    lengths = [max(float(np.hypot(*(b - a))), 1e-6) for a, b in (upper, lower)]
    bare = min(0.5, gone * lengths[back] / lengths[1 - back])
    kept = points[1 - back][t[:, 0] <= 1 - bare]
    return [points[0][free], kept] if back == 0 else [kept, points[1][free]]


def _colours(texture: UInt8, points: Float64) -> Float64:
    """(N, 3) colours of the texture at points (N, 2), as premultiplied."""
    x, y = np.clip(np.round(points).astype(int), 0, np.array(texture.shape[1::-1]) - 1).T
    return np.asarray(texture[y, x, :3], np.float64)


def _off(points: Float64, start: Float64, end: Float64) -> Float64:
    """Px from a bone, of points (..., 2)."""
    bone = end - start
    along = np.clip((points - start) @ bone / max(float(bone @ bone), 1e-6), 0, 1)
    return np.asarray(np.hypot(*np.moveaxis(points - start - along[..., None] * bone, -1, 0)))


def _in_one_piece(mask: Bool, solid: Bool) -> Bool:
    """The mask with each island, on either side of its border, gone over to what surrounds it."""
    for inside in (True, False):
        count, pieces, stats, _ = cv2.connectedComponentsWithStats(((mask == inside) & solid).astype(np.uint8))
        if count > 2:
            mask = np.where((pieces > 0) & (pieces != 1 + stats[1:, cv2.CC_STAT_AREA].argmax()), not inside, mask)
    return mask


def _disc(radius: float) -> UInt8:
    r = max(1, round(radius))
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1)), np.uint8)


def _blunt(mask: Bool, spiky: Bool, radius: float) -> Bool:
    """The mask without what is thinner than a radius where spikes are expected."""
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, _disc(radius)) > 0
    return np.asarray(mask & (opened | ~spiky))


def _tube(texture: UInt8, start: Float64, end: Float64, radius: float) -> Bool:
    """The pixels within a radius of a bone."""
    y, x = np.mgrid[: texture.shape[0], : texture.shape[1]]
    return np.asarray(_off(np.stack([x, y], axis=-1).astype(np.float64), start, end) <= radius)


def _sheet(texture: UInt8, mask: Bool, whole: Bool) -> UInt8:
    """(H, W, 4) the pixels of a mask, continued over all of a sheet, with a soft edge."""
    hidden = whole & ~mask
    # The photo's own outline is soft already: only where the sheet ends on the limb it gets a new edge.
    beyond = (texture[..., 3] <= 8) & (cv2.dilate(whole.astype(np.uint8), _disc(5)) > 0)
    soft = np.asarray(cv2.GaussianBlur((whole | beyond).astype(np.float32), (0, 0), 1.5))
    soft = np.clip((soft - 0.5) * 1.6 + 0.5, 0, 1)[..., None]
    picture = texture
    if hidden.any():
        # Next to the crease lies the shadow of what is in front, and some of its colour.
        sure = cv2.erode((mask & (texture[..., 3] > 240)).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        if sure.any():
            gap = (cv2.dilate(hidden.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) & ~sure & (texture[..., 3] > 200)
            picture = _continued(texture, gap, sure)
    return np.round(picture * soft).astype(np.uint8)


def _continued(texture: UInt8, gap: Bool, sure: Bool) -> UInt8:
    """The texture with what it shows of the sure pixels carried on smoothly over a gap."""
    _, nearest = cv2.distanceTransformWithLabels(
        (~sure).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
    colours[nearest[sure]] = texture[sure][:, :3]
    near = colours[nearest]
    blurred = cv2.GaussianBlur(near, (0, 0), 2.0)
    out = texture.copy()
    out[gap, :3] = blurred[gap]
    out[gap, 3] = 255
    return out


def _cell(part: Part) -> float:
    """Px of the side of a cell of the part's mesh."""
    corners = np.asarray(part.vertices)[np.asarray(part.triangles)]
    sides = np.hypot(*(corners - np.roll(corners, 1, axis=1)).reshape(-1, 2).T)
    return max(2.0, float(np.median(sides))) if len(sides) else 8.0


def _mesh(alpha: UInt8, cell: float) -> tuple[Float32, Int32]:
    """(V, 2) px of the texture and (F, 3): the cells of a grid that touch what is not transparent."""
    height, width = alpha.shape
    columns, rows = max(1, round(width / cell)), max(1, round(height / cell))
    xs = np.linspace(-0.5, width - 0.5, columns + 1, dtype=np.float32)
    ys = np.linspace(-0.5, height - 0.5, rows + 1, dtype=np.float32)
    covered = cv2.dilate((alpha > 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    y, x = np.nonzero(covered)
    held = np.zeros((rows, columns), bool)
    held[np.minimum(y * rows // height, rows - 1), np.minimum(x * columns // width, columns - 1)] = True
    i, j = np.nonzero(held)
    a = i * len(xs) + j
    b, c, d = a + 1, a + len(xs), a + len(xs) + 1
    triangles = np.concatenate([np.stack([a, b, d], axis=1), np.stack([a, d, c], axis=1)])
    used, compact = np.unique(triangles, return_inverse=True)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    return grid[used].astype(np.float32), compact.reshape(-1, 3).astype(np.int32)


def _rise(x: Float64) -> Float64:
    t = np.clip(x, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
