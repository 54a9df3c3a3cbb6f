"""Messages to phones: queued once, sent one at a time, then without phone. All within the caller's transaction."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg

from cityhub.parking.messages import REMIND_BEFORE_MINUTES, SHORTEST_REMINDED_MINUTES, Message
from cityhub.store.queries import load

_SQL = load(__file__)
# Whoever waits for an answer longer has written once more.
REPLY_WITHIN = timedelta(minutes=10)

# A place in the queue: when it was queued, and its id.
Place = tuple[datetime, str]
START: Place = (datetime(1, 1, 2, tzinfo=UTC), str(UUID(int=0)))


@dataclass(frozen=True, slots=True)
class Queued:
    """One that waits. A reminder has no text yet: `token` is of its session, whose paid time ends at `paid_until`."""

    message: Message
    token: str | None
    paid_until: datetime | None


def queue_reply(
    conn: psycopg.Connection, reference: str, phone: str, text: str, session_id: str | None, now: datetime
) -> None:
    """The answer to the gateway's message `reference` is to be sent to `phone` (E.164). `now` is aware."""
    row = {
        "id": str(uuid4()),
        "session_id": session_id,
        "reference": reference,
        "phone": phone,
        "text": text,
        "now": now,
        "send_by": now + REPLY_WITHIN,
    }
    conn.execute(_SQL["queue_reply"], row)


def queue_reminders(conn: psycopg.Connection, now: datetime) -> int:
    """Remind those whose paid time is about to end at `now` (aware), each once of each end; how many.

    Only who agreed to it, has not paid for hardly more time than that, and is not over.
    """
    row = {
        "now": now,
        "until": now + timedelta(minutes=REMIND_BEFORE_MINUTES),
        "shortest": timedelta(minutes=SHORTEST_REMINDED_MINUTES),
    }
    return conn.execute(_SQL["queue_reminders"], row).rowcount


def next_queued(conn: psycopg.Connection, now: datetime, after: Place = START) -> Queued | None:
    """The next one to be sent, held until the transaction ends; None when none waits that nobody else holds.

    A reminder of an end that is none any more is none.
    """
    created_at, id = after
    found = conn.execute(_SQL["next"], {"created_at": created_at, "id": id, "now": now}).fetchone()
    if found is None:
        return None
    id, kind, phone, text, created_at, reference, token, until = found
    return Queued(Message(id, kind, phone, text or "", created_at, reference), token, until)


def sent(conn: psycopg.Connection, queued: Queued, phone_token: bytes | None, now: datetime) -> None:
    """It was sent at `now` (aware): its phone is erased, and that of its session if it was the reminder."""
    row = {"id": queued.message.id, "phone_token": phone_token, "now": now}
    conn.execute(_SQL["sent"], row)
    if queued.message.kind == "reminder":
        conn.execute(_SQL["reminded"], row)


def expire(conn: psycopg.Connection, now: datetime) -> int:
    """What is too late to be sent at `now` (aware) is not, and loses its phone; how many."""
    return conn.execute(_SQL["expire"], {"now": now}).rowcount


def forget(conn: psycopg.Connection, before: datetime) -> int:
    """Remove what was queued before `before` (aware); how many."""
    return conn.execute(_SQL["forget"], {"before": before}).rowcount
