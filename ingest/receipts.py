"""Which messages may be acknowledged now. MQTT wants that in the order of their receipt [MQTT-4.6.0-2]."""

from collections import deque
from collections.abc import Iterable


class Receipts:
    """Packet ids received over one connection, in their order. Several workers store in any order.

    `received` may be called from one thread while another calls the rest.
    """

    def __init__(self) -> None:
        self._waiting: deque[int] = deque()
        self._stored: set[int] = set()

    def received(self, packet_ids: Iterable[int]) -> None:
        """So many more messages are under way."""
        self._waiting.extend(packet_ids)

    def stored(self, packet_ids: Iterable[int]) -> list[int]:
        """These are committed; what may be acknowledged by now, each id once, in the order of receipt."""
        self._stored.update(packet_ids)
        ready = []
        while self._waiting and self._waiting[0] in self._stored:
            ready.append(self._waiting.popleft())
        self._stored.difference_update(ready)
        return ready

    def forget(self) -> None:
        """The connection is gone, and its ids with it."""
        self._waiting.clear()
        self._stored.clear()
