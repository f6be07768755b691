"""Networks that learn: better than what needs no learning, exactly resumable, by one process or two, and never NaN."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch

from components.animate.deepdance.person import open_person
from components.animate.deepdance.settle import share_of
from components.animate.deepdance.skeleton_map import as_input, draw_map
from components.core import Progress, StageContext, TroupeError, Uri, silent
from components.core.stage import call
from training.deepdance import train
from training.deepdance.checkpoint import read_network
from training.deepdance.family import FAMILY
from training.deepdance.pairs import read_pairs
from training.deepdance.settings import TrainSettings
from training.deepdance.trainer import read_course
from training.lifecycle import evaluate, export
from training.lifecycle.gates import judge, read_gates
from training.lifecycle.network import network_answers
from training.lifecycle.records import Prepared, Trained

QUICK = {"registry": "off", "minutes": 0, "batch": 8, "look": 10}


def learned(prepared: Prepared, folder: Path, report: Any = silent, **changed: Any) -> Trained:
    folder.mkdir(exist_ok=True)
    settings = TrainSettings(**{**QUICK, **changed})
    return train.run(prepared, settings=settings, context=StageContext(folder, report, 1))


def weights(trained: Trained) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = torch.load(Path(trained.checkpoint) / "weights.pt", weights_only=True)
    return found


def status(registry: str, run: str) -> str:
    """Of a run of MLflow."""
    from components.models.tracking import connect

    return str(connect(registry).get_run(run).info.status)


def figures_of(trained: Trained, prepared: Prepared) -> dict[str, float]:
    """Means over the held-out frames."""
    checkpoint, data = Path(trained.checkpoint), Path(prepared.folder)
    contract = FAMILY.contract_of(checkpoint)
    answer = network_answers(FAMILY.network_of(checkpoint), contract)
    parts = [FAMILY.figures(answer(FAMILY.inputs(contract, data, b)), data, b) for b in FAMILY.blocks(data)]
    return {name: float(np.nanmean(np.concatenate([p[name] for p in parts]))) for name in parts[0]}


@pytest.fixture(scope="session")
def vanilla(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A hundred steps of vanilla-map at 32 px."""
    return learned(prepared, tmp_path_factory.mktemp("vanilla"), steps=100, batch=16, look=25)


def test_a_hundred_steps_beat_what_needs_no_learning(vanilla: Trained, prepared: Prepared) -> None:
    """The gates of the repository, on the same blocks, intervals excluding zero."""
    checkpoint, data = Path(vanilla.checkpoint), Path(prepared.folder)
    contract = FAMILY.contract_of(checkpoint)
    answer = network_answers(FAMILY.network_of(checkpoint), contract)
    subjects: dict[str, Any] = {"candidate": lambda f: answer(FAMILY.inputs(contract, data, f))}
    subjects |= FAMILY.baselines(data)
    measured = {
        name: [FAMILY.figures(asked(b), data, b) for b in FAMILY.blocks(data)] for name, asked in subjects.items()
    }
    found = evaluate.compare(measured, 0.95, 2000, 0)
    verdicts = judge(found, read_gates("deepdance"))
    assert all(v.passed for v in verdicts), [v.sentence for v in verdicts]


def test_the_exported_network_answers_as_the_trained_one(vanilla: Trained, prepared: Prepared, tmp_path: Path) -> None:
    context = StageContext(tmp_path, silent, 1)
    made = export.run(vanilla, prepared, settings=export.ExportSettings(name="kofi", int8=True), context=context)
    assert made.parity <= 1e-4 and made.name == "kofi"
    assert made.precision == "int8" and made.figures["int8"] >= 0.99 * made.figures["fp32"]


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "nearest", "history": 3},
        {"method": "vanilla-vector", "history": 3, "temporal": True},
        {"method": "vanilla-map", "generator": "spade"},
        {"method": "gan", "temporal": True, "history": 3, "face": True, "perceptual": "features"},
        {"method": "vanilla-map", "precision": "bf16-mixed", "face": True},
    ],
    ids=lambda c: "-".join(str(v) for v in c.values()),
)
def test_every_kind_learns_and_can_be_exported(changed: dict[str, Any], prepared: Prepared, tmp_path: Path) -> None:
    start = {"seed": 1, **changed}
    first = learned(prepared, tmp_path / "one", steps=0 if changed["method"] == "nearest" else 1, **start)
    last = learned(prepared, tmp_path / "many", steps=0 if changed["method"] == "nearest" else 40, **start)
    if changed["method"] != "nearest":
        assert figures_of(last, prepared)["foreground_l1"] < 0.9 * figures_of(first, prepared)["foreground_l1"]
        assert last.steps == 40 and last.notices == ()
    real = FAMILY.inputs(FAMILY.contract_of(Path(last.checkpoint)), Path(prepared.folder), np.arange(6))
    contract, parity = export.export(
        read_network(Path(last.checkpoint)), FAMILY.contract_of(Path(last.checkpoint)), real, tmp_path
    )
    assert parity <= 1e-4 and contract.network.weights.sha256


def test_nearest_as_a_network_gives_the_stored_picture(prepared: Prepared, tmp_path: Path) -> None:
    trained = learned(prepared, tmp_path, method="nearest")
    pairs = read_pairs(Path(prepared.folder))
    rows = pairs.blocks[0]
    image, _ = read_network(Path(trained.checkpoint))(torch.from_numpy(pairs.vectors(rows, 1)))
    expected = FAMILY.baselines(Path(prepared.folder))["nearest"](rows)["image"]
    assert np.allclose(image.numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("method", ["vanilla-map", "gan"])
def test_a_training_that_was_stopped_goes_on_to_the_same_weights(
    method: str, prepared: Prepared, tmp_path: Path
) -> None:
    whole = learned(prepared, tmp_path / "whole", method=method, steps=20)

    def stop(progress: Progress) -> None:
        if progress.note.startswith("step 13,"):
            raise TroupeError("cancelled", "Stopped.")

    with pytest.raises(TroupeError, match="Stopped"):
        learned(prepared, tmp_path / "parts", stop, method=method, steps=20)
    parts = learned(prepared, tmp_path / "parts", method=method, steps=20)
    assert parts.steps == 20
    a, b = weights(whole), weights(parts)
    assert all(torch.equal(a[name], b[name]) for name in a)
    other = weights(learned(prepared, tmp_path / "other", method=method, steps=20, seed=1))
    assert not all(torch.equal(a[name], other[name]) for name in a)


def test_what_learns_over_time_flickers_less(shaken: Prepared, tmp_path: Path) -> None:
    """Against a network that knows one frame, whose drawing shakes with the joints as they were seen in it."""
    single = learned(shaken, tmp_path / "single", steps=80)
    over_time = learned(shaken, tmp_path / "time", steps=80, temporal=True, history=3)
    pairs = read_pairs(Path(shaken.folder))
    rows = pairs.blocks[1]
    for trained, poses in ((single, pairs.poses), (over_time, pairs.steady)):
        asked = FAMILY.inputs(FAMILY.contract_of(Path(trained.checkpoint)), Path(shaken.folder), rows)["skeleton"]
        expected = as_input(np.stack([draw_map(poses[r], pairs.window, pairs.size) for r in rows]))
        assert np.array_equal(asked[:, : expected.shape[1]], expected)
    steady, seen = figures_of(over_time, shaken), figures_of(single, shaken)
    assert steady["foreground_flicker"] < 0.7 * seen["foreground_flicker"]
    assert steady["foreground_ssim"] > seen["foreground_ssim"] - 0.02, "after 80 steps"
    context = StageContext(tmp_path, silent, 1)
    folder = export.run(over_time, shaken, settings=export.ExportSettings(name="kofi"), context=context).folder
    person = open_person(str(folder), "", "", [])
    assert share_of(FAMILY.contract_of(Path(single.checkpoint)).network) == 0
    poses = pairs.steady[rows]
    answer = person.model(person.asked(poses, range(len(poses))))
    plain = np.concatenate([answer["image"], answer["matte"]], axis=1).transpose(0, 2, 3, 1)
    drawn = np.concatenate([person.drawn(poses, range(0, 8)), person.drawn(poses, range(8, len(poses)))])
    person.model.close()
    assert np.allclose(drawn[1:-1], plain[1:-1] / 2 + (plain[:-2] + plain[2:]) / 4, atol=1e-4)
    assert np.allclose(drawn[0], 0.75 * plain[0] + plain[1] / 4, atol=1e-4), "a dance begins with its first frame"


def test_two_processes_learn_together(prepared: Prepared, tmp_path: Path) -> None:
    """Who waits hears how far they are, stops them as it stops one, and has them go on."""
    said: list[Progress] = []

    def stop(progress: Progress) -> None:
        said.append(progress)
        if progress.note.startswith("step ") and len({p.note for p in said}) > 2:
            raise TroupeError("cancelled", "Stopped.")

    curves = f"sqlite:///{tmp_path}/mlflow.db"
    with pytest.raises(TroupeError, match="Stopped"):
        learned(prepared, tmp_path / "two", stop, steps=10_000, devices=2, method="gan", registry=curves)
    assert all(p.total == 1000 for p in said if p.note != "starting")
    course = read_course(tmp_path / "two" / "checkpoint")
    assert int(said[-1].note.split()[1].strip(",")) <= course.step < 10_000
    assert status(curves, course.run) == "KILLED"
    said.clear()
    steps = course.step + 12
    together = learned(prepared, tmp_path / "two", said.append, steps=steps, devices=2, method="gan", registry=curves)
    assert together.steps == steps and together.parameters["mlflow_run"] == course.run
    assert said[-1].done == 1000 and status(curves, course.run) == "FINISHED"
    assert {p.name for p in (tmp_path / "two" / "checkpoint").iterdir()} == {"network.json", "weights.pt", "state.ckpt"}
    alone = learned(prepared, tmp_path / "one", steps=12, method="gan")
    assert not torch.equal(next(iter(weights(together).values())), next(iter(weights(alone).values())))
    assert figures_of(together, prepared)["foreground_l1"] < 0.2


def test_one_of_two_processes_that_is_killed_ends_the_training_in_order(prepared: Prepared, tmp_path: Path) -> None:
    known = {child.pid for child in psutil.Process().children()}

    def started() -> list[psutil.Process]:
        children = [c for c in psutil.Process().children() if c.pid not in known]
        return sorted((c for c in children if "spawn_main" in " ".join(c.cmdline())), key=lambda c: c.create_time())

    def kill(progress: Progress) -> None:
        if (tmp_path / "run" / "checkpoint" / "state.ckpt").exists():
            started()[-1].kill()

    curves = f"sqlite:///{tmp_path}/mlflow.db"
    with pytest.raises(TroupeError, match="A process of the training ended") as refusal:
        learned(prepared, tmp_path / "run", kill, steps=100_000, devices=2, registry=curves)
    assert refusal.value.code == "worker_died" and not started()
    course = read_course(tmp_path / "run" / "checkpoint")
    assert course.step >= 10 and status(curves, course.run) == "KILLED"


def test_what_one_of_two_processes_refuses_is_said(prepared: Prepared, tmp_path: Path) -> None:
    with pytest.raises(TroupeError) as refusal:
        learned(prepared, tmp_path / "new", steps=200, devices=2, learning_rate=1e30, clip=1e30, look=100)
    assert refusal.value.code == "nothing_learned" and refusal.value.values["step"] < 100


def test_a_loss_that_is_no_number_stops_the_training(prepared: Prepared, tmp_path: Path) -> None:
    """The learning rate is far too high from a state that was good."""
    learned(prepared, tmp_path / "run", steps=10)
    good = weights(learned(prepared, tmp_path / "run", steps=10))
    with pytest.raises(TroupeError) as refusal:
        learned(prepared, tmp_path / "new", steps=200, learning_rate=1e30, clip=1e30, look=100)
    assert refusal.value.code == "nothing_learned"
    state = torch.load(tmp_path / "run" / "checkpoint" / "state.ckpt", weights_only=False)
    for group in state["optimiser"]["param_groups"]:
        group["lr"] = group["highest"] = 1e30
    torch.save(state, tmp_path / "run" / "checkpoint" / "state.ckpt")
    kept = learned(prepared, tmp_path / "run", steps=200, clip=1e30, look=100)
    assert [n.code for n in kept.notices] == ["training_diverged"] and kept.steps == 10
    assert all(torch.equal(good[name], value) for name, value in weights(kept).items())


def test_what_gets_no_better_is_stopped_early(prepared: Prepared, tmp_path: Path) -> None:
    trained = learned(prepared, tmp_path, steps=400, learning_rate=1e-12, patience=3, look=2)
    assert trained.steps < 30


def test_likeness_by_vgg_needs_its_weights(prepared: Prepared, tmp_path: Path) -> None:
    from torchvision.models import vgg19

    with pytest.raises(TroupeError) as refusal:
        learned(prepared, tmp_path / "a", steps=2, perceptual=str(tmp_path / "none.pth"))
    assert refusal.value.code == "model_missing"
    torch.save({"features.0.weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(TroupeError) as refusal:
        learned(prepared, tmp_path / "b", steps=2, perceptual=str(tmp_path / "other.pth"))
    assert refusal.value.code == "model_broken"
    torch.manual_seed(0)
    known = {n: v for n, v in vgg19(weights=None).state_dict().items() if n.startswith("features.")}
    torch.save(known, tmp_path / "vgg.pth")
    taught = learned(prepared, tmp_path / "c", steps=6, perceptual=str(tmp_path / "vgg.pth"))
    plain = learned(prepared, tmp_path / "d", steps=6)
    assert not all(torch.equal(a, b) for a, b in zip(weights(taught).values(), weights(plain).values(), strict=True))


@pytest.mark.parametrize(
    "changed",
    [
        {"minutes": 0, "steps": 0},
        {"method": "vanilla-vector", "face": True},
        {"method": "vanilla-map", "perceptual": "features"},
        {"method": "magic"},
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    changed: dict[str, Any], prepared: Prepared, tmp_path: Path
) -> None:
    from components.core.artifact import save

    save(Prepared(prepared.family, Uri(prepared.folder), prepared.sha256, prepared.frames), tmp_path / "data")
    with pytest.raises(TroupeError) as refusal:
        call("training.deepdance.train", {"dataset": tmp_path / "data"}, changed, tmp_path / "out")
    assert refusal.value.code == "invalid_setting"


def test_curves_and_samples_are_kept_in_mlflow(prepared: Prepared, tmp_path: Path) -> None:
    from components.models.tracking import connect

    trained = learned(prepared, tmp_path / "run", steps=20, registry=f"sqlite:///{tmp_path}/mlflow.db")
    client = connect(f"sqlite:///{tmp_path}/mlflow.db")
    run = trained.parameters["mlflow_run"]
    curve = client.get_metric_history(run, "validation_l1")
    assert [p.step for p in curve] == [10, 20]
    assert client.get_run(run).data.params["method"] == "vanilla-map"
    assert len(client.list_artifacts(run, "samples")) >= 1
