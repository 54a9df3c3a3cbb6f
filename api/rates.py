"""How much one client may ask of the database: so many requests a minute of each address and of each key.

Answers out of memory are not counted: refusing one costs as much as giving it. Counts are this process's own; with
several replicas the proxy sends an address to the same one (deploy/Caddyfile).
"""

import math
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Share:
    """What is left of a client's share: `remaining` of `limit` requests; it grows again within `reset_s` seconds."""

    name: str
    limit: int
    remaining: int
    reset_s: int
    is_exhausted: bool

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The fields of draft-ietf-httpapi-ratelimit-headers, version 10."""
        policy = f'"{self.name}";q={self.limit};w={WINDOW_S}'
        left = f'"{self.name}";r={self.remaining};t={self.reset_s}'
        return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", left.encode())]


class Rates:
    """Counts requests of addresses and of callers with a key. A limit of 0 is none. For one event loop."""

    def __init__(self, per_address: int, per_key: int) -> None:
        """Both in requests a minute."""
        self._counter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._limits = {
            name: RateLimitItemPerMinute(limit)
            for name, limit in (("address", per_address), ("key", per_key))
            if limit
        }

    async def take(self, address: str, key: str | None = None) -> Share | None:
        """Count one request of `address`, or of the caller named `key`; None where nothing is counted."""
        name, who = ("address", address) if key is None else ("key", key)
        limit = self._limits.get(name)
        if limit is None:
            return None
        allowed = await self._counter.hit(limit, name, who)
        stats = await self._counter.get_window_stats(limit, name, who)
        reset_s = max(1, math.ceil(stats.reset_time - time.time()))
        return Share(name, limit.amount, max(0, stats.remaining), reset_s, not allowed)

    async def is_exhausted(self, address: str) -> bool:
        """Has an address used up its share? Counts nothing."""
        limit = self._limits.get("address")
        return limit is not None and not await self._counter.test(limit, "address", address)


def share_of(host: str) -> str:
    """Whose share a client at `host` takes: an IPv6 network of 64 bits is one customer, as one IPv4 address is."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(IPv6Address(int(address) >> 64 << 64)) if address.version == 6 else host
