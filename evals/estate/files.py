"""Bills and metrics as Parquet: FOCUS 1.2 in one file for each month; the same bytes for the same rows."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet

from evals.estate.bill import Bill
from evals.estate.days import EPOCH, Days
from evals.estate.ledger import Block
from evals.estate.seeded import Ints
from evals.estate.utilisation import STEP_SECONDS, Samples
from evals.estate.world import write_atomically
from finops.focus import columns_of
from finops.periods import add_months

# PyArrow has no types.
pa: Any = pyarrow
pq: Any = pyarrow.parquet
# A null quantity or price; no real one is as small.
_NULL = np.iinfo(np.int64).min
_DAY = 86_400_000_000
_QUANTITIES = ("PricingQuantity", "ConsumedQuantity")


def write_bills(folder: Path, bills: Sequence[Bill], days: Days, months: Sequence[int]) -> list[Path]:
    """Write these months, one file for all billers, each atomically; return the paths.

    One file a month and not one a biller too: checking a file costs the importer about as much as checking ten thousand rows.
    """
    blocks = [block for bill in bills for block in bill.blocks]
    slugs = [bill.biller.slug for bill in bills for _ in bill.blocks]
    rows = _Rows.of(blocks)
    of_row = days.month[rows.day]
    paths: list[Path] = []
    for month in months:
        path = folder / "bills" / f"{days.month_start(month):%Y-%m}.parquet"
        table = _table(blocks, slugs, rows.only(np.flatnonzero(of_row == month)), days, month)
        write_atomically(path, parquet_bytes(table))
        paths.append(path)
    return paths


def parquet_bytes(table: Any) -> bytes:
    """Return a table as the bytes of a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", version="2.6")
    return sink.getvalue()


@dataclass(frozen=True, slots=True)
class _Rows:
    """Blocks laid end to end and put in the order of their days; `block` says which block a row is of."""

    block: Ints
    day: Ints
    amounts: dict[str, Ints]

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> "_Rows":
        day = np.concatenate([block.days for block in blocks])
        block = np.repeat(np.arange(len(blocks), dtype=np.int64), [block.days.size for block in blocks])
        amounts = {
            "ListCost": np.concatenate([b.listed for b in blocks]),
            "ContractedCost": np.concatenate([b.contracted for b in blocks]),
            "BilledCost": np.concatenate([b.billed for b in blocks]),
            "EffectiveCost": np.concatenate([b.effective for b in blocks]),
            "PricingQuantity": np.concatenate([_or_null(b.quantity, b.days.size) for b in blocks]),
            "ConsumedQuantity": np.concatenate([_or_null(b.consumed, b.days.size) for b in blocks]),
            "CommitmentDiscountQuantity": np.concatenate([_or_null(b.commitment, b.days.size) for b in blocks]),
        }
        return cls(block, day, amounts).only(np.lexsort((block, day)))

    def only(self, rows: Ints) -> "_Rows":
        return _Rows(self.block[rows], self.day[rows], {name: values[rows] for name, values in self.amounts.items()})


def _or_null(values: Ints | None, size: int) -> Ints:
    return np.full(size, _NULL, dtype=np.int64) if values is None else values


def _decimals(values: Ints, *, scale: int) -> Any:
    """Return integers of 10^-scale as DECIMAL(38,18), null where `_NULL`."""
    valid = values != _NULL
    wide = np.empty((values.size, 2), dtype=np.int64)
    wide[:, 0], wide[:, 1] = values, values >> 63
    bitmap = np.packbits(valid, bitorder="little")
    kind = pa.decimal128(38, scale)
    buffers = [pa.py_buffer(bitmap.tobytes()), pa.py_buffer(wide.tobytes())]
    return pa.Array.from_buffers(kind, values.size, buffers).cast(pa.decimal128(38, 18))


def _table(blocks: Sequence[Block], slugs: Sequence[str], rows: _Rows, days: Days, month: int) -> Any:
    columns = {name: _decimals(values, scale=6 if name in _QUANTITIES else 9) for name, values in rows.amounts.items()}
    columns |= _unit_prices(blocks, rows) | _times(rows, days, month)
    block = pa.array(rows.block)
    start = days.month_start(month)
    if add_months(start, 1) <= days.end:
        # A month that is not over has no invoice yet.
        columns["InvoiceId"] = pa.array([f"{slug}-{start:%Y%m}" for slug in slugs], pa.string()).take(block)
    for column in columns_of("1.2"):
        if column.name not in columns:
            kind = pa.decimal128(38, 18) if column.type == "Decimal" else pa.string()
            columns[column.name] = pa.array([b.columns.get(column.name) for b in blocks], kind).take(block)
    return pa.table({column.name: columns[column.name] for column in columns_of("1.2")})


def _unit_prices(blocks: Sequence[Block], rows: _Rows) -> dict[str, Any]:
    listed = np.array([b.price.listed if b.price else _NULL for b in blocks], dtype=np.int64)
    contracted = np.array([b.price.contracted if b.price else _NULL for b in blocks], dtype=np.int64)
    return {
        "ListUnitPrice": _decimals(listed[rows.block], scale=9),
        "ContractedUnitPrice": _decimals(contracted[rows.block], scale=9),
    }


def _times(rows: _Rows, days: Days, month: int) -> dict[str, Any]:
    start = ((days.first - EPOCH).days + rows.day) * _DAY
    ends = [days.month_start(month), days.month_start(month + 1)]
    period = [np.full(start.size, (day - EPOCH) // timedelta(microseconds=1), dtype=np.int64) for day in ends]
    named = {
        "ChargePeriodStart": start, "ChargePeriodEnd": start + _DAY, "BillingPeriodStart": period[0],
        "BillingPeriodEnd": period[1],
    }  # fmt: skip
    return {name: pa.array(values, pa.timestamp("us")) for name, values in named.items()}


def write_metrics(path: Path, samples: Sequence[Samples]) -> None:
    """Write one file of metrics, sorted by resource, metric and time, atomically."""
    sizes = [sample.seconds.size for sample in samples]
    seconds = np.concatenate([sample.seconds for sample in samples])
    owner = pa.array(np.repeat(np.arange(len(samples), dtype=np.int64), sizes))
    table = pa.table(
        {
            "ResourceId": pa.array([s.resource_id for s in samples], pa.string()).take(owner),
            "x_Metric": pa.array([s.metric for s in samples], pa.string()).take(owner),
            "Timestamp": pa.array(seconds * 1_000_000, pa.timestamp("us")),
            "Value": pa.array(np.concatenate([s.values for s in samples]), pa.float64()),
            "x_StepSeconds": pa.array(np.full(seconds.size, STEP_SECONDS, dtype=np.int32), pa.int32()),
        }
    )
    write_atomically(path, parquet_bytes(table))
