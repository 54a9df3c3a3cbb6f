"""Commands that run one program of the hub in this process: ingest, api, simulate, replay, maps, bench."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from cityhub.cli.application import app
from cityhub.cli.environment import connected_settings
from cityhub.config import Settings

Faults = Literal["none", "some", "many"]


class Format(StrEnum):
    """Formats of real files that replay knows."""

    AIRNOW = "airnow"
    PRSA = "prsa"
    EA = "ea"
    BIRMINGHAM = "birmingham"
    JSONL = "jsonl"


@app.command(epilog="Example: ./hub ingest --workers 2")
def ingest(
    workers: Annotated[
        int | None, typer.Option(min=1, max=8, help="Processes that store, besides one that receives.")
    ] = None,
) -> None:
    """Store what sensors publish, until ctrl-C."""
    settings = connected_settings()
    if workers is None:
        from ingest.__main__ import main  # noqa: PLC0415

        raise typer.Exit(main())
    from cityhub import logs  # noqa: PLC0415
    from ingest.workers import run  # noqa: PLC0415

    logs.configure(settings, "ingest")
    run(settings, workers)


@app.command(epilog="Example: ./hub api --port 8080")
def api(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default CITYHUB_API_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default CITYHUB_API_PORT.")] = None,
) -> None:
    """Serve the API, pages and maps, until ctrl-C."""
    from cityhub.cli.progress import Steps  # noqa: PLC0415
    from cityhub.services import node  # noqa: PLC0415

    if not node.is_fresh():
        with Steps().step("pages' scripts and styles") as step:
            node.install(step.say)
    settings = connected_settings()
    from api.__main__ import main  # noqa: PLC0415

    main(settings, host, port)


@app.command(epilog="Example: ./hub simulate --rate 200 --storm --faults some --for 600")
def simulate(
    rate: Annotated[
        float | None,
        typer.Option(min=0.1, help="Messages a second; default: each sensor at its own interval."),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--for", min=0, help="Stop after this many seconds.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same city.")] = 1,
    storm: Annotated[bool, typer.Option("--storm", help="Send a heavy storm across the city.")] = False,
    faults: Annotated[Faults, typer.Option(help="How much goes wrong with the devices.")] = "none",
    days: Annotated[float, typer.Option(min=0, help="Past days to publish first, as fast as it can.")] = 0,
) -> None:
    """Publish believable telemetry of Hanoi's sensors."""
    arguments = ["--seed", str(seed), "--faults", faults, "--days", f"{days:g}"]
    if rate is not None:
        arguments += ["--rate", f"{rate:g}"]
    if seconds is not None:
        arguments += ["--for", f"{seconds:g}"]
    if storm:
        arguments += ["--storm"]
    connected_settings()
    from simulators.__main__ import main  # noqa: PLC0415

    raise typer.Exit(main(["simulate", *arguments]))


@app.command(epilog="Example: ./hub replay beijing.csv --as prsa --speed 3600 --shift-to-now")
def replay(
    file: Annotated[Path, typer.Argument(help="The file, .gz or not.")],
    form: Annotated[Format, typer.Option("--as", help="The file's format.")],
    to: Annotated[
        str | None, typer.Option(help="Sensor id; KEY=sensor,...; or a JSON file of these.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option(min=0, help="Times real time; default: as fast as it can.")
    ] = None,
    shift_to_now: Annotated[bool, typer.Option("--shift-to-now", help="End the file's times now.")] = False,
) -> None:
    """Publish a real file as live telemetry."""
    arguments = [str(file), "--as", form.value]
    if to is not None:
        arguments += ["--to", to]
    if speed is not None:
        arguments += ["--speed", f"{speed:g}"]
    if shift_to_now:
        arguments += ["--shift-to-now"]
    _know_replayed_sensors(connected_settings())
    from simulators.__main__ import main  # noqa: PLC0415

    raise typer.Exit(main(["replay", *arguments]))


def _know_replayed_sensors(settings: Settings) -> None:
    """Load the sensors of foreign files (off public lists), or their messages would end in quarantine."""
    if not settings.database_url:
        print(
            "hub: CITYHUB_DATABASE_URL is not set, so the sensors of foreign files are taken to be loaded already"
            " (./hub catalogue load cityhub/catalogue/replay)",
            file=sys.stderr,
        )
        return
    from cityhub.catalogue import REPLAY, read  # noqa: PLC0415
    from cityhub.store import connect, sensors  # noqa: PLC0415

    with connect(settings.database_url, "cityhub-replay") as conn:
        sensors.save(conn, read(REPLAY))


@app.command(epilog="Example: ./hub maps --out snapshots/")
def maps(
    out: Annotated[Path, typer.Option(help="Folder to write to; made when missing.")],
    source: Annotated[str | None, typer.Option("--api", help="API to read; default CITYHUB_API_URL.")] = None,
) -> None:
    """Write static snapshots of the five maps."""
    from maps.__main__ import main  # noqa: PLC0415

    raise typer.Exit(main(["--out", str(out), *(["--api", source] if source is not None else [])]))


group = typer.Typer(help="Figures beside their limits, measured in the same run.", no_args_is_help=True)
app.add_typer(group, name="bench")


@group.command("api", epilog="Example: ./hub bench api --json")
def bench_api(json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Requests a second of /api/v1/latest/air beside a route that answers constant bytes."""
    from cityhub.bench.api import main  # noqa: PLC0415

    raise typer.Exit(main(json))


@group.command("live", epilog="Example: ./hub bench live --json")
def bench_live(json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """From publishing to the commit and to a client of live events, at 2,000 messages a second."""
    from cityhub.bench.live import main  # noqa: PLC0415

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
    from cityhub.bench.ingest import main  # noqa: PLC0415
    from cityhub.cli.progress import Steps  # noqa: PLC0415

    raise typer.Exit(main(json, Steps(), messages, workers, stored))
