"""Drivers beside the simulated city, where a run has some."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from cityhub.config import Settings
from cityhub.masking import plain

if TYPE_CHECKING:
    from simulators.drivers import Arrival


@contextmanager
def drivers(
    settings: Settings, api: str | None, per_hour: float, seed: int, arrivals: "SimpleQueue[Arrival]"
) -> Iterator[Callable[[], str | None]]:
    """Within the block drivers come; afterwards the function says what they did."""
    if not per_hour:
        yield lambda: None
        return
    # Most runs have none, and their client takes tenths of a second to load.
    from simulators.drivers import Crowd, Pace, check, in_background  # noqa: PLC0415

    check(per_hour)
    # In the demo the bank is where VNPAY is; a real VNPAY has no such page, and no driver makes transfers there.
    gateways = plain(settings.vnpay_url)
    bank = urljoin(gateways, "/bank") if gateways.startswith("http://127.0.0.1:") else None
    hub = api or plain(settings.api_url)
    crowd = Crowd(hub, Pace(per_hour), seed, bank, occupy=arrivals.put)
    with in_background(crowd):
        yield crowd.line
