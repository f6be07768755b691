"""Moves the aliases that say which version is served. Every order of moves leaves a champion that can be served."""

from __future__ import annotations

from dataclasses import dataclass

from components.core import TroupeError
from components.models.registry import CANDIDATE, CHAMPION, PREVIOUS, Registry
from training.lifecycle.verify import VERIFIED

GATES = "gates"
"""Tag of a version: "passed", or "failed" where it is not good enough."""


@dataclass(frozen=True)
class Moved:
    """What the aliases name after a move: version numbers; 0: nothing."""

    name: str
    champion: int
    previous: int


def promote(registry: Registry, name: str, version: int, *, force: bool = False) -> Moved:
    """Let a verified version be the champion, and the old champion `previous`.

    `previous` moves first: a crash between two moves leaves the old champion. Promoting again does what is left to do.

    Args:
        registry: where.
        name, version: the candidate.
        force: promote it though it failed its gates; an unverified one is never promoted.

    Raises:
        TroupeError: gate_failed: it is not good enough; verification_failed: this version, with these bytes, was not
            verified; model_unknown, registry_unreachable, disk_full.
    """
    found = registry.find(name, version=version)
    if not found.tags.get(VERIFIED) or found.tags[VERIFIED] != found.tags.get("onnx_sha256"):
        raise TroupeError(
            "verification_failed",
            f"Version {version} of {name} was not verified on a server; give the address of one that has it: "
            f"troupe models promote {name} --version {version} --endpoint http://HOST:PORT/{name}.",
            name=name,
            version=version,
        )
    if found.tags.get(GATES) == "failed" and not force:
        raise TroupeError(
            "gate_failed",
            f"Version {version} of {name} failed its gates; `troupe models show {name}` says which. Train longer, or "
            "promote it with --force.",
            name=name,
            version=version,
        )
    aliases = registry.aliases(name)
    champion = aliases.get(CHAMPION, 0)
    if champion != version:
        if champion:
            registry.point(name, PREVIOUS, champion)
        registry.point(name, CHAMPION, version)
    if aliases.get(CANDIDATE) == version:
        registry.unpoint(name, CANDIDATE)
    return Moved(name, version, registry.aliases(name).get(PREVIOUS, 0))


def roll_back(registry: Registry, name: str) -> Moved:
    """Let the version that was the champion before be it again, and the present one `previous`.

    `champion` moves first: a crash leaves the version that was asked for, which served before.

    Raises:
        TroupeError: model_unknown: there is no such model, or nothing to go back to; registry_unreachable, disk_full.
    """
    aliases = registry.aliases(name)
    champion, previous = aliases.get(CHAMPION, 0), aliases.get(PREVIOUS, 0)
    if not previous or previous == champion:
        raise TroupeError(
            "model_unknown", f"The model {name} has no earlier champion to go back to.", name=name, alias=PREVIOUS
        )
    registry.point(name, CHAMPION, previous)
    if champion:
        registry.point(name, PREVIOUS, champion)
    return Moved(name, previous, champion)
