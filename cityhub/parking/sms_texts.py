"""What the hub writes to phones: at most 160 signs of GSM 7-bit, without diacritics, so that it is one message. Pure.

Of several wordings the first that fits is taken; a link is never shortened.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from cityhub.parking.sessions import Session
from cityhub.rfc3339 import at_local_time
from cityhub.words import Language, Words, words_in
from cityhub.words.formats import number

LONGEST = 160
# Of the alphabet of GSM 03.38 what ASCII has too, one place each. [ ] { } \ ~ ^ | take two and are not written.
_ALPHABET = re.compile(r"[^A-Za-z0-9 @$_!\"#%&'()*+,\-./:;<=>?]")


def plain(text: str) -> str:
    """`text` without diacritics; what phones have no sign for is a question mark."""
    bare = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(sign for sign in bare if not unicodedata.combining(sign))
    return _ALPHABET.sub("?", " ".join(bare.split()))


def fitting(wordings: Iterable[str], link: str = "") -> str:
    """The first wording that fits with its link behind it; the link alone where none does."""
    end = f" {link}" if link else ""
    found = [plain(text) for text in wordings]
    for text in found:
        if len(text) + len(end) <= LONGEST:
            return text + end
    if link and len(link) <= LONGEST:
        return link
    return found[-1][:LONGEST]


def begun(session: Session, place: str, link: str, now: datetime, *, is_odd: bool) -> str:
    """The price, until when, and where to pay. `place`: its name; `is_odd`: the plate looks unusual. `now` is aware."""
    words, shown = words_in("vi"), session.first
    blanks = {"place": place, "until": _until(shown.to_time, now), "price": _money(shown.due, words)}
    if session.due(now) is None:
        return fitting((words.gettext("sms.free", **blanks), words.gettext("sms.free_short", **blanks)), link)
    blanks["pay_by"] = _until(session.pay_by, now)
    wordings = [words.gettext("sms.begun", **blanks), words.gettext("sms.begun_short", **blanks)]
    if is_odd:
        odd = words.gettext("sms.odd_plate")
        wordings = [f"{odd} {text}" for text in wordings] + wordings
    return fitting(wordings, link)


def extended(session: Session, link: str, now: datetime) -> str:
    """What more time costs, until when it then is, and where to pay."""
    words, waiting, held = words_in("vi"), session.due(now), session.held
    newest = waiting or held or session.first
    blanks = {"until": _until(newest.to_time, now), "price": _money(newest.due, words)}
    if waiting is None:
        return fitting((words.gettext("sms.paid", **blanks),), link)
    blanks["pay_by"] = _until(session.pay_by, now)
    return fitting(
        (words.gettext("sms.extended", **blanks), words.gettext("sms.begun_short", **blanks)), link
    )


def stopped(session: Session, link: str, now: datetime, *, given_back: int) -> str:
    """It ended, and what is owed or given back (VND)."""
    words, waiting = words_in("vi"), session.due(now)
    if waiting is not None:
        return fitting((words.gettext("sms.stopped_due", price=_money(waiting.due, words)),), link)
    if given_back:
        return fitting((words.gettext("sms.stopped_back", price=_money(given_back, words)),), link)
    return fitting((words.gettext("sms.stopped"),), link)


def standing(session: Session, link: str, now: datetime) -> str:
    """Until when it is paid, or what waits to be paid."""
    words, waiting, held = words_in("vi"), session.due(now), session.held
    blanks = {"price": _money(0 if waiting is None else waiting.due, words)}
    if session.status(now) in ("awaiting_payment", "unpaid") or held is None:
        if session.pay_by is None:
            return fitting((words.gettext("sms.to_pay", **blanks),), link)
        blanks["pay_by"] = _until(session.pay_by, now)
        return fitting((words.gettext("sms.to_pay_by", **blanks),), link)
    if held.to_time is None:
        return fitting((words.gettext("sms.running", since=_until(held.from_time, now)),), link)
    blanks["until"] = _until(held.to_time, now)
    if session.status(now) == "ended":
        return fitting((words.gettext("sms.over", **blanks),), link)
    return fitting((words.gettext("sms.paid", **blanks),), link)


def reminder(until: datetime, link: str, now: datetime) -> str:
    """The paid time ends at `until` (aware)."""
    words = words_in("vi")
    blanks = {"n": _minutes_between(now, until), "until": _until(until, now)}
    return fitting(
        (words.gettext("sms.reminder", **blanks), words.gettext("sms.reminder_short", **blanks)), link
    )


def how_to_write(language: Language) -> str:
    """What can be sent."""
    return fitting((words_in(language).gettext("sms.help"),))


def wrong(why: str) -> str:
    """What to send in the place of what could not be done: of a rule, a field, or a part that was not understood."""
    return fitting((_WRONG.get(why, _other)(words_in("vi")),))


def _other(words: Words) -> str:
    return words.gettext("sms.wrong.other")


_WRONG: Final[Mapping[str, Callable[[Words], str]]] = {
    "command": lambda words: words.gettext("sms.wrong.command"),
    "place": lambda words: words.gettext("sms.wrong.place"),
    "plate": lambda words: words.gettext("sms.wrong.plate"),
    "minutes": lambda words: words.gettext("sms.wrong.minutes"),
    "none": lambda words: words.gettext("sms.wrong.none"),
    "closed": lambda words: words.gettext("sms.wrong.closed"),
    "not_sold": lambda words: words.gettext("sms.wrong.closed"),
    "vehicle": lambda words: words.gettext("sms.wrong.vehicle"),
    "maximum_stay": lambda words: words.gettext("sms.wrong.maximum_stay"),
    "not_active": lambda words: words.gettext("sms.wrong.not_active"),
    "ended": lambda words: words.gettext("sms.wrong.none"),
}


def _money(amount: int, words: Words) -> str:
    return words.gettext("driver.money", amount=number(amount, 0, words.language)).replace(" ", "")


def _until(time: datetime | None, now: datetime) -> str:
    """The hour, with its day where that is not today's."""
    if time is None:
        return ""
    local = at_local_time(time)
    return f"{local:%H:%M}" if local.date() == at_local_time(now).date() else f"{local:%H:%M %d/%m}"


def _minutes_between(now: datetime, until: datetime) -> int:
    return max(1, round((until - now) / timedelta(minutes=1)))
