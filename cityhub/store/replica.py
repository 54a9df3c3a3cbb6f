"""Changes as a replica can show them. Nobody can listen at a replica, and a notice of the primary outruns replication.

Where the primary can be listened to, its notices are held back until the replica has replayed what they announce. Where
it cannot, the replica is asked whether it has replayed anything: everything may have changed then.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from psycopg.errors import ReadOnlySqlTransaction

from cityhub.errors import StoreUnavailable
from cityhub.kinds import KINDS
from cityhub.store.connection import dial, domain_errors
from cityhub.store.notices import Listener
from cityhub.store.queries import load
from cityhub.store.session import HOT

_SQL = load(__file__)
# While a notice waits, the replica is asked this often.
_ASK_S = 0.1
# A replica that takes longer is shown as it is: whole rounds go on meanwhile.
_PATIENCE_S = 30.0
# Where the primary cannot be listened to, that is tried again after so long.
_TRY_AGAIN_S = 20.0


@dataclass(slots=True)
class _Notice:
    """Of one kind: the first that waits, since when, and the newest. Positions in bytes of the primary's log."""

    first: int
    since: float
    newest: int


class Waiting:
    """Notices that the replica cannot show yet. However many come, a kind takes two places, and none waits for ever."""

    def __init__(self) -> None:
        self._notices: dict[str, _Notice] = {}

    def __bool__(self) -> bool:
        return bool(self._notices)

    def add(self, kinds: Iterable[str], position: int, now: float) -> None:
        """What changed up to `position` in the primary's log; `now` as of time.monotonic()."""
        for kind in kinds:
            known = self._notices.setdefault(kind, _Notice(position, now, position))
            known.newest = position

    def take(self, replayed: int | None, now: float) -> set[str]:
        """The kinds of which the replica, at `replayed`, shows more than before; None: it is none, and shows all."""
        found = set()
        for kind, notice in list(self._notices.items()):
            if replayed is not None and replayed < notice.first and now - notice.since < _PATIENCE_S:
                continue
            found.add(kind)
            if replayed is None or replayed >= notice.newest:
                del self._notices[kind]
            else:
                self._notices[kind] = _Notice(notice.newest, now, notice.newest)
        return found


class ReplicaListener:
    """Tells which kinds changed that the replica shows. Not shared between threads."""

    def __init__(self, replica_url: str, primary_url: str, name: str) -> None:
        """`primary_url` may be empty. Raises StoreUnavailable without the replica; the primary may come and go."""
        self._primary_url, self._name = primary_url, name
        self._primary: Listener | None = None
        self._try_at = 0.0
        self._waiting = Waiting()
        self._replica = dial(replica_url, f"{name}-replica", HOT, autocommit=True)
        # Nothing was shown yet, so that the first answer is news.
        self._shown: int | None = -1

    def wait(self, timeout_s: float) -> set[str]:
        """The kinds that changed, at the first word or after about `timeout_s` seconds (then empty).

        Raises StoreUnavailable when the replica is gone.
        """
        self._listen()
        if self._primary is None:
            time.sleep(timeout_s)
            return self._moved()
        try:
            told = self._primary.wait(min(timeout_s, _ASK_S) if self._waiting else timeout_s)
            if told:
                self._waiting.add(told, self._written(self._primary), time.monotonic())
        except StoreUnavailable:
            self._lose_primary()
            return self._moved()
        return self._waiting.take(self._replayed(), time.monotonic()) if self._waiting else set()

    def close(self) -> None:
        """Close the connections; idempotent."""
        self._lose_primary()
        self._replica.close()

    def _listen(self) -> None:
        if self._primary is not None or not self._primary_url or time.monotonic() < self._try_at:
            return
        self._try_at = time.monotonic() + _TRY_AGAIN_S
        with suppress(StoreUnavailable):
            self._primary = Listener(self._primary_url, self._name)
            # What was told before anybody listened.
            self._waiting.add(KINDS, self._written(self._primary), time.monotonic())

    def _lose_primary(self) -> None:
        if self._primary is not None:
            self._primary.close()
            self._primary = None
        self._waiting = Waiting()
        self._shown = -1

    def _moved(self) -> set[str]:
        replayed = self._replayed()
        if replayed is None and not self._primary_url:
            raise StoreUnavailable("the replica has become a primary: it can be listened to now")
        if replayed is not None and replayed == self._shown:
            return set()
        self._shown = replayed
        return set(KINDS)

    def _replayed(self) -> int | None:
        with domain_errors():
            [(position,)] = self._replica.execute(_SQL["replayed"]).fetchall()
        return None if position is None else int(position)

    @staticmethod
    def _written(primary: Listener) -> int:
        return primary.ask(_SQL["written"])


def listen(primary_url: str, replica_url: str, name: str) -> Listener | ReplicaListener:
    """Who tells what changed for one who reads at the replica, or at the primary without one. Either URL may be empty.

    A single server that turns out to be a replica is one, whatever its setting is called. Raises StoreUnavailable.
    """
    if not primary_url or not replica_url:
        alone = primary_url or replica_url
        try:
            return Listener(alone, name)
        except StoreUnavailable as exc:
            if isinstance(exc.__cause__, ReadOnlySqlTransaction):
                return ReplicaListener(alone, "", name)
            raise
    return ReplicaListener(replica_url, primary_url, name)
