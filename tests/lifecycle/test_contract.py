"""Contracts as text, what fits them, and the network in this process."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from components.core import TroupeError
from components.models.bundled import CONTRACTS
from components.models.contract import ModelContract
from components.models.folder import read_contract, read_golden, write_contract
from components.models.source import open_model
from tests.lifecycle.networks import SIDE, contract, maps


@pytest.mark.parametrize("known", [*CONTRACTS, contract()], ids=lambda c: c.name)
def test_a_contract_comes_back_from_its_text(known: ModelContract) -> None:
    assert ModelContract.from_json(known.to_json()) == known


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"schema": "troupe.model_contract/9"}', "\x00"])
def test_other_text_is_no_contract(text: str) -> None:
    with pytest.raises(TroupeError) as refusal:
        ModelContract.from_json(text)
    assert refusal.value.code == "model_broken"


def test_a_contract_with_a_wrong_field_names_it() -> None:
    values = json.loads(contract().to_json())
    values["parts"][0]["inputs"][0]["shape"] = ["many"]
    with pytest.raises(TroupeError, match=r"parts\.0\.inputs\.0\.shape"):
        ModelContract.from_json(json.dumps(values))


def test_a_folder_answers_its_golden_inputs(small_model: Path) -> None:
    model = open_model(str(small_model), threads=1)
    golden = read_golden(model.contract, small_model)
    assert max(golden.differences(model(golden.inputs)).values()) < 1e-5
    assert model({"skeleton": maps(5)})["image"].shape == (5, 3, SIDE, SIDE)


def test_the_comparison_sees_a_wrong_answer(small_model: Path, other_model: Path) -> None:
    golden = read_golden(read_contract(small_model), small_model)
    wrong = open_model(str(other_model), threads=1)(golden.inputs)
    assert min(golden.differences(wrong).values()) > 1e-2
    assert golden.differences({"image": wrong["image"][:1]}) == {"image": float("inf"), "matte": float("inf")}
    broken = {name: np.full_like(a, np.nan) for name, a in wrong.items()}
    assert set(golden.differences(broken).values()) == {float("inf")}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "none"),
        ({"map": maps(1)}, "the tensors map"),
        ({"skeleton": maps(1), "more": maps(1)}, "more, skeleton"),
        ({"skeleton": maps(1).astype(np.float64)}, r"float64 \(1, 3, 32, 32\)"),
        ({"skeleton": maps(1)[0]}, r"\(3, 32, 32\)"),
        ({"skeleton": maps(1)[:, :, :16]}, r"\(1, 3, 16, 32\)"),
        ({"skeleton": maps(0)}, r"\(0, 3, 32, 32\)"),
    ],
)
def test_a_wrong_input_is_told_with_what_was_expected(
    small_model: Path, given: dict[str, np.ndarray], said: str
) -> None:
    model = open_model(str(small_model), threads=1)
    with pytest.raises(TroupeError, match=said) as refusal:
        model(given)
    assert refusal.value.code == "wrong_tensor"
    assert "skeleton float32 (batch, channel 3, height 32, width 32)" in refusal.value.message


def test_damaged_files_are_refused(small_model: Path, tmp_path: Path) -> None:
    def refused(code: str) -> str:
        with pytest.raises(TroupeError) as refusal:
            open_model(str(tmp_path / "m"))
        assert refusal.value.code == code
        return refusal.value.message

    refused("model_missing")
    shutil.copytree(small_model, tmp_path / "m")
    weights = (tmp_path / "m" / "model.onnx").read_bytes()
    (tmp_path / "m" / "model.onnx").write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    assert "damaged" in refused("model_broken")
    (tmp_path / "m" / "model.onnx").unlink()
    refused("model_missing")
    golden = tmp_path / "m" / "golden.npz"
    golden.write_bytes(golden.read_bytes()[:-3])
    with pytest.raises(TroupeError, match="golden"):
        read_golden(read_contract(tmp_path / "m"), tmp_path / "m")


def test_a_file_that_is_no_network_is_refused_though_its_hash_fits(small_model: Path, tmp_path: Path) -> None:
    import hashlib

    shutil.copytree(small_model, tmp_path / "m")
    (tmp_path / "m" / "model.onnx").write_bytes(b"not a network")
    known = read_contract(tmp_path / "m")
    weights = dataclasses.replace(known.network.weights, sha256=hashlib.sha256(b"not a network").hexdigest())
    write_contract(
        dataclasses.replace(known, parts=(dataclasses.replace(known.network, weights=weights),)), tmp_path / "m"
    )
    with pytest.raises(TroupeError, match="not a network") as refusal:
        open_model(str(tmp_path / "m"))
    assert refusal.value.code == "model_broken"


def test_a_contract_that_says_otherwise_than_its_file_is_refused(small_model: Path, tmp_path: Path) -> None:
    shutil.copytree(small_model, tmp_path / "m")
    known = read_contract(tmp_path / "m")
    matte = dataclasses.replace(known.network.outputs[1], shape=(-1, 2, SIDE, SIDE))
    part = dataclasses.replace(known.network, outputs=(known.network.outputs[0], matte))
    write_contract(dataclasses.replace(known, parts=(part,)), tmp_path / "m")
    with pytest.raises(TroupeError, match="disagree") as refusal:
        open_model(str(tmp_path / "m"))
    assert refusal.value.code == "model_broken"


@pytest.mark.parametrize("uri", ["ftp://host/model", "models:/../x@y", "models:/a", "models:/a@b@c"])
def test_an_address_of_no_known_form_is_refused(uri: str) -> None:
    with pytest.raises(TroupeError) as refusal:
        open_model(uri)
    assert refusal.value.code == "invalid_setting"
