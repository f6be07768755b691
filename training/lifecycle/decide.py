"""The stage that promotes a verified candidate when it is better, and says why when it is not."""

from __future__ import annotations

from pydantic import BaseModel

from components.core import StageContext
from components.models.registry import CHAMPION, PREVIOUS, Registry
from training.lifecycle.gates import judge, read_gates
from training.lifecycle.promote import GATES, promote
from training.lifecycle.records import Evaluation, Promotion, Registration, Verification


class DecideSettings(BaseModel, frozen=True):
    """Settings of decide.

    Attributes:
        family: whose gates hold; a family's name or a file.
    """

    family: str


def run(
    registration: Registration,
    evaluation: Evaluation,
    verification: Verification,
    *,
    settings: DecideSettings,
    context: StageContext,
) -> Promotion:
    """Judge an evaluation by the gates and move the aliases.

    Raises:
        TroupeError: registry_unreachable, disk_full; file_not_found, invalid_setting: the gates cannot be read.
    """
    name, version = verification.name, verification.version
    registry = Registry(registration.registry)
    verdicts = judge(evaluation, read_gates(settings.family))
    passed = all(v.passed for v in verdicts)
    registry.tag(name, version, {GATES: "passed" if passed else "failed"})
    if passed:
        promote(registry, name, version)
    aliases = registry.aliases(name)
    return Promotion(
        name,
        version,
        passed,
        aliases.get(CHAMPION, 0),
        aliases.get(PREVIOUS, 0),
        tuple(v.sentence for v in verdicts),
    )
