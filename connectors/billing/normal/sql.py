"""Normalise a relation that has the lake's cost columns: look at the different values only, then join what changes.

One scan of the columns concerned finds their different combinations; tags have a scan of their own, for there are many of them.
Where nothing changes the relation is handed back as it came.
"""

import json
from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from connectors.billing.normal.accounts import ACCOUNTS
from connectors.billing.normal.regions import REGIONS
from connectors.billing.normal.resource_types import RESOURCE_TYPES
from connectors.billing.normal.services import SERVICES
from connectors.billing.normal.subject import Change, Key, Seen, Subject
from connectors.billing.normal.tags import normal_tags
from connectors.billing.normal.units import CONSUMED_UNITS, PRICING_UNITS
from connectors.billing.reading.arrow import Array, pa
from connectors.billing.sql.session import quoted, text
from finops.tables import LoadWarning

SUBJECTS: tuple[Subject, ...] = (REGIONS, SERVICES, RESOURCE_TYPES, PRICING_UNITS, CONSUMED_UNITS, ACCOUNTS)
_INSIDE = "x_Columns."
# A text that may have a key to change: a key with a capital, a blank, `-` or a known prefix; no object; an escaped sign.
_SUSPECT = r'^\s*[^{\s]|\\|"[^"]*(\p{Lu}|[-\s]|user[:_]|aws_|labels/|resource_tags)[^"]*"\s*:'
# A bill's own column that has a name of those that keep raw values.
_TAKEN = '"(Raw[A-Z]|NormalPricingUnit|x_PricingBlockSize)'
_BATCH = 20_000
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class _Join:
    """A table `name` with what changes: keys k0.., values by column, and `kept`, members for x_Columns."""

    name: str
    condition: str
    sets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Normalised:
    """What makes a relation's names standard: `relation` is that one, with the same rows and columns.

    `changed` names the columns of which a value changes; where there is none, `relation` is what was given.
    """

    given: str
    joins: tuple[_Join, ...]
    warnings: tuple[LoadWarning, ...]

    @property
    def changed(self) -> tuple[str, ...]:
        """Columns that get other values; x_Columns, which keeps the raw ones, is not named."""
        return tuple(dict.fromkeys(name for join in self.joins for name in join.sets))

    @property
    def relation(self) -> str:
        """The given relation in standard names."""
        return self.applied(self.given)

    def applied(self, relation: str) -> str:
        """Return `relation`, some of the given one's rows, in standard names."""
        return _joined(relation, self.joins) if self.joins else relation


def normalise(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: Collection[str], *, tags: Array | None = None
) -> Normalised:
    """Return `relation`, which has the lake's cost columns, with standard names. `columns` are those that may hold values.

    `tags` are the different texts of Tags where they are known: then the rows are not read for them.

    Temporary tables of the session hold what changes, until this is called again. Raises duckdb.Error as reading does.
    """
    live = [subject for subject in SUBJECTS if set(subject.sets) & set(columns)]
    filled = sorted({read for subject in live for read in subject.reads if _column(read) in columns})
    found = _changes(connection, relation, live, filled)
    joins = [_join(connection, i, subject, changes, filled) for i, (subject, changes) in enumerate(found)]
    warnings: tuple[LoadWarning, ...] = ()
    if "Tags" in columns:
        renamed, warnings = _tags(connection, relation, len(joins), tags)
        joins += renamed
    return Normalised(relation, tuple(joins), warnings)


def _column(read: str) -> str:
    return "x_Columns" if read.startswith(_INSIDE) else read


def _expression(read: str, *, prefix: str = "") -> str:
    if not read.startswith(_INSIDE):
        return prefix + quoted(read)
    path = text("$." + json.dumps(read.removeprefix(_INSIDE)))
    # Only Azure's bills have these; others should not pay for reading every row's JSON.
    return (
        f"CASE WHEN regexp_matches({prefix}ProviderName, '(?i)microsoft|azure') "
        f"THEN json_extract_string({prefix}x_Columns, {path}) END"
    )


def _changes(
    connection: duckdb.DuckDBPyConnection, relation: str, subjects: Sequence[Subject], filled: Sequence[str]
) -> list[tuple[Subject, dict[Key, Change]]]:
    """Return the subjects of which something changes, with what changes, from one scan of the `filled` columns for all."""
    if not subjects:
        return []
    sets = ", ".join(f"({', '.join(quoted(read) for read in filled if read in one.reads)})" for one in subjects)
    columns = ", ".join(map(quoted, filled))
    rows = connection.execute(
        f"SELECT GROUPING_ID({columns}), CAST(max(ChargePeriodStart) AS VARCHAR), {columns} FROM "  # noqa: S608
        f"(SELECT ChargePeriodStart, {', '.join(f'{_expression(read)} AS {quoted(read)}' for read in filled)} "
        f"FROM {relation}) GROUP BY GROUPING SETS ({sets})"
    ).fetchall()
    by_set: dict[int, list[tuple[object, ...]]] = {}
    for row in rows:
        by_set.setdefault(int(row[0]), []).append(row[1:])
    found: list[tuple[Subject, dict[Key, Change]]] = []
    for subject in subjects:
        # A bit of the id stands for a column that is not in the set, the first column's being the highest.
        absent = [read not in subject.reads for read in filled]
        group = by_set.get(int("".join("01"[bit] for bit in absent), 2), [])
        seen = [_seen(subject, filled, row) for row in group]
        if changes := subject.changes(seen):
            found.append((subject, changes))
    return found


def _seen(subject: Subject, filled: Sequence[str], row: Sequence[object]) -> Seen:
    by_name = {read: _text(value) for read, value in zip(filled, row[1:], strict=True)}
    return Seen(tuple(by_name.get(read) for read in subject.reads), _text(row[0]) or "")


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _join(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    subject: Subject,
    changes: Mapping[Key, Change],
    filled: Sequence[str],
) -> _Join:
    name = f"normal_{number}"
    # A column that holds nothing needs no comparing.
    places = [i for i, read in enumerate(subject.reads) if read in filled]
    keys = [f"k{i}" for i in places]
    _create(connection, name, [*keys, *subject.sets, "kept"])
    kept = [_members(one.kept) for one in changes.values()]
    values = [[one.values.get(column) for one in changes.values()] for column in subject.sets]
    _insert(connection, name, [*([key[i] for key in changes] for i in places), *values, kept])
    condition = " AND ".join(
        f"{_expression(subject.reads[i], prefix='b.')} IS NOT DISTINCT FROM {name}.k{i}" for i in places
    )
    return _Join(name, condition, subject.sets)


def _create(connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str]) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} ({', '.join(f'{quoted(column)} VARCHAR' for column in columns)})"
    )


def _insert(connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[Sequence[str | None]]) -> None:
    places = ", ".join("unnest(CAST(? AS VARCHAR[]))" for _ in columns)
    connection.execute(f"INSERT INTO {name} SELECT {places}", list(columns))


def _tags(
    connection: duckdb.DuckDBPyConnection, relation: str, number: int, known: Array | None
) -> tuple[list[_Join], tuple[LoadWarning, ...]]:
    """Write the tag texts that change into a table; return its join, none where no text changes, and what collided."""
    name = f"normal_{number}"
    _create(connection, name, ("k0", "Tags", "kept"))
    collided: dict[str, str] = {}
    count = 0
    for raws in _suspects(connection, relation, known):
        done = [(raw, tags) for raw in raws if (tags := normal_tags(raw))]
        collided |= {raw: tags.collisions[0] for raw, tags in done if tags.collisions}
        kept = [_members({"RawTags": raw}) for raw, _ in done]
        _insert(connection, name, [[raw for raw, _ in done], [tags.text for _, tags in done], kept])
        count += len(done)
    if not count:
        return [], ()
    return [_Join(name, f"b.Tags = {name}.k0", ("Tags",))], _collisions(connection, relation, collided)


def _suspects(connection: duckdb.DuckDBPyConnection, relation: str, known: Array | None) -> Generator[list[str]]:
    """Give the different tag texts that may have a key to change, some at a time."""
    # A connection of its own, for the texts are read while others are written down. MATERIALIZED: they are told apart first
    # and looked into once each, not row by row.
    with connection.cursor() as reader:
        if known is not None:
            reader.register("known_tags", pa.table({"Tags": known}))
        reader.execute(
            f"WITH texts AS MATERIALIZED (SELECT DISTINCT Tags FROM {relation if known is None else 'known_tags'} WHERE Tags IS NOT NULL) "  # noqa: S608
            f"SELECT Tags FROM texts WHERE regexp_matches(Tags, {text(_SUSPECT)}) ORDER BY Tags"
        )
        while rows := reader.fetchmany(_BATCH):
            yield [str(row[0]) for row in rows]


def _collisions(
    connection: duckdb.DuckDBPyConnection, relation: str, collided: Mapping[str, str]
) -> tuple[LoadWarning, ...]:
    if not collided:
        return ()
    query = f"SELECT count(*) FROM {relation} WHERE Tags IN (SELECT unnest(CAST(? AS VARCHAR[])))"  # noqa: S608
    rows = connection.execute(query, [list(collided)]).fetchall()[0][0]
    keys = ", ".join(f"`{key}`" for key in sorted(set(collided.values()))[:_EXAMPLES])
    return (
        LoadWarning(
            code="tag_collision",
            message=f"one tag is there twice in different spellings with different values ({keys}) in {rows} row{'s'[: rows != 1]}; "
            "both are kept, the second under its own spelling",
            rows=rows,
            examples=tuple(sorted(collided)[:_EXAMPLES]),
        ),
    )


def _joined(relation: str, joins: Sequence[_Join]) -> str:
    """Return the relation with every change in place; what was overwritten goes into x_Columns, under names a bill lacks."""
    replaced = [
        f"coalesce({join.name}.{quoted(column)}, b.{quoted(column)}) AS {quoted(column)}"
        for join in joins
        for column in join.sets
    ]
    kept = ", ".join(f"{join.name}.kept" for join in joins)
    own = "b.x_Columns"
    # Members are put together as text, for reading every row's JSON is slow; a bill with such names itself is read, and wins.
    merged = f"CAST(json_merge_patch('{{' || concat_ws(',', {kept}) || '}}', {own}) AS VARCHAR)"
    added = f"'{{' || concat_ws(',', {kept}, nullif({own}[2:-2], '')) || '}}'"
    replaced.append(
        f"CASE WHEN coalesce({kept}) IS NULL THEN {own} WHEN regexp_matches({own}, {text(_TAKEN)}) THEN {merged} "
        f"ELSE {added} END AS x_Columns"
    )
    tables = " ".join(f"LEFT JOIN {join.name} ON {join.condition}" for join in joins)
    return f"(SELECT b.* REPLACE ({', '.join(replaced)}) FROM {relation} AS b {tables})"  # noqa: S608


def _members(kept: Mapping[str, str]) -> str | None:
    """Return what is kept as members of a JSON object, without its braces; None where nothing is."""
    return json.dumps(dict(kept), ensure_ascii=False)[1:-1] if kept else None
