"""`./hub backup` and `./hub restore`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tools.cli.application import app
from tools.cli.environment import connected_settings

if TYPE_CHECKING:
    from tools.cli.backup_files import Backup


@app.command(epilog="Example: ./hub backup /srv/backup/cityhub-2026-11-22.tar")
def backup(
    file: Annotated[Path, typer.Argument(help="File to write; one that is there is not overwritten.")],
) -> None:
    """Write the whole database into a file, as it is at one moment, and read it back; the hub goes on meanwhile.

    It holds plates and telephone numbers: only its owner may read it, and it belongs where nobody else comes.
    """
    from cityhub.store import backup as store  # noqa: PLC0415
    from cityhub.store import connect, session  # noqa: PLC0415
    from tools.cli import backup_files, postgres_programs  # noqa: PLC0415

    url = connected_settings().require("database_url")
    with (
        connect(url, "cityhub-backup", session.MIGRATION) as conn,
        backup_files.unfinished(file) as (partial, opened),
    ):
        snapshot = store.freeze(conn)
        origin = store.origin(conn)
        database = postgres_programs.target(url)
        argv = postgres_programs.find("pg_dump", origin.postgresql_major)
        argv += ["--format=custom", "--no-password", f"--snapshot={snapshot}", database.argument]
        with postgres_programs.running(argv, database.environment, reads=False) as dump:
            backup_files.write(opened, origin, dump)
        opened.flush()
        written = backup_files.read(partial)
        _read_through(written)
    print(f"{file}: {written.size / 1e6:,.1f} MB, {origin.words()}")
    print(f"{sum(origin.rows.values()):,} rows in {len(origin.rows)} tables; read back whole")


@app.command(epilog="Example: ./hub restore /srv/backup/cityhub-2026-11-22.tar --replace")
def restore(
    file: Annotated[Path, typer.Argument(help="What `./hub backup` wrote.")],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="What the database holds now goes, when the backup is there whole."),
    ] = False,
    without_roles: Annotated[
        bool,
        typer.Option("--without-roles", help="All belongs to who restores; rights of roles are left out."),
    ] = False,
) -> None:
    """Bring the database of CITYHUB_DATABASE_URL to what a backup holds.

    It is restored beside the old one, counted and only then put in its place. Programs that are connected are cut off
    and find the new one. A backup of an earlier schema needs `./hub migrate` afterwards.
    """
    from tools.cli import backup_files, restoring  # noqa: PLC0415

    url = connected_settings().require("database_url")
    found = backup_files.read(file)
    print(f"{file}: made {found.made_at:%Y-%m-%d %H:%M} UTC, {found.origin.words()}")
    granted = restoring.restore(url, found, replace=replace, without_roles=without_roles)
    rows = sum(found.origin.rows.values())
    print(f"restored: {rows:,} rows in {len(found.origin.rows)} tables, as many as were backed up")
    if granted:
        print(f"rights given again to {', '.join(granted)}")


def _read_through(written: "Backup") -> None:
    """Every byte of a backup goes through pg_restore once; raises ServiceError."""
    from tools.cli import postgres_programs  # noqa: PLC0415

    argv = [
        *postgres_programs.find("pg_restore", written.origin.postgresql_major),
        "--format=custom",
        "--file=-",
    ]
    environment = postgres_programs.target("").environment
    with postgres_programs.running(argv, environment, reads=True) as reader:
        written.feed(reader)
