"""E-invoices as files, one each, for whatever program takes them to the provider. The default."""

from pathlib import Path
from typing import Self

import msgspec

from cityhub import whole_files
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
        return whole_files.problem(self._folder)

    def send(self, invoice: Invoice) -> Answer:
        """It is on the disk, under its final name, when this returns. Raises NotTaken."""
        body = msgspec.json.format(msgspec.json.encode(document(invoice, _name(invoice))), indent=2)
        name = f"{invoice.id}.json"
        try:
            whole_files.write(self._folder, name, body + b"\n")
        except OSError as exc:
            why = exc.strerror or type(exc).__name__
            raise NotTaken(f"{self._folder / name} cannot be written: {why}") from exc
        return Answer("sent")


def _name(invoice: Invoice) -> str:
    words = words_in("vi")
    if invoice.purpose == "permit":
        return words.gettext("invoice.permit")
    return words.gettext("invoice.parking", place=invoice.sold.get("place", ""))
