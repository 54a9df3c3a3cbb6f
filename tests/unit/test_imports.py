"""Each program loads what it runs on: what it loads beside that, everybody waits for at every start."""

import subprocess
import sys

import pytest

# Takes long to load, and only few programs need it.
HEAVY = {
    "PIL", "babel", "branca", "cryptography", "fastapi", "folium", "fontTools", "fpdf", "geopandas", "jinja2", "numpy",
    "openpyxl", "paho", "pandas", "procrastinate", "psycopg", "pyarrow", "requests", "rich", "shapely", "typer",
    "uvicorn",
}  # fmt: skip
PROGRAMS = {
    # What asks and fills the database loads while the broker answers.
    "ingest.__main__": {"paho"},
    "ingest.workers": {"paho"},
    "ingest.schema": {"psycopg"},
    "ingest.writer": {"psycopg"},
    "ingest.worker": {"psycopg"},
    "ingest.session": {"paho"},
    "jobs.__main__": {"procrastinate", "psycopg"},
    "api.__main__": {"babel", "fastapi", "jinja2", "psycopg", "uvicorn"},
    "maps.__main__": {
        "babel",
        "branca",
        "folium",
        "jinja2",
        "numpy",
        "pandas",
        "pyarrow",
        "requests",
        "typer",
    },
    "simulators.simulate": {"paho", "rich"},
    # httpx loads rich for its command line.
    "simulators.gateways": {"rich", "uvicorn"},
    "simulators.drivers": {"rich"},
    "tools.cli.commands": {"rich", "typer"},
}


def loaded(statements: str) -> set[str]:
    """Top-level packages that the statements load, in a Python of their own."""
    script = f"{statements}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout.split()
    )


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_loads_what_it_runs_on_and_no_more(program: str) -> None:
    assert loaded(f"import {program}") & HEAVY <= PROGRAMS[program]


def test_the_api_is_made_without_what_only_draws_maps() -> None:
    application = (
        "from api.app import create_app\nfrom cityhub.config import read_settings\n"
        "create_app(read_settings(database_url='postgresql://127.0.0.1/none'))"
    )
    assert not loaded(application) & {
        "folium",
        "branca",
        "pandas",
        "numpy",
        "geopandas",
        "openpyxl",
        "requests",
        "rich",
        "fpdf",
    }


def test_a_map_is_drawn_all_the_same() -> None:
    drawn = "from maps.document import page\nassert '<html' in page('air', 'vi')"
    assert "folium" in loaded(drawn)


def test_whoever_has_loaded_rich_keeps_it() -> None:
    assert "rich" in loaded("import rich.console\nfrom cityhub.logs import get_logger\nimport rich.table")
    assert "rich" in loaded("from cityhub.logs import get_logger\nimport rich.table")
