"""Messages to phones as files, one each, for whatever program takes them to a gateway. The default."""

from pathlib import Path
from typing import Self

import msgspec

from cityhub import whole_files
from cityhub.config import Settings
from cityhub.parking.messages import Message, NotSent
from cityhub.rfc3339 import local_time


class MessageFiles:
    """Writes `{id}.json` into a folder that is there. Nobody sees half a file, and the same one is the same again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Those that the settings ask for, None where they ask for none."""
        return cls(Path(settings.sms_dir)) if settings.sms_dir else None

    def problem(self) -> str | None:
        """Why nothing can be written; None when something can."""
        return whole_files.problem(self._folder)

    def send(self, message: Message) -> None:
        """It is on the disk, under its final name, when this returns. Raises NotSent."""
        document = {
            "id": message.id,
            "kind": message.kind,
            "to": message.to,
            "text": message.text,
            "in_reply_to": message.in_reply_to,
            "created_at": local_time(message.created_at),
        }
        body = msgspec.json.format(msgspec.json.encode(document), indent=2)
        try:
            whole_files.write(self._folder, f"{message.id}.json", body + b"\n")
        except OSError as exc:
            why = exc.strerror or type(exc).__name__
            raise NotSent(f"{self._folder} cannot be written to: {why}") from exc
