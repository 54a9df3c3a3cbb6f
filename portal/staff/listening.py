"""Messages of a sensor as they came, and what ingest makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cityhub.kinds import KindName
from cityhub.model import SensorRow
from cityhub.observing.kept import KeptMessage
from cityhub.onboarding.trial import Trial
from cityhub.rfc3339 import at_local_time
from cityhub.words import Language
from maps.browser import in_language
from portal.rendering import AssetUrl
from portal.staff import own_names
from portal.staff.device import Listening
from portal.staff.frame import Reader, page
from portal.staff.said import said_words


class RawMessage(KeptMessage, Protocol):
    """A message as it came."""

    @property
    def is_cut(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class ListeningView:
    """What came, the newest first, each with what ingest makes of it; `standing`: who listens now."""

    reader: Reader
    sensor: SensorRow
    standing: Listening | None
    messages: Sequence[tuple[RawMessage, Trial]]


def listening_html(language: Language, view: ListeningView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    sensor = view.sensor
    return page(
        "messages.html",
        language,
        view.reader,
        f"/ops/devices/{sensor.id}/messages",
        asset_url,
        notice,
        view=view,
        sensor=sensor,
        name=in_language(sensor.name_vi, sensor.name_en, language),
        messages=[_shown(one, trial, sensor.kind, language) for one, trial in view.messages],
        said=said_words(language).get(view.reader.said or ""),
        may_write=True,
    )


def _shown(message: RawMessage, trial: Trial, kind: KindName, language: Language) -> dict[str, Any]:
    return {
        "raw": message,
        "when": f"{at_local_time(message.first_received_at):%H:%M:%S %d/%m/%Y}",
        "channel": message.topic.split("/", 3)[-1],
        # What is no text is shown by its bytes; nothing of it is markup.
        "payload": message.payload.decode(errors="backslashreplace"),
        "trial": own_names.trial(kind, trial, language),
    }
