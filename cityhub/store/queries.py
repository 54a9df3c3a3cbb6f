"""Named SQL: `-- name: x` starts a query in the .sql file beside the module of the same stem."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


class Queries(Mapping[str, LiteralString]):
    """The queries of one file by name. The text is static, so psycopg may take it for a literal."""

    def __init__(self, file: Path) -> None:
        self.file = file
        pieces = _NAME.split(file.read_text(encoding="utf-8"))
        self._texts = {
            name: cast(LiteralString, body.strip())
            for name, body in zip(pieces[1::2], pieces[2::2], strict=True)
        }

    def __getitem__(self, name: str) -> LiteralString:
        return self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def load(module_file: str) -> Queries:
    """The queries of the .sql file beside `module_file` (pass `__file__`)."""
    return Queries(Path(module_file).with_suffix(".sql"))
