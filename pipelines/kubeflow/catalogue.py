"""The pipelines that a Kubeflow Pipelines knows: versions that were uploaded, and what runs by the clock."""

from __future__ import annotations

import datetime
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components.core.errors import TroupeError
from pipelines.kubeflow.connection import Address, connect, reached
from pipelines.kubeflow.placement import Placement
from pipelines.kubeflow.version import UNKNOWN, resource_name

_PAGE = 100


@dataclass(frozen=True)
class Uploaded:
    """A version of a pipeline on a cluster.

    Attributes:
        pipeline: its name, as troupe-dance-clip.
        version: as 0.1.0+1a2b3c4d5e6f.
        pipeline_id, version_id: Kubeflow's.
        created: when it was uploaded.
        new: whether this call uploaded it.
    """

    pipeline: str
    version: str
    pipeline_id: str
    version_id: str
    created: datetime.datetime | None
    new: bool = False


@dataclass(frozen=True)
class Scheduled:
    """A pipeline that runs by the clock: its name, cron expression, the version that runs, whether it is on."""

    name: str
    cron: str
    pipeline: str
    version_id: str
    enabled: bool
    identifier: str


class Catalogue:
    """What is kept at one Kubeflow Pipelines.

    Args:
        address: of its API.

    Raises (all methods):
        TroupeError: runner_unreachable; extra_missing, invalid_setting when it is made.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._client = connect(address)

    def versions(self, pipeline: str) -> list[Uploaded]:
        """All versions of a pipeline, newest first; empty where it was never uploaded."""
        with reached(self._address.host):
            known = self._pipeline_id(pipeline)
            found = (
                self._all(self._client.list_pipeline_versions, "pipeline_versions", pipeline_id=known) if known else []
            )
        made = [Uploaded(pipeline, _version(v), known or "", str(v.pipeline_version_id), v.created_at) for v in found]
        return sorted(made, key=lambda v: (v.created is not None, v.created), reverse=True)

    def upload(self, variant: str, placement: Placement) -> Uploaded:
        """Put a version of a pipeline there, once.

        Args:
            variant: a key of VARIANTS.
            placement: how its steps are run, with the version.

        Raises:
            TroupeError: conflict: that version is there and holds something else; invalid_setting: the revision of
                these sources is unknown.
        """
        from kfp import compiler

        from pipelines.kubeflow.build import build

        if placement.version.endswith(UNKNOWN):
            raise TroupeError(
                "invalid_setting",
                "The revision of these sources is unknown, so the pipeline has no version; set TROUPE_REVISION.",
                setting="TROUPE_REVISION",
            )
        pipeline = f"troupe-{variant}"
        with tempfile.TemporaryDirectory() as folder, reached(self._address.host):
            package = Path(folder) / "pipeline.yaml"
            compiler.Compiler().compile(build(variant, placement), str(package))
            ours = next(yaml.safe_load_all(package.read_text()))
            known = next((v for v in self.versions(pipeline) if v.version == placement.version), None)
            if known is not None:
                self._same(known, ours)
                return known
            title = {
                "name": resource_name(pipeline, placement.version),
                "display_name": placement.version,
                "description": f"{ours['pipelineInfo'].get('description', '')} Image {placement.image}",
            }
            pipeline_id = self._pipeline_id(pipeline)
            if pipeline_id is None:
                body = {"display_name": pipeline, "name": pipeline, "namespace": self._address.namespace}
                pipeline_id = str(self._client._pipelines_api.pipeline_service_create_pipeline(body).pipeline_id)
            made = self._client._upload_api.upload_pipeline_version(str(package), pipelineid=pipeline_id, **title)
        return Uploaded(pipeline, placement.version, pipeline_id, str(made.pipeline_version_id), made.created_at, True)

    def _same(self, known: Uploaded, ours: Mapping[str, Any]) -> None:
        with reached(self._address.host):
            spec = self._client.get_pipeline_version(known.pipeline_id, known.version_id).pipeline_spec or {}
        theirs = spec.get("pipeline_spec", spec)
        if theirs != json.loads(json.dumps(ours)):
            raise TroupeError(
                "conflict",
                f"Version {known.version} of {known.pipeline} is there and holds something else (another image?); "
                "a version never changes: commit, or set another TROUPE_REVISION.",
                pipeline=known.pipeline,
                version=known.version,
            )

    def schedules(self) -> list[Scheduled]:
        """What runs by the clock, in the experiments of the namespace."""
        with reached(self._address.host):
            found = self._all(self._client.list_recurring_runs, "recurring_runs", namespace=self._address.namespace)
        return [_scheduled(r) for r in found if r.trigger is not None and r.trigger.cron_schedule is not None]

    def schedule(
        self, name: str, cron: str, version: Uploaded, arguments: Mapping[str, Any], experiment: str
    ) -> Scheduled:
        """Let a version run by the clock, one run at a time; a missed time is not made up for.

        A schedule of that name that is there is replaced, the new one before the old one goes.

        Args:
            name: of the schedule.
            cron: six fields, seconds first, as "0 0 3 * * *".
            version: what runs.
            arguments: the pipeline's parameters.
            experiment: under which its runs are listed.
        """
        before = [s for s in self.schedules() if s.name == name]
        with reached(self._address.host):
            listed = self._client.create_experiment(name=experiment, namespace=self._address.namespace)
            made = self._client.create_recurring_run(
                listed.experiment_id,
                name,
                cron_expression=cron,
                max_concurrency=1,
                no_catchup=True,
                params=dict(arguments),
                pipeline_id=version.pipeline_id,
                version_id=version.version_id,
            )
            for old in before:
                self._client.delete_recurring_run(old.identifier)
        return _scheduled(made)

    def unschedule(self, name: str) -> int:
        """Take schedules of a name away.

        Returns:
            How many there were.

        Raises:
            TroupeError: not_found: none.
        """
        found = [s for s in self.schedules() if s.name == name]
        if not found:
            raise TroupeError("not_found", f"Nothing called {name!r} runs by the clock there.", name=name)
        with reached(self._address.host):
            for one in found:
                self._client.delete_recurring_run(one.identifier)
        return len(found)

    def _pipeline_id(self, pipeline: str) -> str | None:
        wanted = {"predicates": [{"key": "display_name", "operation": "EQUALS", "stringValue": pipeline}]}
        found = self._client.list_pipelines(
            page_size=1, namespace=self._address.namespace, filter=json.dumps(wanted)
        ).pipelines
        return str(found[0].pipeline_id) if found else None

    def _all(self, call: Any, field: str, **arguments: Any) -> list[Any]:
        found: list[Any] = []
        token = ""
        while True:
            page = call(page_token=token, page_size=_PAGE, **arguments)
            found += getattr(page, field) or []
            token = page.next_page_token or ""
            if not token:
                return found


def _version(found: Any) -> str:
    """The version that somebody reads: older servers know a name alone."""
    return str(found.display_name or found.name)


def _scheduled(found: Any) -> Scheduled:
    reference = found.pipeline_version_reference
    return Scheduled(
        str(found.display_name),
        str(found.trigger.cron_schedule.cron),
        str(getattr(reference, "pipeline_id", "") or ""),
        str(getattr(reference, "pipeline_version_id", "") or ""),
        str(found.mode or "ENABLE") == "ENABLE",
        str(found.recurring_run_id),
    )
