"""What a file with the history of one datastream says of itself: whose it is, in which unit, on which terms."""

from dataclasses import dataclass
from typing import Any

from api.answers.observations import RawRow, StepRow
from api.history import Question
from api.terms import NO_FLAG, QUALITY, Terms
from cityhub.kinds import DEVICE_PROPERTIES, KINDS
from cityhub.model import SensorRow
from cityhub.rfc3339 import local_time

CSVW = "application/csvm+json"

_STEPS = {
    "raw": "every observation as measured",
    "PT1H": "hours from `time` on; rejected readings are left out and counted in n_rejected",
    "P1D": "days of Asia/Ho_Chi_Minh from `time` on; rejected readings are left out and counted in n_rejected",
}
# Columns in the property's unit; the others count, or are no quantity.
_MEASURED = {"value", "mean", "min", "max", "sum"}
_TYPES = {"time": "dateTime", "quality": "string", "n": "integer", "n_rejected": "integer"}


@dataclass(frozen=True, slots=True)
class Series:
    """A question about a datastream of `sensor`, whose values are in `unit`."""

    sensor: SensorRow
    question: Question
    unit: str
    terms: Terms

    def metadata(self) -> dict[str, str]:
        """What the file says of itself, in English but for names."""
        sensor, question = self.sensor, self.question
        observed = KINDS[sensor.kind].properties.get(question.property) or DEVICE_PROPERTIES.get(
            question.property
        )
        name = question.property if observed is None else observed.name_en
        place = f"{sensor.lon}, {sensor.lat} (lon, lat, WGS84; {sensor.basis})"
        return {
            "sensor": sensor.id,
            "sensor_name": sensor.name_vi,
            "place": f"{place}; illustrative, not a real site" if sensor.illustrative else place,
            "property": question.property,
            "property_name": name,
            "unit": self.unit,
            "step": f"{question.step}: {_STEPS[question.step]}",
            "start": local_time(question.start),
            "end": local_time(question.end),
            **self.terms.metadata(),
        }


def csvw(series: Series, url: str) -> dict[str, Any]:
    """The CSV file at `url`, described as CSV on the Web does (W3C, Metadata Vocabulary for Tabular Data)."""
    columns = (RawRow if series.question.step == "raw" else StepRow).__struct_fields__
    told = series.metadata()
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": url,
        "dc:title": f"{told['sensor_name']}: {told['property_name']}",
        "dc:description": told["step"],
        "dc:license": {"@id": series.terms.licence_url},
        "dc:publisher": series.terms.publisher,
        "dc:spatial": told["place"],
        "dialect": {"lineTerminators": ["\r\n"], "commentPrefix": "#"},
        "tableSchema": {"primaryKey": "time", "columns": [_column(name, series.unit) for name in columns]},
    } | ({"rdfs:comment": series.terms.notice} if series.terms.notice else {})


def _column(name: str, unit: str) -> dict[str, Any]:
    column: dict[str, Any] = {"name": name, "titles": name, "datatype": _TYPES.get(name, "number")}
    if name in _MEASURED:
        return column | {"schema:unitText": unit}
    if name == "quality":
        told = "; ".join(f"{flag}: {words}" for flag, words in QUALITY.items())
        return column | {"separator": " ", "dc:description": f"{NO_FLAG}; {told}"}
    return column
