"""`troupe models` as a person types it, on a real registry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from components.models.folder import read_contract
from components.models.registry import Registry
from components.models.source import open_model
from tests.command import Answer, troupe
from tests.lifecycle.networks import maps
from training.lifecycle.register import register
from training.lifecycle.verify import VERIFIED

Models = Callable[..., Answer]


@pytest.fixture
def models(registry: Registry, tmp_path: Path) -> Models:
    """Runs `troupe models ...` on the test's registry."""
    return lambda *arguments: troupe(
        "models", *arguments, cache=tmp_path / "cache", env={"TROUPE_REGISTRY": registry.uri}
    )


def add(registry: Registry, folder: Path, **tags: str) -> int:
    """Register a model whose bytes count as verified."""
    digest = read_contract(folder).network.weights.sha256
    return register(registry, folder, tags={VERIFIED: digest, **tags}, metrics={}).version


def test_what_is_registered_is_listed_shown_and_fetched(
    models: Models, registry: Registry, small_model: Path, tmp_path: Path
) -> None:
    assert models("list", "--json").json == []
    add(registry, small_model)
    (listed,) = models("list", "--json").json
    assert (listed["name"], listed["version"], listed["aliases"]) == ("small", 1, ["candidate"])
    assert "candidate" in models("list").out
    shown = models("show", "small")
    assert "skeleton float32" in shown.out and "CC0-1.0" in shown.out
    assert models("show", "small", "--json").json["contract"]["name"] == "small"
    fetched = models("get", "small/1", "-o", tmp_path / "mine")
    assert fetched.code == 0, fetched.err
    assert open_model(str(tmp_path / "mine"))({"skeleton": maps(1)})["image"].shape == (1, 3, 32, 32)


def test_champions_move_on_and_back(models: Models, registry: Registry, small_model: Path, other_model: Path) -> None:
    for folder in (small_model, other_model):
        add(registry, folder)
        assert models("promote", "small").code == 0
    assert registry.aliases("small") == {"champion": 2, "previous": 1}
    back = models("rollback", "small", "--json")
    assert back.json == {"name": "small", "champion": 1, "previous": 2}
    assert "version 2 of small is the champion" in models("promote", "small", "--version", "2").out


def test_a_version_that_failed_its_gates_needs_force(models: Models, registry: Registry, small_model: Path) -> None:
    add(registry, small_model, gates="failed")
    refused = models("promote", "small")
    assert refused.code == 1 and "[gate_failed]" in refused.err and "champion" not in registry.aliases("small")
    assert models("promote", "small", "--force").code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("show", "nobody"), "model_unknown"),
        (("show", "small", "--version", "7"), "model_unknown"),
        (("get", "small", "-o", "x"), "model_unknown"),
        (("get", "a/b/c", "-o", "x"), "invalid_setting"),
        (("promote", "small"), "verification_failed"),
        (("rollback", "small"), "model_unknown"),
    ],
)
def test_refusals_are_one_sentence(
    models: Models, registry: Registry, small_model: Path, arguments: tuple[str, ...], code: str
) -> None:
    register(registry, small_model, tags={}, metrics={})
    answer = models(*arguments)
    assert answer.code == 1 and answer.err.strip().endswith(f"[{code}]") and answer.out == ""
    assert len(answer.err.strip().splitlines()) == 1
