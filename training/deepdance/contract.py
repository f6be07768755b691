"""What a DeepDance network takes and gives, as a contract that any server and the engine can read."""

from __future__ import annotations

from pathlib import Path

from components.animate.deepdance.settle import SHARE, settle
from components.animate.deepdance.skeleton_map import JOINTS
from components.choreograph.proportions import BONES
from components.core import RIG
from components.models.contract import ANY, ModelContract, Operation, Part, Tensor, Weights
from training.deepdance import FAMILY_NAME
from training.deepdance.checkpoint import read_description
from training.deepdance.pairs import channels

LICENCE = "LicenseRef-person-shown"
"""Weights that hold somebody's looks: only the person shown can license them."""


def contract_of(checkpoint: Path) -> ModelContract:
    """The contract of a checkpoint; weights' uri and sha256 are still empty.

    Preprocessing says how a picture of a pose comes about: "hip_centred" (poses t, t-1, ...: `frames`; `poses`:
    "smoothed" over time or as "seen" in their frame), "window" (left, top, side in heights of the person, relative to
    the hip), "draw_skeleton" where maps are taken. "settle" is the share that either neighbouring frame has in a
    drawn picture. "body" holds the lengths of the person's bones, in heights, as
    "parent>child" of RIG.

    Raises:
        TroupeError: model_missing, model_broken.
    """
    known = read_description(checkpoint)
    size = known.size

    def pictures(name: str, count: int, unit: str) -> Tensor:
        return Tensor(name, name, ("batch", "channel", "height", "width"), (ANY, count, size, size), unit=unit)

    if known.kind == "vector":
        given = Tensor("pose", "pose", ("batch", "value"), (ANY, 2 * JOINTS * known.history), unit="heights")
    else:
        given = pictures("skeleton", channels(known.history), "-1..1")
    names = [f"{RIG.joints[a]}>{RIG.joints[b]}" for a, b in BONES]
    operations = [
        Operation("hip_centred", {"frames": known.history, "poses": "smoothed" if known.smoothed else "seen"}),
        Operation("window", dict(known.window)),
        Operation("body", dict(zip(names, known.bones, strict=True))),
    ]
    if known.kind != "vector":
        operations.append(Operation("draw_skeleton", {"size": size}))
    drawn = (settle(SHARE),) if known.smoothed else ()
    obtain = "Train it: troupe train deepdance --video VIDEO."
    part = Part(
        "generator",
        "onnxruntime",
        (given,),
        (pictures("image", 3, "0..1"), pictures("matte", 1, "0..1")),
        tuple(operations),
        Weights("", "", LICENCE, obtain),
        (*drawn, Operation("compose", {"background": "behind" if known.background else "drawn"})),
    )
    return ModelContract(FAMILY_NAME, "1", (part,), window=known.history, family=FAMILY_NAME)
