"""What can be wrong with the hub itself, as a table. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, get_args

from cityhub.api_keys import Scope

Code = Literal[
    "nothing_stored",
    "snapshots",
    "jobs_silent",
    "lag",
    "disk",
    "archive",
    "breach",
    "money",
    "backup",
    "jobs_failed",
    "new_devices",
    "quarantine",
]

NOTHING_STORED = timedelta(minutes=2)
JOBS_SILENT = timedelta(minutes=1)
# Of what came in the last quarter of an hour half was older than this when it was stored.
LAG_S = 60.0
# New kinds of bad messages within an hour: fewer are single devices.
QUARANTINED = 100
DISK_SHARE = 0.10
# As the alerts have it (deploy/prometheus/alerts.yml): of the write-ahead log, and of the last backup.
ARCHIVE_SILENT = timedelta(minutes=30)
BACKUP_OLD = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Kind:
    """`leads_to`: where the next step is taken, by whom. Its words are in portal/staff/trouble_words.py."""

    code: Code
    leads_to: str | None = None
    scope: Scope = "ops:read"


# The gravest first.
KINDS: Mapping[Code, Kind] = MappingProxyType(
    {
        kind.code: kind
        for kind in (
            Kind("nothing_stored"),
            Kind("snapshots"),
            Kind("jobs_silent", "/ops/jobs"),
            Kind("lag"),
            Kind("disk"),
            Kind("archive"),
            Kind("breach"),
            Kind("money", "/ops/money", "money:write"),
            Kind("backup"),
            Kind("jobs_failed", "/ops/jobs"),
            Kind("new_devices", "/ops/new"),
            Kind("quarantine", "/ops/quarantine"),
        )
    }
)
assert set(KINDS) == set(get_args(Code))  # noqa: S101 - of this table


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """How the hub does; times are aware, None where there was none.

    `lag_s`: the median from a reading's time until it was stored; `snapshots`: what is wrong with them;
    `disk_share`: free space of the volume that the API writes to.
    Of money, jobs and devices that nobody registered: how many, since when, and when the newest came.
    `archived`, `backed_up`: when that last went well, None where the server archives nothing; `breach_due`: by when the
    first breach of personal data has to be told, known since `breach_since`.
    """

    newest_heard: datetime | None = None
    lag_s: float | None = None
    snapshots: str | None = None
    jobs_seen: datetime | None = None
    jobs_failed: int = 0
    jobs_failed_since: datetime | None = None
    jobs_failed_newest: datetime | None = None
    new_devices: int = 0
    new_devices_since: datetime | None = None
    new_devices_newest: datetime | None = None
    quarantined: int = 0
    quarantined_since: datetime | None = None
    money: int = 0
    money_since: datetime | None = None
    money_newest: datetime | None = None
    disk_share: float | None = None
    archived: datetime | None = None
    archive_failed: datetime | None = None
    backed_up: datetime | None = None
    breach_since: datetime | None = None
    breach_due: datetime | None = None
    breach_newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """`since`: None where nobody can know; `figure`: how much, in the unit of its words; `renewed_at`: what was known
    before then was known of less.
    """

    code: Code
    since: datetime | None = None
    figure: float = 0
    renewed_at: datetime | None = None


def found(facts: Facts, now: datetime) -> Sequence[Trouble]:
    """What is wrong with the hub at `now` (aware), the gravest first."""
    wrong: dict[Code, Trouble] = {}
    if facts.newest_heard is not None and now - facts.newest_heard > NOTHING_STORED:
        wrong["nothing_stored"] = Trouble("nothing_stored", facts.newest_heard, renewed_at=facts.newest_heard)
    elif facts.lag_s is not None and facts.lag_s > LAG_S:
        wrong["lag"] = Trouble("lag", figure=facts.lag_s)
    if facts.snapshots is not None:
        wrong["snapshots"] = Trouble("snapshots")
    if facts.jobs_seen is not None and now - facts.jobs_seen > JOBS_SILENT:
        wrong["jobs_silent"] = Trouble("jobs_silent", facts.jobs_seen, renewed_at=facts.jobs_seen)
    if facts.jobs_failed:
        wrong["jobs_failed"] = Trouble(
            "jobs_failed", facts.jobs_failed_since, facts.jobs_failed, facts.jobs_failed_newest
        )
    if facts.new_devices:
        wrong["new_devices"] = Trouble(
            "new_devices", facts.new_devices_since, facts.new_devices, facts.new_devices_newest
        )
    if facts.quarantined >= QUARANTINED:
        wrong["quarantine"] = Trouble("quarantine", facts.quarantined_since, facts.quarantined)
    if facts.money:
        wrong["money"] = Trouble("money", facts.money_since, facts.money, facts.money_newest)
    if facts.disk_share is not None and facts.disk_share < DISK_SHARE:
        wrong["disk"] = Trouble("disk", figure=100 * facts.disk_share)
    wrong |= {one.code: one for one in (*_of_backups(facts, now), *_of_breaches(facts, now))}
    return [wrong[code] for code in KINDS if code in wrong]


def _of_backups(facts: Facts, now: datetime) -> Iterator[Trouble]:
    if facts.archived is None:
        return
    failed = facts.archive_failed is not None and facts.archive_failed > facts.archived
    if failed or now - facts.archived > ARCHIVE_SILENT:
        yield Trouble("archive", facts.archived, renewed_at=facts.archived)
    if facts.backed_up is None or now - facts.backed_up > BACKUP_OLD:
        yield Trouble("backup", facts.backed_up, renewed_at=facts.backed_up)


def _of_breaches(facts: Facts, now: datetime) -> Iterator[Trouble]:
    if facts.breach_due is None:
        return
    hours = (facts.breach_due - now) / timedelta(hours=1)
    # What was known while there was time is not known any more when it is over.
    yield Trouble("breach", facts.breach_since, hours, facts.breach_due if hours < 0 else facts.breach_newest)
