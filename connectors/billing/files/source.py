"""Open a file people hand in: what it is by its bytes, which columns it has, and how DuckDB reads it as text."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, cast

import duckdb
from duckdb.sqltypes import DuckDBPyType

from connectors.billing.files.manifests import Leaves, wanted
from connectors.billing.sql.session import file_text, quoted, text
from finops.errors import BadFile

Kind = Literal["csv", "csv.gz", "parquet", "jsonl", "jsonl.gz"]
JSON_LINES: tuple[Kind, ...] = ("jsonl", "jsonl.gz")
# The column of a row's number; no export has one of that name.
ROW = "row number"
_HEAD = 1 << 20
_NESTED = ("struct", "list", "map")
# What stands before a number of a JSON text, whole strings among it, and the number.
_BEFORE_NUMBER = r"""(?s)((?:"(?:[^"\\]|\\.)*"|[^"0-9-]|-[^"0-9])*)(-?[0-9][0-9.eE+-]*)"""
_FOREIGN = {b"PK\x03\x04": "a ZIP archive or a spreadsheet", b"%PDF": "a PDF", b"SQLite format 3": "a SQLite database"}


class BillFile(Protocol):
    """What checks and conversion read: a file as it is, or a provider's own format read as FOCUS columns of text."""

    @property
    def raw(self) -> "SourceFile":
        """The file itself."""
        ...

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    @property
    def name(self) -> str:
        """Its name, for messages."""
        ...

    @property
    def kind(self) -> Kind:
        """How it is packed."""
        ...

    @property
    def types(self) -> dict[str, str]:
        """Its columns and their types."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns, in its own order."""
        ...

    def relation(self) -> str:
        """Return the SQL table expression that yields every column."""
        ...

    def numbered(self) -> str:
        """Return the same with the column `ROW`, the number of the file's row that a row is of; the header is row 1."""
        ...


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One readable file. `types` are the Parquet types of the columns, `VARCHAR` throughout for CSV and JSON lines."""

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

    @property
    def raw(self) -> "SourceFile":
        """The file itself: a bill that is read through a mapping has this too."""
        return self

    def relation(self) -> str:
        """Return the SQL table expression that yields every column; CSV and JSON lines as text, unconverted."""
        if self.kind == "parquet":
            return f"read_parquet({file_text(self.path)}, hive_partitioning = false)"
        if self.kind in JSON_LINES:
            members = ", ".join(f"json_extract_string(json, {text(_member(n))}) AS {quoted(n)}" for n in self.types)
            return f"(SELECT {members} FROM {_json_texts(self.path)})"  # noqa: S608
        names = ", ".join(f"{text(name)}: 'VARCHAR'" for name in self.types)
        packing = "gzip" if self.kind == "csv.gz" else "none"
        return (
            f"read_csv({file_text(self.path)}, auto_detect = false, hive_partitioning = false, header = true, delim = ',', quote = '\"', "
            f"escape = '\"', strict_mode = true, compression = {text(packing)}, columns = {{{names}}})"
        )

    def numbered(self) -> str:
        """Return the same with the column `ROW`, the row's number; the header is row 1."""
        return with_rows(self.relation())


def with_rows(relation: str) -> str:
    """Return a relation with the number that each row has in its file, where the header is row 1."""
    return f"(SELECT row_number() OVER () + 1 AS {quoted(ROW)}, * FROM {relation})"  # noqa: S608


def unsaid(_name: str, _why: str) -> None:
    """Say nothing of a file that is left out."""


def find_files(paths: Sequence[Path], leaves: Leaves = unsaid) -> tuple[Path, ...]:
    """Return the files meant; refuse what is not there. `leaves` is told of a folder's files that are left out.

    A file is meant as it is, a folder by its CSV, Parquet and JSON files at any depth; of an export with manifests, by those
    that the newest ones name.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise BadFile(
                f"`{path}` does not exist", fix="give the path of a CSV or Parquet file, or of a folder of them"
            )
        files = sorted(_inside(path, leaves)) if path.is_dir() else [path]
        if not files:
            raise BadFile(
                f"folder `{path}` holds no .csv, .csv.gz, .parquet or .jsonl file",
                fix="give the folder that holds the bill",
            )
        found.update(dict.fromkeys(file.resolve() for file in files))
    return tuple(found)


def _inside(folder: Path, leaves: Leaves) -> Iterator[Path]:
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    for name in wanted(sorted(names), lambda name: (folder / name).read_bytes(), folder.name, leaves):
        yield folder / name


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
    packed = head.startswith(b"\x1f\x8b")
    start = _first_bytes(path, packed=packed).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"[":
        raise BadFile(f"`{path.name}` is one JSON array", fix="export it as JSON lines, one object a line")
    if start == b"{":
        return SourceFile(path, "jsonl.gz" if packed else "jsonl", dict.fromkeys(_members(connection, path), "VARCHAR"))
    kind: Kind = "csv.gz" if packed else "csv"
    return SourceFile(path, kind, dict.fromkeys(_header(path, kind), "VARCHAR"))


def _parquet_types(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    try:
        rows = connection.execute(
            f"DESCRIBE FROM read_parquet({file_text(path)}, hive_partitioning = false)"
        ).fetchall()
    except duckdb.Error as error:
        raise BadFile(f"`{path.name}` is cut off or no Parquet file", fix="export or copy it again") from error
    return {str(row[0]): str(row[1]) for row in rows}


def as_text(connection: duckdb.DuckDBPyConnection, file: SourceFile) -> str:
    """Return the SQL table expression that yields every column as text; nested values of Parquet as JSON of texts."""
    if file.kind != "parquet":
        return file.relation()
    relation = connection.sql(f"FROM {file.relation()}")
    columns = ", ".join(_texted(name, kind) for name, kind in zip(relation.columns, relation.types, strict=True))
    return f"(SELECT {columns} FROM {file.relation()})"  # noqa: S608


def _texted(name: str, kind: DuckDBPyType) -> str:
    column = quoted(name)
    # Every leaf becomes text before it becomes JSON: as JSON numbers, decimals would pass through binary floating point.
    value = f"to_json(CAST({column} AS {_texts(kind)}))" if kind.id in _NESTED else column
    return f"CAST({value} AS VARCHAR) AS {column}"


def _texts(kind: DuckDBPyType) -> str:
    """Return a nested type with text at every leaf."""
    if kind.id not in _NESTED:
        return "VARCHAR"
    children = [(str(name), _texts(cast(DuckDBPyType, child))) for name, child in kind.children]
    if kind.id == "list":
        return f"{children[0][1]}[]"
    if kind.id == "map":
        return f"MAP(VARCHAR, {children[1][1]})"
    return f"STRUCT({', '.join(f'{quoted(name)} {child}' for name, child in children)})"


def _json_objects(path: Path) -> str:
    return f"read_json_objects({file_text(path)}, format = 'newline_delimited')"


def _json_texts(path: Path) -> str:
    """Return the objects with every number as a text: DuckDB reads a JSON number as a double, whose digits are too few."""
    # With a number at its end, every match begins where the last one ended: none begins within a string.
    numbered = f"regexp_replace(CAST(json AS VARCHAR) || ' 0', {text(_BEFORE_NUMBER)}, '\\1\"\\2\"', 'g')"
    return f"(SELECT left({numbered}, -4) AS json FROM {_json_objects(path)})"  # noqa: S608


def _member(name: str) -> str:
    return '$."' + name.replace('"', '\\"') + '"'


def _members(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """Return every member that any line has: an extract leaves out those that are null."""
    try:
        rows = connection.execute(
            f"SELECT k, min(n) AS first FROM (SELECT unnest(json_keys(json)) AS k, generate_subscripts(json_keys(json), 1) AS n "  # noqa: S608
            f"FROM {_json_objects(path)}) GROUP BY k ORDER BY first, k"
        ).fetchall()
    except duckdb.Error as error:
        raise BadFile(
            f"`{path.name}` is cut off or holds a line that is no JSON object", fix="export it again"
        ) from error
    if not rows:
        raise BadFile(f"`{path.name}` holds no JSON object", fix="export it again")
    return [str(row[0]) for row in rows]


def _header(path: Path, kind: Kind) -> list[str]:
    records = csv.reader(io.StringIO(_decoded(path, _first_bytes(path, packed=kind == "csv.gz")), newline=""))
    names: list[str] = next(records, list[str]())
    if not any(name.strip() for name in names):
        raise BadFile(f"`{path.name}` has no header", fix="its first row must name the FOCUS columns")
    names = [name.strip() for name in names]
    twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
    if twice is not None:
        raise BadFile(f"`{path.name}` names the column `{twice}` twice", fix="export it with each column once")
    return names


def _first_bytes(path: Path, *, packed: bool) -> bytes:
    try:
        if packed:
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
    connection: duckdb.DuckDBPyConnection, file: BillFile, columns: str, where: str, limit: int
) -> list[tuple[object, ...]]:
    """Return the first rows that satisfy `where`, each led by its row number, where the header is row 1."""
    connection.execute("SET preserve_insertion_order = true")
    try:
        return connection.execute(
            f"SELECT {quoted(ROW)} AS n, {columns} FROM {file.numbered()} WHERE {where} ORDER BY n LIMIT {limit}"  # noqa: S608
        ).fetchall()
    finally:
        connection.execute("SET preserve_insertion_order = false")
