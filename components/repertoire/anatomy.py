"""Which joint of somebody's skeleton is which part of a body: by its name, or where names tell nothing by its shape."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from components.repertoire.bvh import Array

PARTS: tuple[str, ...] = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # sure names, then names that other skeletons use for a neighbouring joint
    "shoulder": (("upperarm", "uparm", "shldr", "humerus"), ("arm", "shoulder")),
    "elbow": (("forearm", "lowerarm", "lowarm", "elbow", "radius", "foreatm"), ()),
    "wrist": (("hand", "wrist"), ()),
    "hip": (("upleg", "upperleg", "thigh", "femur", "hip"), ("leg",)),
    "knee": (("lowerleg", "lowleg", "shin", "calf", "knee", "tibia"), ("leg",)),
    "ankle": (("foot", "ankle"), ()),
    "toe": (("toebase", "toe", "toes", "ball", "toebaseend"), ()),
    "index": (("handindex1", "index1", "indexproximal", "fingerindex1", "findex1", "handindex", "f1"), ()),
    "pinky": (("handpinky1", "pinky1", "pinkyproximal", "fingerpinky1", "handpinky", "little1"), ()),
    "thumb": (("handthumb2", "thumb2", "handthumb1", "thumb1", "handthumb", "thumb"), ()),
}


def words(name: str) -> tuple[str, str]:
    """Side ("left", "right" or "") and the rest of a joint's name, in lower case without separators."""
    bare = name.split(":")[-1]
    bare = re.sub(r"(?i)^mixamorig\d*|^bip0?\d+", "", bare)
    parts = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+", bare)
    lower = [p.lower() for p in parts]
    side = ""
    for i, part in enumerate(lower):
        if part in ("left", "right") or (part in ("l", "r", "lft", "rgt", "rt", "lt") and len(lower) > 1):
            side = "left" if part.startswith("l") else "right"
            del lower[i]
            break
    rest = "".join(lower)
    if not side:
        for word in ("left", "right"):
            if rest.startswith(word):
                side, rest = word, rest[len(word) :]
    return side, rest


def by_name(names: Sequence[str]) -> dict[str, int]:
    """Indices of the parts that names tell, such as "left_knee"; also "head", "neck"."""
    out: dict[str, int] = {}
    known = [words(n) if not n.endswith(" end") else ("", "") for n in names]
    for part, (sure, unsure) in _NAMES.items():
        for side in ("left", "right"):
            for name in (*sure, *unsure):
                found = [i for i, k in enumerate(known) if k == (side, name)]
                if found and found[0] not in out.values():
                    out[f"{side}_{part}"] = found[0]
                    break
    _settle_legs(out, known)
    for part in ("head", "neck"):
        found = [i for i, (side, rest) in enumerate(known) if not side and rest in (part, part + "1")]
        if found:
            out[part] = found[0]
    return out


def _settle_legs(out: dict[str, int], known: Sequence[tuple[str, str]]) -> None:
    """ "Leg" is the shin beside an upper leg, and the thigh beside a shin."""
    for side in ("left", "right"):
        leg = [i for i, k in enumerate(known) if k == (side, "leg")]
        if leg and out.get(f"{side}_hip") != leg[0] and f"{side}_knee" not in out:
            out[f"{side}_knee"] = leg[0]


def by_shape(parents: Sequence[int], positions: Array) -> dict[str, int]:
    """The parts of a skeleton whose names tell nothing.

    The root's two longest branches that do not carry the arms are legs; the first joint above with three branches is
    the chest, its two longest branches are arms and the rest is the head. Left and right follow from where toes point.

    Args:
        parents: J indices.
        positions: (T, J, 3) m, y up.

    Returns:
        As by_name; empty where the skeleton has not this shape.
    """
    children: dict[int, list[int]] = {i: [] for i in range(len(parents))}
    for i, p in enumerate(parents):
        if p >= 0:
            children[p].append(i)
    bone = [
        0.0 if p < 0 else float(np.median(np.linalg.norm(positions[:, i] - positions[:, p], axis=-1)))
        for i, p in enumerate(parents)
    ]

    def longest(i: int) -> list[int]:
        below = [longest(c) for c in children[i]]
        return [i, *max(below, key=lambda path: sum(bone[k] for k in path), default=[])]

    def fork(start: int, branches: int) -> int | None:
        queue = [start]
        while queue:
            i = queue.pop(0)
            if len([c for c in children[i] if sum(bone[k] for k in longest(c)) > 1e-6]) >= branches:
                return i
            queue += children[i]
        return None

    root = fork(0, 3)
    if root is None:
        return {}
    carriers = [c for c in children[root] if fork(c, 3) is not None and len(longest(c)) > 3]
    up = max(carriers, key=lambda c: float(positions[:, longest(c)[-1], 1].mean()), default=None)
    if up is None:
        return {}
    chest = fork(up, 3)
    legs = sorted((longest(c) for c in children[root] if c != up), key=lambda p: -sum(bone[k] for k in p))[:2]
    if chest is None or len(legs) < 2:
        return {}
    branches = sorted((longest(c) for c in children[chest]), key=lambda p: -sum(bone[k] for k in p[1:]))
    arms, rest = branches[:2], branches[2:]
    if len(arms) < 2 or any(len(p) < 3 for p in (*arms, *legs)):
        return {}
    found: dict[str, int] = {}
    ahead = np.zeros(3)
    chains = {}
    for kind, limbs in (("leg", legs), ("arm", arms)):
        for k, path in enumerate(limbs):
            pairs = [bone[path[i + 1]] + bone[path[i + 2]] for i in range(len(path) - 2)]
            at = int(np.argmax(pairs))
            chains[kind, k] = path[at:]
            if kind == "leg" and len(path) > at + 3:
                ahead += (positions[:, path[at + 3]] - positions[:, path[at + 2]]).mean(0)
    left = np.cross([0.0, 1.0, 0.0], ahead)
    for kind, names in (("leg", ("hip", "knee", "ankle", "toe")), ("arm", ("shoulder", "elbow", "wrist"))):
        across = (positions[:, chains[kind, 0][0]] - positions[:, chains[kind, 1][0]]).mean(0)
        order = (0, 1) if across @ left >= 0 else (1, 0)
        for side, k in zip(("left", "right"), order, strict=True):
            for name, joint in zip(names, chains[kind, k], strict=False):
                found[f"{side}_{name}"] = joint
    if rest:
        found["head"] = rest[0][max(0, len(rest[0]) - 2)]
    return found
