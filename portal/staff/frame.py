"""What every page of operations has: where else its reader may go, and how moments are written."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from cityhub.api_keys import Scope
from cityhub.words import Language, words_in
from cityhub.words.formats import clock, date
from portal.rendering import AssetUrl, render


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: their name and what they may do. `said`: what they have just done, by name.

    `is_person`: not a program with a key.
    """

    name: str
    scopes: Collection[Scope]
    said: str | None = None
    is_person: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """A page that the reader may open."""

    path: str
    text: str
    is_here: bool


def links(language: Language, reader: Reader, here: str | None = None) -> Sequence[Link]:
    """The pages of staff that a reader may open."""
    words = words_in(language)
    pages: list[tuple[str, Scope, str]] = [
        ("/ops", "ops:read", words.gettext("ops.nav.console")),
        ("/ops/new", "ops:read", words.gettext("ops.nav.new")),
        ("/ops/quarantine", "ops:read", words.gettext("ops.nav.quarantine")),
        ("/ops/completeness", "ops:read", words.gettext("ops.nav.completeness")),
        ("/ops/revenue", "revenue:read", words.gettext("ops.nav.revenue")),
        ("/ops/money", "money:write", words.gettext("ops.nav.money")),
        ("/ops/sessions", "ops:write", words.gettext("ops.nav.sessions")),
        ("/ops/jobs", "ops:read", words.gettext("ops.nav.jobs")),
        ("/ops/audit", "ops:write", words.gettext("ops.nav.audit")),
        ("/inspect", "enforcement:read", words.gettext("inspect.title")),
    ]
    return [Link(path, text, path == here) for path, scope, text in pages if scope in reader.scopes]


def moment(language: Language) -> Callable[[datetime], str]:
    """How a moment (aware) is written: the time of Viet Nam and the day."""
    return lambda at: f"{clock(at)} {date(at, language)}"


def action_words(language: Language, action: str) -> str:
    """What somebody did, which the trail keeps in English; in its words where nobody has others for it."""
    words = words_in(language)
    return {
        "acknowledgement undone": words.gettext("did.acknowledgement_undone"),
        "key made": words.gettext("did.key_made"),
        "key revoked": words.gettext("did.key_revoked"),
        "linked to the provider": words.gettext("did.linked"),
        "link to the provider ended": words.gettext("did.link_ended"),
        "listening begun": words.gettext("did.listening_begun"),
        "listening ended": words.gettext("did.listening_ended"),
        "locked for a while": words.gettext("did.locked"),
        "maintenance begun": words.gettext("did.maintenance_begun"),
        "maintenance ended": words.gettext("did.maintenance_ended"),
        "names mapped": words.gettext("did.names_mapped"),
        "parking place registered": words.gettext("did.place_registered"),
        "parked money returned": words.gettext("did.money_returned"),
        "parked money to a wallet": words.gettext("did.money_to_wallet"),
        "password at the broker changed": words.gettext("did.device_password_changed"),
        "password at the broker given": words.gettext("did.device_password_given"),
        "password at the broker revoked": words.gettext("did.device_password_revoked"),
        "password changed": words.gettext("did.password_changed"),
        "person added": words.gettext("did.person_added"),
        "person reset": words.gettext("did.person_reset"),
        "person shut out": words.gettext("did.person_shut_out"),
        "plate looked up": words.gettext("did.plate_looked_up"),
        "quarantine replayed": words.gettext("did.quarantine_replayed"),
        "recovery code used": words.gettext("did.recovery_used"),
        "refund done by hand": words.gettext("did.refund_done"),
        "role changed": words.gettext("did.role_changed"),
        "second factor removed": words.gettext("did.factor_removed"),
        "second factor set": words.gettext("did.factor_set"),
        "sensor changed": words.gettext("did.sensor_changed"),
        "sensor registered": words.gettext("did.sensor_registered"),
        "session corrected": words.gettext("did.session_corrected"),
        "signed in": words.gettext("did.signed_in"),
        "signed out: no role at the provider": words.gettext("did.no_role"),
        "taken over by the catalogue's files": words.gettext("did.taken_over"),
        "trouble acknowledged": words.gettext("did.acknowledged"),
    }.get(action, action)


def page(
    template: str,
    language: Language,
    reader: Reader,
    here: str,
    asset_url: AssetUrl,
    notice: str,
    **values: object,
) -> str:
    """A page of operations by its template."""
    return render(
        f"ops/{template}",
        language,
        asset_url=asset_url,
        notice=notice,
        reader=reader,
        links=links(language, reader, here),
        address=here,
        when=moment(language),
        action=lambda name: action_words(language, name),
        **values,
    )
