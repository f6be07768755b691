"""Puts a model folder into the registry as a new version: all of it, or nothing."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from components.core import StageContext, TroupeError
from components.models.contract import ModelContract
from components.models.folder import CONTRACT, read_contract
from components.models.registry import CANDIDATE, RegisteredVersion, Registry
from components.models.tracking import answering, experiment
from training.lifecycle.records import Evaluation, ExportedModel, Registration, Trained
from training.lifecycle.signature import signature_of

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


class RegisterSettings(BaseModel, frozen=True):
    """Settings of register.

    Attributes:
        registry: MLflow's tracking URI; empty: this machine's.
    """

    registry: str = ""


def run(
    model: ExportedModel,
    trained: Trained,
    evaluation: Evaluation,
    *,
    settings: RegisterSettings,
    context: StageContext,
) -> Registration:
    """Register an exported model with the figures of its evaluation. Raises as `register`."""
    registry = Registry(settings.registry)
    compared = {f"{c.figure}.less.{c.against}": c.difference for c in evaluation.comparisons}
    metrics = {**evaluation.figures, **compared, "parity": model.parity}
    tags = {"data": trained.data, "revision": revision(), "precision": model.precision}
    made = register(registry, Path(model.folder), tags=tags, metrics=metrics, parameters=trained.parameters)
    return Registration(made.name, made.version, made.uri, registry.uri)


def revision() -> str:
    """The git revision of our sources, from TROUPE_REVISION (an image has no git) or git; "unknown" without both."""
    told = os.environ.get("TROUPE_REVISION", "")
    if told:
        return told
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10
        )
    except OSError:
        return "unknown"
    return done.stdout.strip() or "unknown"


def register(
    registry: Registry,
    folder: Path,
    *,
    tags: Mapping[str, str],
    metrics: Mapping[str, float],
    parameters: Mapping[str, str] | None = None,
) -> RegisteredVersion:
    """Store a model folder under its contract's name, and let `candidate` name the new version.

    The alias moves last. A failure takes back what was made; a crash leaves at most files and a run that nothing names,
    or a version that no alias names.

    Args:
        registry: where to.
        folder: with contract.json, the network, and golden inputs.
        tags: data (hash of the training data), revision (git), and what else is to be known of it; onnx_sha256, opset,
            licence and family are added.
        metrics: figures of the evaluation.
        parameters: of the training.

    Raises:
        TroupeError: model_missing, model_broken: the folder holds no whole model; invalid_setting: the name cannot be
            one; disk_full, registry_unreachable: nothing was registered; extra_missing.
    """
    contract = read_contract(folder)
    if not _NAME.fullmatch(contract.name):
        raise TroupeError(
            "invalid_setting",
            f"A model cannot be called {contract.name!r}: letters, digits, dot, dash and underscore, at most 100.",
            name=contract.name,
        )
    network = contract.network
    data = network.weights.verify(folder / network.weights.uri)
    every = dict(tags) | {
        "onnx_sha256": network.weights.sha256,
        "opset": str(_opset(data, contract)),
        "licence": network.weights.licence,
        "family": contract.family,
    }
    client = registry.client
    place = experiment(client)
    with answering(registry.uri), _undone(client) as undo:
        run = client.create_run(place, run_name=f"register {contract.name}", tags={"troupe.step": "register"})
        undo.append((client.delete_run, run.info.run_id))
        for name, value in metrics.items():
            client.log_metric(run.info.run_id, name, float(value))
        for name, text in (parameters or {}).items():
            client.log_param(run.info.run_id, name, text)
        logged = client.create_logged_model(
            place, name=contract.name, source_run_id=run.info.run_id, tags=every, model_type=contract.family or None
        )
        undo.append((client.delete_logged_model, logged.model_id))
        undo.append((_delete_files, logged.artifact_location))
        with tempfile.TemporaryDirectory() as beside:
            packed = _packed(contract, folder, Path(beside) / "model", logged, run.info.run_id)
            client.log_model_artifacts(logged.model_id, str(packed))
        client.finalize_logged_model(logged.model_id, "READY")
        _name(client, contract.name, undo)
        made = client.create_model_version(
            contract.name, logged.artifact_location, run.info.run_id, tags=every, model_id=logged.model_id
        )
        undo.append((client.delete_model_version, contract.name, made.version))
        client.set_registered_model_alias(contract.name, CANDIDATE, made.version)
        client.set_terminated(run.info.run_id)
    return registry.find(contract.name, version=made.version)


@contextlib.contextmanager
def _undone(client: Any) -> Any:
    """A list of calls that take back what was made; they are made, last first, where the block fails."""
    undo: list[tuple[Any, ...]] = []
    try:
        yield undo
    except BaseException:
        for call, *arguments in reversed(undo):
            with contextlib.suppress(Exception):  # the first failure is the one to tell
                call(*arguments)
        raise


def _delete_files(location: str) -> None:
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    get_artifact_repository(location).delete_artifacts()


def _name(client: Any, name: str, undo: list[tuple[Any, ...]]) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
        return
    undo.append((client.delete_registered_model, name))


def _packed(contract: ModelContract, folder: Path, target: Path, logged: Any, run: str) -> Path:
    """The folder as MLflow stores models: loadable by `mlflow.onnx` and `mlflow.pyfunc`, with our files beside."""
    import mlflow.onnx
    import onnx
    from mlflow.models import Model

    weights = contract.network.weights
    described = Model(
        artifact_path=logged.artifact_location, model_uuid=logged.model_id, run_id=run, model_id=logged.model_id
    )
    mlflow.onnx.save_model(
        onnx.load(folder / weights.uri),
        target,
        mlflow_model=described,
        signature=signature_of(contract),
        pip_requirements=["mlflow", "onnx", "onnxruntime"],
        save_as_external_data=False,
    )
    # the very bytes that the contract names: MLflow has written them anew
    shutil.copyfile(folder / weights.uri, target / "model.onnx")
    if weights.uri != "model.onnx":
        shutil.copyfile(folder / weights.uri, target / weights.uri)
    shutil.copyfile(folder / CONTRACT, target / CONTRACT)
    if contract.golden is not None:
        shutil.copyfile(folder / contract.golden.uri, target / contract.golden.uri)
    return target


def _opset(data: bytes, contract: ModelContract) -> int:
    import onnx

    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:  # protobuf's DecodeError, whose module differs between its implementations
        raise TroupeError(
            "model_broken", f"The network of {contract.name} is not ONNX: {error}.", model=contract.name
        ) from error
    return int(next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx")))
