"""Invoices are sent to their provider, each once. Every minute; a kill anywhere loses none.

The row is held while its invoice is sent, and changes after it was: one that was cut off in between is sent again, and
the provider knows it by its id.
"""

from datetime import UTC, datetime

import psycopg

from cityhub.config import Settings
from cityhub.logs import get_logger
from cityhub.payments.invoices import InvoiceProvider, NotTaken
from cityhub.store import connect, invoices, session

# Of one round; what is left has the next one.
_MOST = 20_000

_log = get_logger()


def run(settings: Settings) -> None:
    """The task. Without a provider they stay queued."""
    # It reads the catalogues of words, which nothing else here needs.
    from cityhub.payments.invoice_files import InvoiceFiles  # noqa: PLC0415

    provider = InvoiceFiles.of(settings)
    if provider is None:
        return
    with connect(settings.require("database_url"), "cityhub-invoices", session.JOBS, autocommit=True) as conn:
        sent = send(conn, provider)
    if sent:
        _log.info("invoices were sent", count=sent)


def send(conn: psycopg.Connection, provider: InvoiceProvider) -> int:
    """Send what waits, the oldest first; how many were sent. `conn` in autocommit.

    One that cannot be sent keeps no other waiting; a provider that takes nothing is tried again in the next round.
    """
    sent, place = 0, invoices.START
    for _ in range(_MOST):
        with conn.transaction():
            invoice = invoices.next_queued(conn, place)
            if invoice is None:
                break
            place = (invoice.created_at, invoice.id)
            try:
                answer = provider.send(invoice)
            except NotTaken as exc:
                _log.error("invoices cannot be sent", error=str(exc))
                break
            except Exception:
                _log.exception("an invoice cannot be sent", invoice=invoice.id)
                continue
            after = invoices.answered(conn, invoice, answer, datetime.now(UTC))
        sent += 1
        if after == "rejected":
            _log.error("an invoice was rejected and needs a person", invoice=invoice.id, why=answer.detail)
    return sent
