"""From a clip to a promoted champion, and from the champion to a video in which they dance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import yaml

from components.core import Dance, TroupeError
from components.models.registry import Registry
from pipelines.dance.job import dance as make
from pipelines.dance.learned import learned
from pipelines.train_deepdance.job import train_deepdance
from tests.figure_samples import small_photo
from tests.lifecycle.serving_samples import kserve_of
from training.lifecycle.gates import read_gates
from training.lifecycle.verify import when_ready

NAME = "kofi"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a registry and a cache."""
    return tmp_path_factory.mktemp("way")


@pytest.fixture(scope="module")
def arguments(dance: Dance, place: Path) -> dict[str, Any]:
    """Of the wiring: the family's own gates, but for how quick a server has to be on a busy machine."""
    gates = place / "gates.yaml"
    gates.write_text(yaml.safe_dump(read_gates("deepdance").model_dump(mode="json") | {"latency": 5000.0}))
    assert dance.clip is not None
    return {
        "video": str(dance.clip.uri),
        "name": NAME,
        "registry": f"sqlite:///{place}/mlflow.db",
        "family": str(gates),
        "size": 32,
        "steps": 80,
        "minutes": 0.0,
    }


@pytest.fixture(scope="module")
def told(arguments: dict[str, Any], place: Path) -> dict[str, Any]:
    """What the job tells of the first training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(place / "home"))
        return train_deepdance(arguments, cache=place / "cache", workers=1)


def test_a_clip_becomes_a_champion(told: dict[str, Any], arguments: dict[str, Any]) -> None:
    assert (told["promoted"], told["version"], told["champion"], told["steps"]) == (True, 1, 1, 80)
    assert len(told["verdicts"]) == 7 and told["mlflow_run"]
    found = Registry(arguments["registry"]).find(NAME, alias="champion")
    assert found.tags["family"] == "deepdance" and found.tags["verified_sha256"] == found.tags["onnx_sha256"]


def test_the_champion_dances_in_the_photo(
    told: dict[str, Any], arguments: dict[str, Any], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kofi wears yellow, Ada who stands in the photo does not."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "home"))
    photo = small_photo(place)

    def frames(name: str, workers: int, **engine: Any) -> np.ndarray:
        make(
            str(photo), "disco", place / name, size="180x240", background="#2040a0", quality="draft", duration=0.6,
            fps=20, registry=arguments["registry"], cache=place / f"cache-{workers}", workers=workers, **engine,
        )  # fmt: skip
        with av.open(str(place / name)) as container:
            return np.stack([f.to_ndarray(format="rgb24") for f in container.decode(video=0)]).astype(int)

    def yellow(pictures: np.ndarray) -> float:
        return float(((pictures[..., 0] > 150) & (pictures[..., 1] > 120) & (pictures[..., 2] < 90)).mean())

    drawn = frames("kofi.mp4", 1, engine="deepdance", model=f"models:/{NAME}@champion")
    assert drawn.shape == (12, 240, 180, 3)
    assert yellow(drawn) > 0.01 > 5 * yellow(frames("ada.mp4", 1))
    corner = drawn[:, :16, :16].reshape(-1, 3).mean(axis=0)
    assert np.abs(corner - (0x20, 0x40, 0xA0)).max() < 6, "the scene is seen beside the person"
    again = frames("again.mp4", 3, engine="deepdance", model=f"models:/{NAME}/1")
    assert np.array_equal(drawn, again), "frames depend on the number of workers"


def test_a_server_draws_the_same_frames(
    told: dict[str, Any], arguments: dict[str, Any], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "home"))
    photo = small_photo(place)
    folder = Registry(arguments["registry"]).bring(NAME, alias="champion")
    drawn = []
    with kserve_of(folder) as endpoint:
        when_ready(endpoint).close()
        for models in ("", endpoint.rpartition("/")[0]):
            out = place / f"served-{bool(models)}.mp4"
            make(
                str(photo), "disco", out, size="180x240", background="#2040a0", quality="draft", duration=0.3, fps=20,
                engine="deepdance", model=f"models:/{NAME}@champion", models=models, registry=arguments["registry"],
                cache=place / "cache-served", workers=1,
            )  # fmt: skip
            drawn.append(out.read_bytes())
    assert drawn[0] == drawn[1]


def test_an_alias_is_pinned_before_a_run(told: dict[str, Any], arguments: dict[str, Any]) -> None:
    pinned = learned("deepdance", f"models:/{NAME}@champion", "", arguments["registry"])
    assert pinned["model"] == f"models:/{NAME}/1" and len(pinned["weights"]) == 64
    assert len(pinned["body"].split(",")) == 21


@pytest.mark.parametrize(
    ("engine", "model", "code"),
    [
        ("magic", "", "invalid_setting"),
        ("puppet", "models:/kofi@champion", "invalid_setting"),
        ("deepdance", "", "invalid_setting"),
        ("deepdance", "models:/kofi@nobody", "model_unknown"),
        ("deepdance", "/no/such/folder", "model_missing"),
    ],
)
def test_engines_without_their_model_are_refused(
    engine: str, model: str, code: str, told: dict[str, Any], arguments: dict[str, Any]
) -> None:
    with pytest.raises(TroupeError) as refusal:
        learned(engine, model, "", arguments["registry"])
    assert refusal.value.code == code
