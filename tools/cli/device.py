"""`./hub device`: devices at the broker."""

import typer

from cityhub.observing import topics
from tools.cli.application import app
from tools.cli.environment import connected_settings

group = typer.Typer(help="Devices at the broker.", no_args_is_help=True)
app.add_typer(group, name="device")

_HEAD = """\
# Rights of sensors, made by `./hub device acl`. A sensor's user name is its sensor id: it may report for itself and for
# nobody else, on the topics of the kinds that the hub knows, and read nothing.
"""


@group.callback()
def _devices() -> None:
    """Keeps `acl` a command of the group while it is the only one."""


@group.command(epilog="Example: ./hub device acl >deploy/mosquitto/device-acl")
def acl() -> None:
    """Print the rights that Mosquitto gives to devices: its topics come from the table of kinds."""
    print(_HEAD)
    for topic in topics.writable(connected_settings().topic_prefix):
        print(f"pattern write {topic}")
