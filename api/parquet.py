"""Tables as Parquet of any length in constant memory. pyarrow is loaded by whoever calls, not by whoever imports."""

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow

MEDIA_TYPE = "application/vnd.apache.parquet"


class _Sink(io.RawIOBase):
    """Takes what the writer writes; `take` hands it on."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._length += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._length

    def take(self) -> bytes:
        found = b"".join(self._pieces)
        self._pieces.clear()
        return found


def pieces(schema: "pyarrow.Schema", tables: Iterable["pyarrow.Table"]) -> Iterator[bytes]:
    """The file of `schema` in pieces: a row group for each table, as soon as it is there."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    sink = _Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for table in tables:
            if table.num_rows:
                writer.write_table(table)
            yield sink.take()
    yield sink.take()


def described(schema: "pyarrow.Schema", metadata: Mapping[str, str]) -> "pyarrow.Schema":
    """The schema with metadata of the file."""
    return schema.with_metadata({**(schema.metadata or {}), **metadata})
