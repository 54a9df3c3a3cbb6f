"""`./hub chaos`."""

import json as json_format
from dataclasses import asdict
from typing import Annotated, Literal

import typer

from cityhub.config import read_settings
from tools.cli.application import app


@app.command(epilog="Example: ./hub chaos --for 60 --rate 200")
def chaos(
    seconds: Annotated[float, typer.Option("--for", min=10, help="Seconds of publishing.")] = 60,
    rate: Annotated[float, typer.Option(min=1, help="Messages a second.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed of the disorder.")] = 1,
    workers: Annotated[
        int, typer.Option(min=1, max=8, help="Ingest processes; one of several falls, or their supervisor.")
    ] = 1,
    services: Annotated[
        Literal["auto", "private", "embedded"], typer.Option(help="Throwaway database and broker.")
    ] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Kill and cut everything while messages flow, then prove that none is lost or doubled (exit 1 if so)."""
    from tools.chaos import run as whole  # noqa: PLC0415
    from tools.cli.progress import Steps  # noqa: PLC0415
    from tools.services import choose  # noqa: PLC0415
    from tools.services.instance import Kind  # noqa: PLC0415

    steps = Steps()
    with steps.step("services") as step:
        choice = choose(services, read_settings(database_url="", mqtt_url=""), step.say)
        step.result = choice.why
    kind: Kind = choice.kind or "private"
    if kind == "embedded":
        steps.line(f"! {whole.EMBEDDED_GAP}")
    figures = whole.run(whole.Options(kind, seconds, rate, seed, workers), steps)
    if json:
        print(json_format.dumps(asdict(figures)))
    else:
        for name, value in asdict(figures).items():
            print(f"{name:<16}{value!s:>10}")
    raise typer.Exit(0 if figures.good else 1)
