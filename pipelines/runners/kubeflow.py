"""Kubeflow Pipelines as a runner: a compiled wiring is submitted; its steps post their events to the server."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from components.core.errors import TroupeError
from pipelines.runners.interface import Message, State, Work

_STATES: Mapping[str, State] = {
    "RUNTIME_STATE_UNSPECIFIED": "queued",
    "PENDING": "queued",
    "PAUSED": "queued",
    "RUNNING": "running",
    "CANCELING": "running",
    "SUCCEEDED": "succeeded",
    "SKIPPED": "succeeded",
    "FAILED": "failed",
    "CANCELED": "cancelled",
}


class KubeflowRunner:
    """Runs work as pipelines of a cluster; needs the extra `pipelines`.

    `Work.task` names a variant of `pipelines.kubeflow.build`, `Work.arguments` are its parameters, and
    `Work.environment` goes to every step. Handles are the cluster's run ids and outlive this process; work that was
    submitted under a name is found again by it, so that a kill between submitting and noting the handle runs it once.

    Args:
        host: address of the Kubeflow Pipelines API.
        image: of all steps, by digest.
        namespace: of the runs, where the installation has several users.
        experiment: under which the runs are listed.
        token: for the API, where it asks for one.
        deliver: key under which the last step stores its video, with {name} for the work's name.
        secret: Kubernetes secret with the storage's credentials.

    Raises:
        TroupeError: extra_missing, runner_unreachable.
    """

    durable = True

    def __init__(
        self,
        host: str,
        image: str,
        *,
        namespace: str = "kubeflow",
        experiment: str = "troupe",
        token: str = "",
        deliver: str = "runs/{name}/video.mp4",
        secret: str = "",
    ) -> None:
        try:
            from kfp.client import Client
        except ImportError as error:
            raise TroupeError(
                "extra_missing", "Runs on Kubeflow need the extra `pipelines`.", extra="pipelines"
            ) from error
        self._image, self._namespace, self._experiment = image, namespace, experiment
        self._deliver, self._secret = deliver, secret
        with _reached(host):
            self._client: Any = Client(host=host, namespace=namespace, existing_token=token or None)
        self._host = host

    def find(self, name: str) -> str | None:
        """The handle of work that was submitted under a name, or None."""
        named = {"predicates": [{"key": "name", "operation": "EQUALS", "stringValue": name}]}
        with _reached(self._host):
            found = self._client.list_runs(page_size=1, namespace=self._namespace, filter=json.dumps(named)).runs
        return str(found[0].run_id) if found else None

    def submit(self, work: Work) -> str:
        """See Runner."""
        from kfp import compiler

        from pipelines.kubeflow.build import Told, build

        known = self.find(work.name)
        if known is not None:
            return known
        told = Told(work.environment, self._deliver.format(name=work.name), self._secret)
        with tempfile.TemporaryDirectory() as folder, _reached(self._host):
            package = Path(folder) / "pipeline.yaml"
            compiler.Compiler().compile(build(work.task, self._image, told), str(package))
            run = self._client.create_run_from_pipeline_package(
                str(package),
                arguments=dict(work.arguments),
                run_name=work.name,
                experiment_name=self._experiment,
                namespace=self._namespace,
            )
        return str(run.run_id)

    def status(self, handle: str) -> State:
        """See Runner."""
        with _reached(self._host):
            run = self._client.get_run(handle)
        return _STATES.get(str(run.state), "running")

    def events(self, handle: str) -> list[Message]:
        """See Runner: always empty, the steps post their events to the server."""
        return []

    def cancel(self, handle: str) -> None:
        """See Runner."""
        if self.status(handle) in ("queued", "running"):
            with _reached(self._host):
                self._client.terminate_run(handle)

    def result(self, handle: str) -> dict[str, Any]:
        """See Runner: the key under which the video was stored."""
        with _reached(self._host):
            run = self._client.get_run(handle)
        state = _STATES.get(str(run.state), "running")
        if state == "cancelled":
            raise TroupeError("cancelled", "The run was stopped on request.")
        if state != "succeeded":
            said = getattr(run.error, "message", None) or "its log says why"
            raise TroupeError("worker_died", f"The pipeline on the cluster failed: {said}.", run=handle)
        return {"key": self._deliver.format(name=run.display_name)}

    def forget(self, handle: str) -> None:
        """See Runner: the cluster keeps its own record; work that still runs is stopped."""
        self.cancel(handle)


@contextlib.contextmanager
def _reached(host: str) -> Iterator[None]:
    """Failures of the API as ours; what kfp prints for notebooks is dropped."""
    import urllib3.exceptions
    from kfp_server_api.exceptions import ApiException

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    except (ApiException, urllib3.exceptions.HTTPError, OSError, RuntimeError, TimeoutError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TroupeError(
            "runner_unreachable", f"Kubeflow Pipelines at {host} does not answer as it should: {first}.", host=host
        ) from error
