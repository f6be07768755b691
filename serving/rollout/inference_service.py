"""What a rollout reads of an InferenceService and writes into it. All of its memory is here: a crash loses nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GROUP, VERSION, PLURAL = "serving.kserve.io", "v1beta1", "inferenceservices"
_OURS = "troupe.dance/"


@dataclass(frozen=True)
class Target:
    """A version of a model: its number in the registry, and the folder in storage where its files lie for ever."""

    version: int
    uri: str


@dataclass(frozen=True)
class Plan:
    """What is written into an InferenceService.

    Attributes:
        target: what new traffic goes to.
        share: percent of the traffic that it gets, the rest stays with what served before; None: all.
        stable: what served last with all traffic and passed its checks; None: nothing did yet.
        refused: version that was taken back; 0: none. It is not tried again until the alias names another.
        because: why.
        began: Unix seconds when this plan was made.
    """

    target: Target
    share: int | None = None
    stable: Target | None = None
    refused: int = 0
    because: str = ""
    began: float = 0.0


@dataclass(frozen=True)
class Seen:
    """An InferenceService as it is.

    Attributes:
        plan: what was written last.
        resource_version: of this look; a write that gives it fails where somebody wrote meanwhile.
        ready: the controller has seen the plan, and the newest revision answers.
        failed: what the controller says is wrong with it; empty: nothing.
        url: address of the newest revision; empty where it has none yet.
    """

    plan: Plan
    resource_version: str
    ready: bool
    failed: str
    url: str


def service_name(model: str) -> str:
    """The name of a model's InferenceService: a model's name with only what Kubernetes permits."""
    return re.sub(r"[^a-z0-9-]+", "-", model.lower()).strip("-")[:50].rstrip("-") or "model"


def manifest(model: str, namespace: str, plan: Plan, resource_version: str = "") -> dict[str, Any]:
    """The fields that the rollout owns, for a server-side apply; whatever is left out is given up.

    Args:
        model: name in the registry.
        namespace: of the service.
        plan: what it should be.
        resource_version: of the look that the plan was made from; empty: there was no service.
    """
    notes = {
        "version": str(plan.target.version),
        "began": f"{plan.began:.3f}",
        "stable-version": str(plan.stable.version) if plan.stable else "",
        "stable-uri": plan.stable.uri if plan.stable else "",
        "refused": str(plan.refused or ""),
        "because": plan.because[:500],
    }
    annotations = {f"{_OURS}{key}": value for key, value in notes.items() if value}
    # the newest revision gets an address of its own, by which it is checked before it has all traffic
    annotations["serving.kserve.io/enable-tag-routing"] = "true"
    predictor: dict[str, Any] = {
        "model": {
            "modelFormat": {"name": "troupe"},
            "protocolVersion": "v2",
            "storageUri": plan.target.uri,
        }
    }
    if plan.share is not None:
        predictor["canaryTrafficPercent"] = plan.share
    metadata: dict[str, Any] = {
        "name": service_name(model),
        "namespace": namespace,
        "labels": {f"{_OURS}model": service_name(model)},
        "annotations": annotations,
    }
    if resource_version:
        metadata["resourceVersion"] = resource_version
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "InferenceService",
        "metadata": metadata,
        "spec": {"predictor": predictor},
    }


def seen(service: Mapping[str, Any]) -> Seen:
    """Read an InferenceService; what somebody else made without our notes has version 0."""
    metadata, status = service["metadata"], service.get("status") or {}
    predictor = (service.get("spec") or {}).get("predictor") or {}
    notes = {k.removeprefix(_OURS): v for k, v in (metadata.get("annotations") or {}).items() if k.startswith(_OURS)}
    stable = Target(_number(notes.get("stable-version")), notes.get("stable-uri", ""))
    plan = Plan(
        Target(_number(notes.get("version")), (predictor.get("model") or {}).get("storageUri", "")),
        predictor.get("canaryTrafficPercent"),
        stable if stable.version else None,
        _number(notes.get("refused")),
        notes.get("because", ""),
        float(notes.get("began") or 0.0),
    )
    conditions = {c["type"]: c for c in status.get("conditions") or []}
    parts = (status.get("components") or {}).get("predictor") or {}
    current = status.get("observedGeneration", 0) >= metadata.get("generation", 0)
    newest = parts.get("latestCreatedRevision", ""), parts.get("latestReadyRevision", "")
    ready = current and conditions.get("Ready", {}).get("status") == "True" and newest[0] == newest[1]
    failed = [c for c in conditions.values() if current and c.get("status") == "False" and c.get("message")]
    tagged = [t for t in parts.get("traffic") or [] if t.get("latestRevision") and t.get("url")]
    url = tagged[0]["url"] if tagged else parts.get("url") or status.get("url") or ""
    return Seen(plan, metadata.get("resourceVersion", ""), ready, failed[0]["message"] if failed else "", url)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0
