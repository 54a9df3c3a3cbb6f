"""Static snapshots: map pages with their data inside, that open from a folder without any server."""

import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, select_autoescape

from cityhub.errors import ServiceError
from cityhub.kinds import KINDS
from cityhub.words import LANGUAGES, Language, words_in
from maps.assets import LEAFLET, own_files, vendor_files
from maps.browser import kind_name
from maps.document import Links, Snapshot, page

TIMEOUT_S: Final = 15
_TEMPLATES: Final = Environment(loader=PackageLoader("maps", "templates"), autoescape=select_autoescape())


def write(
    directory: Path,
    api_url: str,
    languages: tuple[Language, ...] = LANGUAGES,
    *,
    assets_dir: str = "",
    notice: str | None = None,
    tiles_url: str = "",
    tiles_attribution: str = "",
) -> list[Path]:
    """Five maps in each language and index.html in `directory`, their scripts in `directory`/assets.

    Reads everything before it writes anything. Raises ServiceError when the API, an npm package or the
    directory cannot be used.
    """
    files = {**own_files(), **vendor_files(LEAFLET, assets_dir)}
    areas = read(api_url, "/api/v1/areas/outlines")
    collections = {kind: read(api_url, f"/api/v1/latest/{kind}") for kind in KINDS}
    pages: dict[str, str] = {}
    for language in languages:
        for kind, collection in collections.items():
            pages[_name(kind, language, languages)] = page(
                kind,
                language,
                static_prefix="assets",
                notice=notice,
                tiles_url=tiles_url,
                tiles_attribution=tiles_attribution,
                links=_links(kind, language, languages),
                snapshot=Snapshot(collection, areas),
            )
    taken_at = max(str(collection["generated_at"]) for collection in collections.values())
    pages["index.html"] = _index(languages, taken_at, notice)
    try:
        return _save(directory, pages, files)
    except OSError as exc:
        raise ServiceError(f"cannot write to {directory}: {exc.strerror or exc}") from exc


def read(api_url: str, path: str) -> dict[str, Any]:
    """The JSON object at `path` of the API; raises ServiceError saying what to do."""
    url = api_url.rstrip("/") + path
    if not url.startswith(("http://", "https://")):
        raise ServiceError(f"{api_url!r} is no address of an API; give --api http://host:port")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 - scheme checked above
            found = json.load(answer)
    except urllib.error.HTTPError as exc:
        raise ServiceError(f"{url} answers {exc.code}; is this the hub's API, and is it ready?") from exc
    except (OSError, ValueError, HTTPException) as exc:
        reason = exc.reason if isinstance(exc, urllib.error.URLError) else exc
        raise ServiceError(
            f"no API at {api_url} ({reason}); start it with `./hub demo` or `./hub api`, or give --api URL"
        ) from exc
    if not isinstance(found, dict) or not isinstance(found.get("features"), list):
        raise ServiceError(f"{url} does not answer GeoJSON; is this the hub's API?")
    return found


def _name(kind: str, language: Language, languages: tuple[Language, ...]) -> str:
    """The first language's files have the short names."""
    return f"{kind}.html" if language == languages[0] else f"{kind}-{language}.html"


def _links(kind: str, language: Language, languages: tuple[Language, ...]) -> Links:
    return Links(
        kinds={name: _name(name, language, languages) for name in KINDS},
        languages={code: _name(kind, code, languages) for code in languages},
        home="index.html",
    )


def _index(languages: tuple[Language, ...], taken_at: str, notice: str | None) -> str:
    parts = [
        {
            "language": language,
            "gettext": words_in(language).gettext,
            "maps": [(_name(kind, language, languages), kind_name(kind, language)) for kind in KINDS],
        }
        for language in languages
    ]
    return _TEMPLATES.get_template("snapshots.html").render(parts=parts, taken_at=taken_at, notice=notice)


def _save(directory: Path, pages: Mapping[str, str], files: Mapping[str, Path]) -> list[Path]:
    for path, source in files.items():
        target = directory / "assets" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    written = []
    for name, text in pages.items():
        (directory / name).write_text(text, "utf-8")
        written.append(directory / name)
    return written
