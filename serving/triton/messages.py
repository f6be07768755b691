"""Triton's own description of a model configuration, as its client carries it."""

from __future__ import annotations

import functools
import importlib.util
import sys
from pathlib import Path
from typing import Any

from components.core import TroupeError

_NAME = "tritonclient.grpc.model_config_pb2"


@functools.cache
def model_config() -> Any:
    """The module of the messages.

    Only its own file is executed: the package around it registers the protocol's messages under the same names as
    KServe does, and one process cannot hold both.

    Raises:
        TroupeError: extra_missing.
    """
    if _NAME in sys.modules:
        return sys.modules[_NAME]
    found = importlib.util.find_spec("tritonclient")
    file = (
        Path(next(iter(found.submodule_search_locations or []), "")) / "grpc" / "model_config_pb2.py" if found else None
    )
    if file is None or not file.exists():
        raise TroupeError(
            "extra_missing",
            "Triton's repository needs the extra `models`: pip install 'troupe[models]' sets it up.",
            extra="models",
        )
    described = importlib.util.spec_from_file_location(_NAME, file)
    assert described is not None and described.loader is not None
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module
