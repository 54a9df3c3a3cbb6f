"""SQL lives in named queries only, and every name that is used is defined and the other way round."""

import re
from pathlib import Path

import pytest

from cityhub.store.queries import load

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [
    ROOT / name for name in ("cityhub", "ingest", "api", "jobs", "maps", "portal", "simulators", "tools")
]
MODULES = sorted(
    file
    for folder in FOLDERS
    for file in folder.rglob("*.py")
    if "load(__file__)" in file.read_text(encoding="utf-8")
)
STATEMENT = re.compile(r"""["']\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|WITH \w+ AS)\b""")


@pytest.mark.parametrize("module", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_used_names_are_the_defined_names(module: Path) -> None:
    used = set(re.findall(r'_SQL\["(\w+)"\]', module.read_text(encoding="utf-8")))
    assert used == set(load(str(module)))


def test_every_query_file_belongs_to_a_module() -> None:
    files = {f for folder in FOLDERS for f in folder.rglob("*.sql") if not re.match(r"\d{4}_", f.name)}
    assert files == {module.with_suffix(".sql") for module in MODULES}


def test_no_statement_is_written_in_python() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for folder in FOLDERS
        for file in folder.rglob("*.py")
        for match in STATEMENT.finditer(file.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_a_name_that_is_not_defined_is_an_error() -> None:
    with pytest.raises(KeyError):
        load(str(MODULES[0]))["no_such_query"]
