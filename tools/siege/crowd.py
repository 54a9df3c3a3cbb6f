"""What the hub does for many at once and for one who wants much, when nobody attacks it."""

import http.client
import resource
import selectors
import threading
import time
from contextlib import ExitStack

from tools.siege.target import Target
from tools.siege.visitors import Visitors

CROWD = 500
_WARM_S = 1.0


def listeners(target: Target, seconds: float) -> list[float]:
    """Milliseconds of visitors' answers about the newest figures while `CROWD` live streams are read."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4 * CROWD)), hard))
    over = threading.Event()
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        ask = b"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        for _ in range(CROWD):
            selector.register(stack.enter_context(target.http(ask)), selectors.EVENT_READ)

        def read() -> None:
            while not over.is_set():
                for key, _ in selector.select(0.1):
                    if not key.fileobj.recv(1 << 16):  # type: ignore[union-attr]
                        selector.unregister(key.fileobj)

        reader = threading.Thread(target=read, name="crowd", daemon=True)
        reader.start()
        time.sleep(_WARM_S)
        visitors = Visitors(target.api_port)
        visitors.start()
        time.sleep(seconds)
        visitors.finish()
        over.set()
        reader.join()
        heard = len(selector.get_map())
    if heard < CROWD:
        # Who was sent away hears nothing and costs nothing.
        return [float("inf")]
    return [
        value
        for page, values in visitors.milliseconds.items()
        if page.startswith("/api/v1/latest")
        for value in values
    ]


def download(target: Target, sensor: str) -> float:
    """Megabytes a second of all raw readings of `sensor` as CSV."""
    path = (
        f"/api/v1/sensors/{sensor}/observations?property=pm2_5&step=raw&format=csv"
        "&start=2024-01-01T00:00:00Z&end=2028-01-01T00:00:00Z"
    )
    line = http.client.HTTPConnection("127.0.0.1", target.api_port, timeout=60)
    began = time.perf_counter()
    line.request("GET", path)
    answer = line.getresponse()
    size = 0
    while piece := answer.read(1 << 16):
        size += len(piece)
    taken = time.perf_counter() - began
    line.close()
    # A refusal is short and quick.
    return size / taken / 1e6 if answer.status == http.client.OK else 0.0
