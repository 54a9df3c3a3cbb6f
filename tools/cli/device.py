"""`./hub device`: devices at the broker."""

import typer

from cityhub.observing import mistaken_topics, topics
from tools.cli.application import app
from tools.cli.environment import connected_settings

group = typer.Typer(help="Devices at the broker.", no_args_is_help=True)
app.add_typer(group, name="device")

_HEAD = """\
# Rights of sensors, made by `./hub device acl`. A sensor's user name is its sensor id: it may report for itself and for
# nobody else, on the topics of the kinds that the hub knows, and read nothing.
"""
_MISTAKEN = """
# Topics that are nearly right: a refusal says nothing to many devices, so these are let in, seen once and told.
"""


@group.callback()
def _devices() -> None:
    """Keeps `acl` a command of the group while it is the only one."""


@group.command(epilog="Example: ./hub device acl >deploy/mosquitto/device-acl")
def acl() -> None:
    """Print the rights that Mosquitto gives to devices: its topics come from the table of kinds."""
    print(_HEAD)
    prefix = connected_settings().topic_prefix
    for topic in topics.writable(prefix):
        print(f"pattern write {topic}")
    print(_MISTAKEN)
    for topic in mistaken_topics.writable(prefix):
        print(f"pattern write {topic}")
