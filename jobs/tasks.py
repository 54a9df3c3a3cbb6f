"""The table of every task that `./hub jobs` can do.

A job may be cut off anywhere and begun again, also where all but its end was recorded: each task has to be one that may
be done twice. One that raises is tried again after 4, 16, 64, 256 and 1024 seconds, then it has failed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cityhub.config import Settings
from jobs import (
    air_forecasts,
    days,
    flood_forecasts,
    invoices,
    payments,
    quarantine,
    raw_messages,
    reminders,
    retention,
    revenue,
    review,
)


@dataclass(frozen=True, slots=True)
class Task:
    """`name` is in the row of every job that waits: it stays. `run` is called on a thread, with the settings and the
    job's arguments.

    `cron`: when it is due, in UTC (minute, hour, day, month, weekday); None: only when somebody adds a job. What is due
    by the clock never runs twice at once; times that passed while no process was there count as one.
    """

    name: str
    run: Callable[..., None]
    cron: str | None = None


def tasks(settings: Settings) -> tuple[Task, ...]:
    """Every task of a hub with these settings."""
    return (
        Task("review", review.run, cron=f"*/{settings.review_minutes} * * * *"),
        Task("days", days.run, cron="12 * * * *"),
        Task("raw_messages", raw_messages.run, cron="32 * * * *"),
        Task("retention", retention.run, cron="40 19 * * *"),  # 02:40 in Hanoi
        Task("payments", payments.run, cron="* * * * *"),
        Task("invoices", invoices.run, cron="* * * * *"),
        Task("reminders", reminders.run, cron="* * * * *"),
        Task("revenue", revenue.run, cron="7 * * * *"),
        Task("revenue_today", revenue.today, cron="2-52/10 * * * *"),
        Task("air_forecasts", air_forecasts.run, cron="*/10 * * * *"),
        Task("flood_forecasts", flood_forecasts.run, cron="25 * * * *"),
        Task("quarantine_replay", quarantine.run),
    )
