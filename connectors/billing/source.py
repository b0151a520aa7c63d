"""Open a file people hand in: what it is by its bytes, which columns it has, and how DuckDB reads it as text."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from connectors.billing.session import file_text, text
from finops.errors import BadFile

Kind = Literal["csv", "csv.gz", "parquet"]
SUFFIXES = (".csv", ".csv.gz", ".parquet")
_HEAD = 1 << 20
_FOREIGN = {b"PK\x03\x04": "a ZIP archive or a spreadsheet", b"%PDF": "a PDF", b"SQLite format 3": "a SQLite database"}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One readable file. `types` are the Parquet types of the columns, `VARCHAR` throughout for CSV."""

    path: Path
    kind: Kind
    types: dict[str, str]

    @property
    def name(self) -> str:
        """Name of the file without its folder, for messages."""
        return self.path.name

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns, in its own order."""
        return tuple(self.types)

    def relation(self) -> str:
        """Return the SQL table expression that yields every column; CSV as text, unconverted."""
        if self.kind == "parquet":
            return f"read_parquet({file_text(self.path)}, hive_partitioning = false)"
        names = ", ".join(f"{text(name)}: 'VARCHAR'" for name in self.types)
        packing = "gzip" if self.kind == "csv.gz" else "none"
        return (
            f"read_csv({file_text(self.path)}, auto_detect = false, hive_partitioning = false, header = true, delim = ',', quote = '\"', "
            f"escape = '\"', strict_mode = true, compression = {text(packing)}, columns = {{{names}}})"
        )


def find_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files meant: a file as it is, a folder's CSV and Parquet files at any depth; refuse what is not there."""
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise BadFile(
                f"`{path}` does not exist", fix="give the path of a CSV or Parquet file, or of a folder of them"
            )
        files = sorted(_inside(path)) if path.is_dir() else [path]
        if not files:
            raise BadFile(
                f"folder `{path}` holds no .csv, .csv.gz or .parquet file", fix="give the folder that holds the bill"
            )
        found.update(dict.fromkeys(file.resolve() for file in files))
    return tuple(found)


def _inside(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.name.lower().endswith(SUFFIXES):
            yield path


def open_file(connection: duckdb.DuckDBPyConnection, path: Path) -> SourceFile:
    """Say what `path` is and which columns it has; raises `BadFile` where it is empty, foreign or not UTF-8."""
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except OSError as error:
        raise BadFile(f"`{path}` cannot be read, {error.strerror}", fix="check its permissions") from error
    if not head:
        raise BadFile(f"`{path.name}` is empty", fix="export the bill again")
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise BadFile(f"`{path.name}` is {what}", fix="export the bill as CSV or Parquet")
    if head.startswith(b"PAR1"):
        return SourceFile(path, "parquet", _parquet_types(connection, path))
    kind: Kind = "csv.gz" if head.startswith(b"\x1f\x8b") else "csv"
    return SourceFile(path, kind, dict.fromkeys(_header(path, kind), "VARCHAR"))


def _parquet_types(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    try:
        rows = connection.execute(
            f"DESCRIBE FROM read_parquet({file_text(path)}, hive_partitioning = false)"
        ).fetchall()
    except duckdb.Error as error:
        raise BadFile(f"`{path.name}` is cut off or no Parquet file", fix="export or copy it again") from error
    return {str(row[0]): str(row[1]) for row in rows}


def _header(path: Path, kind: Kind) -> list[str]:
    records = csv.reader(io.StringIO(_decoded(path, _first_bytes(path, kind)), newline=""))
    names: list[str] = next(records, list[str]())
    if not any(name.strip() for name in names):
        raise BadFile(f"`{path.name}` has no header", fix="its first row must name the FOCUS columns")
    names = [name.strip() for name in names]
    twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
    if twice is not None:
        raise BadFile(f"`{path.name}` names the column `{twice}` twice", fix="export it with each column once")
    return names


def _first_bytes(path: Path, kind: Kind) -> bytes:
    try:
        if kind == "csv.gz":
            with gzip.open(path) as stream:
                return stream.read(_HEAD)
        with path.open("rb") as stream:
            return stream.read(_HEAD)
    except (EOFError, OSError, zlib.error) as error:
        raise BadFile(f"`{path.name}` is cut off", fix="copy or download it again") from error


def _decoded(path: Path, head: bytes) -> str:
    line, newline, _ = head.partition(b"\n")
    while newline and line.count(b'"') % 2:  # a line break inside a quoted name
        more, newline, _ = head[len(line) + 1 :].partition(b"\n")
        line += b"\n" + more
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(path.name) from error


def not_utf8(name: str) -> BadFile:
    """Return the error for a file in another encoding."""
    return BadFile(f"`{name}` is not UTF-8", fix="convert it, such as with `iconv -f LATIN1 -t UTF-8`")


def rows_in(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, columns: str, where: str, limit: int
) -> list[tuple[object, ...]]:
    """Return the first rows that satisfy `where`, each led by its row number, where the header is row 1."""
    connection.execute("SET preserve_insertion_order = true")
    try:
        return connection.execute(
            f"SELECT row_number() OVER () + 1 AS n, {columns} FROM {file.relation()} QUALIFY {where} ORDER BY n LIMIT {limit}"  # noqa: S608
        ).fetchall()
    finally:
        connection.execute("SET preserve_insertion_order = false")
