"""`./hub services`: a database and a broker in the background, for development."""

import shlex
from typing import Annotated

import typer

from cityhub.config import read_settings
from cityhub.errors import ServiceError
from cityhub.masking import mask
from tools import demo_payments
from tools.cli.application import app
from tools.cli.environment import running_instance
from tools.cli.progress import Steps
from tools.services.choice import Wanted, choose
from tools.services.instance import Instance
from tools.services.locks import only_one

NAME = "dev"
_BUSY = "another `./hub services` command is at work in this checkout; try again when it is done"

group = typer.Typer(
    help="Private TimescaleDB and Mosquitto in the background (data is kept).", no_args_is_help=True
)
app.add_typer(group, name="services")


def instances() -> list[Instance]:
    """The services of this checkout, running or not."""
    return [Instance(NAME, "private", background=True), Instance(NAME, "embedded", background=True)]


def _running() -> Instance | None:
    return next((instance for instance in instances() if instance.endpoints() is not None), None)


@group.command(epilog="Example: ./hub services start --services private")
def start(
    services: Annotated[Wanted, typer.Option(help="Which services: external ones need no start.")] = "auto",
) -> None:
    """Start the services unless they run."""
    with only_one(f"services-{NAME}", _BUSY):
        if (running := _running()) is not None:
            if services in ("private", "embedded") and running.kind != services:
                raise ServiceError(f"the {running.kind} services run; `./hub services stop` comes first")
            print(f"already running: {_words(running)}")
            return
        steps = Steps()
        with steps.step("services") as step:
            choice = choose(services, read_settings(), step.say)
            step.result = choice.why
            if choice.kind is None:
                return
            Instance(NAME, choice.kind, background=True).start()
        print('running; use them with: eval "$(./hub services env)"')


@group.command(epilog="Example: ./hub services stop")
def stop() -> None:
    """Stop the services; their data stays."""
    with only_one(f"services-{NAME}", _BUSY):
        stopped = 0
        for instance in instances():
            stopped += len(instance.processes())
            instance.stop()
        print("stopped" if stopped else "nothing was running")


@group.command(epilog="Example: ./hub services status")
def status() -> None:
    """Say what runs; exit 1 when nothing does."""
    for instance in instances():
        processes = instance.processes()
        if len(processes) == 2:
            print(f"running: {_words(instance)}")
            return
        if processes:
            names = ", ".join(processes)
            raise ServiceError(f"only {names} of the {instance.kind} services runs; `./hub services start`")
    raise ServiceError("no services run; start them with `./hub services start`")


@group.command(epilog='Example: eval "$(./hub services env)"')
def env() -> None:
    """Print the settings that lead to the running services, or to a demo's, as lines for a shell."""
    running = _running() or running_instance()
    endpoints = running.endpoints() if running is not None else None
    if endpoints is None:
        raise ServiceError("no services run; start them with `./hub services start`")
    # A demo's providers of payments are simulated, with keys of this run.
    paying = {} if running is None else demo_payments.read(running.name)
    for name, value in (endpoints.environment() | paying).items():
        print(f"export {name}={shlex.quote(value)}")


def _words(instance: Instance) -> str:
    endpoints = instance.endpoints()
    if endpoints is None:
        return "stopped"
    return f"{endpoints.words}, {mask(endpoints.database_url)}, {endpoints.mqtt_url}"
