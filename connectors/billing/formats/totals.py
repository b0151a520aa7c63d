"""The total of a bill, added up from its raw text apart from the mapping, so that what was loaded can be held against it."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext
from pathlib import Path
from typing import cast

import duckdb

from connectors.billing.formats.header import clean
from connectors.billing.sql.session import quoted
from finops.money import EXACT
from finops.tables import MAX_DECIMALS

_STEP = Decimal(1).scaleb(-MAX_DECIMALS)
# Half away from zero, as the lake's own cast rounds.
_ROUND = Context(prec=76, rounding=ROUND_HALF_UP)


@dataclass(slots=True)
class Totals:
    """Amounts by currency; `cut` is what rounding to the lake's decimals left out, and `fine` how many amounts it touched."""

    rounds: bool
    sums: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    cut: Decimal = Decimal(0)
    fine: int = 0

    def add(self, currency: str, written: str, count: int) -> None:
        """Add an amount as written, `count` times; what is no finite number is left to the checks."""
        try:
            amount = Decimal(written.strip())
        except InvalidOperation:
            return
        if not amount.is_finite():
            return
        kept = amount.quantize(_STEP, context=_ROUND) if self.rounds else amount
        with localcontext(EXACT):
            self.sums[currency] = self.sums.get(currency, Decimal(0)) + kept * count
            self.cut += (amount - kept) * count
        self.fine += count if kept != amount else 0


def add_column(
    connection: duckdb.DuckDBPyConnection, relation: str, amount: str, currency: str, totals: Totals
) -> None:
    """Add one text column: plain numbers as whole digits in one scan, the others text by text."""
    text = clean(amount)
    is_plain = f"regexp_full_match({text}, '-?[0-9]{{1,18}}(\\.[0-9]{{1,{MAX_DECIMALS}}})?')"
    sign = f"CASE WHEN starts_with({text}, '-') THEN -1 ELSE 1 END"
    fraction = f"CAST(rpad(split_part({text}, '.', 2), {MAX_DECIMALS}, '0') AS HUGEINT)"
    rows = connection.execute(
        f"SELECT {clean(currency)} AS c, sum(CASE WHEN {is_plain} THEN CAST(split_part({text}, '.', 1) AS HUGEINT) END), "  # noqa: S608
        f"sum(CASE WHEN {is_plain} THEN {sign} * {fraction} END) FROM {relation} GROUP BY c"
    ).fetchall()
    with localcontext(EXACT):
        for code, whole, part in rows:
            value = Decimal(int(whole or 0)) + Decimal(int(part or 0)).scaleb(-MAX_DECIMALS)
            totals.sums[str(code)] = totals.sums.get(str(code), Decimal(0)) + value
    others = connection.execute(
        f"SELECT {clean(currency)} AS c, {text} AS t, count(*) FROM {relation} WHERE {text} IS NOT NULL AND NOT {is_plain} "  # noqa: S608
        "GROUP BY c, t"
    )
    while batch := others.fetchmany(10_000):
        for code, written, count in batch:
            totals.add(str(code), str(written), int(count))


def add_json_lines(path: Path, amount: str, also: str, currency: str, totals: Totals) -> None:
    """Add one member of each line and, where `also` names one, a member of a list's elements, by a reader that keeps every digit."""
    outer, _, inner = also.partition(".")
    for row in _json_rows(path):
        code = str(row.get(currency))
        if row.get(amount) not in (None, ""):
            totals.add(code, str(row[amount]), 1)
        elements = row.get(outer) if also else None
        if isinstance(elements, list):
            for element in cast(list[dict[str, object]], elements):
                if element.get(inner) not in (None, ""):
                    totals.add(code, str(element[inner]), 1)


def _json_rows(path: Path) -> Iterator[dict[str, object]]:
    with path.open("rb") as probe:
        packed = probe.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as stream:
        for line in stream:
            if line.strip():
                yield cast(dict[str, object], json.loads(line, parse_float=Decimal))


def list_members(relation: str, also: str, currency: str) -> str:
    """Return a relation of the amounts (`t`) and currencies (`c`) of a list column's elements."""
    outer, _, inner = also.partition(".")
    elements = f"unnest(coalesce(TRY_CAST({quoted(outer)} AS JSON[]), []))"
    return (
        f"(SELECT json_extract_string(e, '$.\"{inner}\"') AS t, c FROM "  # noqa: S608
        f"(SELECT {elements} AS e, {quoted(currency)} AS c FROM {relation}))"
    )
