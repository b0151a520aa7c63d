"""Sum some parts beforehand, together: roll-ups where they make them clearly smaller, dimension values, days, in one folder.

Together, because each query costs something however few its rows; by part all the same, since one may be replaced alone.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from finops.canonical import digest
from finops.errors import CheckFailed
from finops.money import plain
from finops.tables import ROLLUP_COLUMNS, TAG_COLUMN
from store.lake.ask.relations import files_relation
from store.lake.engines.embedded import quoted
from store.lake.rollups.catalogue import EXTREMES, GROUPS, MEASURES, ROLLUPS, Rollup, RollupGrain
from store.lake.rollups.codes import Codes, Scratch, code_rows, document_code, group_codes
from store.lake.rollups.vocabulary import JSON_COLUMNS, PART, TEXT_COLUMNS, VALUES, count_batch, keyed_values
from store.lake.states.manifest import DataFile, DayCost, Kept, Summary, by_part, part_id, write_json

# Tags that get roll-ups: those that the most rows carry.
MAX_TAGS = 6
INDEX = "index.json"
# An estimate may be this much above the count.
_SLACK = 1.1
_PARQUET = "FORMAT parquet, COMPRESSION lz4_raw"
_CUT: dict[RollupGrain, str] = {"day": "day", "month": "CAST(date_trunc('month', day) AS DATE)"}
# Small row groups, so that a roll-up sorted by what people filter by is read in part.
_SORTED_PARQUET = f"{_PARQUET}, ROW_GROUP_SIZE 8192"


@dataclass(frozen=True, slots=True)
class _Wanted:
    rollup: Rollup
    tag: str | None

    def gives(self, other: "_Wanted") -> bool:
        """Tell whether another roll-up can be made from this one."""
        return (
            set(other.rollup.groups) <= set(self.rollup.groups)
            and other.tag in (None, self.tag)
            and (self.rollup.grain == "day" or other.rollup.grain == "month")
        )


@dataclass(frozen=True, slots=True)
class _Made:
    wanted: _Wanted
    table: str
    rows: int


def rollup_file(folder: Path, name: str, tag: str | None) -> Path:
    """Return where a part's folder holds a roll-up."""
    return folder / rollup_name(name, tag)


@cache
def rollup_name(name: str, tag: str | None) -> str:
    """Return what a roll-up's file is called."""
    return f"{name}.parquet" if tag is None else f"{name}-{digest(tag)[:12]}.parquet"


def sum_batch(
    connection: duckdb.DuckDBPyConnection, root: Path, files: Sequence[DataFile], folder: Path, least_rows: int
) -> Summary:
    """Write what is summed of whole parts into `folder`, whole or not at all, and return what is there.

    Fewer than `least_rows` rows have no roll-ups: they are read row by row as fast.
    """
    raw = files_relation(root, "cost", files)
    rows = sum(file.rows for file in files)
    draft = folder.with_name(f".draft-{folder.name}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    batch = _Batch(connection, raw, rows)
    kept = batch.write(draft) if rows >= least_rows else []
    parts = {key: part_id(group) for key, group in by_part(files).items()}
    summary = Summary(parts=tuple(parts.values()), rows=rows, rollups=tuple(kept), days=batch.days(parts))
    write_json(draft / INDEX, summary)
    shutil.rmtree(folder, ignore_errors=True)
    draft.replace(folder)
    return summary


@dataclass(frozen=True, slots=True)
class _Batch:
    connection: duckdb.DuckDBPyConnection
    raw: str
    rows: int

    def write(self, folder: Path) -> list[Kept]:
        """Write the roll-ups that are worth it, and the counts of dimension values."""
        scratch = Scratch(self.connection)
        try:
            present = self._present()
            groups = group_codes(scratch, self.raw, present)
            documents = {one: document_code(scratch, self.raw, one) for one in JSON_COLUMNS if one in present}
            keyed = {
                column: scratch.table(keyed_values(code.counted, column, PART, rows="sum(x_Rows)"))
                for column, code in documents.items()
            }
            counted = {column: code.counted for code in groups.values() for column in code.columns}
            count_batch(
                self.connection, self.raw, [one for one in TEXT_COLUMNS if one in present], counted, keyed.values(), target=folder / VALUES,
            )  # fmt: skip
            tags = self._tags(keyed["Tags"]) if "Tags" in keyed else []
            measures = [one for one in MEASURES if one in present]
            codes = code_rows(scratch, self.raw, groups, documents.get("Tags"), tags=tags, measures=measures)
            return _Summed(scratch, codes, self.rows).write(folder)
        finally:
            scratch.drop()

    def _present(self) -> list[str]:
        """Return the columns that any row has a value of."""
        names = list(
            dict.fromkeys(
                (*(one for group in GROUPS.values() for one in group), *MEASURES, *TEXT_COLUMNS, *JSON_COLUMNS)
            )
        )
        counts = ", ".join(f'count("{name}")' for name in names)
        found = self.connection.execute(f"SELECT {counts} FROM {self.raw}").fetchall()[0]  # noqa: S608
        return [name for name, rows in zip(names, found, strict=True) if rows]

    def _tags(self, table: str) -> list[str]:
        rows = self.connection.execute(
            f"SELECT dimension FROM {table} GROUP BY dimension ORDER BY sum(rows) DESC, dimension LIMIT {MAX_TAGS}"  # noqa: S608
        ).fetchall()
        return [str(name).removeprefix(JSON_COLUMNS["Tags"]) for (name,) in rows]

    def days(self, parts: Mapping[tuple[str, str], str]) -> tuple[DayCost, ...]:
        """Return the effective cost of usage by part, day and currency."""
        rows = self.connection.execute(
            f"SELECT {PART}, CAST(ChargePeriodStart AS DATE) AS d, BillingCurrency AS c, sum(EffectiveCost) AS e "  # noqa: S608
            f"FROM {self.raw} WHERE ChargeCategory = 'Usage' AND d IS NOT NULL AND EffectiveCost IS NOT NULL "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        return tuple(
            DayCost(part=parts[str(source), str(month)], day=day, currency=str(currency), cost=plain(cost))
            for source, month, day, currency, cost in rows
        )


@dataclass(frozen=True, slots=True)
class _Summed:
    """The roll-ups of rows in codes; the texts are put back when one is written."""

    scratch: Scratch
    codes: Codes
    rows: int

    def write(self, folder: Path) -> list[Kept]:
        """Write those that are worth it."""
        kept = [one for one in self._make(self._wanted()) if self._worth(one.wanted, one.rows)]
        for one in kept:
            self._copy(one, rollup_file(folder, one.wanted.rollup.name, one.wanted.tag))
        return [Kept(name=one.wanted.rollup.name, tag=one.wanted.tag, rows=one.rows) for one in kept]

    def _worth(self, one: _Wanted, groups: float) -> bool:
        return groups * one.rollup.least <= self.rows

    def _wanted(self) -> list[_Wanted]:
        """Return the roll-ups worth making, by their number of groups as estimated in one scan."""
        every = [_Wanted(one, None) for one in ROLLUPS if not one.by_tag]
        every += [_Wanted(one, tag) for tag in self.codes.tags for one in ROLLUPS if one.by_tag]
        estimates = ", ".join(f"approx_count_distinct(hash({', '.join(self._keys(one))}))" for one in every)
        found = self.scratch.connection.execute(f"SELECT {estimates} FROM {self.codes.rows}").fetchall()[0]  # noqa: S608
        return [one for one, groups in zip(every, found, strict=True) if self._worth(one, int(str(groups)) / _SLACK)]

    def _make(self, wanted: Sequence[_Wanted]) -> list[_Made]:
        made: list[_Made] = []
        for one in wanted:
            sources = sorted((other for other in made if other.wanted.gives(one)), key=lambda other: other.rows)
            try:
                table = self.scratch.table(self._summed(one, sources[0].table if sources else None))
            except duckdb.OutOfRangeException:
                # Its sums need more than 38 digits: questions about it are answered, or refused, from the rows.
                continue
            made.append(_Made(one, table, self.scratch.count(table)))
        return made

    def _keys(self, one: _Wanted) -> list[str]:
        tags = [] if one.tag is None else [self.codes.tag_column(one.tag)]
        return [*one.rollup.groups, _CUT[one.rollup.grain], *tags]

    def _summed(self, one: _Wanted, table: str | None) -> str:
        """Return the query for a roll-up in codes, from a finer one's table or else from the rows."""
        keys = [*one.rollup.groups, f"{_CUT[one.rollup.grain]} AS day", *self._keys(one)[len(one.rollup.groups) + 1 :]]
        sums = [f'sum("{name}") AS "{name}"' for name in self.codes.measures]
        counted = "count(*)" if table is None else "CAST(sum(x_Rows) AS BIGINT)"
        extremes = [
            f"{function}({column if table is None else name}) AS {name}"
            for name, (function, column) in EXTREMES.items()
        ]
        columns = ", ".join([*keys, *sums, f"{counted} AS x_Rows", *extremes])
        return f"SELECT {columns} FROM {table or self.codes.rows} GROUP BY ALL"  # noqa: S608

    def _copy(self, one: _Made, target: Path) -> None:
        source = self._sorted(one) if one.wanted.rollup.order else one.table
        order = " ORDER BY t.day" if one.wanted.rollup.grain == "day" and source == one.table else ""
        options = _SORTED_PARQUET if one.wanted.rollup.order else _PARQUET
        copied = self.scratch.connection.execute(
            f"COPY ({self._texts(one, source)}{order}) TO {quoted(str(target))} ({options})"
        ).fetchall()
        if copied[0][0] != one.rows:
            raise CheckFailed(f"`{target.name}` has {copied[0][0]} rows of {one.rows}", fix="load the bill again")

    def _sorted(self, one: _Made) -> str:
        """Return a table of the same rows in the roll-up's order: to sort codes is faster than to sort texts."""
        group = self.codes.groups[one.wanted.rollup.order]
        order = ", ".join(f'"{column}"' for column in group.columns) or "code"
        places = f"SELECT code, row_number() OVER (ORDER BY {order}) AS place FROM {group.combinations}"  # noqa: S608
        # From here on the order of a table's rows is that of what is made of them.
        self.scratch.connection.execute("SET preserve_insertion_order = true")
        return self.scratch.table(
            f"SELECT t.* FROM {one.table} AS t JOIN ({places}) AS p ON t.{one.wanted.rollup.order} = p.code "  # noqa: S608
            "ORDER BY place, day"
        )

    def _texts(self, one: _Made, source: str) -> str:
        """Return the query that puts the texts in the place of the codes."""
        codes = {name: self.codes.groups[name] for name in one.wanted.rollup.groups}
        if one.wanted.tag is not None:
            codes[self.codes.tag_column(one.wanted.tag)] = self.codes.tags[one.wanted.tag]
        found = {column: f'"{name}_c"."{column}"' for name, code in codes.items() for column in code.columns}
        found |= {name: f't."{name}"' for name in self.codes.measures}
        names = [*sorted(one.wanted.rollup.columns), *([TAG_COLUMN] if one.wanted.tag is not None else []), *MEASURES]
        columns = [f'{found.get(name, f"CAST(NULL AS {ROLLUP_COLUMNS[name]})")} AS "{name}"' for name in names]
        columns += ["CAST(t.day AS TIMESTAMP) AS ChargePeriodStart", "t.x_Rows", *(f"t.{name}" for name in EXTREMES)]
        joins = [
            f'JOIN {code.combinations} AS "{name}_c" ON t."{name}" = "{name}_c".code' for name, code in codes.items()
        ]
        return f"SELECT {', '.join(columns)} FROM {source} AS t {' '.join(joins)}"  # noqa: S608
