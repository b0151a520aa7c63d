"""Whether price times quantity is the cost, exactly: the decimal arithmetic DuckDB's types have no room for.

A product matches when it is the cost once rounded to the decimals the cost is written in, trailing zeros apart, 6 at least and
12 at most; or when it differs by no more than the noise of a cost that was worked out in doubles.
Doubles with their error bound settle nearly every row within the scan; what they leave open is decided in Decimal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, localcontext

import duckdb

from connectors.billing.conformance.cells import Cells
from connectors.billing.conformance.checks import Check
from connectors.billing.sql.session import text
from finops.money import EXACT

FEWEST_DECIMALS, MOST_DECIMALS = 6, 12
NOISE = "1e-14"
_NAMED = 50
# Four roundings of half a unit in the last place, and room.
_ERROR = "1e-15"


def matches(price: str, quantity: str, cost: str) -> bool:
    """Whether the product of two amounts, written as text, is the third. What is no finite number is left to other rules."""
    try:
        a, b, c = Decimal(price.strip()), Decimal(quantity.strip()), Decimal(cost.strip())
    except InvalidOperation:
        return True
    if not (a.is_finite() and b.is_finite() and c.is_finite()):
        return True
    with localcontext(EXACT):
        exponent = c.normalize().as_tuple().exponent
        places = min(MOST_DECIMALS, max(FEWEST_DECIMALS, -int(exponent)))
        return abs(a * b - c) <= max(Decimal(5).scaleb(-places - 1), abs(c) * Decimal(NOISE))


@dataclass(frozen=True, slots=True)
class Product:
    """The conditions of one product rule: rows that surely break it, and rows that only exact arithmetic decides."""

    columns: tuple[str, str, str]
    when: str
    broken: str
    unclear: str


def product_of(check: Check, when: str, cells: Cells) -> Product:
    """Return the conditions for `price x quantity = cost`, on the rows of `when` that hold all three."""
    columns = (check.text(0), check.text(1), check.text(2))
    a, b, c = (cells.double(name) for name in columns)
    off, size, cost = f"abs({a} * {b} - {c})", f"{_ERROR} * (abs({a} * {b}) + abs({c}))", cells.cell(columns[2])
    decimals = f"least({MOST_DECIMALS}, greatest({FEWEST_DECIMALS}, length(rtrim(split_part({cost}, '.', 2), '0'))))"
    rounding = f"CASE WHEN contains(lower({cost}), 'e') THEN NULL ELSE 0.5 * pow(10, -{decimals}) END"
    tolerance = f"CASE WHEN {rounding} IS NULL THEN NULL ELSE greatest({rounding}, {NOISE} * abs({c})) END"
    whole = " AND ".join(f"{one} IS NOT NULL" for one in (a, b, c))
    speaks = f"({when}) AND {whole}"
    broken = f"{speaks} AND coalesce(isfinite({off}) AND {off} - {size} > {tolerance}, false)"
    sound = f"coalesce(isfinite({off}) AND {off} + {size} <= {tolerance}, false)"
    return Product(columns, speaks, broken, f"{speaks} AND NOT ({broken}) AND NOT {sound}")


def broken_triples(
    connection: duckdb.DuckDBPyConnection, cells: Cells, product: Product
) -> tuple[int, Sequence[tuple[str, str, str]]]:
    """Return how many of the unclear rows break the rule, and the first of their amounts."""
    columns = ", ".join(cells.cell(name) for name in product.columns)
    rows = connection.execute(
        f"SELECT {columns}, count(*) FROM {cells.relation()} WHERE {product.unclear} GROUP BY ALL ORDER BY ALL"  # noqa: S608
    )
    count, named = 0, list[tuple[str, str, str]]()
    while batch := rows.fetchmany(50_000):
        for price, quantity, cost, times in batch:
            if not matches(price, quantity, cost):
                count += times
                if len(named) < _NAMED:
                    named.append((price, quantity, cost))
    return count, named


def among(triples: Sequence[tuple[str, str, str]], product: Product, cells: Cells) -> str:
    """Return the condition that a row surely breaks the rule or holds one of these amounts."""
    listed = ", ".join(f"({', '.join(map(text, one))})" for one in triples)
    held = f"({', '.join(cells.cell(name) for name in product.columns)}) IN ({listed})" if triples else "false"
    return f"({product.broken}) OR (({product.when}) AND {held})"
