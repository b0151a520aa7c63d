"""What a load would change, without making it: by part and by service, exact, computed where the files lie."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Literal

import duckdb

from finops.money import EXACT, exact, trimmed
from finops.query import Frozen
from finops.relational import Table
from finops.tables import Part, StagedPart
from store.lake.ask.relations import files_relation
from store.lake.engines.embedded import connect, mixed_relation
from store.lake.layout import Layout
from store.lake.reader import LakeHandle
from store.lake.states.manifest import DataFile

# Rows and BilledCost by source, month, service and currency.
_Sums = dict[tuple[str, str, str | None, str], tuple[int, Decimal]]


class Change(Frozen):
    """One line of a difference: rows and BilledCost of what is there and of what would be. `service` is None for a whole part.

    A part is `new`, `changed` or `unchanged`; a service may be `gone` too. A service without a name has the name "".
    """

    source: str
    month: str
    service: str | None
    currency: str
    status: Literal["new", "changed", "unchanged", "gone"]
    rows_before: int
    rows_after: int
    cost_before: Decimal
    cost_after: Decimal
    cost_change: Decimal


class Difference(Frozen):
    """What committing some staged parts would change: `parts` by source, month and currency; `services` within each.

    Services are ordered by part, the largest change first; those that stay as they are, are left out.
    """

    parts: tuple[Change, ...]
    services: tuple[Change, ...]

    @property
    def changed(self) -> bool:
        """Whether committing would change anything."""
        return any(one.status != "unchanged" for one in self.parts)


def difference(home_lake: Path, staged: Mapping[Table, Sequence[StagedPart]], present: LakeHandle) -> Difference:
    """Return what `commit` would change in the cost table, without changing anything; call it in place of `commit`."""
    parts = staged.get("cost", ())
    if not parts:
        return Difference(parts=(), services=())
    keys = {one.part.key for one in parts}
    layout = Layout(home_lake)
    stored = [file for file in present.data_files("cost") if file.part in keys]
    known = {part.key: part for part in present.parts("cost")}
    paths = [path for one in parts for path in one.paths]
    with closing(connect(layout.spill)) as connection:
        before, after = _before(connection, layout, stored), _sums(connection, mixed_relation("cost", paths))
    same = {one.part.key for one in parts if _same(known.get(one.part.key), one.part)}
    services = _changes(before, after)
    lines = [_judged(one, same) for one in _changes(_by_part(before), _by_part(after))]
    named = [one for one in services if (one.source, one.month) not in same and one.status != "unchanged"]
    return Difference(
        parts=tuple(lines),
        services=tuple(
            sorted(
                named, key=lambda one: (one.source, one.month, -abs(one.cost_change), one.service or "", one.currency)
            )
        ),
    )


def _judged(one: Change, same: set[tuple[str, str]]) -> Change:
    """Return a part's line with the status of its content: rows may differ in a tag alone."""
    if (one.source, one.month) in same:
        return one.model_copy(update={"status": "unchanged"})
    return one.model_copy(update={"status": "changed"}) if one.status == "unchanged" else one


def _same(before: Part | None, after: Part) -> bool:
    return before is not None and after.same_as(before)


def _before(connection: duckdb.DuckDBPyConnection, layout: Layout, files: Sequence[DataFile]) -> _Sums:
    return _sums(connection, files_relation(layout.root, "cost", files)) if files else {}


def _sums(connection: duckdb.DuckDBPyConnection, over: str) -> _Sums:
    rows = connection.execute(
        "SELECT x_Source, strftime(BillingPeriodStart, '%Y-%m') AS m, ServiceName, BillingCurrency, count(*), sum(BilledCost) "  # noqa: S608
        f"FROM {over} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return {
        (str(source), str(month), str(service or ""), str(currency)): (int(str(count)), Decimal(cost or 0))
        for source, month, service, currency, count, cost in rows
    }


def _by_part(sums: _Sums) -> _Sums:
    found: _Sums = {}
    for (source, month, _, currency), (rows, cost) in sums.items():
        key = (source, month, None, currency)
        count, total = found.get(key, (0, Decimal(0)))
        found[key] = (count + rows, EXACT.add(total, cost))
    return found


def _changes(before: _Sums, after: _Sums) -> list[Change]:
    lines: list[Change] = []
    for key in sorted({*before, *after}, key=lambda one: (one[0], one[1], one[2] or "", one[3])):
        was, will = before.get(key, (0, Decimal(0))), after.get(key, (0, Decimal(0)))
        status = (
            "new" if key not in before else "gone" if key not in after else "unchanged" if was == will else "changed"
        )
        lines.append(
            Change(
                source=key[0], month=key[1], service=key[2], currency=key[3], status=status, rows_before=was[0],
                rows_after=will[0], cost_before=_trim(was[1]), cost_after=_trim(will[1]),
                cost_change=_trim(EXACT.subtract(will[1], was[1])),
            )
        )  # fmt: skip
    return lines


def _trim(amount: Decimal) -> Decimal:
    return trimmed(exact(amount))
