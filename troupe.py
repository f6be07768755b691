"""The `troupe` command: reads what a person typed, calls the pipelines, and tells what came of it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from components.core.errors import TroupeError
from pipelines.model_commands import models
from pipelines.pipeline_commands import pipelines
from pipelines.train_commands import train
from serving.orchestrator.token_commands import tokens

if TYPE_CHECKING:
    from pipelines.settings import Settings

app = typer.Typer(
    help="A photo and a dance clip become a dance video.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(tokens, name="tokens")
app.add_typer(models, name="models")
app.add_typer(train, name="train")
app.add_typer(pipelines, name="pipelines")
server = typer.Typer(invoke_without_command=True)
app.add_typer(server, name="serve")
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


_INTERRUPTED = 130


def main() -> None:
    """Run the command; a refusal is one sentence on standard error and exit code 1, a stop on request 130."""
    from pipelines.interrupt import stop_within

    with stop_within(0.8):
        try:
            code = app(standalone_mode=False)
            if code == _INTERRUPTED:  # typer turns the KeyboardInterrupt of a command into this
                raise KeyboardInterrupt
            if code:
                sys.exit(code)
        except TroupeError as error:
            _fail(error)
        except KeyboardInterrupt:
            _fail(TroupeError("cancelled", "Stopped; nothing half-written was left behind."))
        except Exception as error:
            if type(error).__module__.startswith(("click", "typer")) and hasattr(error, "show"):
                error.show()
                sys.exit(2)
            raise


def _fail(error: TroupeError) -> None:
    if "--json" in sys.argv:
        print(
            json.dumps({"error": {"code": error.code, "message": error.message, "values": error.values}}, default=str)
        )
    print(f"troupe: {error.message} [{error.code}]", file=sys.stderr)
    if error.code == "cancelled":
        # Python would end itself by SIGINT where the interrupt met a string being compiled: no exit code for scripts
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_INTERRUPTED)
    sys.exit(1)


def _settings() -> Settings:
    from pipelines.settings import Settings, read_settings

    return read_settings(Settings)


def _emit(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


@app.command()
def dance(
    photo: Annotated[str, typer.Argument(help="Picture of one or several people: path or URL.")],
    reference: Annotated[str, typer.Argument(help="Video, BVH file, URL, or name of a built-in choreography.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The MP4 to write.")],
    size: Annotated[
        str, typer.Option(help="720x1280, 1024x1024, 1080x1920, any WxH; auto: the photo's shape.")
    ] = "auto",
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 30.0,
    performer: Annotated[str, typer.Option(help="Who of the photo dances: auto, all, or numbers as 0,2.")] = "auto",
    dancer: Annotated[str, typer.Option(help="Who of the reference is followed: auto, all, or numbers.")] = "auto",
    background: Annotated[str, typer.Option(help="original, a preset, a picture, #rrggbb or green.")] = "original",
    expression: Annotated[float, typer.Option(help="How much of the reference's face is carried over, 0 to 2.")] = 1.0,
    lip_sync: Annotated[str, typer.Option(help="off, face (the reference's mouth) or voice (the sound's).")] = "face",
    start: Annotated[float, typer.Option(help="Seconds of the reference to skip.")] = 0.0,
    duration: Annotated[float | None, typer.Option(help="Seconds of the reference to use.")] = None,
    quality: Annotated[str, typer.Option(help="draft, standard or fine.")] = "standard",
    engine: Annotated[
        str, typer.Option(help="puppet: the photo itself moves; deepdance: a learned person is drawn in its place.")
    ] = "puppet",
    model: Annotated[
        str, typer.Option(help="The learned person: a folder, models:/NAME@champion or models:/NAME/VERSION.")
    ] = "",
    models: Annotated[
        str, typer.Option(help="Server that draws them, as grpc://HOST:PORT or http://HOST:PORT; else this process.")
    ] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep all intermediate results beside the video.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the output if it exists.")] = False,
    figures: Annotated[
        bool | None, typer.Option("--figures/--no-figures", help="Measure the finished video; the default with --json.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a dance video from a photo and a reference."""
    from pipelines.dance.job import dance as make
    from pipelines.terminal import bars

    settings = _settings()
    with bars() as (report, started):
        result = make(
            photo,
            reference,
            output,
            size=size,
            fps=fps,
            performer=performer,
            dancer=dancer,
            background=background,
            expression=expression,
            lip_sync=lip_sync,
            start=start,
            duration=duration,
            quality=quality,
            engine=engine,
            model=model,
            models=models,
            registry=settings.registry,
            judged=as_json if figures is None else figures,
            keep=keep,
            overwrite=overwrite,
            workers=settings.workers or None,
            cache=settings.cache,
            cache_bytes=settings.cache_bytes,
            report=report,
            started=started,
        )
    _tell(result, as_json)


def _tell(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        _emit(result)
        return
    _warn(result)
    print(f"{result['frames']} frames in {result['seconds']:.1f} s", file=sys.stderr)
    print(result["output"])


def _warn(result: dict[str, Any]) -> None:
    for warning in result["warnings"]:
        print(f"note: {warning['message']} [{warning['code']}]", file=sys.stderr)


@app.command()
def inspect(
    media: Annotated[str, typer.Argument(help="Picture, video, or URL.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A .png or .mp4 with what was found drawn on it.")
    ] = None,
    start: Annotated[float, typer.Option(help="Seconds of a video to skip.")] = 0.0,
    duration: Annotated[float | None, typer.Option(help="Seconds of a video to use.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the output if it exists.")] = False,
    as_json: Json = False,
) -> None:
    """Tell who is in a picture or video, and by which number; landmarks and beats with --json."""
    from pipelines.dance.inspection import columns
    from pipelines.dance.inspection import inspect as look
    from pipelines.terminal import bars, rows

    settings = _settings()
    with bars() as (report, started):
        found = look(
            media,
            output,
            start=start,
            duration=duration,
            overwrite=overwrite,
            cache=settings.cache,
            workers=settings.workers or None,
            report=report,
            started=started,
        )
    if as_json:
        _emit(found)
        return
    _warn(found)
    rows(*columns(found))


@app.command()
def judge(
    video: Annotated[str, typer.Argument(help="The video to measure.")],
    reference: Annotated[str, typer.Option(help="What it was made from.")],
    as_json: Json = False,
) -> None:
    """Measure a finished video against its reference."""
    from pipelines.dance.judgement import judge as measure
    from pipelines.terminal import bars, table

    settings = _settings()
    with bars() as (report, started):
        figures = measure(
            video,
            reference,
            cache=settings.cache,
            workers=settings.workers or None,
            report=report,
            started=started,
        )
    if as_json:
        _emit(figures)
    else:
        table("figure", "value (floor; baselines)", [(f["name"], _figure(f)) for f in figures["figures"]])
        print("floor: what the reference reaches against itself; frozen: what the photo reaches without moving;")
        print("pelvis: what it reaches shifted along with the hips. docs/quality.md explains the figures.")


def _figure(figure: dict[str, Any]) -> str:
    """A figure in words: value and unit, what a perfect video would get, what trivial ones get."""
    if figure["value"] is None:
        return f"not measured: {figure['note']}"
    beside = [] if figure["floor"] is None else [f"floor {figure['floor']:.3g}"]
    beside += [f"{name} {value:.3g}" for name, value in figure["baselines"].items() if value is not None]
    return f"{figure['value']:.3g} {figure['unit']}" + (f" ({'; '.join(beside)})" if beside else "")


@app.command()
def choreographies(as_json: Json = False) -> None:
    """List the built-in choreographies."""
    from components.repertoire.choreographies import catalogue
    from pipelines.terminal import listing

    listing(catalogue(), as_json, ("name", "title", "style", "tempo", "counts", "seconds"))


@app.command()
def presets(as_json: Json = False) -> None:
    """List the built-in backgrounds."""
    from components.scenery.presets import presets as known
    from pipelines.terminal import listing

    listing(known(), as_json, ("name", "description"))


@app.command()
def doctor(
    licences: Annotated[bool, typer.Option("--licences", help="List the licences of all parts.")] = False,
    as_json: Json = False,
) -> None:
    """Tell what this machine can run and what is missing."""
    from pipelines import doctor as checks
    from pipelines.terminal import table

    if licences:
        found = checks.licences()
        if as_json:
            _emit(found)
        else:
            table("part", "licence", [(f"{p['part']} {p['version']}", p["licence"]) for p in found])
        return
    report = checks.examine(_settings())
    if as_json:
        _emit(report)
    else:
        table("part", "state", [(c["part"], f"{_state(c)}: {c['detail']}") for c in report])
    if not all(c["ok"] for c in report if c["needed"]):
        raise typer.Exit(1)


@app.command()
def warm() -> None:
    """Compile what runs fast for this machine's processor, so that the first video does not wait for it."""
    from pipelines.terminal import bars
    from pipelines.warm import warm as compile_all

    with bars() as (report, started):
        started("warm")
        compiled = compile_all(report)
    print(f"{compiled} kernels compiled", file=sys.stderr)


def _state(check: dict[str, Any]) -> str:
    return "ok" if check["ok"] else "missing" if check["needed"] else "absent, optional"


@app.command()
def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for what is made.")] = Path("out/demo"),
    photo: Annotated[str | None, typer.Option(help="Your picture instead of the drawn one.")] = None,
    reference: Annotated[str | None, typer.Option(help="Your video instead of the drawn one.")] = None,
    background: Annotated[str, typer.Option(help="original, a preset, a picture, #rrggbb or green.")] = "original",
    size: Annotated[str, typer.Option(help="Of the video.")] = "auto",
    duration: Annotated[float | None, typer.Option(help="Seconds of the reference to use.")] = None,
    as_json: Json = False,
) -> None:
    """Run the main job on media that Troupe draws itself, or on yours."""
    from pipelines.dance.demonstration import demonstrate
    from pipelines.terminal import bars

    settings = _settings()
    with bars() as (report, started):
        result = demonstrate(
            output,
            photo,
            reference,
            background=background,
            size=size,
            duration=duration,
            cache=settings.cache,
            workers=settings.workers or None,
            report=report,
            started=started,
        )
    _tell(result, as_json)


@server.callback(invoke_without_command=True)
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on; TROUPE_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0: any that is free; TROUPE_PORT.")] = None,
    runs: Annotated[int | None, typer.Option(help="Runs worked on at once; 0: only serve; TROUPE_RUNS.")] = None,
) -> None:
    """Serve the page and the API, and work on what they are asked for; `troupe serve models`: the champions."""
    if context.invoked_subcommand is not None:
        return
    try:
        from pipelines.settings import read_settings
        from serving.orchestrator.server import serve as run
        from serving.orchestrator.settings import OrchestratorSettings
    except ImportError as error:
        raise TroupeError(
            "extra_missing", "The server needs the extra `serve`: make serve sets it up.", extra="serve"
        ) from error
    given = {name: value for name, value in (("host", host), ("port", port), ("runs", runs)) if value is not None}
    run(read_settings(OrchestratorSettings, **given), lambda address: print(f"Troupe is at {address}", flush=True))


@server.command("models")
def serve_models(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of models; all that have a champion by default.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; a pod listens on 0.0.0.0.")] = "127.0.0.1",
    http_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of REST; 0: any that is free.")] = 8080,
    grpc_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of gRPC; 0: any that is free.")] = 8081,
    threads: Annotated[int, typer.Option(help="Of one call; 0: as many as cores.")] = 0,
    follow: Annotated[float, typer.Option(min=0, help="Seconds between two looks for new champions; 0: never.")] = 10.0,
    grace: Annotated[int, typer.Option(min=0, help="Seconds that open calls get when the server stops.")] = 30,
) -> None:
    """Serve the champions of the registry over the Open Inference Protocol (KServe)."""
    from components.models.registry import Registry
    from serving.models.run import serve_champions

    settings = _settings()
    listening = {"host": host, "http_port": http_port, "grpc_port": grpc_port}
    registry = Registry(settings.registry, settings.cache)
    serve_champions(registry, names or [], listening, threads=threads, follow=follow, grace=grace)


if __name__ == "__main__":
    os.umask(0o022)
    main()
