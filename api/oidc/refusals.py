"""Why nobody was let in by the city's provider. Each has a page of its own (portal.staff.login)."""

from typing import Final, Literal

from cityhub.errors import CityHubError

Reason = Literal["unavailable", "cancelled", "provider", "attempt", "token", "role", "shut_out"]

STATUS: Final[dict[Reason, int]] = {
    # It does not answer, or with what is no answer.
    "unavailable": 503,
    # Whoever was asked said no.
    "cancelled": 403,
    # It refuses the hub: its settings there are not right.
    "provider": 502,
    # Not begun in this browser, used already, or too long ago.
    "attempt": 400,
    # What it says of somebody cannot be believed.
    "token": 502,
    # It knows them, and gives them no role here.
    "role": 403,
    # They were let in once, and are no more.
    "shut_out": 403,
}


class Refused(CityHubError):
    """`reason` for the page; the text is for the log: it holds no code, token or name."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason: Reason = reason
