"""Read a bill as batches of text columns, once: Arrow reads CSV, DuckDB everything else and whatever Arrow is not sure of."""

from codecs import getincrementaldecoder
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeAlias, cast

import duckdb
import numpy as np
import numpy.typing as npt

from connectors.billing.files.source import BillFile, SourceFile
from connectors.billing.reading.arrow import TEXT, Batch, Buffer, csv, pa
from connectors.billing.sql.measures import raws_of
from connectors.billing.sql.session import quoted

# Small blocks stay in the processor's cache while they are taken apart; many rows at once are cheaper to convert, but take memory.
_BLOCK = 2 << 20
_ROWS, _MOST_BLOCKS = 80_000, 48
_AHEAD = 1
_QUOTE, _COMMA = b'",'
_ENDS_VALUE = np.isin(np.arange(256, dtype=np.uint8), list(b",\n\r"))
_FIRST_BEYOND_ASCII = 128
# A multiple of the bits in a word.
_SLICE = 1 << 17
# Quotes that stand alone are few where there is one for so many bytes.
_FEW = 64
_ONE, _LAST = np.uint64(1), np.uint64(63)

Bytes: TypeAlias = npt.NDArray[np.uint8]
Words: TypeAlias = npt.NDArray[np.uint64]

# What is read ahead: small batches to be taken together, why there are no more, or None at the end.
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

    def read(self, size: int = -1) -> Buffer:
        """Return the next bytes."""
        # In Arrow's own memory, which it gets back: bytes of Python's would come page by page and be copied.
        block = self._stream.read_buffer(None if size < 0 else size)
        data = np.frombuffer(block, np.uint8)
        self._check_text(data)
        self._check_quotes(data)
        return block

    def close(self) -> None:
        """Close the stream below."""
        self.closed = True
        self._stream.close()

    def _check_text(self, data: Bytes) -> None:
        if (not data.size or data.max() < _FIRST_BEYOND_ASCII) and not self._decoder.getstate()[0]:
            return
        try:
            self._decoder.decode(data.tobytes(), final=not data.size)
        except UnicodeDecodeError as error:
            raise Doubtful from error

    def _check_quotes(self, data: Bytes) -> None:
        # Two bytes of the last block come first, so that a quote between two blocks has both its neighbours.
        seam = np.frombuffer(self._last + (data[:2].tobytes() or b"\n"), np.uint8)
        lone_in_seam = self._quotes.of(seam)[1]
        count, lone = self._quotes.of(data)
        self._count += count
        if lone_in_seam or lone or (not data.size and self._count % 2):
            raise Doubtful
        self._last = (self._last + data[-2:].tobytes())[-2:]


class _Quotes:
    """Counts quotes, with a bit for each byte; a slice at a time is compared in a buffer that stays in the processor's cache."""

    def __init__(self) -> None:
        self._same = np.empty(_SLICE, bool)

    def of(self, data: Bytes) -> tuple[int, bool]:
        """Return how many quotes there are, and whether one within stands beside no comma, end of a line or other quote."""
        quotes = self._bits(data, _QUOTE)
        lone = quotes & ~_beside(quotes)
        # The others are looked at one by one, unless every value is quoted.
        if int(np.bitwise_count(lone).sum()) * _FEW > data.size:
            lone &= ~_beside(self._bits(data, _COMMA))
        at = _places(lone)
        at = at[(at > 0) & (at < data.size - 1)]
        doubtful = not (_ENDS_VALUE[data[at - 1]] | _ENDS_VALUE[data[at + 1]]).all()
        return int(np.bitwise_count(quotes).sum()), doubtful

    def _bits(self, data: Bytes, letter: int) -> Words:
        """Return where a letter is: a bit for each byte, the lowest of a word first."""
        bits = np.zeros((data.size + 63) // 64 * 8, np.uint8)
        for start in range(0, data.size, _SLICE):
            part = data[start : start + _SLICE]
            packed = np.packbits(np.equal(part, letter, out=self._same[: part.size]), bitorder="little")
            bits[start // 8 : start // 8 + packed.size] = packed
        return bits.view(np.uint64)


def _beside(bits: Words) -> Words:
    """Return the bits beside those that are set."""
    found = bits << _ONE
    found |= bits >> _ONE
    found[1:] |= bits[:-1] >> _LAST
    found[:-1] |= bits[1:] << _LAST
    return found


def _places(bits: Words) -> npt.NDArray[np.int64]:
    """Return the numbers of the bits that are set."""
    words = np.flatnonzero(bits)
    left, found = bits[words], [np.zeros(0, np.int64)]
    while words.size:
        below = left - _ONE
        found.append(words * 64 + np.bitwise_count(below & ~left))
        left &= below
        words, left = words[left > 0], left[left > 0]
    return np.concatenate(found)


@contextmanager
def text_batches(connection: duckdb.DuckDBPyConnection, file: BillFile, *, arrow: bool) -> Generator[Iterator[Batch]]:
    """Give batches of the file's columns, each of text in pieces, read ahead by a thread of its own.

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
        # In pieces: most columns are only looked up in, and need not be copied to be whole. Nothing here holds on to them.
        joined, found = [pa.Table.from_batches(found)], []
        yield joined.pop()


def readable_by_arrow(file: BillFile) -> bool:
    """Tell whether Arrow can be tried: a CSV whose columns are its own."""
    return isinstance(file, SourceFile) and file.kind in ("csv", "csv.gz")


def _by_arrow(file: SourceFile) -> Iterator[list[Batch]]:
    try:
        yield from _grouped(_reader(file))
    except (pa.ArrowException, OSError) as error:
        raise Doubtful from error


def _reader(file: SourceFile) -> Iterator[Batch]:
    """Return small batches of plain text: a dictionary for each costs more than one look for each text later."""
    packing = "gzip" if file.kind == "csv.gz" else None
    types = dict.fromkeys(file.types, TEXT)
    stream = pa.PythonFile(StrictQuotes(pa.input_stream(str(file.path), compression=packing)), mode="r")
    return csv.open_csv(
        stream,
        read_options=csv.ReadOptions(
            block_size=_BLOCK, use_threads=False, column_names=list(types), skip_rows_after_names=1
        ),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=types, strings_can_be_null=False, check_utf8=False),
    )


def _grouped(batches: Iterator[Batch]) -> Iterator[list[Batch]]:
    """Give so many small batches at a time that there are enough rows in them, or much text."""
    held: list[Batch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows >= _ROWS or len(held) >= _MOST_BLOCKS:
            yield held
            held, rows = [], 0
    if held:
        yield held


def _by_duckdb(connection: duckdb.DuckDBPyConnection, file: BillFile) -> Iterator[list[Batch]]:
    columns = ", ".join(f"{raw.as_text} AS {quoted(name)}" for name, raw in raws_of(file).items())
    relation = cast(Any, connection.sql(f"SELECT {columns} FROM {file.relation()}"))  # noqa: S608
    for batch in relation.to_arrow_reader(_ROWS):
        yield [batch]
