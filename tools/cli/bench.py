"""`./hub bench`."""

from pathlib import Path
from typing import Annotated

import typer

from tools.cli.application import app

group = typer.Typer(help="Figures beside their limits, measured in the same run.", no_args_is_help=True)
app.add_typer(group, name="bench")


@group.command("api", epilog="Example: ./hub bench api --json")
def bench_api(json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Requests a second of /api/v1/latest/air beside a route that answers constant bytes."""
    from tools.bench.api import main  # noqa: PLC0415

    raise typer.Exit(main(json))


@group.command("live", epilog="Example: ./hub bench live --json")
def bench_live(json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """From publishing to the commit and to a client of live events, at 2,000 messages a second."""
    from tools.bench.live import main  # noqa: PLC0415

    raise typer.Exit(main(json))


@group.command("ingest", epilog="Example: ./hub bench ingest --messages 20000")
def bench_ingest(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    messages: Annotated[int, typer.Option(min=1000, help="Messages of six values that wait.")] = 100_000,
    workers: Annotated[
        int,
        typer.Option(
            min=1, max=8, help="Processes that store, one receives; 1: a single ingestor does both."
        ),
    ] = 2,
    stored: Annotated[
        int,
        typer.Option(
            min=0,
            help="Also measure beside so many stored rows (0: do not); 50000000 take some minutes and over 5 GB.",
        ),
    ] = 0,
) -> None:
    """A backlog of messages into the database, beside a bare client and a bare COPY."""
    from tools.bench.ingest import main  # noqa: PLC0415
    from tools.cli.progress import Steps  # noqa: PLC0415

    raise typer.Exit(main(json, Steps(), messages, workers, stored))


@group.command("payments", epilog="Example: ./hub bench payments --json")
def bench_payments(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """From the price of a place to the receipt: quotes, places near a point, whole flows, callbacks."""
    from tools.bench.payments import main  # noqa: PLC0415

    raise typer.Exit(main(json))


@group.command("query", epilog="Example: ./hub bench query --rows 500000")
def bench_query(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    rows: Annotated[
        int,
        typer.Option(
            min=100_000, help="Generated readings at least; 30484800 are a year, take some minutes and 4 GB."
        ),
    ] = 30_484_800,
) -> None:
    """What reading costs beside a generated year: histories, indices, /latest of thousands of sensors."""
    from tools.bench.query import main  # noqa: PLC0415
    from tools.cli.progress import Steps  # noqa: PLC0415

    raise typer.Exit(main(json, Steps(), rows))


@group.command("ops", epilog="Example: ./hub bench ops --json")
def bench_ops(json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Pages of the console with ten thousand sensors, beside a bare SELECT."""
    from tools.bench.ops import main  # noqa: PLC0415

    raise typer.Exit(main(json))


@group.command(
    "air",
    epilog="Example: ./hub bench air --prsa prsa_beijing_12st_2016JJA.csv.gz --airnow hanoi_2016.csv.gz",
)
def bench_air(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    prsa: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Beijing's, UCI 501.")] = None,
    airnow: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="A US embassy's.")] = None,
) -> None:
    """Air between stations and ahead, on real files: errors beside those of simpler ways."""
    from tools.bench.air import main  # noqa: PLC0415

    raise typer.Exit(main(json, prsa or [], airnow or []))
