"""All pages of one hub: drawn from its settings and files, the same text for the same arguments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Final, TypeVar

import msgspec

from cityhub.config import Settings
from cityhub.errors import ServiceError
from cityhub.logs import get_logger
from cityhub.words import Language
from portal import assets, home
from portal.content import HTML, Content
from portal.driver import (
    CheckView,
    Choice,
    Length,
    PermitChoice,
    PermitOffer,
    PermitView,
    PlaceView,
    ReceiptView,
    SessionView,
    check_html,
    manifest,
    offline_html,
    permit_form_html,
    permit_html,
    permits_html,
    place_html,
    places_html,
    receipt_html,
    receipt_pdf,
    session_html,
)
from portal.errors import error_html
from portal.home import HomeView
from portal.policy import content_security_policy
from portal.rendering import AssetUrl
from portal.residents import EmbedView, embed_html
from portal.residents import offline_html as residents_offline_html
from portal.staff import (
    AccountView,
    InspectView,
    account_html,
    code_html,
    inspect_html,
    left_html,
    login_html,
    refused_html,
)

_log = get_logger()
_View = TypeVar("_View")


@dataclass(frozen=True, slots=True)
class Page:
    """One page, ready to be sent many times."""

    content: Content
    language: Language
    policy: str


class Portal:
    """The pages of a hub with these settings. Reads and compresses the files that they load."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        files = assets.own()
        vendor: Mapping[str, Path] = {}
        try:
            vendor = assets.vendor(settings.assets_dir)
        except ServiceError as exc:
            _log.error("maps and API documentation cannot be shown", error=str(exc))
        # Maps and API documentation need them, the other pages do not.
        self.has_packages: Final = bool(vendor)
        self.assets: Final = assets.Assets(assets.joined(files, vendor))
        self._fonts: Mapping[str, Path] = {}
        try:
            self._fonts = assets.fonts(settings.assets_dir)
        except ServiceError as exc:
            _log.error("receipts cannot be had as PDF", error=str(exc))
        self.has_fonts: Final = bool(self._fonts)

    def home(self, language: Language, view: HomeView) -> Page:
        """The first page with the kinds as they are."""
        return _page(home.html(language, view, self.assets.url, self._settings.notice), language)

    def drawn(
        self, language: Language, draw: Callable[[Language, _View, AssetUrl, str], str], view: _View
    ) -> Page:
        """The page that `draw`, a function of portal.residents, makes of `view`."""
        return _page(draw(language, view, self.assets.url, self._settings.notice), language)

    def embed(self, language: Language, view: EmbedView) -> Page:
        """A kind as a list, for frames in other sites."""
        html = embed_html(language, view, self.assets.url, self._settings.notice)
        return _page(html, language, embed=True, framed_by=self._settings.embed_origins)

    def map(self, kind: str, language: Language, *, embed: bool) -> Page:
        """The map of one kind, `embed` for frames in other sites; needs the packages. Raises NotFound."""
        html = _maps().page(
            kind,
            language,
            embed=embed,
            tiles_url=self._settings.tiles_url,
            tiles_attribution=self._settings.tiles_attribution,
            notice=self._settings.notice or None,
            asset_url=self.assets.url,
        )
        policy = content_security_policy(
            html,
            tiles_url=self._settings.tiles_url,
            embed=embed,
            framed_by=self._settings.embed_origins,
        )
        return Page(Content.of(html.encode(), HTML), language, policy)

    def parking(self, language: Language, places: Sequence[PlaceView], now: datetime) -> Page:
        """Where to park, at `now` (aware)."""
        return _page(places_html(language, places, now, self.assets.url, self._settings.notice), language)

    def parking_place(
        self, language: Language, place: PlaceView, lengths: Sequence[Length], choice: Choice, now: datetime
    ) -> Page:
        """One place at `now` (aware), and the form that begins a session there."""
        html = place_html(language, place, lengths, choice, now, self.assets.url, self._settings.notice)
        return _page(html, language)

    def parking_session(self, language: Language, session: SessionView, now: datetime) -> Page:
        """A session at `now` (aware), for who has its link."""
        return _page(session_html(language, session, now, self.assets.url, self._settings.notice), language)

    def parking_offline(self, language: Language) -> Page:
        """What is kept on a driver's device for when there is no connection."""
        return _page(offline_html(language, self.assets.url, self._settings.notice), language)

    def residents_offline(self, language: Language) -> Page:
        """What is kept on a resident's device for when there is no connection."""
        return _page(residents_offline_html(language, self.assets.url, self._settings.notice), language)

    def manifest(self, language: Language) -> Content:
        """How the driver's pages are installed."""
        body = msgspec.json.encode(manifest(language, self.assets.url("icon.svg")))
        return Content.of(body, "application/manifest+json")

    def receipt(self, language: Language, receipt: ReceiptView) -> Page:
        """A receipt, for who has the link of its session."""
        return _page(receipt_html(language, receipt, self.assets.url, self._settings.notice), language)

    def receipt_pdf(self, language: Language, receipt: ReceiptView) -> bytes:
        """The same as PDF; needs the fonts, and a tenth of a second of work."""
        return receipt_pdf(language, receipt, self._fonts, self._settings.notice)

    def receipt_check(self, language: Language, check: CheckView) -> Page:
        """Where whoever holds a receipt asks whether it is genuine."""
        return _page(check_html(language, check, self.assets.url, self._settings.notice), language)

    def permits(self, language: Language, permits: Sequence[PermitOffer]) -> Page:
        """The permits that can be bought."""
        return _page(permits_html(language, permits, self.assets.url, self._settings.notice), language)

    def permit_form(
        self,
        language: Language,
        permit: PermitOffer,
        choice: PermitChoice,
        earliest: date,
        days_ahead: int,
    ) -> Page:
        """The form that asks for a permit, from `earliest` or up to so many days later on."""
        notice = self._settings.notice
        html = permit_form_html(language, permit, choice, earliest, days_ahead, self.assets.url, notice)
        return _page(html, language)

    def permit(self, language: Language, permit: PermitView, now: datetime) -> Page:
        """A permit at `now` (aware), for who has its link."""
        return _page(permit_html(language, permit, now, self.assets.url, self._settings.notice), language)

    def login(self, language: Language, onward: str, name: str = "", *, is_wrong: bool = False) -> Page:
        """Where people come in, and are then sent `onward`; `is_wrong`: they were not let in."""
        provider = self._settings.oidc_label if self._settings.oidc_issuer else None
        notice = self._settings.notice
        html = login_html(
            language, onward, name, self.assets.url, notice, is_wrong=is_wrong, provider=provider
        )
        return _page(html, language)

    def login_refused(self, language: Language, reason: str, onward: str) -> Page:
        """The city's provider let nobody in, for a `reason` of api.oidc."""
        return _page(refused_html(language, reason, onward, self.assets.url, self._settings.notice), language)

    def signed_out(self, language: Language, at_provider: str) -> Page:
        """Out of the hub; `at_provider`: where to sign out of the city's provider too."""
        label = self._settings.oidc_label
        return _page(
            left_html(language, at_provider, label, self.assets.url, self._settings.notice), language
        )

    def login_code(self, language: Language, onward: str, *, is_wrong: bool = False) -> Page:
        """The second step."""
        notice = self._settings.notice
        return _page(code_html(language, onward, self.assets.url, notice, is_wrong=is_wrong), language)

    def account(
        self,
        language: Language,
        view: AccountView,
        *,
        said: str | None = None,
        problem: str | None = None,
        codes: Sequence[str] = (),
    ) -> Page:
        """Somebody's own account; `codes` are shown this once."""
        notice = self._settings.notice
        html = account_html(language, view, self.assets.url, notice, said=said, problem=problem, codes=codes)
        return _page(html, language)

    def inspect(self, language: Language, view: InspectView) -> Page:
        """What an inspector sees."""
        return _page(inspect_html(language, view, self.assets.url, self._settings.notice), language)

    def prepare(self) -> None:
        """Load what draws maps, so that who opens the first one does not wait for it."""
        _maps()

    def error(self, status: int, language: Language, *, embed: bool = False) -> Page:
        """What a person reads instead of a page that cannot be shown; `embed` in a frame of another site."""
        html = error_html(status, language, self.assets.url, self._settings.notice)
        return _page(html, language, embed=embed, framed_by=self._settings.embed_origins)


def _maps() -> ModuleType:
    # Folium takes a second to load, which the start of the API should not wait for.
    from maps import document  # noqa: PLC0415

    return document


def _page(html: str, language: Language, *, embed: bool = False, framed_by: str = "") -> Page:
    policy = content_security_policy(html, embed=embed, framed_by=framed_by)
    return Page(Content.of(html.encode(), HTML), language, policy)
