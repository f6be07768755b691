"""Candidates before a real KServe server, and aliases that always leave a champion that can be served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.core import TroupeError
from components.models.registry import Registry
from components.models.source import open_model
from tests.conftest import REPOSITORY
from tests.lifecycle.networks import maps
from tests.lifecycle.serving_samples import free_port, kserve_of
from training.lifecycle.promote import promote, roll_back
from training.lifecycle.register import register
from training.lifecycle.verify import VERIFIED, verify, when_ready


@pytest.fixture(scope="module")
def served(small_model: Path) -> Iterator[str]:
    """Address of the small model on a KServe server."""
    with kserve_of(small_model) as address:
        yield address


def test_a_candidate_is_promoted_after_a_server_answered_for_it(
    registry: Registry, small_model: Path, served: str
) -> None:
    made = register(registry, small_model, tags={}, metrics={})
    with pytest.raises(TroupeError, match="not verified") as refusal:
        promote(registry, "small", made.version)
    assert refusal.value.code == "verification_failed" and "champion" not in registry.aliases("small")
    done = verify(registry, "small", made.version, served, latency=5000, tolerance=1e-4)
    assert done.parity <= 1e-4 and 0 < done.latency < 5000
    moved = promote(registry, "small", made.version)
    assert (moved.champion, moved.previous) == (1, 0)
    assert registry.aliases("small") == {"champion": 1}
    assert promote(registry, "small", made.version) == moved


def test_a_server_with_other_weights_does_not_verify(
    registry: Registry, small_model: Path, other_model: Path, served: str
) -> None:
    register(registry, other_model, tags={}, metrics={})
    with pytest.raises(TroupeError, match="differs from the golden answers") as refusal:
        verify(registry, "small", 1, served, latency=5000, tolerance=1e-4)
    assert refusal.value.code == "verification_failed"
    assert VERIFIED not in registry.find("small", version=1).tags


def test_a_server_that_is_too_slow_does_not_verify(registry: Registry, small_model: Path, served: str) -> None:
    register(registry, small_model, tags={}, metrics={})
    with pytest.raises(TroupeError, match="ms") as refusal:
        verify(registry, "small", 1, served, latency=1e-3, tolerance=1e-4)
    assert refusal.value.code == "verification_failed"


def test_a_version_whose_bytes_were_not_the_verified_ones_is_not_promoted(
    registry: Registry, small_model: Path
) -> None:
    register(registry, small_model, tags={}, metrics={})
    registry.tag("small", 1, {VERIFIED: "0" * 64})
    with pytest.raises(TroupeError, match="not verified"):
        promote(registry, "small", 1)


def test_the_champion_before_comes_back(registry: Registry, small_model: Path, other_model: Path) -> None:
    with pytest.raises(TroupeError) as refusal:
        roll_back(registry, "small")
    assert refusal.value.code == "model_unknown"
    for folder in (small_model, other_model):
        made = register(registry, folder, tags={}, metrics={})
        registry.tag("small", made.version, {VERIFIED: made.tags["onnx_sha256"]})
        promote(registry, "small", made.version)
    assert registry.aliases("small") == {"champion": 2, "previous": 1}
    assert roll_back(registry, "small").champion == 1
    assert registry.aliases("small") == {"champion": 1, "previous": 2}
    assert roll_back(registry, "small").champion == 2


def test_wrong_tensors_are_told_by_client_and_server(served: str, small_model: Path) -> None:
    model = when_ready(served)
    with pytest.raises(TroupeError, match=r"expects|takes") as refusal:
        model({"skeleton": maps(1)[:, :, :16]})
    assert refusal.value.code == "wrong_tensor"
    with pytest.raises(TroupeError) as refusal:
        open_model(served + "s")
    assert refusal.value.code == "model_unknown"
    with pytest.raises(TroupeError) as refusal:
        open_model(f"http://127.0.0.1:{free_port()}/small")
    assert refusal.value.code == "model_unreachable"


def test_a_crash_between_any_two_steps_leaves_a_champion_that_serves(
    registry: Registry, small_model: Path, other_model: Path, tmp_path: Path
) -> None:
    with kserve_of(other_model) as endpoint:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.lifecycle.crashes",
                registry.uri,
                str(tmp_path / "copies"),
                str(small_model),
                str(other_model),
                endpoint,
            ],
            cwd=REPOSITORY,
            env=os.environ,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert len(told["promote"]) >= 10 and len(told["roll back"]) == 2
    for story in told["promote"]:
        assert story["found"] in ("old", "new") and story["again"] == "" and story["then"] == "new"
        assert story["aliases"]["champion"] != story["aliases"]["previous"]
    assert told["promote"][0]["found"] == "old"
    for story in told["roll back"]:
        assert story["then"] == "old" or story["found"] == "old"
