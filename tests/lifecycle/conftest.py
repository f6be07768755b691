"""Real registries in SQLite: the tables are made once a session, every test gets a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from components.models.registry import Registry
from tests.lifecycle.networks import model_folder


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database without a row."""
    file = tmp_path_factory.mktemp("tables") / "mlflow.db"
    assert Registry(f"sqlite:///{file}", file.parent).versions() == []
    return file


@pytest.fixture
def registry(empty_tables: Path, tmp_path: Path) -> Registry:
    """An empty registry with a cache of its own."""
    file = tmp_path / "registry" / "mlflow.db"
    file.parent.mkdir()
    shutil.copyfile(empty_tables, file)
    return Registry(f"sqlite:///{file}", tmp_path / "cache")


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder; not to be changed."""
    return model_folder(tmp_path_factory.mktemp("model") / "small")


@pytest.fixture(scope="session")
def other_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another model of the same name with other weights; not to be changed."""
    return model_folder(tmp_path_factory.mktemp("model") / "other", seed=7)
