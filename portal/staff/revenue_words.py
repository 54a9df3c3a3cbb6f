"""Names and rules of the page of revenue, in both languages."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from babel.dates import format_date

from cityhub.parking.takings import Cause, Figures, Step
from cityhub.words import Language, words_in


def causes(language: Language) -> Mapping[Cause, str]:
    """What explains a gap, in words."""
    words = words_in(language)
    return {
        "no_sensor": words.gettext("revenue.cause.no_sensor"),
        "met": words.gettext("revenue.cause.met"),
        "silent": words.gettext("revenue.cause.silent"),
        "unpaid": words.gettext("revenue.cause.unpaid"),
        "permit": words.gettext("revenue.cause.permit"),
        "longer": words.gettext("revenue.cause.longer"),
        "unsplit": words.gettext("revenue.cause.unsplit"),
    }


def rules(total: Figures, language: Language, vnd: Callable[[int], str]) -> Sequence[tuple[str, str]]:
    """How each estimate is made."""
    words, of = words_in(language), causes(language)
    unseen = "?" if total.unseen is None else vnd(total.unseen)
    found = [
        (words.gettext("revenue.expected"), words.gettext("revenue.reckoning")),
        (of["unpaid"], words.gettext("revenue.rule.unpaid")),
        (of["permit"], words.gettext("revenue.rule.permit")),
        (of["longer"], words.gettext("revenue.rule.longer")),
        (words.gettext("revenue.cause.free"), words.gettext("revenue.rule.free")),
        (of["silent"], words.gettext("revenue.rule.silent", vnd=unseen)),
    ]
    return [*found, (of["unsplit"], words.gettext("revenue.rule.unsplit"))] if total.unsplit else found


def span_name(begins: date, step: Step, last: date, language: Language) -> str:
    """What a span is called that begins on a day; `last`: the last day that was asked for."""
    if step == "month":
        return format_date(begins, "MM/yyyy", language)
    if step == "week":
        ends = min(begins + timedelta(days=6 - begins.weekday()), last)
        return f"{begins:%d/%m}–{ends:%d/%m}"
    return f"{begins:%d/%m}"


def way_name(way: str, language: Language, *, permits: bool) -> str:
    """What a way of paying is called; `permits`: what was paid so for permits."""
    words = words_in(language)
    name = {"vnpay": "VNPAY", "momo": "MoMo", "vietqr": "VietQR"}.get(way) or (
        words.gettext("revenue.wallets") if way == "wallet" else way
    )
    return words.gettext("revenue.of_permits", way=name) if permits else name


def account_name(kind: str, language: Language) -> str:
    """What a kind of account of the books is called."""
    words = words_in(language)
    if kind.startswith("clearing:"):
        return words.gettext("revenue.account.clearing", provider=kind.removeprefix("clearing:"))
    return {
        "revenue": words.gettext("revenue.account.revenue"),
        "refunds": words.gettext("revenue.account.refunds"),
        "wallet": words.gettext("revenue.account.wallet"),
        "unmatched": words.gettext("revenue.account.unmatched"),
    }.get(kind, kind)
