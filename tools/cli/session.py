"""The session of ingest at the broker, made by `./hub ingest --prepare` and by `./hub migrate`."""

from cityhub.config import Settings


def make(settings: Settings) -> None:
    """Make it, unless it is there, and say so."""
    from cityhub import logs  # noqa: PLC0415
    from ingest.session import prepare  # noqa: PLC0415

    logs.configure(settings, "ingest-session")
    prepare(settings)
    print(f"session {settings.ingest_client_id} is at the broker and keeps what sensors publish")
