"""The hub's data as a catalogue of DCAT-AP 3 in JSON-LD, for portals of open data that collect catalogues.

https://semiceu.github.io/DCAT-AP/releases/3.0.0/ says which properties a catalogue, a dataset and a file must have.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from api.answers.data import Data, DataFile, DataKind, DataMonth
from api.bulk import FORMATS
from api.bulk.months import Month
from cityhub.rfc3339 import local_time
from cityhub.words import LANGUAGES, Words, words_in

MEDIA_TYPE = "application/ld+json"

_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_FILE_TYPES = "http://publications.europa.eu/resource/authority/file-type/"
_IANA = "http://www.iana.org/assignments/media-types/"
_THEMES = "http://publications.europa.eu/resource/authority/data-theme/"
_FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"
_LANGUAGES = "http://publications.europa.eu/resource/authority/language/"
_FILE_TYPE = {"csv": "CSV", "parquet": "PARQUET", "geoparquet": "PARQUET", "gpkg": "GPKG", "json": "JSON"}
# Of the European Union's themes; environment where nothing else is said.
_THEME = {"parking": "TRAN"}


def catalogue(base: str, data: Data, boxes: dict[str, tuple[float, float, float, float]]) -> dict[str, Any]:
    """The document. `base`: the hub's own address; `boxes`: west, south, east, north of a kind's sensors (WGS84)."""
    terms = {"licence": {"@id": data.licence_url}, "publisher": {"@id": f"{base}/data#publisher"}}
    datasets = [
        _dataset(base, kind, terms, boxes[kind.kind], data.notice)
        for kind in data.kinds
        if kind.kind in boxes
    ]
    return {
        "@context": _CONTEXT,
        "@graph": [
            {
                "@id": f"{base}/data",
                "@type": "dcat:Catalog",
                "dct:title": _texts(lambda words: words.gettext("dcat.title")),
                "dct:description": _texts(lambda words: words.gettext("dcat.description"), data.notice),
                "dct:publisher": terms["publisher"],
                "dct:license": terms["licence"],
                "dct:language": [{"@id": f"{_LANGUAGES}VIE"}, {"@id": f"{_LANGUAGES}ENG"}],
                "dct:modified": _time(data.counted_at),
                "foaf:homepage": {"@id": f"{base}/"},
                "dcat:dataset": [{"@id": dataset["@id"]} for dataset in datasets],
            },
            {"@id": f"{base}/data#publisher", "@type": "foaf:Agent", "foaf:name": data.publisher},
            {"@id": data.licence_url, "@type": "dct:LicenseDocument", "dct:title": data.licence},
            *datasets,
            *(
                file
                for kind in data.kinds
                if kind.kind in boxes
                for file in _distributions(base, kind, terms["licence"])
            ),
        ],
    }


def _dataset(
    base: str,
    kind: DataKind,
    terms: dict[str, Any],
    box: tuple[float, float, float, float],
    notice: str,
) -> dict[str, Any]:
    west, south, east, north = box
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    outline = ", ".join(f"{lon} {lat}" for lon, lat in corners)
    properties = {
        "vi": ", ".join(one.name for one in kind.properties),
        "en": ", ".join(one.name_en for one in kind.properties),
    }
    found = {
        "@id": _id(base, kind),
        "@type": "dcat:Dataset",
        "dct:identifier": kind.kind,
        "dct:title": [_text(kind.name, "vi"), _text(kind.name_en, "en")],
        "dct:description": [
            _text(
                " ".join(
                    part
                    for part in (
                        words_in(language).gettext("dcat.dataset", properties=properties[language]),
                        words_in(language).gettext("dcat.illustrative") if kind.illustrative else "",
                        notice,
                    )
                    if part
                ),
                language,
            )
            for language in LANGUAGES
        ],
        "dct:publisher": terms["publisher"],
        "dct:license": terms["licence"],
        "dct:accrualPeriodicity": {"@id": f"{_FREQUENCY}UPDATE_CONT"},
        "dcat:theme": {"@id": f"{_THEMES}{_THEME.get(kind.kind, 'ENVI')}"},
        "dcat:keyword": [
            _text("Hà Nội", "vi"),
            _text("Hanoi", "en"),
            *(one.property for one in kind.properties),
        ],
        "dcat:landingPage": {"@id": f"{base}/data"},
        "dct:spatial": {
            "@type": "dct:Location",
            "rdfs:label": [_text("Hà Nội", "vi"), _text("Hanoi", "en")],
            "dcat:bbox": {"@type": "geo:wktLiteral", "@value": f"POLYGON(({outline}))"},
        },
        "dcat:distribution": [{"@id": file["@id"]} for file in _distributions(base, kind, terms["licence"])],
    }
    if kind.first is not None and kind.last is not None:
        found["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _time(kind.first),
            "dcat:endDate": _time(kind.last),
        }
        found["dct:modified"] = _time(kind.last)
    return found


def _distributions(base: str, kind: DataKind, licence: dict[str, str]) -> list[dict[str, Any]]:
    newest = f"{base}/api/v1/latest/{kind.kind}"
    return [
        {
            "@id": f"{newest}#distribution",
            "@type": "dcat:Distribution",
            "dct:title": _texts(lambda words: words.gettext("dcat.latest")),
            "dcat:accessURL": {"@id": newest},
            "dcat:mediaType": {"@id": f"{_IANA}application/geo+json"},
            "dct:format": {"@id": f"{_FILE_TYPES}GEOJSON"},
            "dct:license": licence,
        },
        *(_file(base, kind, month, file, licence) for month in kind.months for file in month.files),
    ]


def _file(
    base: str, kind: DataKind, month: DataMonth, file: DataFile, licence: dict[str, str]
) -> dict[str, Any]:
    url = f"{base}{file.url}"
    span = Month.parse(month.month)
    found: dict[str, Any] = {
        "@id": f"{url}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": [
            _text(f"{name}, {month.month}, {file.format}", language)
            for language, name in (("vi", kind.name), ("en", kind.name_en))
        ],
        "dcat:accessURL": {"@id": url},
        "dcat:downloadURL": {"@id": url},
        "dcat:mediaType": {"@id": f"{_IANA}{FORMATS[file.format].partition(';')[0]}"},
        "dct:format": {"@id": f"{_FILE_TYPES}{_FILE_TYPE[file.format]}"},
        "dct:license": licence,
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _time(span.start),
            "dcat:endDate": _time(span.end),
        },
    }
    if file.bytes is not None:
        found["dcat:byteSize"] = {"@type": "xsd:nonNegativeInteger", "@value": str(file.bytes)}
    return found


def _id(base: str, kind: DataKind) -> str:
    return f"{base}/data#{kind.kind}"


def _texts(told: Callable[[Words], str], notice: str = "") -> list[dict[str, str]]:
    return [_text(f"{told(words_in(language))} {notice}".strip(), language) for language in LANGUAGES]


def _text(text: str, language: str) -> dict[str, str]:
    return {"@value": text, "@language": language}


def _time(time: datetime) -> dict[str, str]:
    return {"@type": "xsd:dateTime", "@value": local_time(time)}
