"""`./hub device`: devices at the broker, their passwords and their rights."""

import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cityhub.devices.passwords import STATES
from cityhub.observing import mistaken_topics, topics
from tools.cli.application import app
from tools.cli.environment import connected_settings
from tools.cli.tables import local
from tools.cli.tables import show as show_table

if TYPE_CHECKING:
    from tools.cli.device_passwords import Given, Place, Standing

group = typer.Typer(help="Devices at the broker: their passwords, their rights.", no_args_is_help=True)
app.add_typer(group, name="device")

Names = Annotated[list[str] | None, typer.Argument(help="Sensors, by their id.", show_default=False)]
Everybody = Annotated[bool, typer.Option("--all", help="Every sensor of the catalogue that this is for.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--csv", help="A new file for who sets devices up, in place of printing; only its owner may read it."
    ),
]
File = Annotated[
    Path | None,
    typer.Option(help="The broker's; else CITYHUB_BROKER_USERS, else deploy/secrets/mosquitto/passwords."),
]
PidFile = Annotated[
    Path | None,
    typer.Option(
        help="Sends HUP to the broker of this number. Not where deploy/mosquitto/start runs it; see docs/install.md."
    ),
]
Why = Annotated[str, typer.Option(help="Kept in the audit trail.")]

_HEAD = """\
# Rights of sensors, made by `./hub device acl`. A sensor's user name is its sensor id: it may report for itself and for
# nobody else, on the topics of the kinds that the hub knows, and read nothing.
"""
_MISTAKEN = """
# Topics that are nearly right: a refusal says nothing to many devices, so these are let in, seen once and told.
"""


@group.command(epilog='Example: ./hub device add air-kim-lien air-hang-dau --why "new stations"')
def add(
    names: Names = None,
    everybody: Everybody = False,
    csv: Out = None,
    password_file: File = None,
    pid_file: PidFile = None,
    why: Why = "",
) -> None:
    """Give sensors their first password, and print it this once: `name password`. Only a hash of it is kept.

    A sensor that has one keeps it: `rotate` gives another. Waits until the broker goes by it.
    """
    _renew(names, csv, (password_file, pid_file), why, everybody=everybody, has_one=False)


@group.command(epilog='Example: ./hub device rotate air-kim-lien --why "its cabinet stood open"')
def rotate(
    names: Names = None,
    everybody: Everybody = False,
    csv: Out = None,
    password_file: File = None,
    pid_file: PidFile = None,
    why: Why = "",
) -> None:
    """Give sensors another password, and print it this once. Who is connected with the old one is put out at once."""
    _renew(names, csv, (password_file, pid_file), why, everybody=everybody, has_one=True)


@group.command(epilog='Example: ./hub device revoke air-kim-lien --why "stolen"')
def revoke(
    names: Annotated[list[str], typer.Argument(help="Sensors, or other users of the broker.")],
    password_file: File = None,
    pid_file: PidFile = None,
    why: Why = "",
) -> None:
    """Let sensors in no more. Who is connected is put out at once; what the sensor sent stays."""
    from tools.cli import device_passwords  # noqa: PLC0415

    with device_passwords.desk(_place(password_file, pid_file)) as desk:
        gone = desk.revoke(names, why)
        for name in dict.fromkeys(names):
            print(f"{name} is let in no more" if name in gone else f"{name} had no password")
        _say(desk.confirm())


@group.command("list", epilog="Example: ./hub device list --state none")
def list_(
    state: Annotated[str | None, typer.Option(help=f"Only these: {', '.join(STATES)}.")] = None,
    password_file: File = None,
) -> None:
    """Say which sensors have a password, since when and by whom, which have none, and what is of no sensor."""
    from tools.cli import device_passwords  # noqa: PLC0415

    if state is not None and state not in STATES:
        raise typer.BadParameter(f"is one of {', '.join(STATES)}", param_hint="--state")
    found = device_passwords.standing(_place(password_file, None))
    if shown := [one for one in found if state in (None, one.state)]:
        show_table(
            ("name", "kind", "password", "given", "by", "last changed", "by"), (_row(one) for one in shown)
        )
    counts = Counter(one.state for one in found)
    print("; ".join(f"{counts[name]} {words} ({name})" for name, words in STATES.items() if counts[name]))


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


def _renew(
    names: list[str] | None,
    csv: Path | None,
    files: tuple[Path | None, Path | None],
    why: str,
    *,
    everybody: bool,
    has_one: bool,
) -> None:
    from tools.cli import device_passwords  # noqa: PLC0415

    if bool(names) == everybody:
        raise typer.BadParameter("either the names of sensors or --all")
    with device_passwords.desk(_place(*files)) as desk:
        given = desk.renew(names or [], csv, why, everybody=everybody, has_one=has_one)
        _show(given, csv)
        _say(desk.confirm())


def _place(password_file: Path | None, pid_file: Path | None) -> "Place":
    from tools.cli import device_passwords  # noqa: PLC0415

    return device_passwords.place(connected_settings(), password_file, pid_file)


def _show(given: "list[Given]", csv: Path | None) -> None:
    if csv is not None:
        print(f"{len(given)} passwords are in {csv}, which only its owner may read")
        return
    for one in given:
        print(f"{one.sensor_id} {one.password}")
    if not given:
        _say("nobody to give one to")
    # Whoever waits for the broker has them already.
    sys.stdout.flush()


def _say(words: str) -> None:
    """Beside what is printed for programs."""
    if words:
        print(f"hub: {words}", file=sys.stderr)


def _row(one: "Standing") -> tuple[str, ...]:
    known = one.known
    if known is None:
        return (one.name, "", one.state, "", "", "", "")
    changed = (
        (known.revoked_at, known.revoked_by) if known.revoked_at else (known.rotated_at, known.rotated_by)
    )
    return (
        *(one.name, known.kind, one.state),
        *(_when(known.given_at), known.given_by or "", _when(changed[0]), changed[1] or ""),
    )


def _when(time: datetime | None) -> str:
    return "" if time is None else local(time)
