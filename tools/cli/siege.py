"""`./hub siege`."""

import json as json_format
from dataclasses import asdict
from typing import Annotated

import typer

from tools.cli.application import app


@app.command(epilog="Example: ./hub siege --for 120 --json")
def siege(
    seconds: Annotated[
        float, typer.Option("--for", min=5, max=600, help="Seconds of all attacks at once.")
    ] = 120,
    attacks: Annotated[
        list[str] | None, typer.Option("--attack", help="Only this one; may repeat. Default: all.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Attack a hub of its own on this machine, and see whether it keeps its promises (exit 1 if not)."""
    from tools.cli.progress import Steps  # noqa: PLC0415
    from tools.siege import run as whole  # noqa: PLC0415
    from tools.siege.attackers import ATTACKS  # noqa: PLC0415

    unknown = sorted(set(attacks or ()) - set(ATTACKS))
    if unknown:
        raise typer.BadParameter(f"no attack {unknown[0]!r}; there are {', '.join(ATTACKS)}")
    report = whole.run(seconds, Steps(), attacks or list(ATTACKS))
    if json:
        print(json_format.dumps({**asdict(report), "good": report.good}))
    else:
        for name, value in report.figures.items():
            print(f"{name:<34}{value!s:>20}")
        for promise in report.promises:
            print(f"{'✓' if promise.kept else '✗'} {promise.name}: {promise.measured}")
    raise typer.Exit(0 if report.good else 1)
