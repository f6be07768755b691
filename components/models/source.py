"""One way to any model, wherever it lies or runs; the caller cannot tell which."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from components.core import Notice, TroupeError
from components.models.contract import ModelContract
from components.models.folder import read_contract
from components.models.onnx_model import OnnxModel
from components.models.tensors import Array

REGISTERED = re.compile(r"models:/(?P<name>\w[\w.-]*)(?:@(?P<alias>\w[\w.-]*)|/(?P<version>\d+))")


class Model(Protocol):
    """A model that can be called. Tensors have the contract's names on both sides."""

    contract: ModelContract

    def load(self) -> None:
        """Make ready. Raises TroupeError: model_missing, model_broken, extra_missing."""

    def __call__(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Run. Raises TroupeError: wrong_tensor."""

    def close(self) -> None:
        """Let go of what it holds."""


def open_model(
    uri: str, *, registry: str = "", cache: Path | None = None, threads: int = 0, notices: list[Notice] | None = None
) -> Model:
    """Find a model and make it ready.

    Args:
        uri: a model folder's path, models:/NAME@ALIAS, models:/NAME/VERSION, or
            grpc://HOST:PORT/NAME or http(s)://HOST:PORT/NAME of a server.
        registry: where models:/ names are looked up, as MLflow's tracking URI; empty: this machine's.
        cache: folder where models of a registry are kept; None: the user's.
        threads: of one call in this process; 0: as many as cores.
        notices: warnings are added here: registry_down.

    Raises:
        TroupeError: invalid_setting: no such form of address; model_missing, model_broken, model_unknown,
            model_unreachable, registry_unreachable, extra_missing.
    """
    found = REGISTERED.fullmatch(uri)
    if found is not None:
        from components.models.registry import Registry

        place = Registry(registry, cache)
        kept = place.bring(found["name"], alias=found["alias"], version=found["version"], notices=notices)
        return _in_process(kept, threads)
    scheme, separator, _ = uri.partition("://")
    if scheme in ("http", "https", "grpc") and separator:
        return _remote(uri, scheme)
    if separator or uri.startswith("models:"):
        raise TroupeError(
            "invalid_setting",
            f"{uri!r} is no address of a model; give a folder, models:/NAME@ALIAS, models:/NAME/VERSION, "
            "grpc://HOST:PORT/NAME or http://HOST:PORT/NAME.",
            model=uri,
        )
    return _in_process(Path(uri), threads)


def _in_process(folder: Path, threads: int) -> Model:
    model = OnnxModel(read_contract(folder), folder, threads=threads)
    model.load()
    return model


def _remote(uri: str, scheme: str) -> Model:
    from components.models.remote_grpc import GrpcModel
    from components.models.remote_http import HttpModel

    served: Model = GrpcModel(uri) if scheme == "grpc" else HttpModel(uri)
    try:
        served.load()
    except TroupeError:
        served.close()
        raise
    return served
