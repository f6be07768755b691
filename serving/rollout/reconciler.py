"""Brings the cluster nearer to what the registry says, one write at a time; it remembers nothing itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from components.core import TroupeError
from components.models.registry import CHAMPION, RegisteredVersion, Registry
from serving.rollout.check import fault_of
from serving.rollout.cluster import Cluster, Conflict
from serving.rollout.decide import Check, Policy, Rest, Write, after_check, next_step
from serving.rollout.inference_service import Target, manifest, seen, service_name

TAG = "rollout"
"""Tag of a version in the registry: "served", or "refused: why"."""
_SCHEMES = ("s3://", "gs://", "pvc://", "oci://", "hf://", "https://", "http://")
_TRIES = 5


@dataclass(frozen=True)
class Reconciler:
    """Rolls champions out.

    Attributes:
        registry: what is wanted.
        cluster: where.
        policy: how.
        storage: beginnings of storage addresses as the registry has them, and as the cluster has them: KServe knows no
            mlflow-artifacts:/ and no path of this machine.
        say: told what is done, a sentence each.
        clock: Unix seconds.
    """

    registry: Registry
    cluster: Cluster
    policy: Policy = field(default_factory=Policy)
    storage: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[str], None] = print
    clock: Callable[[], float] = time.time

    def reconcile(self, model: str) -> Rest | Write:
        """One step for one model.

        Returns:
            What was written, or why nothing was.

        Raises:
            TroupeError: model_unknown: there is no champion; invalid_setting: the cluster cannot fetch its files;
                registry_unreachable, runner_unreachable.
        """
        champion = self.registry.find(model, alias=CHAMPION)
        wanted = Target(champion.version, self._storage(champion))
        conflict: Conflict | None = None
        for _ in range(_TRIES):
            service = self.cluster.get(service_name(model))
            found = None if service is None else seen(service)
            step = next_step(wanted, found, self.policy, self.clock())
            if isinstance(step, Check):
                assert found is not None
                fault = fault_of(self.registry, model, step.version, step.url)
                step = after_check(found, fault, self.policy, self.clock())
            if isinstance(step, Rest):
                if step.settled and found is not None:
                    self._tag(champion, found.plan.because if found.plan.refused == champion.version else "")
                return step
            held = "" if found is None else found.resource_version
            try:
                self.cluster.apply(manifest(model, self.cluster.namespace, step.plan, held))
            except Conflict as error:
                conflict = error
                if error.held:
                    break
                continue  # somebody wrote between look and write: look again
            self.say(f"{model}: {step.why}")
            return step
        return Rest(f"somebody else writes the InferenceService: {conflict}")

    def _storage(self, champion: RegisteredVersion) -> str:
        uri = champion.uri
        for here, there in self.storage.items():
            if uri.startswith(here):
                uri = there + uri.removeprefix(here)
                break
        if not uri.startswith(_SCHEMES):
            raise TroupeError(
                "invalid_setting",
                f"The cluster cannot fetch {uri}; say where it finds that with --storage {uri}=pvc://CLAIM/FOLDER.",
                uri=uri,
            )
        return uri

    def _tag(self, champion: RegisteredVersion, because: str) -> None:
        text = f"refused: {because}" if because else "served"
        if champion.tags.get(TAG) != text:
            self.registry.tag(champion.name, champion.version, {TAG: text})
