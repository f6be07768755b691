"""Builds a TensorRT plan of a model folder with `trtexec`, in the Triton image, on the GPU that it is to run on.

python -m training.lifecycle.plan FOLDER [-o PLANS] [--fp16] [--batch 16]

A plan belongs to one compute capability and one TensorRT release, so ONNX stays the registered truth and plans are kept
under both: PLANS/<model>/sm<capability>-trt<release>-<precision>/{model.plan, plan.json}. After a build the plan
answers the golden inputs through `trtexec` itself.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, Field

from components.core import StageContext, TroupeError
from components.core.clip import Uri
from components.models.contract import ANY, ModelContract, Tensor
from components.models.folder import GoldenAnswers, read_contract, read_golden
from components.models.tensors import Array
from training.lifecycle.records import ExportedModel, TensorRTPlan

_TOLERANCE = {"fp32": 1e-3, "fp16": 2e-2}
"""Largest absolute difference from the golden answers, or the contract's own: TensorRT sums in another order."""
_PATIENCE = 3600.0


@dataclass(frozen=True)
class Target:
    """What a plan is for.

    Attributes:
        capability: of the GPU, as "9.0".
        release: of TensorRT, as "10.3.0".
    """

    capability: str
    release: str


@dataclass(frozen=True)
class BuiltPlan:
    """A plan on disk.

    Attributes:
        file: model.plan.
        target: what it is for.
        precision: "fp32" or "fp16".
        onnx_sha256: of the network that it was made from.
        difference: largest absolute difference from the golden answers.
    """

    file: Path
    target: Target
    precision: str
    onnx_sha256: str
    difference: float


class PlanSettings(BaseModel, frozen=True):
    """Settings of plan.

    Attributes:
        fp16: permit numbers of 16 bits.
        batch: most frames at once.
        trtexec, smi: the programs.
    """

    fp16: bool = False
    batch: int = Field(default=16, ge=1)
    trtexec: str = "trtexec"
    smi: str = "nvidia-smi"


def run(model: ExportedModel, *, settings: PlanSettings, context: StageContext) -> TensorRTPlan:
    """Build a plan of an exported model. Raises as `build_plan`."""
    built = build_plan(
        Path(model.folder),
        context.workdir / "plans",
        fp16=settings.fp16,
        batch=settings.batch,
        trtexec=settings.trtexec,
        smi=settings.smi,
    )
    target = built.target
    return TensorRTPlan(
        Uri(str(built.file.parent)), target.capability, target.release, built.precision, built.difference
    )


def target_here(trtexec: str = "trtexec", smi: str = "nvidia-smi") -> Target:
    """The GPU and the TensorRT of this machine.

    Raises:
        TroupeError: extra_missing: one of the programs is not there, or says nothing of use; what to do is told.
    """
    capability = re.search(r"\d+\.\d+", _said([smi, "--query-gpu=compute_cap", "--format=csv,noheader"], "no GPU"))
    release = re.search(r"\[TensorRT v(\d+)\]", _said([trtexec, "--help"], "no TensorRT"))
    if capability is None or release is None:
        missing = f"{smi} names no compute capability" if capability is None else f"{trtexec} names no release"
        raise _missing(missing)
    return Target(capability[0], _release(int(release[1])))


def build_plan(
    folder: Path, plans: Path, *, fp16: bool = False, batch: int = 16, trtexec: str = "trtexec", smi: str = "nvidia-smi"
) -> BuiltPlan:
    """Build a plan, or find the one that was built of the same network for the same target.

    Args:
        folder: model folder.
        plans: where plans are kept.
        fp16: permit numbers of 16 bits.
        batch: most frames at once.
        trtexec, smi: the programs.

    Raises:
        TroupeError: extra_missing: no GPU or no TensorRT here; model_missing, model_broken: the network cannot become a
            plan, or the plan answers otherwise; its last words are told.
    """
    contract = read_contract(folder)
    weights = contract.network.weights
    weights.verify(folder / weights.uri)
    golden = read_golden(contract, folder)
    target = target_here(trtexec, smi)
    precision = "fp16" if fp16 else "fp32"
    place = plans / contract.name / f"sm{target.capability.replace('.', '')}-trt{target.release}-{precision}"
    kept = _kept(place, target, precision, weights.sha256)
    if kept is not None:
        return kept
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as beside:
        work = Path(beside) / "plan"
        work.mkdir()
        made = work / "model.plan"
        _run([trtexec, *build_arguments(contract, folder / weights.uri, made, fp16=fp16, batch=batch)], contract.name)
        if not made.exists():
            raise TroupeError("model_broken", f"{trtexec} wrote no plan of {contract.name}.", model=contract.name)
        answer = _answer(trtexec, contract, made, golden, Path(beside))
        difference = max(golden.differences(answer).values())
        limit = max(_TOLERANCE[precision], golden.tolerance)
        if not difference <= limit:
            raise TroupeError(
                "model_broken",
                f"The TensorRT plan of {contract.name} differs from the golden answers by {difference:.3g} (at most "
                f"{limit:g}); build it without --fp16, or serve the ONNX variant.",
                model=contract.name,
            )
        built = BuiltPlan(place / "model.plan", target, precision, weights.sha256, difference)
        (work / "plan.json").write_text(json.dumps({**asdict(built), "file": "model.plan"}, indent=1))
        shutil.rmtree(place, ignore_errors=True)
        work.rename(place)
    return built


def build_arguments(contract: ModelContract, onnx: Path, plan: Path, *, fp16: bool, batch: int) -> list[str]:
    """What `trtexec` is told to make a plan: one optimisation profile for every batch size, tuned for half of the most.

    https://docs.nvidia.com/deeplearning/tensorrt/latest/reference/command-line-programs.html
    """
    network = contract.network
    dynamic = [t for t in network.inputs if ANY in t.shape]
    shapes = {
        side: ",".join(f"{t.source}:{_shape(t, frames)}" for t in dynamic)
        for side, frames in (("min", 1), ("opt", max(1, batch // 2)), ("max", batch))
    }
    profile = [f"--{side}Shapes={text}" for side, text in shapes.items()] if dynamic else []
    return [f"--onnx={onnx}", f"--saveEngine={plan}", *profile, *(["--fp16"] if fp16 else []), "--skipInference"]


def _answer(trtexec: str, contract: ModelContract, plan: Path, golden: GoldenAnswers, work: Path) -> dict[str, Array]:
    """What a plan answers to the golden inputs."""
    network = contract.network
    loads, shapes = [], []
    for i, tensor in enumerate(network.inputs):
        array = np.ascontiguousarray(golden.inputs[tensor.name])
        file = work / f"input{i}.bin"
        file.write_bytes(array.tobytes())
        loads.append(f"{tensor.source}:{file}")
        shapes.append(f"{tensor.source}:{'x'.join(map(str, array.shape))}")
    told = work / "output.json"
    arguments = [
        f"--loadEngine={plan}",
        f"--loadInputs={','.join(loads)}",
        f"--shapes={','.join(shapes)}",
        f"--exportOutput={told}",
        "--iterations=1",
        "--warmUp=0",
        "--duration=0",
    ]
    _run([trtexec, *arguments], contract.name)
    ours = {t.source: t for t in network.outputs}
    found = {}
    for entry in json.loads(told.read_text()):
        if entry["name"] in ours:
            tensor = ours[entry["name"]]
            shape = tuple(int(n) for n in entry["dimensions"].split("x"))
            found[tensor.name] = np.array(entry["values"], tensor.dtype).reshape(shape)
    return found


def _kept(place: Path, target: Target, precision: str, sha256: str) -> BuiltPlan | None:
    try:
        told: Mapping[str, object] = json.loads((place / "plan.json").read_text())
    except (OSError, ValueError):
        return None
    if told.get("onnx_sha256") != sha256 or not (place / "model.plan").exists():
        return None
    return BuiltPlan(place / "model.plan", target, precision, sha256, float(str(told["difference"])))


def _shape(tensor: Tensor, frames: int) -> str:
    lengths = [frames if a == "batch" else 1 if n == ANY else n for a, n in zip(tensor.axes, tensor.shape, strict=True)]
    return "x".join(map(str, lengths))


def _release(number: int) -> str:
    """10.3.0 of 100300, 8.6.1 of 8601."""
    wide = number >= 10000
    major, rest = divmod(number, 10000 if wide else 1000)
    return f"{major}.{rest // 100}.{rest % 100}"


def _said(command: Sequence[str], missing: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _missing(f"{missing} ({command[0]}: {error})") from error
    return done.stdout + done.stderr


def _run(command: Sequence[str], model: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE)
    if done.returncode != 0:
        words = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        errors = [line for line in words if "[E]" in line] or words[-1:] or ["it said nothing"]
        raise TroupeError("model_broken", f"trtexec cannot use {model}: {errors[0][:300]}", model=model)


def _missing(why: str) -> TroupeError:
    return TroupeError(
        "extra_missing",
        f"A TensorRT plan cannot be built here: {why}. Run this step in the Triton image "
        "(nvcr.io/nvidia/tritonserver:<release>-py3) on the GPU that the model is to run on.",
        extra="tensorrt",
    )


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Build a TensorRT plan.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("plans"))
    parser.add_argument("--fp16", action="store_true")
    parser.add_argument("--batch", type=int, default=16)
    given = parser.parse_args()
    try:
        print(build_plan(given.folder, given.output, fp16=given.fp16, batch=given.batch).file)
    except TroupeError as error:
        sys.exit(f"troupe: {error.message} [{error.code}]")


if __name__ == "__main__":
    main()
