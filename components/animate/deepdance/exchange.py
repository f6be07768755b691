"""What a caller of a learned person has, and what they want: joints in a picture's pixels, and an 8-bit picture back.

A model server puts this before and after the network (`serving/models/transformer.py`), by the code that trains it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from components.animate.deepdance.skeleton_map import CHANNELS, JOINTS, as_input, draw_map
from components.animate.deepdance.window import Window
from components.core import DEEPDANCE_13, TroupeError
from components.models.contract import ANY, ModelContract, Tensor
from components.models.tensors import Array

_LEFT, _RIGHT = DEEPDANCE_13.index("left_hip"), DEEPDANCE_13.index("right_hip")


class DeepDanceExchange:
    """See `serving.models.transformer.Stage`.

    Args:
        contract: of a learned person's network.
    """

    def __init__(self, contract: ModelContract) -> None:
        network = contract.network
        self._model = contract.name
        self._history = int(network.operation("hip_centred").values["frames"])
        self._window = Window.from_values(network.operation("window").values)
        self._maps = network.inputs[0].name == "skeleton"
        self._size = size = network.outputs[0].shape[2]
        if network.inputs[0].shape[1] != self._history * (CHANNELS if self._maps else 2 * JOINTS):
            raise TroupeError(
                "model_broken",
                f"The model {contract.name} is told of poses in another way than this version of Troupe knows.",
                model=contract.name,
            )
        axes = ("batch", "pose", "joint", "coordinate")
        self.inputs = (
            Tensor("joints", "joints", axes, (ANY, self._history, JOINTS, 2), unit="px; poses t, t-1, ..."),
            Tensor("height", "height", ("batch", "value"), (ANY, 1), unit="px; of the person"),
        )
        self.outputs = (
            Tensor("picture", "picture", ("batch", "height", "width", "colour"), (ANY, size, size, 3), "uint8", "sRGB"),
            Tensor("matte", "matte", ("batch", "height", "width"), (ANY, size, size), "uint8", "255: the person"),
        )

    def before(self, given: Mapping[str, Array]) -> dict[str, Array]:
        """What the network is asked of joints (N, poses, 13, 2) px of people (N, 1) px tall.

        Raises:
            TroupeError: wrong_tensor: a number is not finite, or a height not above zero.
        """
        joints, height = given["joints"], given["height"]
        if not (np.isfinite(joints).all() and np.isfinite(height).all() and (height > 0).all()):
            raise TroupeError(
                "wrong_tensor",
                f"The model {self._model} takes finite joints and heights above zero, but got others.",
                model=self._model,
            )
        hips = (joints[:, :, _LEFT] + joints[:, :, _RIGHT]) / 2
        poses = np.asarray((joints - hips[:, :, None]) / height[:, None, None], np.float32)
        if not self._maps:
            return {"pose": poses.reshape(len(poses), -1)}
        drawn = [np.concatenate([draw_map(pose, self._window, self._size) for pose in frame]) for frame in poses]
        return {"skeleton": as_input(np.stack(drawn))}

    def after(self, answer: Mapping[str, Array], given: Mapping[str, Array]) -> dict[str, Array]:
        """Colours and matte as bytes, the channel last."""
        picture = np.round(np.clip(answer["image"], 0, 1) * 255).astype(np.uint8).transpose(0, 2, 3, 1)
        matte = np.round(np.clip(answer["matte"][:, 0], 0, 1) * 255).astype(np.uint8)
        return {"picture": np.ascontiguousarray(picture), "matte": matte}


def exchange(contract: ModelContract) -> DeepDanceExchange:
    """The steps around a learned person's network. Raises TroupeError: model_broken."""
    try:
        return DeepDanceExchange(contract)
    except (KeyError, ValueError) as error:
        raise TroupeError(
            "model_broken",
            f"The contract of {contract.name} does not say how it is asked ({error}).",
            model=contract.name,
        ) from error
