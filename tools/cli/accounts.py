"""`./hub user` and `./hub apikey`: who may come in, and which programs."""

import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from tools.cli.application import app
from tools.cli.environment import connected_settings
from tools.cli.tables import local
from tools.cli.tables import show as show_table
from tools.cli.who import on_record

users = typer.Typer(help="People who work with the hub.", no_args_is_help=True)
app.add_typer(users, name="user")
keys_group = typer.Typer(help="Keys of programs.", no_args_is_help=True)
app.add_typer(keys_group, name="apikey")

Name = Annotated[str, typer.Argument(help="Their name at /login.")]
Why = Annotated[str, typer.Option(help="Kept in the audit trail.")]


@users.command(epilog="Example: ./hub user add lan --role operator")
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="viewer, inspector, operator, finance or admin.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the first password from standard input.")
    ] = False,
    why: Why = "",
) -> None:
    """Somebody new. Their first password is printed once; they choose another at their first sign-in."""
    from cityhub.accounts import passwords  # noqa: PLC0415
    from cityhub.store import audit, connect, people  # noqa: PLC0415

    password = sys.stdin.readline().rstrip("\n") if password_stdin else passwords.new()
    with connect(connected_settings().require("database_url"), "cityhub-user") as conn:
        people.add(conn, name, role, password, datetime.now(UTC))
        audit.add(conn, on_record(), "person added", f"person:{name}", after={"role": role}, why=why)
    print(f"{name} may sign in at /login as {role}")
    if not password_stdin:
        print(f"first password: {password}")


@users.command("list", epilog="Example: ./hub user list")
def list_() -> None:
    """Everybody, with their role and when they were seen."""
    from cityhub.store import connect, people  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-user") as conn:
        found = people.all(conn)
    if not found:
        print("nobody yet: ./hub user add NAME --role admin")
        return
    show_table(
        ("name", "role", "comes by", "second factor", "last seen", "state"),
        (
            (
                one.name,
                one.role,
                "password" if one.password else "provider",
                "yes" if one.totp_secret else "no",
                local(one.last_seen_at),
                f"shut out {local(one.disabled_at)}" if one.disabled_at else "good",
            )
            for one in found
        ),
    )


@users.command(epilog='Example: ./hub user disable lan --why "left the city"')
def disable(name: Name, why: Why = "") -> None:
    """Shut somebody out at once, in every browser. What they did stays theirs."""
    from cityhub.store import audit, connect, known_browsers, people, sign_ins  # noqa: PLC0415

    now = datetime.now(UTC)
    with connect(connected_settings().require("database_url"), "cityhub-user") as conn:
        person = people.by_name(conn, name)
        is_new = people.disable(conn, person, now)
        sign_ins.end_others(conn, person.id, None, now)
        known_browsers.forget_others(conn, person.id, None)
        if is_new:
            audit.add(conn, on_record(), "person shut out", f"person:{name}", why=why)
    print(f"{name} is shut out" if is_new else f"{name} was shut out before")


@users.command(epilog="Example: ./hub user reset lan")
def reset(name: Name, why: Why = "") -> None:
    """A new first password for somebody who lost theirs, or their telephone, or was away for long.

    Who comes by the city's provider and never had a password of ours is given none.
    """
    from cityhub.accounts import passwords  # noqa: PLC0415
    from cityhub.store import audit, connect, known_browsers, people, sign_ins  # noqa: PLC0415

    now, password = datetime.now(UTC), passwords.new()
    with connect(connected_settings().require("database_url"), "cityhub-user") as conn:
        person = people.by_name(conn, name)
        people.enable(conn, person, now)
        if person.password:
            people.set_password(conn, person, password, must_change=True)
        people.set_second_factor(conn, person, None)
        sign_ins.end_others(conn, person.id, None, now)
        known_browsers.forget_others(conn, person.id, None)
        audit.add(conn, on_record(), "person reset", f"person:{name}", why=why)
    print(f"{name} may sign in at /login again")
    print(f"first password: {password}" if person.password else "by the city's provider, as before")


@users.command(epilog="Example: ./hub user role lan finance")
def role(name: Name, role: Annotated[str, typer.Argument(help="The new one.")], why: Why = "") -> None:
    """Another role for somebody, from their next click on."""
    from cityhub.store import audit, connect, people  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-user") as conn:
        person = people.by_name(conn, name)
        people.set_role(conn, person, role)
        audit.add(
            conn,
            on_record(),
            "role changed",
            f"person:{name}",
            before={"role": person.role},
            after={"role": role},
            why=why,
        )
    print(f"{name} is {role}")


@users.command(epilog="Example: ./hub user link lan 7f3a-91")
def link(
    name: Name,
    subject: Annotated[str, typer.Argument(help="Their `sub` at the city's provider.")],
    instead: Annotated[
        bool, typer.Option("--instead", help="Of the `sub` that they were linked to before.")
    ] = False,
    why: Why = "",
) -> None:
    """Somebody who is here already comes in by the city's provider from now on, with the role that it gives them.

    Their password ends: whom the city dismisses has no other way in.
    """
    from cityhub.store import audit, connect, identities, people, sign_ins  # noqa: PLC0415

    now = datetime.now(UTC)
    settings = connected_settings()
    identity = identities.Identity(settings.require("oidc_issuer"), subject)
    with connect(settings.require("database_url"), "cityhub-user") as conn:
        person = people.by_name(conn, name)
        replaced = identities.link(conn, identity, person, now, instead=instead)
        people.keep_password(conn, person, "", must_change=False)
        sign_ins.end_others(conn, person.id, None, now)
        after = {"issuer": identity.issuer}
        before = after if replaced else None
        audit.add(
            conn, on_record(), "linked to the provider", f"person:{name}", before=before, after=after, why=why
        )
    print(f"{name} signs in by {identity.issuer} from now on, and by no password")


@keys_group.command(epilog="Example: ./hub apikey create iparking --scope parking:write --days 365")
def create(
    name: Annotated[str, typer.Argument(help="Whose it is: in logs, and the channel of what it sells.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="What it is good for; may be given several times.")
    ] = None,
    role: Annotated[str | None, typer.Option(help="Good for what people of this role may do.")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3660, help="It ends after so many.")] = None,
) -> None:
    """A new key, printed this once: only a digest of it is kept."""
    from cityhub.accounts import scopes_of  # noqa: PLC0415
    from cityhub.store import audit, connect, keys  # noqa: PLC0415

    now = datetime.now(UTC)
    scopes = set(scope or ()) | (set() if role is None else scopes_of(role))
    ends = None if days is None else now + timedelta(days=days)
    with connect(connected_settings().require("database_url"), "cityhub-apikey") as conn:
        key = keys.create(conn, name, scopes, now, ends)
        after = {"scopes": sorted(scopes), "expires_at": None if ends is None else ends.isoformat()}
        audit.add(conn, on_record(), "key made", f"key:{name}", after=after)
    print(key)


@keys_group.command("list", epilog="Example: ./hub apikey list")
def list_keys() -> None:
    """Every key: what it is good for, until when, when it was used."""
    from cityhub.store import connect, keys  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-apikey") as conn:
        found = keys.all(conn)
    if not found:
        print("no keys yet: ./hub apikey create NAME --scope ...")
        return
    show_table(
        ("name", "good for", "until", "last used", "state"),
        (
            (
                one.name,
                ", ".join(one.scopes),
                local(one.expires_at) if one.expires_at else "for ever",
                local(one.last_used_at) if one.last_used_at else "never",
                f"revoked {local(one.revoked_at)}" if one.revoked_at else "good",
            )
            for one in found
        ),
    )


@keys_group.command(epilog="Example: ./hub apikey revoke iparking")
def revoke(name: Annotated[str, typer.Argument(help="Of which key.")], why: Why = "") -> None:
    """A key is good for nothing from the next request on."""
    from cityhub.store import audit, connect, keys  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-apikey") as conn:
        keys.revoke(conn, name, datetime.now(UTC))
        audit.add(conn, on_record(), "key revoked", f"key:{name}", why=why)
    print(f"{name} is revoked")
