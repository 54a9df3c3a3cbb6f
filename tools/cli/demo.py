"""`./hub demo`."""

from typing import Annotated

import typer

from tools.cli.application import app
from tools.cli.simulators import Faults
from tools.services.choice import Wanted


@app.command(epilog="Example: ./hub demo --for 120 --port 8080")
def demo(
    seconds: Annotated[
        float | None, typer.Option("--for", min=0, help="Stop after this many seconds of running.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the pages; 0: any free one.")] = 8000,
    services: Annotated[Wanted, typer.Option(help="Database and broker to use.")] = "auto",
    seed: Annotated[int, typer.Option(help="Seed of the simulated city.")] = 1,
    rate: Annotated[float, typer.Option(min=0.1, help="Messages a second.")] = 50,
    days: Annotated[
        float, typer.Option(min=0, help="Past days to publish first, as far as they are not stored yet.")
    ] = 1,
    storm: Annotated[bool, typer.Option("--storm", help="Send a heavy storm across the city.")] = False,
    faults: Annotated[Faults, typer.Option(help="How much goes wrong with the devices.")] = "none",
    drivers: Annotated[
        float, typer.Option(min=0, max=36_000, help="Simulated drivers an hour who park and pay.")
    ] = 180,
    misbehave: Annotated[
        str,
        typer.Option(help="What gateways do wrong, as of `./hub gateways`; also at their page /misbehave."),
    ] = "",
) -> None:
    """Set everything up and run the hub with a simulated city until ctrl-C."""
    from simulators.gateways.misbehaviour import parse  # noqa: PLC0415
    from tools import demo as whole  # noqa: PLC0415
    from tools.cli.progress import Steps  # noqa: PLC0415

    parse(misbehave)
    options = whole.Options(
        seconds, port, services, seed, rate, days, storm, faults, drivers=drivers, misbehave=misbehave
    )
    whole.run(options, Steps(), announce=lambda line: print(line, flush=True))
