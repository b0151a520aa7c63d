"""Read a bill as batches of text columns, once: Arrow reads CSV, DuckDB everything else and whatever Arrow is not sure of."""

from codecs import getincrementaldecoder
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeAlias, cast

import duckdb
import numpy as np

from connectors.billing.files.source import BillFile, SourceFile
from connectors.billing.reading.arrow import TEXT, Batch, csv, pa, pc
from connectors.billing.sql.measures import raws_of
from connectors.billing.sql.session import quoted
from finops.focus import BY_NAME
from finops.query import COST_METRICS

# Small blocks stay in the processor's cache while they are taken apart; many rows at once are cheaper to convert.
_BLOCK = 2 << 20
_ROWS = 160_000
_AHEAD = 2
# The share of different texts from which a dictionary for each block is not worth its while.
_VARIOUS = 0.3
_QUOTE, _COMMA = b'",'
_ENDS_LINE = np.isin(np.arange(256, dtype=np.uint8), list(b"\n\r"))
_SLICE = 1 << 18

# What is read ahead: small batches to be joined, why there are no more, or None at the end.
_Ahead: TypeAlias = list[Batch] | BaseException | None


class Doubtful(Exception):
    """What Arrow reads is not surely what strict CSV says: DuckDB must read the file."""


class StrictQuotes:
    """A stream of CSV that raises `Doubtful` for what Arrow would take as it comes: quotes that strict CSV does not allow, no UTF-8.

    A quote opens or closes a value beside a comma or the end of a line, or stands beside another quote; a lone one is doubtful.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._quotes, self._count = _Quotes(), 0
        self._last = b"\n\n"
        self._decoder = getincrementaldecoder("utf-8")()
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        block = cast(bytes, self._stream.read(size))
        self._check_text(block)
        self._check_quotes(block)
        return block

    def close(self) -> None:
        """Close the stream below."""
        self.closed = True
        self._stream.close()

    def _check_text(self, block: bytes) -> None:
        if block.isascii() and not self._decoder.getstate()[0]:
            return
        try:
            self._decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise Doubtful from error

    def _check_quotes(self, block: bytes) -> None:
        # Two bytes of the last block come first, so that a quote between two blocks has both its neighbours.
        _, seam = self._quotes.of(self._last + (block[:2] or b"\n"))
        count, lone = self._quotes.of(block)
        self._count += count
        if seam or lone or (not block and self._count % 2):
            raise Doubtful
        self._last = (self._last + block[-2:])[-2:]


class _Quotes:
    """Counts quotes, a slice at a time in buffers that stay in the processor's cache."""

    def __init__(self) -> None:
        self._quote, self._beside, self._other = (np.empty(_SLICE + 2, bool) for _ in range(3))

    def of(self, block: bytes) -> tuple[int, bool]:
        """Return how many quotes a block has, and whether one within it stands beside no comma, end of a line or other quote."""
        data = np.frombuffer(block, dtype=np.uint8)
        count, lone = 0, False
        for start in range(0, data.size, _SLICE):
            # One byte more on either side, so that each of the slice has its neighbours.
            part = data[max(0, start - 1) : start + _SLICE + 1]
            quote, beside, other = (held[: part.size] for held in (self._quote, self._beside, self._other))
            np.equal(part, _QUOTE, out=quote)
            np.equal(part, _COMMA, out=beside)
            np.logical_or(beside, quote, out=beside)
            near = np.logical_or(beside[:-2], beside[2:], out=other[:-2])
            # Few are left beside neither: those that end a line, which are looked at one by one.
            left = np.flatnonzero(np.greater(quote[1:-1], near, out=near))
            lone |= not (_ENDS_LINE[part[left]] | _ENDS_LINE[part[left + 2]]).all()
            own = 1 if start else 0
            count += int(np.count_nonzero(quote[own : own + _SLICE]))
        return count, lone


@contextmanager
def text_batches(connection: duckdb.DuckDBPyConnection, file: BillFile, *, arrow: bool) -> Generator[Iterator[Batch]]:
    """Give batches of the file's columns, each of text or of a dictionary of texts, read ahead by a thread of its own.

    Raises `Doubtful` where only DuckDB can read the file, and duckdb.Error where it cannot; `connection` is busy until the end.
    """
    source = _by_arrow(file.raw) if arrow else _by_duckdb(connection, file)
    queue: Queue[_Ahead] = Queue(_AHEAD)
    stop = Event()
    thread = Thread(target=_read, args=(source, queue, stop), daemon=True)
    thread.start()
    try:
        yield _drain(queue)
    finally:
        stop.set()
        while thread.is_alive():
            with _quietly():
                queue.get(timeout=0.05)
        thread.join()


@contextmanager
def _quietly() -> Generator[None]:
    try:
        yield
    except Empty:
        return


def _read(source: Iterator[list[Batch]], queue: "Queue[_Ahead]", stop: Event) -> None:
    last: BaseException | None = None
    try:
        for batches in source:
            if not _put(queue, batches, stop):
                return
    except BaseException as error:  # noqa: BLE001 - handed to the thread that reads the queue, which raises it
        last = error
    _put(queue, last, stop)


def _put(queue: "Queue[_Ahead]", value: _Ahead, stop: Event) -> bool:
    while not stop.is_set():
        try:
            queue.put(value, timeout=0.1)
        except Full:
            continue
        return True
    return False


def _drain(queue: "Queue[_Ahead]") -> Iterator[Batch]:
    while (found := queue.get()) is not None:
        if isinstance(found, BaseException):
            raise found
        yield _joined(found)


def _joined(batches: list[Batch]) -> Batch:
    """Join small batches to a large one; a column's dictionaries become one. Here, for the thread that reads has more to do."""
    if len(batches) == 1:
        return batches[0]
    try:
        return pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
    except pa.ArrowException as error:
        raise Doubtful from error


def readable_by_arrow(file: BillFile) -> bool:
    """Tell whether Arrow can be tried: a CSV whose columns are its own."""
    return isinstance(file, SourceFile) and file.kind in ("csv", "csv.gz")


def _by_arrow(file: SourceFile) -> Iterator[list[Batch]]:
    try:
        first = next(iter(_reader(file, file.types)), None)
        various = {name for name in file.types if first is not None and _is_various(first, name)}
        yield from _grouped(_reader(file, various))
    except (pa.ArrowException, OSError) as error:
        raise Doubtful from error


def _reader(file: SourceFile, various: Collection[str]) -> Iterator[Batch]:
    """Return small batches; columns of which nearly every text differs are `various` and stay plain text."""
    packing = "gzip" if file.kind == "csv.gz" else None
    types = {name: TEXT if name in various else _csv_type(name) for name in file.types}
    stream = pa.PythonFile(StrictQuotes(pa.input_stream(str(file.path), compression=packing)), mode="r")
    return csv.open_csv(
        stream,
        read_options=csv.ReadOptions(
            block_size=_BLOCK, use_threads=False, column_names=list(types), skip_rows_after_names=1
        ),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=types, strings_can_be_null=False, check_utf8=False),
    )


def _is_various(batch: Batch, name: str) -> bool:
    return int(pc.count_distinct(batch.column(name)).as_py()) > batch.num_rows * _VARIOUS


def _grouped(batches: Iterator[Batch]) -> Iterator[list[Batch]]:
    """Give so many small batches at a time that there are enough rows in them."""
    held: list[Batch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows >= _ROWS:
            yield held
            held, rows = [], 0
    if held:
        yield held


def _csv_type(name: str) -> object:
    """Return a dictionary type for what is converted once for each different text, plain text for what is not."""
    # The text of a cost is added up row by row; prices and quantities repeat.
    return TEXT if name not in BY_NAME or name in COST_METRICS else pa.dictionary(pa.int32(), TEXT)


def _by_duckdb(connection: duckdb.DuckDBPyConnection, file: BillFile) -> Iterator[list[Batch]]:
    columns = ", ".join(f"{raw.as_text} AS {quoted(name)}" for name, raw in raws_of(file).items())
    relation = cast(Any, connection.sql(f"SELECT {columns} FROM {file.relation()}"))  # noqa: S608
    for batch in relation.to_arrow_reader(_ROWS):
        yield [batch]
