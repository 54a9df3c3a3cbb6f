"""Commands that run the simulators in this process: simulate, replay."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from tools.cli.application import app
from tools.cli.environment import connected_settings

Faults = Literal["none", "some", "many"]


class Format(StrEnum):
    """Formats of real files that replay knows."""

    AIRNOW = "airnow"
    PRSA = "prsa"
    EA = "ea"
    BIRMINGHAM = "birmingham"
    JSONL = "jsonl"


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
    drivers: Annotated[
        float, typer.Option(min=0, max=36_000, help="Drivers an hour who park and pay at the hub of --api.")
    ] = 0,
    api: Annotated[
        str | None, typer.Option(help="The hub that drivers use; default: CITYHUB_API_URL.")
    ] = None,
) -> None:
    """Publish believable telemetry of Hanoi's sensors."""
    from simulators import simulate as city  # noqa: PLC0415

    done = city.run(
        connected_settings(),
        rate=rate,
        for_s=seconds,
        seed=seed,
        storm=storm,
        faults=faults,
        days=days,
        drivers=drivers,
        api=api,
    )
    print("\n".join(done.lines()))


@app.command(epilog="Example: ./hub gateways --hub http://127.0.0.1:8000 --misbehave double,lose --share 0.2")
def gateways(
    hub: Annotated[str | None, typer.Option(help="The hub to call; default: CITYHUB_API_URL.")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the gateways.")] = 8090,
    misbehave: Annotated[
        str, typer.Option(help="double, delay, reorder, forge, lose, amount, partial; joined by commas.")
    ] = "",
    share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the calls that each of these hits.")
    ] = 0.3,
    seed: Annotated[int, typer.Option(help="The same seed does the same things wrong.")] = 1,
    teller: Annotated[
        str, typer.Option(help="Who tells of transfers: ours, payos, casso, sepay or vietqr_vn.")
    ] = "ours",
) -> None:
    """Run a simulated VNPAY, MoMo and bank for a hub with the same keys; pages and a switch at /bank and /misbehave."""
    from cityhub.config import read_settings  # noqa: PLC0415
    from cityhub.masking import plain  # noqa: PLC0415
    from simulators.gateways import Gateways, Switch, serve  # noqa: PLC0415
    from simulators.gateways.misbehaviour import parse  # noqa: PLC0415

    settings = read_settings()
    switch = Switch(parse(misbehave), share, seed)
    serve(Gateways(settings, hub or plain(settings.api_url), switch, teller), port)


@app.command(epilog="Example: ./hub replay beijing.csv --as prsa --speed 3600 --shift-to-now")
def replay(
    file: Annotated[Path, typer.Argument(help="The file, .gz or not.")],
    form: Annotated[
        Format,
        typer.Option(
            "--as",
            help="The file's format. jsonl: a recording by `mosquitto_sub -t 'hanoi/#' -F %j > FILE` (or -F %J), or"
            ' lines {"kind", "sensor_id", "time", "values"}.',
        ),
    ],
    to: Annotated[
        str | None, typer.Option(help="Sensor id; KEY=sensor,...; or a JSON file of these.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option(min=0, help="Times real time; default: as fast as it can.")
    ] = None,
    shift_to_now: Annotated[bool, typer.Option("--shift-to-now", help="End the file's times now.")] = False,
) -> None:
    """Publish a real file as live telemetry, and say what was stored of it (exit 1 when nothing was)."""
    from tools import replaying  # noqa: PLC0415

    options = replaying.Options(file, form.value, to, speed, shift_to_now)
    for line in replaying.run(connected_settings(), options):
        print(line)
