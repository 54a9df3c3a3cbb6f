"""Figures of the whole hub for Prometheus: what waits, whether the books are right, disk and certificates.

Every process of jobs tells them all: they are the database's, not its own.
"""

import asyncio
import shutil
import socket
import ssl
from datetime import UTC, datetime

from cityhub.config import Settings
from cityhub.errors import StoreUnavailable
from cityhub.logs import get_logger
from cityhub.store import Pool, backlog, database_backups, ledger
from jobs import metrics

_log = get_logger()

EVERY_S = 60.0
# The books are read whole, certificates are asked for over the network.
_SELDOM = 10
_CONNECT_S = 5
# Where containers live: volumes lie on the same disk, unless somebody put them elsewhere.
_DISK = "/"


async def watch(pool: Pool, settings: Settings) -> None:
    """Measure until cancelled; while the database is away its figures stay as they were."""
    turn = 0
    while True:
        try:
            await asyncio.to_thread(measure, pool, books=turn % _SELDOM == 0)
        except StoreUnavailable as exc:
            _log.debug("nothing measured", error=str(exc))
        except Exception:
            # Whoever watches must not stand still for one figure that cannot be had.
            _log.exception("what waits could not be measured")
        disk = shutil.disk_usage(_DISK)
        metrics.DISK_FREE.set(disk.free)
        metrics.DISK.set(disk.total)
        if turn % _SELDOM == 0:
            for address in filter(None, settings.watched_certificates.split(",")):
                await asyncio.to_thread(ask_certificate, address.strip())
        turn += 1
        await asyncio.sleep(EVERY_S)


def measure(pool: Pool, *, books: bool) -> None:
    """Tell what waits, and with `books` also whether they are right. Raises StoreUnavailable."""
    with pool.connection() as conn:
        backlog.freeze(conn)
        found = backlog.measure(conn)
        now = datetime.now(UTC)
        for what, waiting in found.waiting.items():
            metrics.WAITING.labels(what).set(waiting.count)
            age = 0.0 if waiting.since is None else (now - waiting.since).total_seconds()
            metrics.WAITING_SECONDS.labels(what).set(max(age, 0))
        metrics.DUE.set(found.due_jobs)
        metrics.GIVEN_UP.set(found.failed_jobs)
        metrics.PARKED_VND.set(found.parked_vnd)
        metrics.DATABASE_BYTES.set(found.database_bytes)
        _tell_backups(database_backups.standing(conn))
        if books:
            metrics.LEDGER_FAULTS.set(len(ledger.faults(conn)))


def _tell_backups(standing: database_backups.Standing | None) -> None:
    if standing is None:
        return
    metrics.ARCHIVED.labels("done").set(standing.archived.timestamp())
    if standing.failed is not None:
        metrics.ARCHIVED.labels("failed").set(standing.failed.timestamp())
    # A log without a backup to begin with brings nothing back.
    metrics.BACKUP.labels("full").set(0)
    for type_of, ended in standing.newest.items():
        metrics.BACKUP.labels(type_of).set(ended.timestamp())


def ask_certificate(address: str) -> None:
    """Tell when the certificate ends that HOST:PORT shows; whether it is trusted is for its clients to say."""
    from cryptography import x509  # noqa: PLC0415 - only where certificates are watched

    host, _, port = address.rpartition(":")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, int(port)), timeout=_CONNECT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            shown = x509.load_der_x509_certificate(secured.getpeercert(binary_form=True) or b"")
    except (OSError, ValueError) as exc:
        # What was known of it stays; that it grows old is told all the same.
        _log.warning("a certificate cannot be asked for", address=address, error=str(exc))
        return
    metrics.CERTIFICATE_EXPIRES.labels(address).set(shown.not_valid_after_utc.timestamp())
