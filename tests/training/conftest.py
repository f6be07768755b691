"""One drawn person for all tests of a session."""

from __future__ import annotations

import pytest

from components.core import Dance, StageContext, silent
from tests.training.samples import known_dance
from training.deepdance import dataset
from training.lifecycle.records import Prepared


@pytest.fixture(scope="session")
def dance(tmp_path_factory: pytest.TempPathFactory) -> Dance:
    """144 frames of exact truth."""
    return known_dance(tmp_path_factory.mktemp("dance"))


@pytest.fixture(scope="session")
def shaken(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Pairs at 32 px of a dancer whose joints are seen half a px off, as pose networks see them; not to be changed."""
    folder, pairs = tmp_path_factory.mktemp("shaken"), tmp_path_factory.mktemp("shaken-pairs")
    seen = known_dance(folder, 7.0, fps=30, shake=0.5)
    return dataset.run(seen, settings=dataset.DatasetSettings(size=32), context=StageContext(pairs, silent, 1))


@pytest.fixture(scope="session")
def prepared(dance: Dance, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Its pairs at 32 px; not to be changed."""
    folder = tmp_path_factory.mktemp("pairs")
    return dataset.run(dance, settings=dataset.DatasetSettings(size=32), context=StageContext(folder, silent, 1))
