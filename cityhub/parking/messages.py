"""Messages to phones, and who sends them. Pure.

A sender of your own is a class with one method, which `jobs.reminders` calls.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

# Of shorter stays the driver is told nothing new.
REMIND_BEFORE_MINUTES = 10
SHORTEST_REMINDED_MINUTES = 15


class NotSent(Exception):
    """The sender takes nothing at the moment; the text says why, and holds no number and no message."""


@dataclass(frozen=True, slots=True)
class Message:
    """At most 160 signs of GSM 7-bit for a phone (E.164). `created_at` is aware.

    `in_reply_to`: the gateway's id of the message that this answers, which the gateway has had as an answer over HTTP.
    """

    id: str
    kind: Literal["reply", "reminder"]
    to: str
    text: str
    created_at: datetime
    in_reply_to: str | None = None

    def __repr__(self) -> str:
        return f"Message({self.id!r}, {self.kind!r})"


class MessageSender(Protocol):
    """Whoever sends messages. The same one again, by its id, is no other: after a kill it is handed over once more."""

    def send(self, message: Message) -> None:
        """It is sent, or will be whatever happens here, when this returns. Raises NotSent."""
        ...
