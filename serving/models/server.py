"""A KServe ModelServer that listens where it is told, answers health while models run, and stops when they are done."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
import kserve
import uvicorn
from kserve.errors import InvalidInput, ModelNotReady, ServerNotLive, ServerNotReady
from kserve.model_repository import ModelRepository
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc
from kserve.protocol.grpc.interceptors import ExceptionToStatusInterceptor
from kserve.protocol.model_repository_extension import ModelRepositoryExtension
from kserve.protocol.rest.server import RESTServer

from components.core import TroupeError
from components.models.remote_grpc import CHANNEL, LARGEST
from serving.models.data_plane import RawDataPlane
from serving.models.large_json import UnreadBodies
from serving.models.refusals import Limited, refuse_in_rest
from serving.models.servicer import Servicer

_TALKATIVE = ("kserve", "kserve.trace", "uvicorn", "uvicorn.error", "uvicorn.access")
"""Loggers that tell of every start and every call."""


@dataclass(frozen=True)
class Listening:
    """Where a server listens: an interface, and the ports of REST and gRPC; 0: any that is free."""

    host: str = "127.0.0.1"
    http_port: int = 8080
    grpc_port: int = 8081


class StatusInterceptor(ExceptionToStatusInterceptor):  # type: ignore[misc]
    """KServe's, without a traceback for what a caller did wrong, and with a sentence where it has none."""

    async def handle_exception(self, ex: Exception, request_or_iterator: Any, context: Any, method_name: str) -> None:
        """Turn an exception into a status."""
        if isinstance(ex, InvalidInput):
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, ex.reason)
        elif isinstance(ex, (ModelNotReady, ServerNotReady, ServerNotLive)):
            await context.abort(grpc.StatusCode.UNAVAILABLE, str(ex))
        elif isinstance(ex, NotImplementedError):
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, str(ex))
        else:
            await super().handle_exception(ex, request_or_iterator, context, method_name)


class Repository(ModelRepositoryExtension):  # type: ignore[misc]
    """Strangers may ask for a look at the registry, and may not take a model away.

    KServe answers 501 or UNIMPLEMENTED to a NotImplementedError: the protocol's word for what a server never does.
    """

    def __init__(self, models: ModelRepository, refresh: Callable[[], Awaitable[None]] | None) -> None:
        super().__init__(model_registry=models)
        self._refresh = refresh

    async def load(self, model_name: str) -> None:
        """Look at once which version is the champion."""
        if self._refresh is None:
            raise NotImplementedError("This server serves folders; start it anew with others.")
        await self._refresh()
        if self._model_registry.get_model(model_name) is None:
            raise ModelNotReady(model_name)

    async def unload(self, model_name: str) -> None:
        """Refused: what is served is decided in the registry."""
        raise NotImplementedError("What is served is decided in the registry: troupe models rollback NAME.")


class _Http(uvicorn.Server):
    """uvicorn without signal handlers of its own: the server ends REST and gRPC together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See uvicorn."""
        yield


class Server(kserve.ModelServer):  # type: ignore[misc]
    """KServe's server.

    Args:
        listening: where.
        grace: seconds that open calls get when the server stops.
        started: told the addresses of REST and gRPC once they can be asked.
        following: runs beside the server, as what follows the registry.
        refresh: looks at the registry at once.
    """

    def __init__(
        self,
        listening: Listening,
        *,
        grace: int = 30,
        started: Callable[[str, str], None] = lambda rest, grpc: None,
        following: Callable[[], Awaitable[None]] | None = None,
        refresh: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(workers=1, enable_latency_logging=False, grace_period=grace)
        for name in (
            "kserve",
            "kserve.trace",
            "uvicorn",
            "uvicorn.error",
            "uvicorn.access",
        ):  # they tell of every start and call
            logging.getLogger(name).setLevel(logging.WARNING)
        self._listening = listening
        self._started = started
        self._following = following
        self.dataplane = RawDataPlane(model_registry=self.registered_models)
        self.model_repository_extension = Repository(self.registered_models, refresh)

    def start(self, models: Sequence[kserve.Model]) -> None:
        """Serve until SIGINT or SIGTERM; open calls are finished first.

        Raises:
            TroupeError: invalid_setting: an address that cannot be listened on.
        """
        self._register_and_check_atleast_one_model_is_ready(list(models))
        listener = _listener(self._listening.host, self._listening.http_port)
        with contextlib.closing(listener):
            asyncio.run(self._run(listener))

    async def _run(self, listener: socket.socket) -> None:
        self.setup_event_loop()
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        rpc, port = await self._grpc()
        http = self._rest()
        serving = asyncio.create_task(http.serve(sockets=[listener]))
        while not http.started and not serving.done():
            await asyncio.sleep(0.01)
        host = f"[{self._listening.host}]" if ":" in self._listening.host else self._listening.host
        self._started(f"http://{host}:{listener.getsockname()[1]}", f"grpc://{host}:{port}")
        beside = None if self._following is None else asyncio.create_task(_forever(self._following))
        await asyncio.wait({serving, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
        self.dataplane.stopping = True
        http.should_exit = True
        if beside is not None:
            beside.cancel()
        await asyncio.gather(serving, rpc.stop(self.grace_period))
        self.dataplane.close()

    def _rest(self) -> _Http:
        rest = RESTServer(
            "kserve.model_server:app",
            self.dataplane,
            self.model_repository_extension,
            self._listening.http_port,
            grace_period=self.grace_period,
        )
        rest.create_application()
        app = kserve.model_server.app
        refuse_in_rest(app)
        rest.config.app = Limited(UnreadBodies(app), LARGEST)
        return _Http(rest.config)

    async def _grpc(self) -> tuple[Any, int]:
        options = (*CHANNEL, ("grpc.so_reuseport", 0))  # else a second server would take half of the calls
        rpc = grpc.aio.server(interceptors=(StatusInterceptor(),), options=options)
        servicer = Servicer(self.dataplane, self.model_repository_extension)
        grpc_predict_v2_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(servicer, rpc)
        host = f"[{self._listening.host}]" if ":" in self._listening.host else self._listening.host
        try:
            port = rpc.add_insecure_port(f"{host}:{self._listening.grpc_port}")
        except RuntimeError as error:
            raise _taken(self._listening.host, self._listening.grpc_port, "another --grpc-port") from error
        if not port:
            raise _taken(self._listening.host, self._listening.grpc_port, "another --grpc-port")
        await rpc.start()
        return rpc, port


async def _forever(work: Callable[[], Awaitable[None]]) -> None:
    await work()


def _listener(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # named TCP: else asyncio leaves Nagle's algorithm on, and every answer waits 40 ms for an acknowledgement
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        raise _taken(host, port, "another --http-port") from error
    return listener


def _taken(host: str, port: int, remedy: str) -> TroupeError:
    return TroupeError(
        "invalid_setting", f"{host}:{port} cannot be listened on; choose {remedy}.", host=host, port=port
    )
