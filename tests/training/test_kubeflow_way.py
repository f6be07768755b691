"""The compiled pipeline `train-deepdance` takes a clip to a promoted champion, one process a step."""

from __future__ import annotations

from pathlib import Path

import yaml

from components.core import Dance
from components.core.artifact import load
from components.models.registry import Registry
from pipelines.kubeflow.variants import variant_of
from tests.kubeflow_local import through_kubeflow
from training.lifecycle.gates import read_gates
from training.lifecycle.records import Evaluation, Promotion


def test_a_clip_becomes_a_champion_through_kubeflow(dance: Dance, tmp_path: Path) -> None:
    """The family's own gates, but for how quick a server has to be on a busy machine."""
    assert dance.clip is not None
    gates = tmp_path / "gates.yaml"
    gates.write_text(yaml.safe_dump(read_gates("deepdance").model_dump(mode="json") | {"latency": 5000.0}))
    registry = f"sqlite:///{tmp_path}/mlflow.db"
    arguments = {
        "video": str(dance.clip.uri), "name": "kofi", "registry": registry, "family": str(gates), "size": 32,
        "steps": 80, "minutes": 0.0,
    }  # fmt: skip
    folders = through_kubeflow(
        "pipelines.train_deepdance.wiring:TRAIN_DEEPDANCE_WIRING",
        arguments,
        tmp_path / "there",
        variant_of("train-deepdance").fixed,
        XDG_CACHE_HOME=str(tmp_path / "home"),
    )
    promotion = load(Promotion, folders["lifecycle-decide"])
    assert (promotion.promoted, promotion.champion) == (True, 1)
    figures = load(Evaluation, folders["lifecycle-evaluate"]).figures
    assert 0 < figures["foreground_l1"] < 0.2
    known = Registry(registry, tmp_path / "cache")
    assert known.aliases("kofi") == {"champion": 1}
    assert known.find("kofi", alias="champion").tags["family"] == "deepdance"
