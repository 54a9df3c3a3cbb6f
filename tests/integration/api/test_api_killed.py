"""The API is killed while drivers pay: what was taken is booked once, and nobody who paid is unpaid."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from cityhub.config import Settings
from cityhub.listening import listen
from cityhub.store import connect, ledger
from simulators.drivers import Crowd, Pace, in_background
from simulators.gateways import Gateways, Switch
from simulators.gateways.callbacks import Pace as Retries
from tests.paying import paying_settings, served
from tests.prices import save_flat
from tests.waiting import eventually
from tools.services.ports import free_port

KILLS = 3
# So long that a hub that starts anew is called once more.
PACE = Retries(delay=0.5, hold=3, forged=1, retry=2)


@dataclass
class Api:
    """A process that can be killed and started anew, at the same address."""

    settings: Settings
    url: str
    log: Path
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self) -> None:
        with self.log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "api"],
                env=os.environ | self.settings.environment(),
                stdout=out,
                stderr=out,
            )
        self.processes.append(process)
        eventually(self._answers, 40, lives=lambda: process.poll() is None, told=self.log.read_text)

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        self.processes[-1].send_signal(how)
        self.processes[-1].wait(20)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False


@contextmanager
def killable(settings: Settings, url: str, log: Path) -> Iterator[Api]:
    api = Api(settings, url, log)
    api.start()
    try:
        yield api
    finally:
        api.end(signal.SIGTERM)


def settled(conn: psycopg.Connection, gateways: Gateways) -> bool:
    """Does the hub know the end of every order that VNPAY took money for?"""
    taken = [reference for reference, order in gateways.vnpay.orders.items() if order.status == "00"]
    known = conn.execute(
        "SELECT count(*) FROM payment p WHERE reference = ANY(%s) AND (state IN ('paid', 'refunding', 'refunded')"
        " OR EXISTS (SELECT FROM parked_money m WHERE m.payment_id = p.id))",
        (taken,),
    ).fetchone()
    return known == (len(taken),)


def test_what_is_paid_while_the_api_is_killed_is_booked_once(database_url: str, tmp_path: Path) -> None:
    rng = random.Random(9)  # noqa: S311 - moments, not secrets
    listening, port = listen("127.0.0.1", 0, ""), free_port()
    gateways_port, url = listening.getsockname()[1], f"http://127.0.0.1:{port}"
    settings = paying_settings(database_url, gateways_port, port, api_port=port)
    gateways = Gateways(settings, url, Switch(["double"], share=0.3), pace=PACE)
    crowd = Crowd(url, Pace(18_000, haste=6, patience_s=30), bank=f"http://127.0.0.1:{gateways_port}/bank")
    with connect(database_url, "tests", autocommit=True) as conn:
        save_flat(conn)
        with served(gateways, listening), killable(settings, url, tmp_path / "api.log") as api:
            with in_background(crowd) as counts:
                for _ in range(KILLS):
                    aim = counts["payments"] + rng.randint(3, 8)
                    eventually(lambda aim=aim: counts["payments"] >= aim, 60)  # type: ignore[misc]
                    api.end()
                    api.start()
            eventually(lambda: settled(conn, gateways), 30)
        assert ledger.faults(conn) == []
        [(receipts, last, booked, paid)] = conn.execute(
            "SELECT count(*), max(n), (SELECT count(*) FROM ledger_transaction WHERE key LIKE 'payment:%'),"
            " (SELECT count(*) FROM payment WHERE state IN ('paid', 'refunding', 'refunded')) FROM receipt"
        ).fetchall()
        # Those of wallets that were filled have none.
        assert booked == paid >= receipts == last >= KILLS * 3
        # Who paid parks by right: no session of a payment that is booked waits, or has lapsed.
        unpaid = conn.execute(
            "SELECT s.id FROM payment p JOIN segment g ON (g.session_id, g.n) = (p.session_id, p.segment_n)"
            " JOIN parking_session s ON s.id = p.session_id"
            " WHERE p.state IN ('paid', 'refunding', 'refunded') AND g.state <> 'held'"
        ).fetchall()
        assert unpaid == []
