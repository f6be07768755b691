"""Has a real server answer for a candidate before it may be promoted."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from components.core import TroupeError
from components.models.folder import read_contract, read_golden
from components.models.registry import Registry
from components.models.source import Model, open_model
from training.lifecycle.records import Verification

VERIFIED = "verified_sha256"
"""Tag of a version: sha256 of the network that a server answered rightly with."""
_CALLS = 11
_PATIENCE = 60.0


def verify(
    registry: Registry, name: str, version: int, endpoint: str, *, latency: float, tolerance: float
) -> Verification:
    """Ask a server the candidate's golden inputs and, where all is well, tag the version as verified.

    Args:
        registry: where the candidate is.
        name, version: the candidate.
        endpoint: address of the server's model, as http://HOST:PORT/NAME; it is waited for until it is ready.
        latency: most milliseconds, median, of a call of one frame.
        tolerance: largest absolute difference; the larger of it and the contract's own holds.

    Raises:
        TroupeError: verification_failed: another answer, too slow, other tensors; model_unreachable: no answer at all;
            model_unknown, model_broken, registry_unreachable.
    """
    found = registry.find(name, version=version)
    folder = registry.bring(name, version=version)
    contract = read_contract(folder)
    golden = read_golden(contract, folder)
    served = when_ready(endpoint)
    try:
        said = served.contract.network
        for side, here, there in (
            ("inputs", contract.network.inputs, said.inputs),
            ("outputs", contract.network.outputs, said.outputs),
        ):
            wanted, has = ({t.source: (t.dtype, t.shape) for t in tensors} for tensors in (here, there))
            if wanted != has:
                raise _failed(name, version, endpoint, f"its {side} are {has} and should be {wanted}")
        # the server knows the tensors by the file's names
        ours = {t.name: t.source for t in (*contract.network.inputs, *contract.network.outputs)}
        answer = served({ours[n]: a for n, a in golden.inputs.items()})
        differences = golden.differences({n: answer[ours[n]] for n in golden.outputs})
        worst = max(differences.values())
        limit = max(tolerance, golden.tolerance)
        if not worst <= limit:
            said_so = ", ".join(f"{n} {d:.3g}" for n, d in differences.items())
            raise _failed(
                name, version, endpoint, f"it differs from the golden answers by {said_so} (at most {limit:g})"
            )
        one = {ours[n]: a[:1] for n, a in golden.inputs.items()}
        taken = []
        for _ in range(_CALLS):
            began = time.perf_counter()
            served(one)
            taken.append((time.perf_counter() - began) * 1e3)
    finally:
        served.close()
    median = statistics.median(taken)
    if median > latency:
        raise _failed(name, version, endpoint, f"a frame takes {median:.1f} ms (at most {latency:g})")
    registry.tag(name, version, {VERIFIED: found.tags["onnx_sha256"], "latency_ms": f"{median:.2f}"})
    return Verification(name, version, endpoint, worst, median)


def when_ready(endpoint: str, alive: Callable[[], bool] = lambda: True) -> Model:
    """A served model, waited for while its server starts.

    Args:
        endpoint: its address.
        alive: whether it is worth waiting longer.

    Raises:
        TroupeError: model_unreachable, model_unknown: it did not come within a minute.
    """
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return open_model(endpoint)
        except TroupeError as error:
            if error.code not in ("model_unreachable", "model_unknown") or time.monotonic() > until or not alive():
                raise
            time.sleep(0.2)


def _failed(name: str, version: int, endpoint: str, why: str) -> TroupeError:
    return TroupeError(
        "verification_failed",
        f"Version {version} of {name} at {endpoint} may not be promoted: {why}.",
        name=name,
        version=version,
        endpoint=endpoint,
    )
