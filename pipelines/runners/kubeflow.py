"""Kubeflow Pipelines as a runner: a compiled wiring is submitted; its steps post their events to the server."""

from __future__ import annotations

import dataclasses
import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.core.errors import TroupeError
from pipelines.kubeflow.connection import Address, connect, reached
from pipelines.kubeflow.placement import Placement
from pipelines.kubeflow.variants import variant_of
from pipelines.runners.interface import Message, State, Work

LOOK = 2.0
"""Seconds between two questions how a run stands."""
UNREACHABLE = 600.0
"""Seconds for which a cluster that does not answer is waited for."""

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

    `Work.task` names a variant of `pipelines.kubeflow.variants`, `Work.arguments` are its parameters, and
    `Work.environment` goes to every step. Handles are the cluster's run ids and outlive this process; work that was
    submitted under a name is found again by it, so that a kill between submitting and noting the handle, or an answer
    that was lost on its way, runs it once.

    Args:
        address: of the Kubeflow Pipelines API.
        placement: how steps are run; its environment and key are those of the work instead.
        experiment: under which the runs are listed.
        deliver: key under which the last step stores its video, with {name} for the work's name; where a pipeline
            makes several, each takes the place of `video` in it by its sha256.

    Raises:
        TroupeError: extra_missing, invalid_setting, runner_unreachable.
    """

    durable = True

    def __init__(
        self,
        address: Address,
        placement: Placement,
        *,
        experiment: str = "troupe",
        deliver: str = "runs/{name}/video.mp4",
    ) -> None:
        self._address, self._placement, self._experiment, self._deliver = address, placement, experiment, deliver
        self._client: Any = connect(address)

    def find(self, name: str) -> str | None:
        """The handle of work that was submitted under a name, or None."""
        named = {"predicates": [{"key": "name", "operation": "EQUALS", "stringValue": name}]}
        with self._reached():
            found = self._client.list_runs(
                page_size=1, namespace=self._address.namespace, filter=json.dumps(named)
            ).runs
        return str(found[0].run_id) if found else None

    def submit(self, work: Work) -> str:
        """See Runner.

        Raises:
            TroupeError: invalid_setting: no such pipeline.
        """
        from kfp import compiler

        from pipelines.kubeflow.build import build

        variant = variant_of(work.task)
        known = self.find(work.name)
        if known is not None:
            return known
        deliver = self._deliver.format(name=work.name)
        if variant.several:
            deliver = deliver.replace("video", "{sha256}")
        placement = dataclasses.replace(self._placement, environment=work.environment, deliver=deliver)
        with tempfile.TemporaryDirectory() as folder, self._reached():
            package = Path(folder) / "pipeline.yaml"
            compiler.Compiler().compile(build(work.task, placement), str(package))
            run = self._client.create_run_from_pipeline_package(
                str(package),
                arguments=dict(work.arguments),
                run_name=work.name,
                experiment_name=self._experiment,
                namespace=self._address.namespace,
            )
        return str(run.run_id)

    def status(self, handle: str) -> State:
        """See Runner."""
        with self._reached():
            run = self._client.get_run(handle)
        return _STATES.get(str(run.state), "running")

    def ended(self, handle: str) -> State:
        """Wait until a run has ended; a cluster that does not answer is waited for, but not longer than UNREACHABLE."""
        heard = time.monotonic()
        while True:
            try:
                state = self.status(handle)
                heard = time.monotonic()
                if state not in ("queued", "running"):
                    return state
            except TroupeError:
                if time.monotonic() - heard > UNREACHABLE:
                    raise
            time.sleep(LOOK)

    def events(self, handle: str) -> list[Message]:
        """See Runner: always empty, the steps post their events to the server."""
        return []

    def cancel(self, handle: str) -> None:
        """See Runner."""
        if self.status(handle) in ("queued", "running"):
            with self._reached():
                self._client.terminate_run(handle)

    def result(self, handle: str) -> dict[str, Any]:
        """See Runner: the key under which the video was stored."""
        with self._reached():
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

    def _reached(self) -> Any:
        return reached(self._address.host)
