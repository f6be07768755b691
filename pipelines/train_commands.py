"""`troupe train`: models of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

train = typer.Typer(help="Train a model and take it all the way to being the champion.", no_args_is_help=True)


@train.callback()
def _train() -> None:
    """Train a model and take it all the way to being the champion."""


@train.command()
def deepdance(
    video: Annotated[str, typer.Option(help="Video of the person: path or URL; ten seconds or more, whole body.")],
    name: Annotated[str, typer.Option(help="Name of the model in the registry.")] = "deepdance",
    method: Annotated[str, typer.Option(help="nearest, vanilla-vector, vanilla-map or gan.")] = "vanilla-map",
    size: Annotated[int, typer.Option(help="Px: 64, 128 or 256 (32 for trying).")] = 64,
    minutes: Annotated[float, typer.Option(help="Minutes of training; 0: no limit but --steps.")] = 3.0,
    steps: Annotated[int, typer.Option(help="Steps of the optimiser; 0: no limit but --minutes.")] = 0,
    seed: Annotated[int, typer.Option(help="Of weights and order.")] = 0,
    dancer: Annotated[int, typer.Option(help="Who of the video; 0: who is seen most.")] = 0,
    history: Annotated[int, typer.Option(help="Poses the network is told: 1, or 3 for t, t-1 and t-2.")] = 1,
    temporal: Annotated[bool, typer.Option("--temporal", help="Learn how pictures change, against flicker.")] = False,
    generator: Annotated[str, typer.Option(help="unet or spade.")] = "unet",
    face: Annotated[bool, typer.Option("--face", help="Draw the head once more, larger.")] = False,
    perceptual: Annotated[str, typer.Option(help="features, or the path of VGG-19's weights.")] = "",
    background: Annotated[
        bool,
        typer.Option("--background/--no-background", help="Learn the person before their background."),
    ] = True,
    precision: Annotated[str, typer.Option(help="32-true, bf16-mixed or 16-mixed.")] = "32-true",
    devices: Annotated[int, typer.Option(help="Processes that train together, a GPU each where there are any.")] = 1,
    start: Annotated[float, typer.Option(help="Seconds of the video to skip.")] = 0.0,
    duration: Annotated[float, typer.Option(help="Seconds of the video to use; 0: all.")] = 0.0,
    int8: Annotated[bool, typer.Option("--int8", help="8-bit numbers where they draw as well.")] = False,
    gates: Annotated[str, typer.Option(help="File of gates; else the family's own.")] = "deepdance",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")] = False,
) -> None:
    """Learn a person from a video: pose to picture, evaluated, registered, verified, and promoted when better."""
    from pipelines.settings import Settings, read_settings
    from pipelines.terminal import bars
    from pipelines.train_deepdance.job import train_deepdance

    settings = read_settings(Settings)
    arguments = {
        "video": video if "://" in video else str(Path(video).absolute()),
        "name": name,
        "method": method,
        "size": size,
        "minutes": minutes,
        "steps": steps,
        "seed": seed,
        "dancer": dancer,
        "history": history,
        "temporal": temporal,
        "generator": generator,
        "face": face,
        "perceptual": perceptual,
        "background": background,
        "precision": precision,
        "devices": devices,
        "start": start,
        "duration": duration,
        "int8": int8,
        "family": gates,
        "registry": settings.registry,
    }
    with bars() as (report, started):
        told = train_deepdance(
            arguments,
            cache=settings.cache,
            cache_bytes=settings.cache_bytes,
            workers=settings.workers or None,
            report=report,
            started=started,
        )
    if as_json:
        print(json.dumps(told, indent=2, ensure_ascii=False, default=str))
        return
    _tell(told)


def _tell(told: dict[str, Any]) -> None:
    from pipelines.terminal import table

    for warning in told["warnings"]:
        typer.echo(f"note: {warning['message']} [{warning['code']}]", err=True)
    table("figure", "on held-out frames", sorted(told["figures"].items()))
    for verdict in told["verdicts"]:
        print(verdict)
    what = "is the champion" if told["promoted"] else "was registered, but is not good enough to be the champion"
    print(f"version {told['version']} of {told['name']} {what} ({told['steps']} steps, {told['seconds']:.0f} s)")
