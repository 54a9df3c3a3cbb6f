"""What a message from a phone asks for, done and answered in one text, within one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from api.routes.parking_sessions import new_token
from cityhub.errors import CityHubError, InvalidInput, NotFound, RuleBroken
from cityhub.model import PlaceRow
from cityhub.parking import sms_texts
from cityhub.parking.plates import is_motorbikes
from cityhub.parking.sessions import GRACE, Session
from cityhub.parking.sms_commands import Ask, Begin, Extend, NotUnderstood, parse
from cityhub.store import places, refunds, sessions, sms_inbox, sms_outbox

# A driver sends a few messages for a stay; whoever sends more is a machine, and each answer costs the city money.
MOST_AN_HOUR = 20
# What the sign beside the street and the help say of NHAC.
_WORDING = "sms-1"
_MOTORBIKE = "motorbike"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as its gateway told it. `phone`: E.164; `sender`: the keyed token that stands for it."""

    reference: str
    phone: str
    sender: bytes
    text: str

    def __repr__(self) -> str:
        return f"Incoming({self.reference!r})"


def take(conn: psycopg.Connection, message: Incoming, public_url: str, now: datetime) -> str:
    """The answer, "" where there is none; also queued for whoever sends messages. `now` is aware, in whole seconds.

    The same message again, by its reference, changes nothing and has the same answer.
    """

    def act() -> tuple[str, str | None]:
        if sms_inbox.answered(conn, message.sender, now, timedelta(hours=1)) >= MOST_AN_HOUR:
            return "", None
        answer, session_id = _Order(conn, message, public_url, now).done()
        sms_outbox.queue_reply(conn, message.reference, message.phone, answer, session_id, now)
        return answer, session_id

    return sms_inbox.once(conn, message.reference, message.sender, now, act)


@dataclass(frozen=True, slots=True)
class _Order:
    conn: psycopg.Connection
    message: Incoming
    public_url: str
    now: datetime

    def done(self) -> tuple[str, str | None]:
        """The answer, and the id of the session that it is about."""
        command = parse(self.message.text, sms_inbox.place_ids(self.conn))
        match command:
            case NotUnderstood():
                return sms_texts.wrong(command.why), None
            case Begin():
                return self._tried(lambda: self._begin(command))
            case Extend():
                return self._tried(lambda: self._extend(command))
            case Ask(what="stop"):
                return self._tried(self._stop)
            case Ask(what="status"):
                return self._tried(self._standing)
        return sms_texts.how_to_write("en" if command.what == "help" else "vi"), None

    def _tried(self, act: Callable[[], tuple[str, str]]) -> tuple[str, str | None]:
        try:
            # What it began is undone where a rule forbids the rest.
            with self.conn.transaction():
                return act()
        except (InvalidInput, RuleBroken, NotFound) as error:
            return sms_texts.wrong(_name_of(error)), None

    def _begin(self, asked: Begin) -> tuple[str, str]:
        place = places.get(self.conn, asked.place_id)
        phone = self.message.phone if asked.is_reminded else None
        wanted = sessions.Asked(
            place.id, asked.plate, _vehicle(place, asked), asked.minutes, phone=phone, wording=_WORDING
        )
        begun = sessions.begin(self.conn, wanted, self.now, new_token())
        text = sms_texts.begun(begun, place.name_vi, self._link(begun), self.now, is_odd=asked.plate.is_odd)
        return text, begun.id

    def _extend(self, asked: Extend) -> tuple[str, str]:
        longer = sessions.extend(self.conn, self._theirs(), asked.minutes, self.now)
        # Who was reminded once is reminded again: the phone was forgotten, what they agreed to was not.
        is_known = sessions.remind_again(self.conn, longer.id, self.message.phone)
        if asked.is_reminded and not is_known:
            sessions.remind_by_phone(self.conn, longer.id, self.message.phone, _WORDING, self.now)
        return sms_texts.extended(longer, self._link(longer), self.now), longer.id

    def _stop(self) -> tuple[str, str]:
        stopped, back = sessions.stop(self.conn, self._theirs(), self.now)
        given = refunds.request_for(self.conn, stopped.id, back, self.now)
        return sms_texts.stopped(stopped, self._link(stopped), self.now, given_back=given), stopped.id

    def _standing(self) -> tuple[str, str]:
        found = sessions.by_token(self.conn, self._theirs())
        return sms_texts.standing(found, self._link(found), self.now), found.id

    def _theirs(self) -> str:
        """The token of the sender's session; raises NotFound."""
        over = self.now - GRACE
        token = sms_inbox.session_token(self.conn, self.message.phone, self.message.sender, over)
        if token is None:
            raise NotFound("session", "of this phone")
        return token

    def _link(self, session: Session) -> str:
        return f"{self.public_url}/p/{session.token}"


def _vehicle(place: PlaceRow, asked: Begin) -> str:
    """A motorbike by its plate, else what the place is for first."""
    if is_motorbikes(asked.plate.text):
        return _MOTORBIKE
    return next((vehicle for vehicle in place.vehicles if vehicle != _MOTORBIKE), _MOTORBIKE)


def _name_of(error: CityHubError) -> str:
    match error:
        case RuleBroken():
            return error.rule
        case InvalidInput():
            return error.field
        case NotFound(noun="session"):
            return "none"
    return "other"
