"""The siege: all attacks at once, then a locked table, and the verdict on what the hub promised meanwhile."""

import time
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from cityhub.stopping import interrupted_by_signals
from cityhub.store import connect
from tools.demo import Steps
from tools.siege import verdict
from tools.siege.attackers import ATTACKS, Attackers
from tools.siege.attacks_mqtt import FORGED
from tools.siege.crowd import CROWD, download, listeners
from tools.siege.good import GoodSensor
from tools.siege.hub import Hub, running_hub
from tools.siege.owner import Owner
from tools.siege.stalled import Stalled, lock_latest
from tools.siege.verdict import Promise, at_most, quantile
from tools.siege.visitors import PAGES, Visitors, Watchman

_SETTLE_S = 5.0
_CALM_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured and which promises were kept. Memory in MiB, times in milliseconds."""

    seconds: float
    figures: dict[str, Any]
    attacks: dict[str, dict[str, Any]]
    promises: list[Promise]

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        return all(promise.kept for promise in self.promises)


def run(
    seconds: float, steps: Steps, attacks: Collection[str] = tuple(ATTACKS), stall_s: float = 15
) -> Report:
    """On servers of its own, which are removed; raises ServiceError when they cannot be had."""
    with interrupted_by_signals(), ExitStack() as stack:
        with steps.step("database, broker with TLS, ingest, API"):
            hub = stack.enter_context(running_hub())
        return _run(hub, seconds, steps, attacks, stall_s)


def _run(hub: Hub, seconds: float, steps: Steps, attacks: Collection[str], stall_s: float) -> Report:
    sensor, readable = hub.sensors[0], hub.sensors[-1]
    good = GoodSensor(
        sensor,
        hub.target.passwords[sensor],
        hub.target.authority,
        hub.target.tls_port,
        hub.api_url,
    )
    visitors, watchman = Visitors(hub.target.api_port), Watchman(hub.target.metrics_port)
    names = {name: hub.sensors[1 + number % (len(hub.sensors) - 2)] for number, name in enumerate(attacks)}
    names |= {"readers": readable} if "readers" in names else {}
    attackers = Attackers(hub.target, names)
    owner = Owner(hub.target.api_port, hub.target.person, hub.owners_password)
    good.start()
    time.sleep(_SETTLE_S)
    calm = [quantile(found, 0.5) for found in owner.rounds(_CALM_ROUNDS)]
    first = len(good.readings)
    before = hub.resident_bytes()
    most = dict(before)
    visitors.start()
    watchman.start()
    owner.start()
    with steps.step("siege") as step:
        attackers.start()
        end = time.monotonic() + seconds
        # Of a sensor that has no part in it.
        rotated = hub.devices.rotate(hub.sensors[-2])
        while time.monotonic() < end:
            time.sleep(0.5)
            most = {name: max(size, most[name]) for name, size in hub.resident_bytes().items()}
            step.say(f"{len(good.acknowledged)} good readings acknowledged")
        found = attackers.finish()
        step.result = f"{len(attacks)} attacks at once"
    visitors.finish()
    watchman.finish()
    owner.finish()
    end_of_siege = len(good.readings)
    time.sleep(_SETTLE_S)
    under_siege = good.latencies_ms(first, end_of_siege)
    with steps.step("a locked table"):
        stalled = lock_latest(hub, sensor, good, stall_s)
    with steps.step(f"{CROWD} who listen"):
        among_listeners = quantile(listeners(hub.target, min(seconds / 4, 10.0)), 0.99)
    with steps.step("a download"):
        # Attackers of the same address used up its share of the minute.
        downloaded = download(hub.target, readable)
    with steps.step("what is stored"):
        good.finish()
        time.sleep(_SETTLE_S)
        after = hub.resident_bytes()
        with connect(hub.database_url, "cityhub-siege") as conn:
            lost, forged = good.lost(conn), good.forged(conn, FORGED)
    public = [value for values in visitors.milliseconds.values() for value in values]
    visible, shown = quantile(under_siege, 0.99), quantile(public, 0.99)
    let_in, console = quantile(owner.signing_in, 0.99), quantile(owner.console, 0.99)
    besieged = [quantile(found, 0.5) for found in (owner.signing_in, owner.console)]
    figures: dict[str, Any] = {
        "good_published": len(good.readings),
        "good_acknowledged": len(good.acknowledged),
        "good_lost": lost,
        "visible_p50_ms": quantile(under_siege, 0.5),
        "visible_p99_ms": visible,
        "public_p50_ms": quantile(public, 0.5),
        "public_p99_ms": shown,
        **{f"p99_ms {page}": quantile(visitors.milliseconds[page], 0.99) for page in PAGES},
        "public_failures": visitors.failures,
        "ingest_not_ready": watchman.failures,
        "sign_ins": len(owner.signing_in),
        "sign_in_p99_ms": let_in,
        "console_p99_ms": console,
        # The middle before the siege and in it.
        "sign_in_p50_ms": [calm[0], besieged[0]],
        "console_p50_ms": [calm[1], besieged[1]],
        "owner_failures": owner.failures,
        **{
            f"{name}_mib": [round(each[name] / verdict.MIB) for each in (before, most, after)]
            for name in before
        },
        "listeners": CROWD,
        "latest_among_listeners_p99_ms": among_listeners,
        "download_mb_per_s": round(downloaded, 1),
        "stalled_s": stalled.locked_s,
        "stalled_api_not_ready_s": stalled.api_not_ready_s,
        "stalled_ingest_not_ready_s": stalled.ingest_not_ready_s,
        "stalled_age_s": stalled.age_s,
        "stalled_fresh_s": round(stalled.fresh_s, 2),
    }
    promises = [
        at_most("acknowledged readings lost", lost, 0),
        Promise(
            "every reading acknowledged",
            len(good.acknowledged) == len(good.readings),
            f"{len(good.acknowledged)} of {len(good.readings)}",
        ),
        at_most("readings that another sensor forged", forged, 0),
        at_most("wrong passwords that were let in", found.get("thief", {}).get("let_in", 0), 0),
        Promise("a password changed under siege is gone by", not rotated, rotated),
        at_most("publish to visible, p99", visible, verdict.VISIBLE_P99_MS, " ms"),
        at_most("public pages, p99", shown, verdict.PUBLIC_P99_MS, " ms"),
        at_most("public pages that failed", visitors.failures, 0),
        at_most("ingest not ready", watchman.failures, 0),
        at_most(
            "the owner of a name that is guessed at is let in, p99", let_in, verdict.SIGN_IN_P99_MS, " ms"
        ),
        at_most("the console, p99", console, verdict.CONSOLE_P99_MS, " ms"),
        at_most("sign-ins and pages of the console that failed", owner.failures, 0),
        at_most(
            "to be let in, times as long as before", verdict.times(calm[0], besieged[0]), verdict.OWNER_TIMES
        ),
        at_most(
            "the console, times as long as before", verdict.times(calm[1], besieged[1]), verdict.OWNER_TIMES
        ),
        Promise(
            "memory ends where it began", not verdict.grown(before, after), str(verdict.grown(before, after))
        ),
        at_most(
            "newest figures among listeners, p99", among_listeners, verdict.AMONG_LISTENERS_P99_MS, " ms"
        ),
        Promise(
            "a download",
            downloaded >= verdict.DOWNLOAD_MB_PER_S,
            f"{downloaded:.1f} MB/s, at least {verdict.DOWNLOAD_MB_PER_S:g} MB/s",
        ),
        *_stalled_promises(stalled),
        *(
            Promise(f"attack {name} went on to its end", "error" not in each, str(each.get("error", "")))
            for name, each in found.items()
        ),
    ]
    return Report(seconds, figures, found, promises)


def _stalled_promises(stalled: Stalled) -> list[Promise]:
    never = float("inf")
    api, ingest = (
        never if at is None else at for at in (stalled.api_not_ready_s, stalled.ingest_not_ready_s)
    )
    return [
        at_most("locked table: the API says not ready", round(api, 1), verdict.NOT_READY_S, " s"),
        at_most("locked table: ingest says not ready", round(ingest, 1), verdict.NOT_READY_S, " s"),
        Promise(
            "locked table: the age shown grows",
            stalled.age_s >= stalled.locked_s - 4,
            f"{stalled.age_s} s after {stalled.locked_s:g} s",
        ),
        at_most("fresh after the release", round(stalled.fresh_s, 2), verdict.FRESH_S, " s"),
    ]
