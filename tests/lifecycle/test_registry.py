"""Models in a real MLflow: registered whole or not at all, found by alias and number, used while it is down."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from components.core import Notice, TroupeError
from components.models.folder import read_contract, read_golden
from components.models.registry import Registry
from components.models.source import open_model
from tests.lifecycle.networks import maps
from tests.small_disk import mounted
from training.lifecycle.register import register

TAGS = {"data": "d" * 64, "revision": "r" * 40}


def test_a_registered_model_is_found_and_answers_as_before(registry: Registry, small_model: Path) -> None:
    made = register(registry, small_model, tags=TAGS, metrics={"ssim": 0.9}, parameters={"steps": "100"})
    contract = read_contract(small_model)
    assert (made.version, made.aliases) == (1, ("candidate",))
    assert made.tags["onnx_sha256"] == contract.network.weights.sha256
    assert (made.tags["opset"], made.tags["licence"], made.tags["data"]) == ("17", "CC0-1.0", TAGS["data"])
    golden = read_golden(contract, small_model)
    for uri in ("models:/small@candidate", "models:/small/1"):
        model = open_model(uri, registry=registry.uri, cache=registry.copies.parent.parent, threads=1)
        assert model.contract == contract
        assert max(golden.differences(model(golden.inputs)).values()) < 1e-5


def test_mlflow_itself_can_load_what_was_registered(
    registry: Registry, small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", registry.uri)  # else it makes a database where it stands
    made = register(registry, small_model, tags=TAGS, metrics={})
    loaded = mlflow.pyfunc.load_model(made.uri)
    asked = maps(3)
    here = open_model(str(small_model), threads=1)({"skeleton": asked})
    for name, array in loaded.predict({"skeleton": asked}).items():
        np.testing.assert_allclose(array, here[name], atol=1e-5)


def test_versions_count_up_and_the_candidate_moves(registry: Registry, small_model: Path, other_model: Path) -> None:
    register(registry, small_model, tags=TAGS, metrics={})
    register(registry, other_model, tags=TAGS, metrics={})
    assert [(v.version, v.aliases) for v in registry.versions("small")] == [(2, ("candidate",)), (1, ())]
    assert registry.find("small", version=1).uri != registry.find("small", version=2).uri


@pytest.mark.parametrize(("alias", "version"), [("champion", None), (None, 9)])
def test_an_unknown_alias_or_version_is_told(
    registry: Registry, small_model: Path, alias: str | None, version: int | None
) -> None:
    register(registry, small_model, tags=TAGS, metrics={})
    with pytest.raises(TroupeError) as refusal:
        registry.bring("small", alias=alias, version=version)
    assert refusal.value.code == "model_unknown"
    with pytest.raises(TroupeError) as refusal:
        registry.find("nobody", version=1)
    assert refusal.value.code == "model_unknown"


def test_the_last_champion_serves_while_the_registry_is_down(registry: Registry, small_model: Path) -> None:
    register(registry, small_model, tags=TAGS, metrics={})
    registry.point("small", "champion", 1)
    first = registry.bring("small", alias="champion")
    file = Path(registry.uri.removeprefix("sqlite:///"))
    file.write_bytes(b"no database any more" * 100)
    down = Registry(registry.uri, registry.copies.parent.parent)
    notices: list[Notice] = []
    assert down.bring("small", alias="champion", notices=notices) == first
    assert [n.code for n in notices] == ["registry_down"] and "ersion 1" in notices[0].message
    with pytest.raises(TroupeError) as refusal:
        down.bring("small", alias="previous")
    assert refusal.value.code == "registry_unreachable"


def test_a_server_that_is_not_there_is_noticed_at_once(tmp_path: Path) -> None:
    with pytest.raises(TroupeError) as refusal:
        Registry("http://127.0.0.1:9", tmp_path).bring("small", alias="champion")
    assert refusal.value.code == "registry_unreachable"


def test_files_that_differ_from_the_registry_are_refused(
    registry: Registry, small_model: Path, other_model: Path
) -> None:
    made = register(registry, small_model, tags=TAGS, metrics={})
    stored = Path(made.uri)
    for file in other_model.iterdir():
        shutil.copyfile(file, stored / file.name)
    with pytest.raises(TroupeError, match="sha256") as refusal:
        registry.bring("small", version=1)
    assert refusal.value.code == "model_broken"


def test_a_folder_without_a_whole_model_is_not_registered(
    registry: Registry, small_model: Path, tmp_path: Path
) -> None:
    shutil.copytree(small_model, tmp_path / "m")
    (tmp_path / "m" / "model.onnx").write_bytes(b"short")
    with pytest.raises(TroupeError) as refusal:
        register(registry, tmp_path / "m", tags=TAGS, metrics={})
    assert refusal.value.code == "model_broken"
    assert registry.versions() == []


@pytest.mark.parametrize("full", ["artifacts", "database"])
def test_a_full_disk_leaves_nothing_registered(
    full: str, empty_tables: Path, small_model: Path, tmp_path: Path
) -> None:
    place = tmp_path / "registry"
    disk = place / "artifacts" if full == "artifacts" else place
    disk.mkdir(parents=True)
    size = empty_tables.stat().st_size + (256 << 10)
    with mounted(disk, size):
        shutil.copyfile(empty_tables, place / "mlflow.db")
        registry = Registry(f"sqlite:///{place / 'mlflow.db'}", tmp_path / "cache")
        assert registry.versions() == []
        (disk / "filler").write_bytes(bytes(shutil.disk_usage(disk).free - 8192))
        with pytest.raises(TroupeError) as refusal:
            register(registry, small_model, tags=TAGS, metrics={})
        assert refusal.value.code == "disk_full", refusal.value.message
        (disk / "filler").unlink()
        assert Registry(registry.uri, tmp_path / "cache").versions() == []
        assert not [f for f in place.rglob("*") if f.name in ("model.onnx", "contract.json")]
        assert register(registry, small_model, tags=TAGS, metrics={}).version == 1
