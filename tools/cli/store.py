"""`./hub migrate` and `./hub retention`."""

from datetime import UTC, datetime

from tools.cli.application import app
from tools.cli.environment import connected_settings


@app.command(epilog="Example: ./hub migrate")
def migrate() -> None:
    """Bring the database's schema to this version.

    Where CITYHUB_MQTT_URL is set, ingest's session at the broker is made too, which then keeps messages for it.
    """
    from cityhub.store import migrations  # noqa: PLC0415
    from tools.cli.session import make  # noqa: PLC0415

    settings = connected_settings()
    schema = migrations.migrate(settings.require("database_url"))
    what = f"{schema.applied} migrations applied" if schema.applied else "nothing to do"
    print(f"schema version {schema.version}, {schema.edition.name} edition: {what}")
    if settings.mqtt_url:
        make(settings)


@app.command(epilog="Example: CITYHUB_RAW_RETENTION_DAYS=90 ./hub retention")
def retention() -> None:
    """Remove raw observations older than CITYHUB_RAW_RETENTION_DAYS now, and plates older than their time; sums stay.

    `./hub jobs` does the same once a day.
    """
    from cityhub.store import connect, session  # noqa: PLC0415
    from jobs import retention as old  # noqa: PLC0415

    settings = connected_settings()
    with connect(settings.require("database_url"), "cityhub-retention", session.JOBS) as conn:
        removed = old.apply(conn, settings, datetime.now(UTC))
    print(
        f"kept {settings.raw_retention_days} days; removed {removed.observations} chunks or rows,"
        f" erased plates in {removed.plates} rows"
    )
