"""The champions of a registry, as predictors, and their change while the server runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence

import kserve
from prometheus_client import Gauge

from components.core import Notice, TroupeError
from components.models.folder import read_golden
from components.models.registry import CHAMPION, PREVIOUS, Registry
from serving.models.metrics import VERSION
from serving.models.predictor import Predictor
from serving.models.transformer import transformers

REGISTRY_UP = Gauge("troupe_registry_up", "Whether the registry answered when the champions were looked up last.")


def _say(sentence: str) -> None:
    print(f"troupe: {sentence}", file=sys.stderr, flush=True)


class Champions:
    """Looks up which versions are the champions, and makes predictors of those that changed.

    Args:
        registry: where.
        names: of the models; empty: all that have a champion.
        threads: of one call; 0: as many as cores.
        warn: told sentences, as that the registry is down.
    """

    def __init__(
        self, registry: Registry, names: Sequence[str] = (), *, threads: int = 0, warn: Callable[[str], None] = _say
    ) -> None:
        self._registry = registry
        self._names = tuple(names)
        self._threads = threads
        self._warn = warn
        self._served: dict[str, str] = {}
        self._said: set[str] = set()
        self._turn = asyncio.Lock()

    def changed(self) -> list[kserve.Model]:
        """Predictors, loaded and tried on their golden inputs, of the champions that are not served yet.

        A champion that cannot be served is warned of; the one before stays. While the registry is down, what this
        machine used last is served, and a warning given once.

        Raises:
            TroupeError: extra_missing.
        """
        found: list[kserve.Model] = []
        heard: set[str] = set()
        for name in self._wanted(heard):
            predictor = self._next(name, heard)
            if predictor is None:
                continue
            self._served[name] = predictor.version
            VERSION.labels(name).set(int(predictor.version))
            found.append(predictor)
            try:
                found += transformers(predictor)
            except TroupeError as error:
                heard.add(f"{name}: it is served without its transformer: {error.message} [{error.code}]")
        for sentence in sorted(heard - self._said):
            self._warn(sentence)
        self._said = heard
        return found

    def _next(self, name: str, heard: set[str]) -> Predictor | None:
        """What is to be served under a name instead of what is; where nothing is, the champion before is good too."""
        for alias in (CHAMPION,) if name in self._served else (CHAMPION, PREVIOUS):
            notices: list[Notice] = []
            try:
                folder = self._registry.bring(name, alias=alias, notices=notices)
                heard |= {n.message for n in notices}
                if self._served.get(name) == folder.name:
                    return None
                predictor = Predictor(folder, version=folder.name, threads=self._threads)
                predictor.load()
                _tried(predictor)
                return predictor
            except TroupeError as error:
                if error.code == "extra_missing":
                    raise
                stays = f"version {self._served[name]} stays" if name in self._served else f"no {alias} is served"
                heard.add(f"{name}: {stays}: {error.message} [{error.code}]")
        return None

    def _wanted(self, heard: set[str]) -> list[str]:
        try:
            known = sorted({v.name for v in self._registry.versions() if CHAMPION in v.aliases})
        except TroupeError as error:
            if error.code != "registry_unreachable":
                raise
            REGISTRY_UP.set(0)
            heard.add(f"{error.message} The champions that this machine used last are served.")
            known = self._registry.kept(CHAMPION)
        else:
            REGISTRY_UP.set(1)
        return list(self._names) or known

    async def refresh(self, server: kserve.ModelServer) -> None:
        """Look once, and let the server answer with what changed; calls that run end with what they began with."""
        async with self._turn:
            for model in await asyncio.to_thread(self.changed):
                model.ready = True
                server.register_model(model)
                self._warn(f"{model.name} is served by version {model.version}")

    async def follow(self, server: kserve.ModelServer, every: float) -> None:
        """Look every so many seconds, until cancelled."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.refresh(server)
            except Exception as error:  # a server goes on with what it has, whatever the registry does
                self._warn(f"the champions could not be looked up: {error!r}")


def _tried(predictor: Predictor) -> None:
    """Refuse a network that answers its golden inputs otherwise on this machine."""
    contract = predictor.contract
    if contract.golden is None:
        return
    golden = read_golden(contract, predictor.folder)
    worst = max(golden.differences(predictor.network(golden.inputs)).values())
    if not worst <= golden.tolerance:
        raise TroupeError(
            "verification_failed",
            f"It differs from its golden answers by {worst:.3g} on this machine (at most {golden.tolerance:g}).",
            name=contract.name,
        )
