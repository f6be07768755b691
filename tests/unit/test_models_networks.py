"""Contracts, weights and the arithmetic around the networks."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from components.core import TroupeError
from components.models import bundled
from components.models.anchors import anchor_centres, decode, weighted_suppression
from components.models.contract import Weights
from components.models.detector import tiles
from components.models.litert import LiteRtNetwork
from components.models.pose import refine_from_heatmap


def test_every_bundled_model_is_there_and_fits_its_contract() -> None:
    assert set(bundled.verify()) == {c.name for c in bundled.CONTRACTS}
    for contract in bundled.CONTRACTS:
        network = LiteRtNetwork(contract)
        out = network(np.full((network.size, network.size, 3), 128, np.uint8))
        for tensor in contract.parts[0].outputs:
            assert out[tensor.name].shape == tensor.shape[1:]
            assert np.isfinite(out[tensor.name]).all()


def test_mediapipe_itself_is_never_imported() -> None:
    code = "import sys; from components.models.people import find_people; import numpy as np; " \
        "find_people(np.zeros((64, 64, 3), np.uint8)); assert 'mediapipe' not in sys.modules"  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pose.tflite"
    shutil.copy(bundled.locate(bundled.POSE_DETECTION.parts[0].weights), path)
    LiteRtNetwork(bundled.POSE_DETECTION, path=path).load()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(TroupeError) as refused:
        LiteRtNetwork(bundled.POSE_DETECTION, path=path).load()
    assert refused.value.code == "model_broken"
    with pytest.raises(TroupeError) as refused:
        LiteRtNetwork(bundled.POSE_DETECTION, path=tmp_path / "none.tflite").load()
    assert refused.value.code == "model_missing"
    assert "mediapipe==0.10.21" in refused.value.message


def test_weights_of_another_package_are_located_without_importing_it() -> None:
    weights = Weights("bundled:no_such_package/x.tflite", hashlib.sha256(b"").hexdigest(), "MIT", "Install it.")
    with pytest.raises(TroupeError) as refused:
        bundled.locate(weights)
    assert refused.value.code == "model_missing"


def test_anchors_are_as_many_as_the_detectors_have() -> None:
    assert len(anchor_centres(224, ((8, 2), (16, 2), (32, 6)))) == 2254
    assert len(anchor_centres(128, ((8, 2), (16, 6)))) == 896


def test_decoding_places_a_box_about_its_anchor() -> None:
    anchors = np.array([[0.25, 0.5], [0.75, 0.5]], np.float32)
    boxes = np.zeros((2, 8), np.float32)
    boxes[0] = [10, -20, 40, 60, 5, 5, -5, -5]
    points, scores = decode(boxes, np.array([[3.0], [-3.0]], np.float32), anchors, 200, 0.5)
    assert scores == pytest.approx([1 / (1 + np.exp(-3.0))])
    centre = np.array([0.25 + 10 / 200, 0.5 - 20 / 200])
    assert np.allclose(points[0, 0], centre - np.array([0.1, 0.15]))
    assert np.allclose(points[0, 1], centre + np.array([0.1, 0.15]))
    assert np.allclose(points[0, 2], [0.25 + 5 / 200, 0.5 + 5 / 200])


def test_overlapping_candidates_become_their_weighted_mean() -> None:
    def box(x: float) -> list[list[float]]:
        return [[x, 0.0], [x + 1.0, 1.0], [x + 0.5, 0.5]]

    points = np.array([box(0.0), box(0.2), box(5.0)], np.float32)
    merged, best = weighted_suppression(points, np.array([0.6, 0.3, 0.9], np.float32), 0.3)
    assert best.tolist() == pytest.approx([0.9, 0.6])
    assert merged[1, 0, 0] == pytest.approx(0.2 * 0.3 / 0.9)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (720, 1280), (640, 640), (4000, 300), (31, 17)])
def test_tiles_cover_the_picture(width: int, height: int) -> None:
    for share in (1.0, 0.6):
        covered = np.zeros((height, width), bool)
        squares = tiles(width, height, (share,))
        assert squares[0][2] == max(width, height)
        for x, y, side in squares[1:]:
            assert x >= 0 and y >= 0 and x + side <= width and y + side <= height
            covered[y : y + side, x : x + side] = True
        assert covered.all() or len(squares) == 1


def test_the_heatmap_moves_a_landmark_to_its_peak_and_leaves_unsure_ones() -> None:
    rows, columns = np.mgrid[0:64, 0:64].astype(np.float32)
    heatmap = np.full((64, 64, 2), -12.0, np.float32)
    # A peak of logits at (30.4, 20.7) cells; the landmark was placed 1.5 cells beside it.
    heatmap[:, :, 0] = 6.0 - 2.0 * ((columns - 30.4) ** 2 + (rows - 20.7) ** 2)
    share = np.array([[31.9 / 64, 20.2 / 64, 0.3], [0.5, 0.5, 0.1]], np.float32)
    refined = refine_from_heatmap(share, heatmap)
    assert np.allclose(refined[0, :2] * 64, [30.4, 20.7], atol=0.15)
    assert refined[0, 2] == share[0, 2]
    assert np.array_equal(refined[1], share[1])
