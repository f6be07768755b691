"""One person of a photo becomes a performer: matte, layers, meshes, rig."""

from __future__ import annotations

import numpy as np

from components.core import PARTS, Bool, Float32, Int32, Part, Performer, UInt8
from components.models.people import PersonLandmarks
from components.portray import hidden, layers, mesh, rig, views
from components.portray.anatomy import SIDES, Anatomy
from components.portray.despill import despill, keyed, screen_channel
from components.portray.foreground import estimate_foreground
from components.portray.hands import hand_mask
from components.portray.labels import part_shares
from components.portray.masks import trimmed
from components.portray.matte import crop_box, person_matte

DEPTHS = (1.0, 1.1, 2.0, 3.0, 4.0, 4.1)
"""Depth of the parts in paint order: legs, torso, head, arms."""
BEHIND = 0.5
"""Depth of an arm that the torso hides, and how much lower a hidden leg lies."""
SURROUND, SPILL = 0.25, 0.15
"""Torso lengths around a person in which a screen is looked for, and into the person that it shines."""
CELL = 0.052
"""Size of a mesh cell in torso lengths: about 2,000 vertices a person."""


def cut_out(
    rgb: UInt8, opacity: UInt8 | None, person: PersonLandmarks, body: Anatomy, foreign: Bool, index: int
) -> Performer:
    """Cut one person out.

    Args:
        rgb: (H, W, 3) uint8 photo.
        opacity: (H, W) uint8: the photo's own alpha where it has one; it is then the matte.
        person: landmarks.
        body: proportions.
        foreign: (H, W) bool: where somebody else is seen.
        index: number of the performer.
    """
    size = (rgb.shape[1], rgb.shape[0])
    x0, y0, x1, y1 = crop_box(body, person.box, rgb.shape[:2])
    crop = np.s_[y0:y1, x0:x1]
    colours, origin = np.ascontiguousarray(rgb[crop]), np.array([x0, y0], np.float32)
    if opacity is None:
        alpha = person_matte(colours, person.mask[crop], body, (x0, y0), foreign[crop])
    else:
        alpha = (opacity[crop] * ~foreign[crop]).astype(np.float32) / np.float32(255)
    screen = screen_channel(colours, alpha, SURROUND * body.torso)
    if screen is not None and opacity is None:
        alpha = keyed(colours, alpha, screen, body.torso)
    hands = [hand_mask(colours, alpha, hand, origin) for hand in person.hands]
    skin = rig.skin_colour(colours, alpha, origin, body, hands)
    shares = part_shares(colours, alpha, body, (x0, y0), (hands[0], hands[1]), person.face)
    clean = estimate_foreground(colours, alpha)
    if screen is not None:
        clean = despill(clean, alpha, screen, SPILL * body.torso)
    order = layers.paint_order(shares, alpha, body, origin)
    cut = layers.CutOut(clean, alpha, shares, body, origin, skin, order)
    pictures, shown, hidden_hands, depth = _pictures(cut, views.hands_seen(hands, shares), size)
    parts = [
        part for name in PARTS if (part := _part(name, *pictures[name], cut, person.face, depth[name])) is not None
    ]
    matte = np.zeros(rgb.shape[:2], np.uint8)
    matte[crop] = np.round(alpha * 255)
    yaw = rig.facing(person.xyz, person.world)
    return Performer(
        index=index,
        box=np.asarray(person.box, np.float32),
        joints=rig.rig_joints(person.xyz),
        visibility=rig.rig_visibility(person.visibility),
        landmarks=person.xyz.astype(np.float32),
        hands=person.hands.astype(np.float32),
        face=None if person.face is None else person.face.astype(np.float32),
        facing=yaw,
        parts=tuple(parts),
        skin=skin,
        matte=matte,
        notices=views.notices(body, yaw, size, shown, hidden_hands, person.face is not None),
    )


def _pictures(
    cut: layers.CutOut, hands_seen: list[bool], size: tuple[int, int]
) -> tuple[dict[str, tuple[UInt8, Float32]], dict[str, float], list[str], dict[str, float]]:
    """Colours and alpha of every layer; share of each limb that is seen; sides of hidden hands; depths."""
    pictures: dict[str, tuple[UInt8, Float32]] = {"torso": layers.torso_layer(cut), "head": layers.head_layer(cut)}
    shown: dict[str, float] = {}
    for name in PARTS[2:]:
        rgb, alpha, shown[name] = layers.limb_layer(cut, name)
        pictures[name] = rgb, alpha
    body, origin, shape = cut.body, cut.origin, cut.alpha.shape
    bare: list[str] = []
    for side, seen in zip(SIDES, hands_seen, strict=True):
        share = cut.shares[PARTS.index(f"{side}_arm")]
        if views.hand_hidden(cut.alpha, share, body, side, origin, seen):
            bare.append(side)
    depth = dict(zip(cut.order, DEPTHS, strict=True))
    whole = dict(pictures)
    for name in PARTS[2:]:
        side, limb = name.split("_")
        other = ("right_" if side == "left" else "left_") + limb
        if shown[name] < views.HIDDEN_LIMB:
            bones: tuple[int, ...] = (0, 1, 2)
            depth[name] = BEHIND if limb == "arm" else depth[name] - BEHIND
        elif limb == "arm" and side in bare and views.in_photo(body, f"{side}_wrist", size):
            bones = (2,)
        else:
            continue
        if shown[other] > 0.6 and not (limb == "arm" and ("right" if side == "left" else "left") in bare):
            extra = hidden.mirrored(body, name, bones, *whole[other], origin)
        else:
            extra = hidden.tube(body, name, bones, cut.skin, shape, origin)
        if bones == (2,):
            pictures[name] = hidden.paste(extra, whole[name])
        else:
            pictures[name] = hidden.paste(extra, whole[name]) if shown[name] > 0.15 else extra
    return pictures, shown, bare, depth


def _whole(alpha: Float32, torso: float) -> Float32:
    """A layer without crumbs: pieces too small to be seen as anything but dirt."""
    import cv2

    count, pieces, stats, _ = cv2.connectedComponentsWithStats((alpha > 0.004).astype(np.uint8), connectivity=8)
    if count <= 2:
        return alpha
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    kept = np.flatnonzero(areas >= max(min(0.012 * torso * torso, areas.max()), 1))
    return np.where(np.isin(pieces, kept), alpha, 0).astype(np.float32)


def _part(
    name: str, colours: UInt8, alpha: Float32, cut: layers.CutOut, face: Float32 | None, depth: float
) -> Part | None:
    """Trim a layer to what is not transparent and lay its mesh."""
    alpha = _whole(trimmed(alpha, name, cut.body, cut.origin), cut.body.torso)
    rows, columns = np.flatnonzero((alpha > 0.004).any(axis=1)), np.flatnonzero((alpha > 0.004).any(axis=0))
    if not len(rows):
        return None
    y0, y1 = max(rows[0] - 2, 0), min(rows[-1] + 3, alpha.shape[0])
    x0, x1 = max(columns[0] - 2, 0), min(columns[-1] + 3, alpha.shape[1])
    window = np.s_[y0:y1, x0:x1]
    origin = (cut.origin + np.array([x0, y0], np.float32)).astype(np.float32)
    cell = max(4.0, CELL * cut.body.torso)
    landmark: Int32 | None = None
    if face is None or name != "head":
        local, triangles = mesh.grid_mesh(alpha[window], cell)
    else:
        in_layer = face.copy()
        in_layer[:, :2] -= origin
        local, triangles, landmark = mesh.face_mesh(alpha[window], cell, in_layer)
    vertices = (local + origin).astype(np.float32)
    if name in ("torso", "head"):
        weights = rig.trunk_weights(vertices, cut.body, name)
    else:
        weights = rig.limb_weights(vertices, cut.body, name)
        width = cut.body.arm if name.endswith("arm") else cut.body.leg
        upper, lower = rig.limb_bones(name)[:2]
        joint = cut.body.chain(name)[1]
        vertices, triangles, weights = mesh.tear(vertices, triangles, weights, upper, lower, joint, 1.3 * width)
    return Part(
        name=name,
        texture=layers.premultiply(colours[window], alpha[window]),
        origin=origin,
        vertices=vertices,
        triangles=triangles,
        weights=weights,
        depth=depth,
        face=landmark,
    )
