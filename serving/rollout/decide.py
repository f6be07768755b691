"""The next step of a rollout: a function of what the registry wants and what the cluster has, and of nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from serving.rollout.inference_service import Plan, Seen, Target


@dataclass(frozen=True)
class Policy:
    """How a rollout goes.

    Attributes:
        shares: percents of the traffic that a new version gets one after the other before it gets all.
        patience: seconds that a version may take to become ready at each share.
    """

    shares: tuple[int, ...] = (10, 50)
    patience: float = 600.0


@dataclass(frozen=True)
class Write:
    """Write a plan."""

    plan: Plan
    why: str


@dataclass(frozen=True)
class Check:
    """Ask the newest revision its golden inputs, then decide by `after_check`."""

    version: int
    url: str


@dataclass(frozen=True)
class Rest:
    """Nothing to do; `settled`: nothing will be until the alias moves."""

    why: str
    settled: bool = False


def next_step(wanted: Target, found: Seen | None, policy: Policy, now: float) -> Write | Check | Rest:
    """The next step of a rollout.

    Args:
        wanted: the champion.
        found: the InferenceService; None: there is none.
        policy: how it goes.
        now: Unix seconds.
    """
    if found is None:
        return Write(Plan(wanted, began=now), f"version {wanted.version} is the first")
    plan = found.plan
    if plan.stable is not None and plan.stable.version == wanted.version:
        whole = Plan(wanted, stable=wanted, began=plan.began)
        if replace(plan, began=0.0) == replace(whole, began=0.0):
            return Rest(f"version {wanted.version} has all traffic", settled=True)
        return Write(replace(whole, began=now), f"version {wanted.version} is the champion again")
    if plan.refused == wanted.version:
        return Rest(f"version {wanted.version} was taken back: {plan.because}", settled=True)
    if plan.target != wanted:
        return Write(_begun(wanted, plan.stable, policy, now), f"version {wanted.version} is the new champion")
    if not found.ready:
        waited = now - plan.began
        if waited > policy.patience:
            why = found.failed or f"it did not become ready within {policy.patience:.0f} s"
            return _back(plan, why, now)
        return Rest(f"version {wanted.version} is not ready yet ({waited:.0f} s)")
    return Check(wanted.version, found.url)


def after_check(found: Seen, fault: str, policy: Policy, now: float) -> Write:
    """What follows a check.

    Args:
        found: the service that was checked.
        fault: what is wrong with its answers; empty: nothing.
        policy, now: as above.
    """
    plan = found.plan
    if fault:
        return _back(plan, fault, now)
    larger = [s for s in policy.shares if plan.share is not None and s > plan.share]
    if larger:
        return Write(replace(plan, share=larger[0], began=now), f"version {plan.target.version} gets {larger[0]} %")
    whole = Plan(plan.target, stable=plan.target, began=now)
    return Write(whole, f"version {plan.target.version} gets all traffic")


def _begun(wanted: Target, stable: Target | None, policy: Policy, now: float) -> Plan:
    share = policy.shares[0] if policy.shares and stable is not None else None
    return Plan(wanted, share, stable, began=now)


def _back(plan: Plan, why: str, now: float) -> Write:
    """All traffic to what served before; where nothing did, the fault is noted and the version left alone."""
    target = plan.stable or plan.target
    refused = Plan(target, None, plan.stable, plan.target.version, why, now)
    return Write(refused, f"version {plan.target.version} is taken back: {why}")
