"""A learned person: the network that draws them, and what its contract says of how it wants to be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from components.animate.deepdance.settle import settled, share_of, with_neighbours
from components.animate.deepdance.skeleton_map import CHANNELS, JOINTS, as_input, draw_map
from components.animate.deepdance.window import Window
from components.core import DEEPDANCE_13, RIG, Choreography, Float32, Notice, TroupeError
from components.models.contract import ModelContract
from components.models.source import Model, open_model
from components.models.tensors import Array

FAMILY = "deepdance"
_LIMBS = tuple(
    (f"{side}_{a}", f"{side}_{b}")
    for side in ("left", "right")
    for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
)
_ACROSS = 91
"""Percentile of a bone's length in the picture at which it counts as lying across the view."""
_OF_RIG = [RIG.index(name) for name in DEEPDANCE_13.joints]


@dataclass(frozen=True)
class Person:
    """Who is drawn.

    Attributes:
        model: the network.
        window: what its pictures show.
        size: px of its pictures.
        history: poses it is told.
        maps: whether it is told maps; numbers otherwise.
        neighbours: share that either neighbour has in a picture, see `settle`.
        limbs: lengths of upper arms, forearms, thighs and shins, in heights, in the order of `_LIMBS`.
    """

    model: Model
    window: Window
    size: int
    history: int
    maps: bool
    neighbours: float
    limbs: tuple[float, ...]

    def drawn(self, poses: Float32, frames: range) -> Float32:
        """(len(frames), S, S, 4) colour and matte, 0..1, of frames of poses as in `asked`."""
        rows = with_neighbours(frames, len(poses)) if self.neighbours else frames
        answer = self.model(self.asked(poses, rows))
        pictures = np.concatenate([answer["image"], answer["matte"]], axis=1).transpose(0, 2, 3, 1)
        return settled(pictures, self.neighbours) if self.neighbours else np.asarray(pictures, np.float32)

    def asked(self, poses: Float32, frames: Sequence[int]) -> dict[str, Array]:
        """What the network is asked about some frames.

        Args:
            poses: (T, 13, 2) relative to the hip, in heights.
            frames: which.
        """
        before = [[max(0, i - back) for back in range(self.history)] for i in frames]
        if not self.maps:
            return {"pose": np.stack([poses[rows].reshape(-1) for rows in before]).astype(np.float32)}
        drawn = {i: draw_map(poses[i], self.window, self.size) for i in {i for rows in before for i in rows}}
        return {"skeleton": as_input(np.stack([np.concatenate([drawn[i] for i in rows]) for rows in before]))}

    def heights(self, choreography: Choreography) -> Float32:
        """(T,) px of the photo: how tall the person is, so that their limbs are as long as those that dance."""
        joints = choreography.joints[..., :2]
        growth = np.ones(len(joints), np.float32) if choreography.scale is None else choreography.scale
        ratios = []
        for (a, b), length in zip(_LIMBS, self.limbs, strict=True):
            seen = np.linalg.norm(joints[:, RIG.index(a)] - joints[:, RIG.index(b)], axis=1) / growth
            ratios.append(float(np.percentile(seen, _ACROSS)) / length)
        return np.asarray(np.median(ratios) * growth, np.float32)


def poses_of(choreography: Choreography, heights: Float32) -> Float32:
    """(T, 13, 2) joints of a choreography relative to the hip, in heights (T,) px."""
    joints = choreography.joints[:, _OF_RIG, :2]
    return np.asarray((joints - hips_of(choreography)[:, None]) / heights[:, None, None], np.float32)


def hips_of(choreography: Choreography) -> Float32:
    """(T, 2) px of the photo: the middle of the hips."""
    return np.asarray(choreography.joints[:, RIG.index("pelvis"), :2], np.float32)


def open_person(model: str, server: str, registry: str, notices: list[Notice], weights: str = "") -> Person:
    """Find a learned person.

    Args:
        model: folder or models:/ name; its contract says how the network is asked.
        server: address that draws in its place, as grpc://HOST:PORT; empty: this process does.
        registry: where models:/ names are looked up.
        notices: warnings are added here.
        weights: sha256 that the network has to have; empty: any.

    Raises:
        TroupeError: model_broken: it has others; invalid_setting: no model is named, or it is of another kind; as
            `open_model`.
    """
    if not model:
        raise TroupeError(
            "invalid_setting",
            "The engine deepdance draws a learned person: name one with --model models:/NAME@champion; "
            "`troupe train deepdance --video VIDEO` makes one.",
            setting="model",
        )
    found = open_model(model, registry=registry, threads=1, notices=notices)
    has = found.contract.network.weights.sha256
    if weights and has != weights:
        raise TroupeError(
            "model_broken", f"The model {model} has other weights than were meant.", model=model, sha256=has
        )
    if server:
        contract = found.contract
        found.close()
        found = open_model(f"{server.rstrip('/')}/{contract.name}")
        return _person(found, contract)
    return _person(found, found.contract)


def _person(model: Model, contract: ModelContract) -> Person:
    try:
        network = contract.network
        window = Window.from_values(network.operation("window").values)
        history = int(network.operation("hip_centred").values["frames"])
        body = network.operation("body").values
        given = network.inputs[0]
        maps = given.name == "skeleton"
        width = given.shape[1]
        if contract.family != FAMILY or width != history * (CHANNELS if maps else 2 * JOINTS):
            raise KeyError(contract.family)
        limbs = tuple(float(body[f"{a}>{b}"]) for a, b in _LIMBS)
    except (KeyError, ValueError) as error:
        raise TroupeError(
            "invalid_setting",
            f"The model {contract.name} draws no learned person of this version; train one with "
            "`troupe train deepdance`.",
            model=contract.name,
        ) from error
    return Person(model, window, network.outputs[0].shape[2], history, maps, share_of(network), limbs)


def body_of(values: Mapping[str, float | str]) -> str:
    """Lengths of a contract's operation "body" as the text that `choreograph` takes."""
    return ",".join(f"{name}={float(length):.5f}" for name, length in values.items())
