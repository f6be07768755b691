"""How a DeepDance network is trained."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, model_validator

METHODS = ("nearest", "vanilla-vector", "vanilla-map", "gan")


class TrainSettings(BaseModel, frozen=True):
    """Settings of the training.

    Attributes:
        method: nearest, vanilla-vector, vanilla-map or gan.
        minutes: of training; 0: no limit but `steps`.
        steps: of the optimiser; 0: no limit but `minutes`.
        seed: of weights and of the order of the pairs.
        history: poses the network is told: 1, or 3 for t, t-1 and t-2.
        temporal: learn on frames in a row, with a loss on how they change and, with gan, a discriminator over time.
        generator: unet or spade, for vanilla-map and gan.
        face: draw the head once more, larger.
        perceptual: empty for none; "features": those of the discriminator (gan only); or the path of VGG-19's weights.
        batch: pictures a step and process.
        learning_rate: of AdamW at its highest.
        clip: largest norm of the gradients.
        patience: looks at the validation pictures without a better one until the training stops; 0: never.
        look: steps between looks at them.
        precision: as Fabric calls it: 32-true, bf16-mixed, 16-mixed (GPU).
        devices: processes on this machine, a GPU each where there are any; a cluster's launcher counts instead.
        registry: of the curves, as MLflow's tracking URI; empty: this machine's; "off": none are kept.
        resume: checkpoint folder that is continued.
    """

    method: Literal["nearest", "vanilla-vector", "vanilla-map", "gan"] = "vanilla-map"
    minutes: float = Field(default=3.0, ge=0, le=10_000)
    steps: int = Field(default=0, ge=0)
    seed: int = 0
    history: Literal[1, 3] = 1
    temporal: bool = False
    generator: Literal["unet", "spade"] = "unet"
    face: bool = False
    perceptual: str = ""
    batch: int = Field(default=16, ge=2, le=512)
    learning_rate: float = Field(default=2e-3, gt=0)
    clip: float = Field(default=1.0, gt=0)
    patience: int = Field(default=20, ge=0)
    look: int = Field(default=50, ge=1)
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "32-true"
    devices: int = Field(default=1, ge=1, le=64)
    registry: str = ""
    resume: str = ""

    @model_validator(mode="after")
    def _fits(self) -> TrainSettings:
        if not self.minutes and not self.steps and self.method != "nearest":
            raise ValueError("minutes or steps must be given")
        if self.method in ("nearest", "vanilla-vector") and (self.face or self.generator != "unet"):
            raise ValueError(f"{self.method} has no maps: face and generator belong to vanilla-map and gan")
        if self.perceptual == "features" and self.method != "gan":
            raise ValueError("features to compare come from a discriminator: choose gan, or give VGG-19's weights")
        return self

    @property
    def kind(self) -> str:
        """Of the generator."""
        return "vector" if self.method in ("nearest", "vanilla-vector") else self.generator

    @property
    def row(self) -> int:
        """Frames in a row of a sample."""
        if not self.temporal:
            return 1
        return 4 if self.method == "gan" else 2
