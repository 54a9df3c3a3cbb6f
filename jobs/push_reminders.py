"""Browsers are told before the paid time of a stay ends: the part of `reminders` that needs no phone.

A row is held while its message is sent, and changes after it was: after a kill it is sent once more, and the browser
shows it in the place of the first.
"""

import secrets
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
import psycopg

from cityhub.logs import get_logger
from cityhub.parking import web_push
from cityhub.parking.web_push import Keys
from cityhub.store import push
from jobs.push_services import NoAnswer, PushServices

# Of one round; what is left has the next one.
_MOST = 500
_GONE = (404, 410)

_log = get_logger()


def send(conn: psycopg.Connection, services: PushServices, keys: Keys, now: datetime) -> int:
    """Tell whoever is to be told; how many were. `conn` in autocommit, `now` aware.

    A service that does not answer is asked once a round.
    """
    sent, last = 0, 0
    silent: set[str | None] = set()
    for _ in range(_MOST):
        with conn.transaction():
            due = push.next_due(conn, now, last)
            if due is None:
                break
            last = due.id
            host = urlsplit(due.subscription.endpoint).hostname
            if host in silent:
                continue
            try:
                status = services.post(
                    due.subscription.endpoint,
                    _headers(due, keys, now),
                    web_push.encrypted(due.subscription, _message(due), secrets.token_bytes),
                )
            except NoAnswer as exc:
                _log.warning("a push service was not reached", host=host, why=str(exc))
                silent.add(host)
                continue
            if status in _GONE:
                push.gone(conn, due)
            elif 200 <= status < 300:
                push.told(conn, due)
                sent += 1
            else:
                _log.warning("a push service took no message", host=host, status=status)
    return sent


def _headers(due: push.Due, keys: Keys, now: datetime) -> dict[str, str]:
    return {
        "Authorization": keys.authorization(due.subscription.endpoint, now),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        # Later nobody wants to see it.
        "TTL": str(max(0, int((due.paid_until - now).total_seconds()))),
        "Urgency": "high",
    }


def _message(due: push.Due) -> bytes:
    # It reads the catalogues of words, which only messages need.
    from cityhub.words import words_in  # noqa: PLC0415
    from cityhub.words.formats import clock  # noqa: PLC0415

    words = words_in(due.language)
    return msgspec.json.encode(
        {
            "title": words.gettext("push.title"),
            "body": words.gettext("push.body", until=clock(due.paid_until)),
            "path": f"/p/{due.token}?lang={due.language}",
            "lang": due.language,
        }
    )
