"""The TensorRT step with stand-ins for trtexec and nvidia-smi that behave as those do: one runs the network's ONNX."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from components.core import StageContext, TroupeError
from components.core.clip import Uri
from serving.triton.config import Serving
from serving.triton.repository import write_model
from tests.lifecycle.networks import contract
from training.lifecycle.plan import PlanSettings, Target, build_arguments, build_plan, run, target_here
from training.lifecycle.records import ExportedModel

TRTEXEC = """#!{python}
import json, sys, pathlib, numpy as np, onnxruntime
print("&&&& RUNNING TensorRT.trtexec [TensorRT v{release}] # trtexec")
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
given = dict(a.lstrip("-").split("=", 1) for a in sys.argv[1:] if "=" in a)
if "onnx" in given:
    if {fault!r}:
        print("[E] Error[4]: " + {fault!r})
        sys.exit(1)
    pathlib.Path(given["saveEngine"]).write_bytes(b"PLAN" + pathlib.Path(given["onnx"]).read_bytes())
elif "loadEngine" in given:
    session = onnxruntime.InferenceSession(pathlib.Path(given["loadEngine"]).read_bytes()[4:])
    files = dict(e.split(":", 1) for e in given["loadInputs"].split(","))
    shapes = dict(e.split(":", 1) for e in given["shapes"].split(","))
    feed = {{n: np.fromfile(f, np.float32).reshape([int(k) for k in shapes[n].split("x")]) for n, f in files.items()}}
    names = [o.name for o in session.get_outputs()]
    told = [
        dict(name=n, dimensions="x".join(map(str, a.shape)), values=(a.ravel() + {shift}).tolist())
        for n, a in zip(names, session.run(names, feed))
    ]
    pathlib.Path(given["exportOutput"]).write_text(json.dumps(told))
"""


class Programs:
    """Stand-ins in a folder."""

    def __init__(self, folder: Path, release: int = 100300, shift: float = 0.0, fault: str = "") -> None:
        folder.mkdir()
        self.trtexec, self.smi = str(folder / "trtexec"), str(folder / "nvidia-smi")
        self._log = folder / "log"
        text = TRTEXEC.format(python=sys.executable, release=release, log=str(self._log), shift=shift, fault=fault)
        Path(self.trtexec).write_text(text)
        Path(self.smi).write_text("#!/bin/sh\necho 9.0\n")
        for file in (self.trtexec, self.smi):
            Path(file).chmod(0o755)

    def calls(self) -> list[list[str]]:
        """What trtexec was told to do, without the questions for its release."""
        return [c for c in map(json.loads, self._log.read_text().splitlines()) if c != ["--help"]]


def test_a_plan_is_built_once_for_a_gpu_and_a_release(small_model: Path, tmp_path: Path) -> None:
    programs = Programs(tmp_path / "bin")
    built = build_plan(small_model, tmp_path / "plans", fp16=True, trtexec=programs.trtexec, smi=programs.smi)
    assert built.file == tmp_path / "plans" / "small" / "sm90-trt10.3.0-fp16" / "model.plan"
    assert built.file.read_bytes() == b"PLAN" + (small_model / "model.onnx").read_bytes()
    assert built.target == Target("9.0", "10.3.0") and built.difference < 1e-4
    build, answer = programs.calls()
    assert "--minShapes=skeleton:1x3x32x32" in build and "--maxShapes=skeleton:16x3x32x32" in build
    assert "--fp16" in build and any(a.startswith("--loadInputs=skeleton:") for a in answer)
    again = build_plan(small_model, tmp_path / "plans", fp16=True, trtexec=programs.trtexec, smi=programs.smi)
    assert again == built and len(programs.calls()) == 2
    newer = Programs(tmp_path / "newer", release=8601)
    other = build_plan(small_model, tmp_path / "plans", trtexec=newer.trtexec, smi=newer.smi)
    assert other.file.parent.name == "sm90-trt8.6.1-fp32"
    write_model(tmp_path / "repository", small_model, 1, Serving("tensorrt"), plan=built.file)
    assert (tmp_path / "repository" / "small" / "1" / "model.plan").read_bytes() == built.file.read_bytes()


def test_a_plan_with_other_answers_is_not_kept(small_model: Path, tmp_path: Path) -> None:
    programs = Programs(tmp_path / "bin", shift=0.1)
    with pytest.raises(TroupeError, match=r"differs from the golden answers by 0\.1") as refusal:
        build_plan(small_model, tmp_path / "plans", trtexec=programs.trtexec, smi=programs.smi)
    assert refusal.value.code == "model_broken" and not list((tmp_path / "plans").rglob("model.plan"))


def test_what_trtexec_says_is_told(small_model: Path, tmp_path: Path) -> None:
    programs = Programs(tmp_path / "bin", fault="no kernel for Resize")
    with pytest.raises(TroupeError, match="no kernel for Resize") as refusal:
        build_plan(small_model, tmp_path / "plans", trtexec=programs.trtexec, smi=programs.smi)
    assert refusal.value.code == "model_broken"


def test_a_machine_without_gpu_or_tensorrt_says_what_is_missing(tmp_path: Path) -> None:
    programs = Programs(tmp_path / "bin")
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\n")
    silent.chmod(0o755)
    for trtexec, smi in ((str(tmp_path / "no"), programs.smi), (programs.trtexec, str(tmp_path / "no")),
                         (str(silent), programs.smi), (programs.trtexec, str(silent))):  # fmt: skip
        with pytest.raises(TroupeError, match="Triton image") as refusal:
            target_here(trtexec, smi)
        assert refusal.value.code == "extra_missing"


def test_a_network_of_fixed_shape_needs_no_profile(tmp_path: Path) -> None:
    import dataclasses

    known = contract()
    given = dataclasses.replace(known.network.inputs[0], shape=(1, 3, 32, 32))
    fixed = dataclasses.replace(known, parts=(dataclasses.replace(known.network, inputs=(given,)),))
    arguments = build_arguments(fixed, tmp_path / "a.onnx", tmp_path / "a.plan", fp16=False, batch=4)
    assert not [a for a in arguments if "Shapes" in a] and "--fp16" not in arguments


def test_the_step_gives_a_plan_of_an_exported_model(small_model: Path, tmp_path: Path) -> None:
    programs = Programs(tmp_path / "bin")
    exported = ExportedModel(Uri(str(small_model)), "small", "fp32", 0.0)
    settings = PlanSettings(fp16=True, batch=4, trtexec=programs.trtexec, smi=programs.smi)
    (tmp_path / "work").mkdir()
    plan = run(exported, settings=settings, context=StageContext(tmp_path / "work"))
    assert (plan.capability, plan.release, plan.precision) == ("9.0", "10.3.0", "fp16")
    assert (Path(plan.folder) / "model.plan").is_relative_to(tmp_path / "work")
    assert json.loads((Path(plan.folder) / "plan.json").read_text())["target"]["capability"] == "9.0"
