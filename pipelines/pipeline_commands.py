"""`troupe pipelines`: the pipelines, on this machine and on a cluster with Kubeflow Pipelines."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from components.core.errors import TroupeError

if TYPE_CHECKING:
    from pipelines.kubeflow.variants import Variant
    from pipelines.settings import KubeflowSettings
    from pipelines.wiring import Parameter

pipelines = typer.Typer(
    help="List, compile, upload, run and schedule pipelines; on a cluster with --host, else on this machine.",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="Of the pipeline; `troupe pipelines list` shows all.")]
Names = Annotated[list[str] | None, typer.Argument(help="Of pipelines; all by default.")]
Host = Annotated[str | None, typer.Option(help="Address of Kubeflow Pipelines; TROUPE_KUBEFLOW_HOST.")]
Namespace = Annotated[str | None, typer.Option(help="Of the runs; TROUPE_KUBEFLOW_NAMESPACE.")]
Image = Annotated[str | None, typer.Option(help="Of all steps, by digest; TROUPE_KUBEFLOW_IMAGE.")]
Sets = Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE of a parameter; lists as JSON.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]


@pipelines.command("list")
def list_pipelines(host: Host = None, namespace: Namespace = None, as_json: Json = False) -> None:
    """List the pipelines with what they are given; with --host also which versions are there, and what is scheduled."""
    from pipelines.kubeflow.variants import VARIANTS
    from pipelines.terminal import rows

    settings = _settings(host, namespace)
    told: list[dict[str, Any]] = [
        {"name": name, "purpose": v.wiring.purpose, "parameters": _described(v.free)} for name, v in VARIANTS.items()
    ]
    schedules = []
    if settings.kubeflow_host:
        from pipelines.kubeflow.catalogue import Catalogue

        catalogue = Catalogue(settings.address)
        for one in told:
            one["versions"] = [v.version for v in catalogue.versions(f"troupe-{one['name']}")]
        schedules = [dataclasses.asdict(s) for s in catalogue.schedules()]
    if as_json:
        _emit({"pipelines": told, "schedules": schedules})
        return
    titles = ("pipeline", "version there") if settings.kubeflow_host else ("pipeline",)
    lines = [
        (one["name"], *([", ".join(one["versions"][:1]) or "-"] if "versions" in one else []), one["purpose"])
        for one in told
    ]
    rows((*titles, "purpose"), lines)
    if schedules:
        rows(("schedule", "cron", "on"), [(s["name"], s["cron"], s["enabled"]) for s in schedules])


@pipelines.command("compile")
def compile_pipelines(
    names: Names = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write.")] = Path("compiled"),
    image: Image = None,
) -> None:
    """Compile pipelines into YAML files for Kubeflow Pipelines."""
    from pipelines.kubeflow.variants import variant_of

    for name in names or ():
        variant_of(name)
    placement = _settings(kubeflow_image=image).placement()
    _kfp()
    from pipelines.kubeflow.build import compile_to

    try:
        files = compile_to(output, placement, tuple(names or ()))
    except OSError as error:
        raise TroupeError(
            "output_unwritable", f"{output} cannot be written: {error.strerror}.", path=str(output)
        ) from error
    for file in files:
        print(file)


@pipelines.command()
def upload(names: Names = None, host: Host = None, namespace: Namespace = None, image: Image = None) -> None:
    """Upload pipelines as versions <semver>+<revision>; a version that is there stays as it is."""
    from pipelines.kubeflow.variants import VARIANTS, variant_of

    for name in names or ():
        variant_of(name)
    settings = _settings(host, namespace, kubeflow_image=image)
    placement = settings.placement()
    from pipelines.kubeflow.catalogue import Catalogue

    catalogue = Catalogue(settings.address)
    for name in names or VARIANTS:
        made = catalogue.upload(name, placement)
        print(f"{made.pipeline} {made.version} {'uploaded' if made.new else 'was there already'}")


@pipelines.command()
def run(
    name: Name,
    sets: Sets = None,
    host: Host = None,
    namespace: Namespace = None,
    image: Image = None,
    run_name: Annotated[
        str, typer.Option("--name", help="Of the run; asked for twice under one name, it runs once.")
    ] = "",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it has ended.")] = True,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where the finished video is put, of a run that is waited for."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a pipeline: on a cluster where an address is known, else on this machine."""
    from pipelines.kubeflow.variants import variant_of

    settings = _settings(host, namespace, kubeflow_image=image)
    variant = variant_of(name)
    arguments = _arguments(name, variant, sets or [])
    if output is not None and output.exists():
        raise TroupeError("output_exists", f"{output} is already there; choose another name.", path=str(output))
    if not settings.kubeflow_host:
        _run_here(variant, arguments, settings, output, as_json)
        return
    if output is not None and (not wait or not settings.storage_url or variant.several):
        raise TroupeError(
            "invalid_setting",
            "--output needs TROUPE_STORAGE_URL, a bucket that both the cluster and this machine reach, a run that is "
            "waited for, and a pipeline that makes one video.",
            setting="output",
        )
    told = _run_there(name, arguments, settings, run_name or f"{name}-{time.strftime('%Y%m%d-%H%M%S')}", wait, output)
    if as_json:
        _emit(told)
    else:
        print(" ".join(str(v) for v in told.values()))


@pipelines.command()
def schedule(
    name: Name,
    cron: Annotated[str, typer.Option(help='Six fields, seconds first: "0 0 3 * * *" is every night at three.')] = "",
    sets: Sets = None,
    host: Host = None,
    namespace: Namespace = None,
    image: Image = None,
    schedule_name: Annotated[str, typer.Option("--name", help="Of the schedule; the pipeline's by default.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take the schedule away.")] = False,
) -> None:
    """Let a pipeline run by the clock on a cluster, in the version of these sources, uploaded where it is not there."""
    from pipelines.kubeflow.variants import variant_of

    settings = _settings(host, namespace, kubeflow_image=image)
    variant = variant_of(name)
    title = schedule_name or name
    if not remove:
        _check_cron(cron)
        arguments = _arguments(name, variant, sets or [])
        placement = settings.placement()
    from pipelines.kubeflow.catalogue import Catalogue

    catalogue = Catalogue(settings.address)
    if remove:
        catalogue.unschedule(title)
        print(f"{title} no longer runs by the clock")
        return
    version = catalogue.upload(name, placement)
    made = catalogue.schedule(title, cron, version, arguments, settings.kubeflow_experiment)
    print(f"{made.name} runs at {made.cron} in version {version.version}")


def _run_here(
    variant: Variant, arguments: Mapping[str, Any], settings: KubeflowSettings, output: Path | None, as_json: bool
) -> None:
    import shutil

    from pipelines.runners.local import run as walk
    from pipelines.runners.store import prune
    from pipelines.terminal import bars, rows

    store = settings.cache / "steps"
    with bars() as (report, started):
        result = walk(
            variant.wiring,
            {**variant.fixed, **arguments},
            store,
            report=report,
            workers=settings.workers or None,
            started=started,
        )
    made = result.output if isinstance(result.output, tuple) else (result.output,)
    if output is not None:
        files = [getattr(noun, "uri", None) for noun in made]
        if None in files:
            raise TroupeError("invalid_setting", "This pipeline makes no video for --output.", setting="output")
        targets = [output if len(files) == 1 else output.with_stem(f"{output.stem}-{i}") for i in range(len(files))]
        for file, target in zip(files, targets, strict=True):
            part = target.with_name(f".{target.name}.part")
            shutil.copyfile(str(file), part)
            part.rename(target)
    steps = [{**dataclasses.asdict(s), "folder": str(s.folder)} for s in result.steps]
    if as_json:
        _emit({"state": "succeeded", "seconds": result.seconds, "steps": steps})
    else:
        rows(
            ("step", "item", "seconds", "folder"),
            [(s["name"], "" if s["item"] is None else s["item"], s["seconds"], s["folder"]) for s in steps],
        )
    prune(store, settings.cache_bytes)


def _run_there(
    name: str, arguments: Mapping[str, Any], settings: KubeflowSettings, title: str, wait: bool, output: Path | None
) -> dict[str, Any]:
    from components.media import open_storage
    from pipelines.kubeflow.variants import variant_of
    from pipelines.runners.interface import Work
    from pipelines.runners.kubeflow import KubeflowRunner

    stored = settings.storage_url
    environment = {"TROUPE_STORAGE_URL": stored, "TROUPE_STORAGE_ENDPOINT": settings.storage_endpoint} if stored else {}
    runner = KubeflowRunner(
        settings.address,
        settings.placement(),
        experiment=settings.kubeflow_experiment,
        deliver="runs/{name}/video.mp4" if stored else "",
    )
    handle = runner.submit(Work(title, name, arguments, environment))
    told: dict[str, Any] = {"run": title, "id": handle, "state": "submitted"}
    if wait:
        told["state"] = runner.ended(handle)
        result = runner.result(handle)
        if stored:
            told["stored"] = f"runs/{title}/" if variant_of(name).several else result["key"]
        if output is not None:
            open_storage(stored, settings.storage_endpoint).fetch(result["key"], output)
            told["output"] = str(output)
    return told


def _arguments(name: str, variant: Variant, sets: list[str]) -> dict[str, Any]:
    """What --set says, each value of its parameter's kind, with the defaults filled in.

    Raises:
        TroupeError: invalid_setting.
    """
    free = variant.free
    given: dict[str, Any] = {}
    for entry in sets:
        key, equals, text = entry.partition("=")
        if not equals or key not in free:
            known = ", ".join(free)
            raise TroupeError(
                "invalid_setting",
                f"--set takes NAME=VALUE with a parameter of {name} ({known}), not {entry!r}.",
                set=entry,
            )
        given[key] = _value(key, text, free[key])
    try:
        filled = variant.wiring.fill({**variant.fixed, **given})
    except ValueError as error:
        raise TroupeError("invalid_setting", f"{str(error).rstrip('.')}; give it with --set.", pipeline=name) from error
    return {key: value for key, value in filled.items() if key in free}


def _value(key: str, text: str, parameter: Parameter) -> Any:
    try:
        if parameter.kind is bool:
            return {"true": True, "false": False}[text.lower()]
        return json.loads(text) if parameter.kind is list else parameter.kind(text)
    except (KeyError, ValueError) as error:
        kind = (
            "a JSON list"
            if parameter.kind is list
            else {int: "a whole number", float: "a number"}.get(parameter.kind, "true or false")
        )
        raise TroupeError("invalid_setting", f"{key} has to be {kind}, not {text!r}.", **{key: text}) from error


def _check_cron(cron: str) -> None:
    if len(cron.split()) != 6:
        raise TroupeError(
            "invalid_setting",
            '--cron takes six fields, seconds first, as "0 0 3 * * *" for every night at three.',
            cron=cron,
        )


def _described(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    return {key: {"kind": p.kind.__name__, "default": p.default, "help": p.help} for key, p in parameters.items()}


def _settings(host: str | None = None, namespace: str | None = None, **given: str | None) -> KubeflowSettings:
    from pipelines.settings import KubeflowSettings, read_settings

    told = {"kubeflow_host": host, "kubeflow_namespace": namespace, **given}
    return read_settings(KubeflowSettings, **{key: value for key, value in told.items() if value is not None})


def _kfp() -> None:
    """Raises TroupeError: extra_missing."""
    try:
        import kfp  # noqa: F401
    except ImportError as error:
        raise TroupeError("extra_missing", "Compiling needs the extra `pipelines`.", extra="pipelines") from error


def _emit(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))
