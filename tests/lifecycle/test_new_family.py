"""A kind of model is added with the files that CONTRIBUTING lists and no other, and goes the whole way to champion."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from components.models.registry import Registry
from tests.conftest import REPOSITORY

ROOMS = ("components", "pipelines", "serving", "training")
FAMILY = "small"
GATES = """
gates:
  - {figure: error, better: lower, against: [mean]}
latency: 5000
tolerance: 0.0001
"""
WIRING = '''"""The whole way of a small model."""

from pipelines.model_life import LIFE_PARAMETERS, life_steps
from pipelines.wiring import Parameter, Step, Wiring

WIRING = Wiring(
    name="train-small",
    parameters={
        **LIFE_PARAMETERS,
        "family": Parameter(str, "small"),
        "source": Parameter(str),
        "noise": Parameter(float, 0.0),
    },
    steps=(
        Step("dataset", "training.small.dataset", values={"source": "source"}),
        Step("train", "training.small.train", inputs={"dataset": ("dataset",)}, settings={"noise": "noise"}),
        *life_steps("dataset", "train"),
    ),
    result="promote",
    purpose="A small model goes the whole way.",
)
'''
PROGRAM = """
import json, sys
from pathlib import Path

from kfp import compiler

from pipelines.kubeflow.build import pipeline_of
from pipelines.runners.local import run
from pipelines.train_small.wiring import WIRING

registry, store = sys.argv[1:]
compiler.Compiler().compile(pipeline_of(WIRING, {}, WIRING.name), f"{store}.yaml")
made = run(WIRING, {"name": "small", "registry": registry, "source": "here"}, Path(store), workers=1).output
print(json.dumps([made.promoted, made.champion, made.verdicts]))
"""


def listed() -> set[str]:
    """The files that CONTRIBUTING's numbered list of a trained model names."""
    text = (REPOSITORY / "CONTRIBUTING.md").read_text()
    _, _, section = text.partition("A kind of model that is trained here")
    numbered = section.partition("\n\n")[2].partition("\n\n")[0]
    return {file.replace("<family>", FAMILY) for file in re.findall(r"(?m)^\d+\. `([^`]+)`:", numbered)}


def files() -> dict[str, str]:
    """The tests' own family, each part where a family of the repository has it."""

    def part(name: str) -> str:
        text = (REPOSITORY / "tests" / "lifecycle" / f"{name}.py").read_text()
        for stage in ("dataset", "train", "family"):
            text = text.replace(f"tests.lifecycle.small_{stage}", f"training.{FAMILY}.{stage}")
        return text.replace("lifecycle_small_", f"{FAMILY}_").replace(f'"training.{FAMILY}.family"', f'"{FAMILY}"')

    answers = part("small_family").replace("from __future__ import annotations\n", "")
    answers = re.sub(r"(?m)^from tests\.lifecycle\.networks import .*\n", "", answers)
    made = {
        f"training/{FAMILY}/family.py": part("networks") + answers,
        f"training/{FAMILY}/dataset.py": part("small_dataset"),
        f"training/{FAMILY}/train.py": part("small_train"),
        f"training/{FAMILY}/component.py": part("component"),
        f"training/gates/{FAMILY}.yaml": GATES,
        f"pipelines/train_{FAMILY}/wiring.py": WIRING,
    }
    assert not [name for name, text in made.items() if "tests." in text]
    return made


@pytest.mark.parametrize("left_out", ["", f"training/gates/{FAMILY}.yaml"], ids=["whole", "without gates"])
def test_a_new_family_is_the_listed_files_and_no_other(left_out: str, registry: Registry, tmp_path: Path) -> None:
    """In a copy of the rooms; where a file is missing the life ends before a champion."""
    copy = tmp_path / "repository"
    for room in ROOMS:
        shutil.copytree(
            REPOSITORY / room, copy / room, ignore=shutil.ignore_patterns("__pycache__", "node_modules", "compiled")
        )
    made = files()
    assert set(made) == listed()
    for name, text in made.items():
        assert not (copy / name).exists()
        if name != left_out:
            (copy / name).parent.mkdir(exist_ok=True)
            (copy / name).write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, registry.uri, str(tmp_path / "store")],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "XDG_CACHE_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
    )
    if left_out:
        assert done.returncode != 0 and f"{FAMILY}.yaml" in done.stderr
        assert "champion" not in registry.aliases(FAMILY)
        return
    assert done.returncode == 0, done.stderr[-4000:]
    promoted, champion, verdicts = json.loads(done.stdout.splitlines()[-1])
    assert (promoted, champion) == (True, 1) and verdicts
    assert registry.aliases(FAMILY)["champion"] == 1
