"""`troupe models`: what is registered, and which version serves."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from components.core.errors import TroupeError

if TYPE_CHECKING:
    from components.models.registry import Registry

models = typer.Typer(help="List, fetch, promote and roll back registered models.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the model.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


def _registry() -> Registry:
    from components.models.registry import Registry
    from pipelines.settings import Settings, read_settings

    settings = read_settings(Settings)
    return Registry(settings.registry, settings.cache)


@models.command("list")
def list_models(as_json: Json = False) -> None:
    """List all versions of all models, newest first."""
    from pipelines.terminal import rows

    found = _registry().versions()
    if as_json:
        _emit([dataclasses.asdict(v) for v in found])
        return
    rows(
        ("name", "version", "aliases", "family", "gates", "registered"),
        [
            (v.name, str(v.version), ", ".join(v.aliases), v.tags.get("family", ""), v.tags.get("gates", ""), _day(v))
            for v in found
        ],
    )


@models.command()
def show(
    name: Name,
    version: Annotated[int | None, typer.Option(help="Number; the champion, or else the newest, by default.")] = None,
    as_json: Json = False,
) -> None:
    """Tell everything about a version: tensors, licence, tags, where it lies."""
    from components.models.folder import read_contract
    from components.models.tensors import spelled
    from pipelines.terminal import table

    registry = _registry()
    found = registry.versions(name)
    if not found:
        raise TroupeError("model_unknown", f"No model is called {name!r}; `troupe models list` shows all.", name=name)
    chosen = next(
        (v for v in found if v.version == version or (version is None and "champion" in v.aliases)),
        found[0] if version is None else None,
    )
    if chosen is None:
        raise TroupeError("model_unknown", f"The model {name} has no version {version}.", name=name, version=version)
    contract = read_contract(registry.bring(name, version=chosen.version))
    if as_json:
        _emit({**dataclasses.asdict(chosen), "contract": json.loads(contract.to_json())})
        return
    network = contract.network
    lines: list[tuple[str, Any]] = [("version", str(chosen.version)), ("aliases", ", ".join(chosen.aliases))]
    lines += [("input", f"{spelled(t)} {t.unit}") for t in network.inputs]
    lines += [("output", f"{spelled(t)} {t.unit}") for t in network.outputs]
    lines += [("storage", chosen.uri), ("registered", _day(chosen))]
    table(name, "", lines + sorted(chosen.tags.items()))


@models.command()
def get(
    name: Annotated[str, typer.Argument(help="NAME, NAME@ALIAS or NAME/VERSION; NAME alone is its champion.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write; it must not exist.")],
) -> None:
    """Copy a model's folder: contract, network, golden inputs."""
    from components.models.source import REGISTERED

    found = REGISTERED.fullmatch(f"models:/{name if '@' in name or '/' in name else name + '@champion'}")
    if found is None:
        raise TroupeError("invalid_setting", f"{name!r} is not NAME, NAME@ALIAS or NAME/VERSION.", model=name)
    if output.exists():
        raise TroupeError("output_exists", f"{output} is already there; choose another name.", path=str(output))
    folder = _registry().bring(found["name"], alias=found["alias"], version=found["version"])
    part = output.with_name(output.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(folder, part)
    part.rename(output)
    print(output)


@models.command()
def promote(
    name: Name,
    version: Annotated[int | None, typer.Option(help="Number; the candidate by default.")] = None,
    endpoint: Annotated[
        str,
        typer.Option(help="Address of a server that has it, as http://HOST:PORT/NAME, which it is verified on first."),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Promote it though it failed its gates.")] = False,
    as_json: Json = False,
) -> None:
    """Let a verified version be the champion."""
    from training.lifecycle.gates import read_gates
    from training.lifecycle.promote import promote as move
    from training.lifecycle.verify import verify

    registry = _registry()
    found = registry.find(name, version=version) if version else registry.find(name, alias="candidate")
    if endpoint:
        gates = read_gates(found.tags.get("family", ""))
        verify(registry, name, found.version, endpoint, latency=gates.latency, tolerance=gates.tolerance)
    _tell(move(registry, name, found.version, force=force), as_json)


@models.command()
def rollback(name: Name, as_json: Json = False) -> None:
    """Let the champion before be the champion again."""
    from training.lifecycle.promote import roll_back

    _tell(roll_back(_registry(), name), as_json)


def _tell(moved: Any, as_json: bool) -> None:
    if as_json:
        _emit(dataclasses.asdict(moved))
        return
    before = f", version {moved.previous} the one before" if moved.previous else ""
    print(f"version {moved.champion} of {moved.name} is the champion{before}")


def _emit(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _day(version: Any) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(version.created))
