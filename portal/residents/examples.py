"""Examples of the page of open data, as they can be pasted. A test runs them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import quote

from cityhub.rfc3339 import local_time
from cityhub.words import Language, words_in


@dataclass(frozen=True, slots=True)
class Example:
    """`title` says what it does; `code` is for a shell or for Python."""

    title: str
    tool: Literal["shell", "python"]
    code: str


def examples(base: str, month: tuple[str, str] | None, now: datetime, language: Language) -> list[Example]:
    """Those for a hub at `base`; `month`: a kind and month (YYYY-MM) of which there are files, None: of none.

    Histories end with the day of `now` (+07:00).
    """
    words = words_in(language)
    end = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    start = end - timedelta(days=7)
    history = (
        f"{base}/api/v1/sensors/air-trung-yen-3/observations?property=pm2_5&step=PT1H"
        f"&start={quote(local_time(start))}&end={quote(local_time(end))}"
    )
    found = [
        Example(words.gettext("data.example.latest"), "shell", f"curl -sf {base}/api/v1/latest/air"),
        Example(words.gettext("data.example.csv"), "shell", f"curl -sf '{history}&format=csv&about=true'"),
        Example(
            words.gettext("data.example.pandas"),
            "python",
            f'import pandas\n\nhours = pandas.read_csv(\n    "{history}&format=csv",\n    parse_dates=["time"],\n)\n'
            'print(hours[["time", "mean", "max"]])',
        ),
    ]
    if month is not None:
        kind, of = month
        found.append(
            Example(
                words.gettext("data.example.geopandas"),
                "python",
                "import urllib.request\n\nimport geopandas\n\n"
                f'urllib.request.urlretrieve("{base}/api/v1/data/{kind}/{of}.geoparquet", "{kind}.parquet")\n'
                f'readings = geopandas.read_parquet("{kind}.parquet")\n'
                'print(readings.groupby(["name", "property"])["value"].describe())',
            )
        )
    return found
