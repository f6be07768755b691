"""Evaluation, its intervals, gates, and export, on a family of the tests' own whose truth is known."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from components.core import StageContext, TroupeError, silent
from components.core.artifact import load, save
from components.core.clip import Uri
from components.models.folder import read_contract, read_golden
from components.models.registry import Registry
from components.models.source import open_model
from tests.lifecycle.networks import maps
from tests.lifecycle.small_family import FAMILY, make_checkpoint, make_dataset
from training.lifecycle import evaluate, export
from training.lifecycle.family import family_of
from training.lifecycle.gates import Gates, judge, read_gates
from training.lifecycle.records import Evaluation, Prepared, Trained
from training.lifecycle.register import register

GATES = Gates.model_validate(
    {
        "gates": [
            {"figure": "error", "better": "lower", "against": ["mean"]},
            {"figure": "likeness", "better": "higher", "against": ["champion"], "permitted": 0.01, "optional": True},
        ],
        "latency": 1000,
        "tolerance": 1e-4,
    }
)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    file = make_dataset(tmp_path_factory.mktemp("data") / "data.npz")
    return Prepared(FAMILY.name, Uri(str(file)), "d" * 64, 96)


def trained(folder: Path, seed: int = 0, noise: float = 0.0) -> Trained:
    return Trained(FAMILY.name, Uri(str(make_checkpoint(folder / "net.pt", seed, noise))), "d" * 64)


def evaluated(given: Trained, dataset: Prepared, registry: Registry, folder: Path) -> Evaluation:
    settings = evaluate.EvaluateSettings(registry=registry.uri, name="small")
    return evaluate.run(given, dataset, settings=settings, context=StageContext(folder, silent, 1))


def test_a_network_that_knows_the_truth_passes_and_a_wrong_one_fails(
    dataset: Prepared, registry: Registry, tmp_path: Path
) -> None:
    good = evaluated(trained(tmp_path), dataset, registry, tmp_path)
    assert good.figures["error"] < 1e-6
    against = good.against("error", "mean")
    assert against is not None and against.blocks == 4 and against.high < 0
    assert [v.passed for v in judge(good, GATES)] == [True, True]
    wrong = evaluated(trained(tmp_path, seed=3), dataset, registry, tmp_path)
    assert [v.passed for v in judge(wrong, GATES)] == [False, True]
    assert "failed" in judge(wrong, GATES)[0].sentence and "error" in judge(wrong, GATES)[0].sentence


def test_a_champion_is_compared_on_the_same_blocks(
    dataset: Prepared, registry: Registry, small_model: Path, tmp_path: Path
) -> None:
    register(registry, small_model, tags={}, metrics={})  # the network that draws the truth
    registry.point("small", "champion", 1)
    worse = evaluated(trained(tmp_path, noise=0.05), dataset, registry, tmp_path)
    assert worse.champion == 1
    against = worse.against("likeness", "champion")
    assert against is not None and against.other == pytest.approx(1.0, abs=1e-5) and against.difference < -0.005
    assert not judge(worse, GATES)[1].passed
    save(worse, tmp_path / "stored")
    assert load(Evaluation, tmp_path / "stored") == worse


def test_the_interval_covers_the_true_difference_as_often_as_it_says() -> None:
    """Blocks of frames that resemble each other: normal numbers a block plus a little noise a frame."""
    generator = np.random.default_rng(1)
    hits, naive = 0, 0
    for i in range(200):
        blocks = [generator.normal(0.3, 1.0) + generator.normal(0, 0.1, 10) for _ in range(20)]
        low, high, count = evaluate.interval([(b, np.zeros(10)) for b in blocks], 0.95, 400, i)
        assert count == 20
        hits += low <= 0.3 <= high
        frames = [(np.array([x]), np.zeros(1)) for b in blocks for x in b]
        low, high, _ = evaluate.interval(frames, 0.95, 400, i)
        naive += low <= 0.3 <= high
    assert 0.87 <= hits / 200 <= 1.0
    assert naive / 200 < 0.6, "drawing frames instead of blocks would be far too sure"


def test_one_block_proves_nothing() -> None:
    low, high, count = evaluate.interval([(np.ones(5), np.zeros(5))], 0.95, 100, 0)
    assert (low, high, count) == (-np.inf, np.inf, 1)
    assert evaluate.interval([(np.full(5, np.nan), np.zeros(5))], 0.95, 100, 0)[2] == 0


def test_the_gates_of_the_repository_can_be_read() -> None:
    gates = read_gates("deepdance")
    assert {g.figure for g in gates.gates} == {"foreground_l1", "foreground_ssim"}
    assert {o for g in gates.gates for o in g.against} == {"nearest", "mean", "previous", "champion"}


@pytest.mark.parametrize("text", ["gates: []", "gates: [{figure: a}]\nlatency: 1\ntolerance: 1", "{", "latency: -1"])
def test_gates_with_a_fault_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "g.yaml").write_text(text)
    with pytest.raises(TroupeError) as refusal:
        read_gates(str(tmp_path / "g.yaml"))
    assert refusal.value.code == "invalid_setting"
    with pytest.raises(TroupeError) as refusal:
        read_gates("nobody")
    assert refusal.value.code == "file_not_found"


def test_an_unknown_family_is_refused() -> None:
    for name in ("nobody", "no.such.module"):
        with pytest.raises(TroupeError, match=r"nobody|no\.such\.module") as refusal:
            family_of(name)
        assert refusal.value.code == "invalid_setting"


@pytest.mark.parametrize("int8", [False, True])
def test_an_exported_network_answers_as_the_trained_one(int8: bool, dataset: Prepared, tmp_path: Path) -> None:
    settings = export.ExportSettings(name="renamed", int8=int8)
    made = export.run(trained(tmp_path), dataset, settings=settings, context=StageContext(tmp_path, silent, 1))
    assert made.parity <= 1e-4 and made.name == "renamed"
    folder = Path(made.folder)
    model = open_model(str(folder), threads=1)
    golden = read_golden(read_contract(folder), folder)
    assert golden.differences(model(golden.inputs))["image"] <= golden.tolerance
    assert [model({"skeleton": maps(n)})["matte"].shape[0] for n in (1, 5)] == [1, 5]
    assert sorted(f.name for f in folder.iterdir()) == ["contract.json", "golden.npz", "model.onnx"]
    if int8:
        assert made.precision == "int8" and made.notices == ()
        assert made.figures["int8"] >= 0.99 * made.figures["fp32"]
        import onnx

        kinds = {n.op_type for n in onnx.load(folder / "model.onnx").graph.node}
        assert "QuantizeLinear" in kinds or "QLinearConv" in kinds


def test_an_export_that_answers_otherwise_is_refused(dataset: Prepared, tmp_path: Path) -> None:
    """A branch is written as the example took it: the file is right for batches of two only."""
    import torch

    class Branching(torch.nn.Module):  # type: ignore[misc]
        def forward(self, skeleton: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return (skeleton if len(skeleton) == 2 else -skeleton), skeleton[:, :1]

    real = FAMILY.inputs(FAMILY.contract_of(tmp_path), Path(dataset.folder), np.arange(4))
    with pytest.raises(TroupeError, match="differs") as refusal:
        export.export(Branching().eval(), FAMILY.contract_of(tmp_path), real, tmp_path)
    assert refusal.value.code == "model_broken"


def test_eight_bits_that_cost_too_much_are_refused(dataset: Prepared, tmp_path: Path) -> None:
    class Strict(type(FAMILY)):  # type: ignore[misc]
        """Its figure falls as soon as anything differs from the truth at all."""

        def figures(self, answers, dataset, frames):  # type: ignore[no-untyped-def]
            likeness = super().figures(answers, dataset, frames)["likeness"]
            return {"likeness": np.exp(-1e4 * (1.0 - likeness))}

    contract, parity = export.export(
        FAMILY.network_of(make_checkpoint(tmp_path / "net.pt")),
        FAMILY.contract_of(tmp_path),
        real := FAMILY.inputs(FAMILY.contract_of(tmp_path), Path(dataset.folder), np.arange(16)),
        tmp_path,
    )
    before = (tmp_path / "model.onnx").read_bytes()
    smaller, figures = export._smaller(Strict(), contract, Path(dataset.folder), np.arange(16), real, tmp_path)
    assert smaller is None and figures["int8"] < 0.99 * figures["fp32"]
    assert (tmp_path / "model.onnx").read_bytes() == before
    assert dataclasses.replace(contract) == contract and parity <= 1e-4
