"""Lets every client of the embedded broker in, with or without a name, and keeps its session."""

from amqtt.contexts import BaseContext
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session


class GuestsPlugin(BaseAuthPlugin):  # type: ignore[misc]  # amqtt is read as untyped
    """amqtt's own anonymous plugin marks sessions as anonymous, and those lose their messages when offline."""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)

    async def authenticate(self, *, session: Session) -> bool:  # noqa: ARG002 - amqtt passes it by name
        """True: whoever reaches 127.0.0.1 may come in."""
        return True
