"""A person of a video is learned, and the network goes the whole way to being the champion."""

from __future__ import annotations

from pipelines.model_life import LIFE_PARAMETERS, life_steps
from pipelines.wiring import Parameter, Resources, Step, Wiring

TRAIN_DEEPDANCE_WIRING = Wiring(
    name="troupe-train-deepdance",
    parameters={
        **LIFE_PARAMETERS,
        "name": Parameter(str, "deepdance", "name of the model in the registry"),
        "family": Parameter(str, "deepdance", "whose gates hold; or a file of gates"),
        "video": Parameter(str, help="video of the person: path or URL"),
        "start": Parameter(float, 0.0, "seconds of the video to skip"),
        "duration": Parameter(float, 0.0, "seconds of the video to use; 0: all"),
        "size": Parameter(int, 64, "px: 64, 128 or 256 (32 for trying)"),
        "dancer": Parameter(int, 0, "who of the video is learned; 0: who is seen most"),
        "background": Parameter(bool, True, "learn the person before their background"),
        "method": Parameter(str, "vanilla-map", "nearest, vanilla-vector, vanilla-map or gan"),
        "minutes": Parameter(float, 3.0, "of training; 0: no limit but steps"),
        "steps": Parameter(int, 0, "of the optimiser; 0: no limit but minutes"),
        "seed": Parameter(int, 0, "of weights and order"),
        "history": Parameter(int, 1, "poses the network is told: 1, or 3 for t, t-1 and t-2"),
        "temporal": Parameter(bool, False, "learn how pictures change, against flicker"),
        "generator": Parameter(str, "unet", "unet or spade"),
        "face": Parameter(bool, False, "draw the head once more, larger"),
        "perceptual": Parameter(str, "", "features, or the path of VGG-19's weights"),
        "precision": Parameter(str, "32-true", "32-true, bf16-mixed or 16-mixed"),
        "devices": Parameter(int, 1, "processes that train together"),
    },
    steps=(
        Step(
            "clip",
            "components.ingest.clip",
            values={"source": "video"},
            settings={"start": "start", "duration": "duration"},
            cache=False,
        ),
        Step(
            "perceive", "components.perceive.stage", inputs={"clip": ("clip",)}, resources=Resources(cpu=2, memory=4)
        ),
        Step(
            "dataset",
            "training.deepdance.dataset",
            inputs={"dance": ("perceive",)},
            settings={"size": "size", "dancer": "dancer", "background": "background"},
            resources=Resources(cpu=1, memory=4),
        ),
        Step(
            "train",
            "training.deepdance.train",
            inputs={"dataset": ("dataset",)},
            settings={
                name: name
                for name in (
                    "method", "minutes", "steps", "seed", "history", "temporal", "generator", "face", "perceptual",
                    "precision", "devices", "registry",
                )
            },
            resources=Resources(cpu=4, memory=16, gpu=1, shm=4),
            timeout=43200,
        ),
        *life_steps("dataset", "train"),
    ),
    result="promote",
    purpose="A video of a person becomes a model that draws them, better than the one before or not promoted.",
)  # fmt: skip
