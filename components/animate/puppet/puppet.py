"""A performer with its strings tied: everything that is known before the first frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.animate.puppet.bones import bone_matrices, turns
from components.animate.puppet.face import FaceBinding, bind_face, depth_sorted, face_vertices, part_of
from components.animate.puppet.feet import foot_pitch
from components.animate.puppet.folds import unfolded
from components.animate.puppet.lip_line import LIP_LINE, LipLine, lip_line_of, lip_line_vertices
from components.animate.puppet.mouth import Mouth, between_lips, has_lips, lips_opacity, mouth_of, mouth_vertices
from components.animate.puppet.order import folding_order
from components.animate.puppet.rigidity import Polish, polish, polishes
from components.animate.puppet.root import Root, fan, root_of
from components.animate.puppet.skinning import skin, split_spine
from components.core import RIG, RIG_BONES, Choreography, FaceMotion, Float32, MeshPart, Performer

LIPS = "lips"
"""Name of the part that fills the mouth of the head's mesh with what the photo shows there."""


@dataclass(frozen=True)
class Strings:
    """How one part's vertices are moved.

    Attributes:
        vertices: (V, 2) photo px at rest; a mouth has no rest.
        weights: (V, 15) of the bones of `bone_matrices`.
        root: where a limb grows out of the trunk.
        joints: what is polished.
        face: on a head with a face that is to move.
        mouth: on the mouth.
        lip_line: on its rim.
    """

    vertices: Float32
    weights: Float32
    root: Root | None = None
    joints: tuple[Polish, ...] = ()
    face: FaceBinding | None = None
    mouth: Mouth | None = None
    lip_line: LipLine | None = None


@dataclass(frozen=True)
class Puppet:
    """A performer ready to dance.

    Attributes:
        parts: textured meshes in the order of the performer's parts, what the photo shows between the lips before
            the head, a mouth and its rim last.
        strings: of each part.
        length: px from chest to pelvis.
    """

    parts: tuple[MeshPart, ...]
    strings: tuple[Strings, ...]
    length: float

    @property
    def vertices(self) -> int:
        """Number of vertices of all parts."""
        return sum(len(s.vertices) for s in self.strings)


def make_puppet(performer: Performer, motion: FaceMotion | None) -> Puppet:
    """Tie the strings of a performer.

    Args:
        performer: of the Cast.
        motion: of its face; None: the face stays as in the photo.
    """
    rest = np.asarray(performer.joints[:, :2], np.float32)
    length = torso_length(performer)
    behind = abs((performer.facing + 180) % 360 - 180) > 90
    parts, strings = [], []
    mouth: Mouth | None = None
    for whole in performer.parts:
        part, uv = unfolded(whole, rest, performer.hands, length, behind)
        vertices = np.array(part.vertices, np.float32)
        weights = split_spine(part.weights, vertices, rest)
        triangles = folding_order(part.name, np.array(part.triangles, np.int32), np.asarray(part.weights), behind)
        texture = np.ascontiguousarray(part.texture)
        binding = None
        if part.name == "head":
            if motion is not None:
                binding = bind_face(part, performer, np.array(part.weights[:, RIG_BONES.index("head")]))
                triangles = triangles if binding is None else depth_sorted(triangles, binding)
            if has_lips(part):
                mouth = mouth_of(performer, part, binding, motion)
                edge, between = between_lips(part)
                parts.append(MeshPart(LIPS, texture, uv[edge], between))
                of_edge = None if binding is None else part_of(binding, edge)
                strings.append(Strings(vertices[edge], weights[edge], face=of_edge))
        parts.append(MeshPart(part.name, texture, uv, triangles))
        joints = polishes(part.name, vertices, triangles, np.asarray(part.weights))
        strings.append(Strings(vertices, weights, root_of(part.name, vertices, weights, rest), joints, binding))
    if mouth is not None:
        parts.append(mouth.part)
        strings.append(Strings(np.zeros((len(mouth.weights), 2), np.float32), mouth.weights, mouth=mouth))
        line = lip_line_of(performer, next(p for p in performer.parts if p.name == "head"), mouth)
        parts.append(line.part)
        strings.append(Strings(np.zeros((len(line.weights), 2), np.float32), line.weights, lip_line=line))
    return Puppet(tuple(parts), tuple(strings), length)


def part_opacity(puppet: Puppet, performer: Performer, motion: FaceMotion | None, presence: Float32) -> Float32:
    """(T, P) opacity of all parts.

    Args:
        puppet: whose parts.
        performer, motion: whose mouth opens.
        presence: (T,) 0..1 of the performer as a whole.
    """
    out = np.repeat(presence[:, None], len(puppet.parts), axis=1)
    mouth = next((s.mouth for s in puppet.strings if s.mouth is not None), None)
    for i, part in enumerate(puppet.parts):
        if part.name == LIPS:
            out[:, i] *= lips_opacity(performer, motion, mouth, len(presence))
        elif part.name == LIP_LINE:
            out[:, i] *= 1 - lips_opacity(performer, motion, mouth, len(presence))
    return np.asarray(out, np.float32)


def torso_length(performer: Performer) -> float:
    """Px from chest to pelvis, from the shoulders' width where the photo shows the person bent towards the viewer."""
    joints = performer.joints[:, :2]
    spine = joints[RIG.index("chest")] - joints[RIG.index("pelvis")]
    shoulders = joints[RIG.index("left_shoulder")] - joints[RIG.index("right_shoulder")]
    return max(float(np.hypot(*spine)), float(np.hypot(*shoulders)), 1.0)


@dataclass(frozen=True)
class Moves:
    """The motion of a puppet's bones over the whole dance.

    Attributes:
        matrices: (T, 15, 2, 3) of `bone_matrices`, for joints as if the dancer stayed as near as in the photo.
        turns: (T, len(RIG_BONES)) radians.
        growth: (T,) by which all of that is scaled about the photo's origin: bones only stretch along, so this is what
            makes a limb wider and a head larger where the dancer comes nearer.
    """

    matrices: Float32
    turns: Float32
    growth: Float32


def moves_of(performer: Performer, choreography: Choreography) -> Moves:
    """How the bones move."""
    rest = np.asarray(performer.joints[:, :2], np.float32)
    growth = np.ones(len(choreography.joints), np.float32) if choreography.scale is None else choreography.scale
    whole = np.asarray(choreography.joints / growth[:, None, None], np.float32)
    joints = whole[..., :2]
    each = [turns(rest, joints, bone) for bone in range(len(RIG_BONES))]
    pitch = foot_pitch(whole, choreography.contacts, float(choreography.fps))
    return Moves(bone_matrices(rest, joints, pitch), np.stack(each, axis=1).astype(np.float32), growth)


def pose(puppet: Puppet, moves: Moves, motion: FaceMotion | None, first: int, count: int) -> Float32:
    """Vertices of frames first .. first + count - 1.

    Returns:
        (count, V, 2) float32 photo px, all parts one after the other.
    """
    matrices = np.ascontiguousarray(moves.matrices[first : first + count])
    placed = []
    for strings in puppet.strings:
        rest = strings.vertices[None]
        if motion is not None and strings.face is not None:
            rest = face_vertices(strings.vertices, strings.face, motion, first, count)
        elif motion is not None and strings.mouth is not None:
            rest = mouth_vertices(strings.mouth, motion, first, count)
        elif motion is not None and strings.lip_line is not None:
            rest = lip_line_vertices(strings.lip_line, motion, first, count)
        out = np.empty((len(matrices), len(strings.vertices), 2), np.float32)
        skin(np.ascontiguousarray(rest), strings.weights, matrices, out)
        if strings.root is not None:
            fan(strings.root, strings.vertices, matrices, out)
        for joint in strings.joints:
            bend = moves.turns[first : first + count, joint.after] - moves.turns[first : first + count, joint.before]
            polish(joint, matrices, (bend + np.pi) % (2 * np.pi) - np.pi, out)
        placed.append(out)
    return np.concatenate(placed, axis=1) * moves.growth[first : first + count, None, None]
