"""The stage by which the tests' own family makes its data."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel

from components.core import StageContext
from components.core.clip import Uri
from tests.lifecycle.small_family import FAMILY, make_dataset
from training.lifecycle.records import Prepared


class SmallDatasetSettings(BaseModel, frozen=True):
    """Settings: how many frames."""

    frames: int = 96


def run(source: str, *, settings: SmallDatasetSettings, context: StageContext) -> Prepared:
    """Maps and what the network of seed 0 draws for them, into the folder; `source` names them."""
    file = make_dataset(context.workdir / "data.npz", settings.frames)
    digest = hashlib.sha256(Path(file).read_bytes() + source.encode()).hexdigest()
    return Prepared(FAMILY.name, Uri(str(file)), digest, settings.frames)
