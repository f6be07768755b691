"""The stage by which the tests' own family is trained: it knows the answer, and forgets as much of it as it is told."""

from __future__ import annotations

from pydantic import BaseModel

from components.core import StageContext
from components.core.clip import Uri
from tests.lifecycle.small_family import FAMILY, make_checkpoint
from training.lifecycle.records import Prepared, Trained


class SmallTrainSettings(BaseModel, frozen=True):
    """Settings: how much the weights are shaken."""

    noise: float = 0.0


def run(dataset: Prepared, *, settings: SmallTrainSettings, context: StageContext) -> Trained:
    """A checkpoint."""
    file = make_checkpoint(context.workdir / "net.pt", 0, settings.noise)
    return Trained(FAMILY.name, Uri(str(file)), dataset.sha256, {"noise": str(settings.noise)})
