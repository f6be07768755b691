"""Whether a revision on the cluster answers its golden inputs."""

from __future__ import annotations

from components.core import TroupeError
from components.models.folder import read_contract, read_golden
from components.models.inference_protocol import hold_against
from components.models.registry import Registry
from components.models.source import open_model


def fault_of(registry: Registry, name: str, version: int, url: str) -> str:
    """What is wrong with a revision's answers; empty: nothing.

    Args:
        registry: that the version is in.
        name, version: of the model.
        url: address of the revision.

    Raises:
        TroupeError: registry_unreachable, model_unknown: it cannot be said what the answers should be.
    """
    folder = registry.bring(name, version=version)
    contract = read_contract(folder)
    golden = read_golden(contract, folder)
    ours = {t.name: t.source for t in (*contract.network.inputs, *contract.network.outputs)}
    try:
        served = open_model(f"{url.rstrip('/')}/{name}")
        try:
            hold_against(contract, served.contract, url)
            answer = served({ours[n]: a for n, a in golden.inputs.items()})
        finally:
            served.close()
    except TroupeError as error:
        return error.message
    worst = max(golden.differences({n: answer[ours[n]] for n in golden.outputs}).values())
    return "" if worst <= golden.tolerance else f"it differs from the golden answers by {worst:.3g}"
