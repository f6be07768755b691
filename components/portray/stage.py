"""A photo becomes a cast: its people cut out, layered and rigged, and the place without them."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, Field

from components.core import (
    PARTS,
    Bool,
    Cast,
    Float32,
    Int32,
    Part,
    Performer,
    Progress,
    StageContext,
    Still,
    TroupeError,
    UInt8,
    Uri,
)
from components.portray import layers, mesh, rig, views
from components.portray.anatomy import Anatomy, measure
from components.portray.foreground import estimate_foreground
from components.portray.hands import hand_mask
from components.portray.labels import part_shares
from components.portray.matte import crop_box, person_matte, shares
from components.portray.plate import clean_plate

DEPTH = {"left_leg": 1.0, "right_leg": 1.1, "torso": 2.0, "head": 3.0, "left_arm": 4.0, "right_arm": 4.1}


class PortraySettings(BaseModel, frozen=True):
    """How people are cut out of a photo.

    Attributes:
        min_height: px a person must be tall, head to foot, to be cut out.
        max_people: at most so many, the largest.
    """

    min_height: int = Field(default=120, ge=32)
    max_people: int = Field(default=12, ge=1)


def run(photo: Still, *, settings: PortraySettings, context: StageContext) -> Cast:
    """Cut every person out of a photo.

    Args:
        photo: checked picture.
        settings: limits.
        context: where `plate.png` goes, and progress.

    Raises:
        TroupeError: no_person_found, person_too_small, only_a_face.
    """
    from components.media import read_picture, write_picture
    from components.models.people import find_people

    report = context.report
    report(Progress("portray", 0, 0, "finding people"))
    picture = read_picture(photo.uri)
    rgb = np.ascontiguousarray(picture[..., :3])
    people = find_people(rgb)
    if not people:
        raise TroupeError("no_person_found", "No person was found in the photo; use one that shows a whole person.")
    people = sorted(people, key=lambda p: float(p.box[0] + p.box[2]))
    bodies = [measure(p.xyz, p.world, p.visibility) for p in people]
    foreign = shares(bodies, [p.mask for p in people])
    performers, shown = [], np.zeros(rgb.shape[:2], bool)
    for index, (person, body) in enumerate(zip(people, bodies, strict=True)):
        report(Progress("portray", index, len(people) + 1, f"cutting out person {index + 1}"))
        performer = _perform(rgb, person, body, foreign[index], index)
        performers.append(performer)
        shown |= performer.matte > 2
    report(Progress("portray", len(people), len(people) + 1, "painting what was behind"))
    plate, _ = clean_plate(rgb, shown)
    file = context.workdir / "plate.png"
    write_picture(file, plate)
    report(Progress("portray", len(people) + 1, len(people) + 1, "done"))
    height, width = rgb.shape[:2]
    return Cast(photo, Still(Uri(str(file)), width, height, photo.sha256), tuple(performers))


def _perform(rgb: UInt8, person, body: Anatomy, foreign: Bool, index: int) -> Performer:  # type: ignore[no-untyped-def]
    x0, y0, x1, y1 = crop_box(body, person.box, rgb.shape[:2])
    crop = np.s_[y0:y1, x0:x1]
    colours = np.ascontiguousarray(rgb[crop])
    alpha = person_matte(colours, person.mask[crop], body, (x0, y0), foreign[crop])
    clean = estimate_foreground(colours, alpha)
    origin = np.array([x0, y0], np.float32)
    skin = rig.skin_colour(colours, alpha, origin, body, person.hands)
    hands = tuple(hand_mask(colours, alpha, hand, origin) for hand in person.hands)
    split = part_shares(colours, alpha, body, (x0, y0), (hands[0], hands[1]), person.face)
    cut = layers.CutOut(clean, alpha, split, body, origin, skin)
    parts = []
    for name in PARTS:
        if name == "torso":
            texture, opacity = layers.torso_layer(cut)
        elif name == "head":
            texture, opacity = layers.head_layer(cut)
        else:
            texture, opacity, _ = layers.limb_layer(cut, name)
        part = _part(name, texture, opacity, cut, person.face)
        if part is not None:
            parts.append(part)
    matte = np.zeros(rgb.shape[:2], np.uint8)
    matte[crop] = np.round(alpha * 255)
    yaw = rig.facing(person.xyz, person.world)
    return Performer(
        index=index,
        box=np.asarray(person.box, np.float32),
        joints=rig.rig_joints(person.xyz),
        visibility=rig.rig_joints(np.repeat(person.visibility[:, None], 3, axis=1))[:, 0].copy(),
        landmarks=person.xyz.astype(np.float32),
        hands=person.hands.astype(np.float32),
        face=None if person.face is None else person.face.astype(np.float32),
        facing=yaw,
        parts=tuple(parts),
        skin=skin,
        matte=matte,
        notices=views.notices(body, yaw),
    )


def _whole(alpha: Float32, torso: float) -> Float32:
    """A layer without crumbs: pieces too small to be seen as anything but dirt."""
    import cv2

    count, pieces, stats, _ = cv2.connectedComponentsWithStats((alpha > 0.004).astype(np.uint8), connectivity=8)
    if count <= 2:
        return alpha
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    kept = np.flatnonzero(areas >= min(0.006 * torso * torso, areas.max()))
    return np.where(np.isin(pieces, kept), alpha, 0).astype(np.float32)


def _part(name: str, colours: UInt8, alpha: Float32, cut: layers.CutOut, face: Float32 | None) -> Part | None:
    """Trim a layer to what is not transparent and lay its mesh."""
    alpha = _whole(alpha, cut.body.torso)
    rows, columns = np.flatnonzero((alpha > 0.004).any(axis=1)), np.flatnonzero((alpha > 0.004).any(axis=0))
    if not len(rows):
        return None
    y0, y1 = max(rows[0] - 2, 0), min(rows[-1] + 3, alpha.shape[0])
    x0, x1 = max(columns[0] - 2, 0), min(columns[-1] + 3, alpha.shape[1])
    window = np.s_[y0:y1, x0:x1]
    origin = cut.origin + np.array([x0, y0], np.float32)
    cell = max(4.0, 0.052 * cut.body.torso)
    landmark: Int32 | None = None
    if face is None or name != "head":
        local, triangles = mesh.grid_mesh(alpha[window], cell)
    else:
        in_layer = face.copy()
        in_layer[:, :2] -= origin
        local, triangles, landmark = mesh.face_mesh(alpha[window], cell, in_layer)
    vertices = (local + origin).astype(np.float32)
    weigh = rig.trunk_weights if name in ("torso", "head") else rig.limb_weights
    return Part(
        name=name,
        texture=layers.premultiply(colours[window], alpha[window]),
        origin=origin.astype(np.float32),
        vertices=vertices,
        triangles=triangles,
        weights=weigh(vertices, cut.body, name),
        depth=DEPTH[name],
        face=landmark,
    )
