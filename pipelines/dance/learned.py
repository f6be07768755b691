"""Who is drawn by the engine deepdance, pinned before a run begins: an alias may move while it lasts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.core import TroupeError

ENGINES = ("puppet", "deepdance")


def learned(engine: str, model: str, models: str, registry: str) -> dict[str, Any]:
    """The arguments of the wiring that say who is drawn.

    Args:
        engine: one of ENGINES.
        model: folder, models:/NAME@ALIAS or models:/NAME/VERSION.
        models: server that draws.
        registry: where models are looked up.

    Raises:
        TroupeError: invalid_setting: no such engine, or one that needs no model or another; as `open_person`.
    """
    if engine not in ENGINES:
        raise TroupeError(
            "invalid_setting", f"engine must be one of {', '.join(ENGINES)}, not {engine!r}.", engine=engine
        )
    if engine == "puppet":
        if model or models:
            raise TroupeError(
                "invalid_setting", "The engine puppet needs no model; choose --engine deepdance.", model=model or models
            )
        return {}
    from components.animate.deepdance.person import body_of, open_person

    place = str(Path(model).absolute()) if model and "://" not in model and not model.startswith("models:") else model
    person = open_person(place, "", registry, [])
    contract = person.model.contract
    person.model.close()
    if "@" in place:
        from components.models.registry import Registry

        name, _, alias = place.removeprefix("models:/").partition("@")
        try:
            place = f"models:/{name}/{Registry(registry).find(name, alias=alias).version}"
        except TroupeError as error:
            if error.code != "registry_unreachable":
                raise  # where it is down the copy that was used last serves under the same name, as `open_model` has it
    return {
        "engine": engine,
        "model": place,
        "models": models,
        "registry": registry,
        "weights": contract.network.weights.sha256,
        "body": body_of(contract.network.operation("body").values),
    }
