"""Starts a server: of folders, of a registry's champions, or of a transformer before a predictor elsewhere."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from components.core import TroupeError
from components.models.registry import Registry


def _import_kserve() -> None:
    """Import KServe, which reads the arguments of whoever imports it."""
    warnings.filterwarnings("ignore", message="ORJSONResponse is deprecated")  # KServe's own choice
    arguments, sys.argv = sys.argv, sys.argv[:1]
    try:
        import kserve  # noqa: F401
    except ImportError as error:
        raise TroupeError(
            "extra_missing",
            "Serving models needs the extra `models`: pip install 'troupe[models]' sets it up.",
            extra="models",
        ) from error
    finally:
        sys.argv = arguments


def serve_folders(folders: Sequence[Path], listening: Any, *, threads: int = 0, grace: int = 30) -> None:
    """Serve model folders until told to stop.

    Args:
        folders: with contract.json and a network each.
        listening: keywords of `server.Listening`.
        threads: of one call; 0: as many as cores.
        grace: seconds that open calls get at the end.

    Raises:
        TroupeError: model_missing, model_broken, extra_missing; invalid_setting: an address that is taken.
    """
    _import_kserve()
    from serving.models.predictor import Predictor
    from serving.models.server import Listening, Server
    from serving.models.transformer import transformers

    predictors = [Predictor(folder, threads=threads) for folder in folders]
    for predictor in predictors:
        predictor.load()
    models = [m for p in predictors for m in (p, *transformers(p))]
    Server(Listening(**listening), grace=grace, started=_tell).start(models)


def serve_before(address: str, listening: Any, *, family: str, grace: int = 30) -> None:
    """Serve the transformer of a family before a predictor elsewhere.

    Args:
        address: of the predictor, as grpc://HOST:PORT/NAME.
        listening: as above.
        family: of the model, as "deepdance".
        grace: as above.

    Raises:
        TroupeError: invalid_setting: the family has no such steps; model_unreachable, model_unknown, extra_missing.
    """
    _import_kserve()
    from dataclasses import replace

    from components.models.source import open_model
    from serving.models.server import Listening, Server
    from serving.models.transformer import stage_of, transformer

    if not address.startswith("grpc://"):
        raise TroupeError("invalid_setting", f"{address!r} is no grpc://HOST:PORT/NAME.", model=address)
    model = open_model(address)
    contract = replace(model.contract, family=family)
    stage = stage_of(contract)
    if stage is None:
        raise TroupeError("invalid_setting", f"The family {family!r} has nothing to do before a model.", family=family)
    Server(Listening(**listening), grace=grace, started=_tell).start([transformer(contract, stage, model)])


def serve_champions(
    registry: Registry,
    names: Sequence[str],
    listening: Any,
    *,
    threads: int = 0,
    follow: float = 10.0,
    grace: int = 30,
    started: Callable[[str, str], None] | None = None,
) -> None:
    """Serve the champions of a registry until told to stop, and follow their change.

    Args:
        registry: where.
        names: of the models; empty: all that have a champion.
        listening, threads, grace: as above.
        follow: seconds between two looks; 0: never.
        started: told the addresses of REST and gRPC; None: they are printed.

    Raises:
        TroupeError: model_unknown: there is no champion that could be served; invalid_setting, extra_missing.
    """
    _import_kserve()
    from serving.models.champions import Champions
    from serving.models.server import Listening, Server

    champions = Champions(registry, names, threads=threads)
    models = champions.changed()
    if not models:
        wanted = ", ".join(names) or "any model"
        raise TroupeError(
            "model_unknown",
            f"There is no champion of {wanted} that can be served; `troupe models promote NAME` makes one.",
            models=list(names),
        )
    server = Server(
        Listening(**listening),
        grace=grace,
        started=started or _tell,
        following=(lambda: champions.follow(server, follow)) if follow > 0 else None,
        refresh=lambda: champions.refresh(server),
    )
    server.start(models)


def _tell(rest: str, grpc: str) -> None:
    print(f"Models are at {rest} and {grpc}", flush=True)
