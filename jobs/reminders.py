"""Drivers are warned before their paid time ends, and answers go to phones. Every minute; a kill anywhere loses none.

A row is held while its message is sent, and changes after it was: one that was cut off in between is sent again, and
the sender knows it by its id.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg

from cityhub import phones
from cityhub.config import Settings
from cityhub.logs import get_logger
from cityhub.masking import plain
from cityhub.parking.messages import MessageSender, NotSent
from cityhub.parking.web_push import Keys
from cityhub.store import connect, push, session, sms_inbox, sms_outbox
from jobs import push_reminders
from jobs.push_services import PushServices

# Of one round; what is left has the next one.
_MOST = 5_000
# No stay that can be bought is longer; then nobody extends it by a message any more.
_KEPT = timedelta(days=8)

_log = get_logger()


def run(settings: Settings) -> None:
    """The task. Without a sender nothing is sent, and what waited too long is forgotten."""
    # It reads catalogues of words, which only messages need.
    from cityhub.parking.message_files import MessageFiles  # noqa: PLC0415

    now = datetime.now(UTC)
    with connect(
        settings.require("database_url"), "cityhub-reminders", session.JOBS, autocommit=True
    ) as conn:
        tidy(conn, now)
        if (sender := MessageFiles.of(settings)) is not None:
            sms_outbox.queue_reminders(conn, now)
            key = settings.sms_webhook_secret.get_secret_value().encode()
            if count := send(conn, sender, plain(settings.public_url).rstrip("/"), key, now):
                _log.info("messages were sent to phones", count=count)
        if (keys := Keys.of(settings)) is not None and (
            count := push_reminders.send(conn, PushServices(), keys, now)
        ):
            _log.info("browsers were told", count=count)


def tidy(conn: psycopg.Connection, now: datetime) -> None:
    """Forget what is too late to be sent, too old to be kept, or of a stay that is over. `conn` in autocommit."""
    push.forget(conn, now)
    sms_outbox.expire(conn, now)
    sms_outbox.forget(conn, now - _KEPT)
    sms_inbox.forget(conn, now - _KEPT)


def send(conn: psycopg.Connection, sender: MessageSender, public_url: str, key: bytes, now: datetime) -> int:
    """Send what waits, the oldest first; how many were sent. `conn` in autocommit, `now` aware.

    `key`: what tokens of phones are made with; empty: nobody can write to the hub, so none is kept. One that cannot be
    sent keeps no other waiting; a sender that takes nothing is tried again in the next round.
    """
    from cityhub.parking import sms_texts  # noqa: PLC0415

    sent, place = 0, sms_outbox.START
    for _ in range(_MOST):
        with conn.transaction():
            queued = sms_outbox.next_queued(conn, now, place)
            if queued is None:
                break
            message = queued.message
            place = (message.created_at, message.id)
            if queued.paid_until is not None:
                text = sms_texts.reminder(queued.paid_until, f"{public_url}/p/{queued.token}", now)
                message = replace(message, text=text)
            try:
                sender.send(message)
            except NotSent as exc:
                _log.error("messages cannot be sent", error=str(exc))
                break
            except Exception as exc:
                # Not its text: whoever sends may repeat the number in it.
                _log.error("a message cannot be sent", message=message.id, error=type(exc).__name__)
                continue
            sms_outbox.sent(conn, queued, phones.token(message.to, key) if key else None, now)
        sent += 1
    return sent
