"""E-invoices as files, one each, for whatever program takes them to the provider. The default."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec

from cityhub.config import Settings
from cityhub.payments.invoices import Answer, Invoice, NotTaken, document
from cityhub.words import words_in


class InvoiceFiles:
    """Writes `{id}.json` into a folder that is there. Nobody sees half a file, and the same one is the same again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Those that the settings ask for, None where they ask for none."""
        return cls(Path(settings.invoice_dir)) if settings.invoice_dir else None

    def problem(self) -> str | None:
        """Why nothing can be written; None when something can."""
        # Not made here: a folder in the place of a disk that is not mounted would take invoices that nobody finds.
        if not self._folder.is_dir():
            return f"{self._folder} is no folder"
        if not os.access(self._folder, os.W_OK | os.X_OK):
            return f"{self._folder} cannot be written to"
        return None

    def send(self, invoice: Invoice) -> Answer:
        """It is on the disk, under its final name, when this returns. Raises NotTaken."""
        body = msgspec.json.format(msgspec.json.encode(document(invoice, _name(invoice))), indent=2)
        final = self._folder / f"{invoice.id}.json"
        # Of a name that no program that takes *.json looks at; the same each time, so that a kill leaves one at most.
        unfinished = self._folder / f".{invoice.id}.part"
        try:
            _write(unfinished, body + b"\n")
            unfinished.replace(final)
            _sync(self._folder)
        except OSError as exc:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise NotTaken(f"{final} cannot be written: {exc.strerror or type(exc).__name__}") from exc
        return Answer("sent")


def _name(invoice: Invoice) -> str:
    words = words_in("vi")
    if invoice.purpose == "permit":
        return words.gettext("invoice.permit")
    return words.gettext("invoice.parking", place=invoice.sold.get("place", ""))


def _write(file: Path, body: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(body)
        opened.flush()
        os.fsync(descriptor)


def _sync(folder: Path) -> None:
    """The name is on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
