"""The way to MLflow: which one, how long it is waited for, and what its failures mean. Imports it only when asked."""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from components.core import TroupeError

EXPERIMENT = "troupe"
_ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
"""A registry that is down is noticed within seconds (MLflow itself would wait minutes); nothing is reported home."""
_FULL = ("disk is full", "No space left on device", "Disk quota exceeded")
_ROOM = 1 << 20
"""Bytes without which SQLite cannot write a journal."""


def default_registry() -> str:
    """The registry of this machine: SQLite in the user's data folder (XDG_DATA_HOME)."""
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return f"sqlite:///{home / 'troupe' / 'registry' / 'mlflow.db'}"


def connect(uri: str = "") -> Any:
    """An `MlflowClient` for tracking and registry.

    Args:
        uri: sqlite:///ABSOLUTE/PATH, postgresql://..., or http(s)://... of a tracking server; empty: this machine's.

    Raises:
        TroupeError: extra_missing: MLflow is not installed; registry_unreachable.
    """
    uri = uri or default_registry()
    if importlib.util.find_spec("mlflow") is None:
        raise TroupeError(
            "extra_missing",
            "The registry of models needs the extra `models`: pip install 'troupe[models]' sets it up.",
            extra="models",
        )
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    with answering(uri):
        if uri.startswith("sqlite:///"):
            Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=uri, registry_uri=uri)


def experiment(client: Any, name: str = EXPERIMENT) -> str:
    """The id of an experiment, made where it is absent. Beside SQLite its files lie in the database's folder.

    Raises:
        TroupeError: registry_unreachable, disk_full.
    """
    from mlflow.exceptions import MlflowException

    uri: str = client.tracking_uri
    with answering(uri):
        found = client.get_experiment_by_name(name)
        if found is None:
            location = None
            if uri.startswith("sqlite:///"):
                location = str(Path(uri.removeprefix("sqlite:///")).absolute().parent / "artifacts" / name)
            try:
                return str(client.create_experiment(name, artifact_location=location))
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
            found = client.get_experiment_by_name(name)  # another process was quicker
        return str(found.experiment_id)


@contextlib.contextmanager
def answering(uri: str) -> Iterator[None]:
    """Turn what MLflow and what lies beneath it raise into refusals.

    Raises:
        TroupeError: model_unknown, invalid_setting, disk_full, registry_unreachable.
    """
    try:
        yield
    except TroupeError:
        raise
    except Exception as error:  # SQLAlchemy's, requests', botocore's and MLflow's own: told apart by what they say
        said = f"{error} {error.__cause__ or ''}"
        code = getattr(error, "error_code", "")
        number = getattr(error, "errno", None)
        if number in (errno.ENOSPC, errno.EDQUOT) or any(text in said for text in _FULL) or _no_room(uri, said):
            raise TroupeError(
                "disk_full", f"The disk of the registry {uri} is full; nothing was registered.", registry=uri
            ) from error
        if code in ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"):
            raise TroupeError("model_unknown", f"The registry {uri} says: {error}", registry=uri) from error
        if code == "INVALID_PARAMETER_VALUE":
            raise TroupeError("invalid_setting", f"The registry {uri} says: {error}", registry=uri) from error
        if code or isinstance(error, OSError) or type(error).__module__.partition(".")[0] in ("sqlalchemy", "botocore"):
            raise _unreachable(uri, str(error)) from error
        raise


def _no_room(uri: str, said: str) -> bool:
    """SQLite says no more than "disk I/O error" where its journal finds no room."""
    if not uri.startswith("sqlite:///") or "disk I/O error" not in said:
        return False
    with contextlib.suppress(OSError):
        return shutil.disk_usage(Path(uri.removeprefix("sqlite:///")).parent).free < _ROOM
    return False


def _unreachable(uri: str, why: str) -> TroupeError:
    first = why.strip().splitlines()[0][:200] if why.strip() else "no reason given"
    return TroupeError(
        "registry_unreachable", f"The registry of models at {uri} does not answer ({first}).", registry=uri
    )
