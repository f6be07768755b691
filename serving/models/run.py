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


def serve_before(address: str, folder: Path, listening: Any, *, grace: int = 30) -> None:
    """Serve the transformer of a model before a predictor elsewhere.

    Args:
        address: of the predictor, as grpc://HOST:PORT/NAME.
        folder: model folder; only its contract is read.
        listening, grace: as above.

    Raises:
        TroupeError: invalid_setting: the model's family has no such steps; model_missing; model_broken: folder and
            predictor disagree; model_unreachable, model_unknown, extra_missing.
    """
    _import_kserve()
    from components.models.folder import read_contract
    from components.models.remote_grpc import GrpcModel
    from serving.models.server import Listening, Server
    from serving.models.transformer import stage_of, transformer

    contract = read_contract(folder)
    stage = stage_of(contract)
    if stage is None:
        raise TroupeError(
            "invalid_setting",
            f"There is nothing to do before the model {contract.name} of the family {contract.family!r}.",
            family=contract.family,
        )
    model = GrpcModel(address, contract)
    model.load()
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
