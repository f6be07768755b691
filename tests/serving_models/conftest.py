"""A server of two models for the whole session, and the registries of the life cycle's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lifecycle.conftest import empty_tables, other_model, registry, small_model
from tests.serving_models.server_process import Running, running
from tests.serving_models.slow_network import slow_folder

__all__ = ["empty_tables", "other_model", "registry", "small_model"]


@pytest.fixture(scope="session")
def slow_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of a network that runs as long as it is asked to."""
    return slow_folder(tmp_path_factory.mktemp("slow") / "model")


@pytest.fixture(scope="session")
def server(small_model: Path, slow_model: Path) -> Iterator[Running]:
    """A server of both."""
    with running("serving.models", small_model, slow_model, "--threads", "1") as found:
        yield found
