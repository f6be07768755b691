"""The YOLO detector on a tiny network of random weights that the test builds."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.core import TroupeError
from components.models.yolo import YoloDetector, ultralytics
from tests.conftest import lacking

TINY = """
nc: 2
names: {0: cat, 1: person}
depth_multiple: 0.33
width_multiple: 0.03
backbone:
  - [-1, 1, Conv, [64, 3, 2]]
  - [-1, 1, Conv, [128, 3, 2]]
  - [-1, 1, C2f, [128, True]]
  - [-1, 1, Conv, [256, 3, 2]]
  - [-1, 1, Conv, [512, 3, 2]]
  - [-1, 1, Conv, [1024, 3, 2]]
head:
  - [[3, 4, 5], 1, Detect, [nc]]
"""


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ultralytics", None)
    with pytest.raises(TroupeError) as refused:
        YoloDetector("weights.pt").load()
    assert refused.value.code == "extra_missing"
    assert "make .venv/.dev" in refused.value.message


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("ultralytics") is None:
        lacking("yolo", "ultralytics is not installed; make .venv/.dev")
    library = ultralytics()
    import torch
    from ultralytics.nn.tasks import DetectionModel

    folder = tmp_path_factory.mktemp("yolo")
    (folder / "tiny.yaml").write_text(TINY)
    torch.manual_seed(0)
    network = library.YOLO(str(folder / "tiny.yaml"), task="detect")
    assert isinstance(network.model, DetectionModel)
    network.model.names = {0: "cat", 1: "person"}
    torch.nn.init.constant_(network.model.model[-1].cv3[0][-1].bias, 1.0)
    path = folder / "tiny.pt"
    torch.save({"model": network.model.half(), "train_args": {}}, path)
    return path


def test_it_finds_with_real_weights(weights: Path) -> None:
    detector = YoloDetector(str(weights), threshold=0.2)
    rgb = np.random.default_rng(0).integers(0, 255, (180, 320, 3), dtype=np.uint8)
    found = detector(rgb)
    assert found
    scores = [d.score for d in found]
    assert scores == sorted(scores, reverse=True)
    for detection in found:
        x0, y0, x1, y1 = detection.box
        assert -1 <= x0 < x1 <= 321 and -1 <= y0 < y1 <= 181
        assert detection.region.size == pytest.approx(1.25 * max(x1 - x0, y1 - y0), rel=1e-4)
        assert detection.region.usable


def test_other_rooms_read_pictures_as_before(weights: Path) -> None:
    assert weights.is_file() and "ultralytics" in sys.modules
    assert Image.open.__module__ == "PIL.Image"


def test_missing_or_foreign_weights_are_refused(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(TroupeError) as refused:
        YoloDetector(str(tmp_path / "none.pt")).load()
    assert refused.value.code == "model_missing"
    broken = tmp_path / "broken.pt"
    broken.write_bytes(weights.read_bytes()[:2000])
    with pytest.raises(TroupeError) as refused:
        YoloDetector(str(broken)).load()
    assert refused.value.code == "model_broken"
