"""`troupe serve`: the API and the page in this process, the worker beside it, all ended together."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from components.core.errors import TroupeError
from serving.orchestrator import authentication
from serving.orchestrator.application import create_app
from serving.orchestrator.context import Context
from serving.orchestrator.pages import thumbnails
from serving.orchestrator.runs.supervisor import WorkerProcess
from serving.orchestrator.settings import OrchestratorSettings

_PATIENCE = 3
"""Seconds that open requests get when the server ends."""
_LOOK = 0.5
"""Seconds between two looks at the worker."""


def serve(settings: OrchestratorSettings, started: Callable[[str], None] | None = None) -> None:
    """Serve until told to stop (SIGINT, SIGTERM).

    Args:
        settings: as read from the environment.
        started: told the address once it can be asked.

    Raises:
        TroupeError: invalid_setting (an address where strangers could ask, or that is taken), and as `create_app`.
    """
    authentication.check(settings)
    listener = _listener(settings)
    with contextlib.closing(listener):
        app = create_app(settings)
        context: Context = app.state.context
        context.database.migrate()  # before the worker begins to ask
        worker = WorkerProcess(settings) if settings.runs > 0 or settings.runner == "kubeflow" else None
        host, port = listener.getsockname()[:2]
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        server = _Server(app, worker, lambda: started(address) if started is not None else None)
        if worker is not None:
            worker.start()
        loops = thumbnails.start(settings, context.database)
        try:
            server.run(sockets=[listener])
        finally:
            if loops is not None:
                loops.terminate()
                loops.wait()
            if worker is not None:
                worker.stop()


def _listener(settings: OrchestratorSettings) -> socket.socket:
    """A socket that listens where the settings say; port 0: any that is free."""
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, or asyncio leaves Nagle on
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except OSError as error:
        raise TroupeError(
            "invalid_setting",
            f"{settings.host}:{settings.port} cannot be listened on ({error.strerror or error}); "
            "choose another TROUPE_PORT.",
            setting="TROUPE_PORT", value=settings.port,
        ) from error  # fmt: skip
    listener.set_inheritable(False)
    return listener


class _Server(uvicorn.Server):
    """uvicorn with a worker that is watched, and event streams that end when the server does."""

    def __init__(self, app: FastAPI, worker: WorkerProcess | None, listening: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop" if sys.platform != "win32" else "asyncio",
                http="httptools",
                ws="none",
                access_log=False,
                log_level="warning",
                server_header=False,
                backlog=2048,
                timeout_graceful_shutdown=_PATIENCE,
                timeout_keep_alive=75,
                proxy_headers=False,
            )
        )
        self._context: Context = app.state.context
        self._worker = worker
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listening()

    async def main_loop(self) -> None:
        watcher = asyncio.create_task(self._watch(), name="worker")
        try:
            await super().main_loop()
        finally:
            watcher.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._context.closing = True
        stop = getattr(self._context.events, "stop", None)
        if stop is not None:
            await stop()
        await super().shutdown(sockets)

    async def _watch(self) -> None:
        """In this thread: the kernel ends the worker with the thread that started it."""
        while self._worker is not None:
            self._worker.watch()
            await asyncio.sleep(_LOOK)
