"""The stage that has a candidate verified: on a server that is named, or on one of its own."""

from __future__ import annotations

from pydantic import BaseModel

from components.core import StageContext
from components.models.registry import Registry
from training.lifecycle.gates import read_gates
from training.lifecycle.records import Registration, Verification
from training.lifecycle.trial_server import trial_server
from training.lifecycle.verify import verify


class TrialSettings(BaseModel, frozen=True):
    """Settings of the trial.

    Attributes:
        family: whose gates say how fast and how exact a server has to answer; a family's name or a file.
        endpoint: address of a server that serves the candidate, as http://HOST:PORT/NAME; empty: a child process does.
    """

    family: str
    endpoint: str = ""


def run(registration: Registration, *, settings: TrialSettings, context: StageContext) -> Verification:
    """Verify a candidate. Raises as `verify`, and TroupeError verification_failed: it cannot be served."""
    gates = read_gates(settings.family)
    registry = Registry(registration.registry)

    def on(endpoint: str) -> Verification:
        return verify(
            registry,
            registration.name,
            registration.version,
            endpoint,
            latency=gates.latency,
            tolerance=gates.tolerance,
        )

    if settings.endpoint:
        return on(settings.endpoint)
    with trial_server(registry.bring(registration.name, version=registration.version)) as endpoint:
        return on(endpoint)
