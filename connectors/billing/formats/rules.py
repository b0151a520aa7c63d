"""The closed set of rules, each as the SQL that makes one FOCUS value, as text, of a file's text.

A value that a rule cannot read is passed on as it is, so that the checks refuse it with its row; none is dropped unseen.
"""

from collections.abc import Callable

from connectors.billing.formats.header import Header
from connectors.billing.formats.table import Row, Rule, Table
from connectors.billing.sql.session import quoted, text
from finops.tables import MAX_DECIMALS

DECIMAL = f"DECIMAL(38,{MAX_DECIMALS})"
NOTHING = "CAST(NULL AS VARCHAR)"
_ISO = "'%Y-%m-%dT%H:%M:%SZ'"


def number(value: str) -> str:
    """Return a text as the lake's decimal, NULL where it is none."""
    return f"TRY_CAST({value} AS {DECIMAL})"


def plain(amount: str) -> str:
    """Return a decimal as text without zeros at its end."""
    return f"rtrim(rtrim(CAST({amount} AS VARCHAR), '0'), '.')"


def rounded(value: str) -> str:
    """Return an amount's text, rounded half away from zero to the lake's decimals where it has more; no number stays as it is."""
    fine = f"(contains({value}, 'e') OR contains({value}, 'E') OR length(split_part({value}, '.', 2)) > {MAX_DECIMALS})"
    return f"(CASE WHEN {fine} THEN coalesce({plain(number(value))}, {value}) ELSE {value} END)"


def expression(row: Row, table: Table, header: Header) -> str | None:
    """Return the SQL of a row's value, None where the file has none of the columns it needs."""
    return _RULES[row.rule](row, table, header)


def _copy(row: Row, _table: Table, header: Header) -> str | None:
    return header.text(row.source)


def _constant(row: Row, _table: Table, _header: Header) -> str:
    return text(row.argument)


def _none(_row: Row, _table: Table, _header: Header) -> str:
    return NOTHING


def _map(row: Row, table: Table, header: Header) -> str | None:
    value = header.text(row.source)
    if value is None:
        return None
    whens = " ".join(f"WHEN {text(k.lower())} THEN {text(v)}" for k, v in table.values[row.argument].items())
    return f"(CASE lower({value}) {whens} END)"


def _lookup(row: Row, _table: Table, header: Header) -> str | None:
    if header.text(row.source) is None:
        return None
    return f"{join_name(row)}.{quoted(row.argument.split('.')[1])}"


def join_name(row: Row) -> str:
    """Return the alias of the lookup table that a row joins."""
    return quoted(f"{row.argument.split('.')[0]}:{row.source}")


def _extract(row: Row, _table: Table, header: Header) -> str | None:
    value = header.text(row.source)
    return None if value is None else f"nullif(lower(regexp_extract({value}, {text(row.argument)}, 1)), '')"


def _moment_text(value: str) -> str:
    """Return a moment's text in ISO form with its zone; month/day/year as American exports write it, UTC where none is named."""
    american = f"strftime(try_strptime(split_part({value}, ' ', 1), '%m/%d/%Y'), {_ISO})"
    zoned = f"regexp_matches(substr({value}, 11), '[A-Za-z]|[+-][0-9]')"
    return (
        f"(CASE WHEN contains({value}, '/') THEN coalesce({american}, {value}) "
        f"WHEN ends_with({value}, ' UTC') THEN replace(left({value}, length({value}) - 4), ' ', 'T') || 'Z' "
        f"WHEN length({value}) = 10 THEN {value} || 'T00:00:00Z' "
        f"WHEN length({value}) = 17 AND ends_with({value}, 'Z') THEN left({value}, 16) || ':00Z' "
        f"WHEN substr({value}, 12) <> '' AND NOT {zoned} THEN replace({value}, ' ', 'T') || 'Z' ELSE {value} END)"
    )


def _instant(value: str) -> str:
    months = f"try_strptime({value}, '%Y%m')"
    exact = f"CAST(TRY_CAST({_moment_text(value)} AS TIMESTAMPTZ) AS TIMESTAMP)"
    return f"(CASE WHEN length({value}) = 6 THEN {months} ELSE {exact} END)"


def _moment(row: Row, _table: Table, header: Header) -> str | None:
    value = header.text(row.source)
    return None if value is None else _moment_text(value)


def _moved(how: str) -> "Maker":
    def make(row: Row, _table: Table, header: Header) -> str | None:
        value = header.text(row.source)
        return None if value is None else f"coalesce(strftime({how.format(_instant(value))}, {_ISO}), {value})"

    return make


def _combined(operator: str) -> "Maker":
    def make(row: Row, _table: Table, header: Header) -> str | None:
        first, second = (header.text(part) for part in row.source.split(f" {operator} "))
        if first is None and second is None:
            return None
        left, right = first or NOTHING, second or NOTHING
        result = f"coalesce({number(left)}, 0) {operator} coalesce({number(right)}, 0)"
        return (
            f"(CASE WHEN {left} IS NULL AND {right} IS NULL THEN NULL {_unread(left)} {_unread(right)} "
            f"ELSE {plain(f'({result})')} END)"
        )

    return make


def _unread(value: str) -> str:
    return f"WHEN {value} IS NOT NULL AND {number(value)} IS NULL THEN {value}"


def _product(row: Row, _table: Table, header: Header) -> str | None:
    """Multiply as whole numbers, so that nothing is rounded before the product is; NULL where that takes more than 38 digits."""
    first, second = (header.text(part) for part in row.source.split(" * "))
    if first is None or second is None:
        return None
    left, right = (plain(number(value)) for value in (first, second))
    digits = [f"CAST(replace({value}, '.', '') AS HUGEINT)" for value in (left, right)]
    places = f"(length(split_part({left}, '.', 2)) + length(split_part({right}, '.', 2)))"
    whole = f"lpad(CAST(abs({digits[0]} * {digits[1]}) AS VARCHAR), 80, '0')"
    sign = f"CASE WHEN starts_with({left}, '-') <> starts_with({right}, '-') THEN '-' ELSE '' END"
    written = f"{sign} || left({whole}, 80 - {places}) || '.' || right({whole}, {places})"
    # Leading zeros count as digits for the cast; 80 - 36 of them never go below the value's own.
    written = f"regexp_replace({written}, '^(-?)0+', '\\1')"
    fits = f"length({left}) + length({right}) <= 38"
    return (
        f"(CASE WHEN {first} IS NULL OR {second} IS NULL THEN NULL {_unread(first)} {_unread(second)} "
        f"WHEN {number(first)} = 0 OR {number(second)} = 0 THEN '0' "
        f"WHEN {fits} THEN {plain(number(written))} END)"
    )


def _object(row: Row, _table: Table, header: Header) -> str | None:
    members: list[tuple[str, str]] = []
    for pair in row.source.split(", "):
        key, _, reference = pair.partition("=")
        value = header.text(reference)
        if value is not None:
            members.append((key, value))
    return _json_object(members)


def _columns(row: Row, _table: Table, header: Header) -> str | None:
    found = header.with_prefix(row.source).items()
    return _json_object([(_without(key, row.argument), f"r.{quoted(name)}") for name, key in found])


def _without(key: str, prefix: str) -> str:
    """Return a tag's key without the prefix that says a user made it: `user:` in CSV, `user_` for Athena."""
    return key.removeprefix(prefix).removeprefix(prefix.replace(":", "_")) if prefix else key


def _json_object(members: list[tuple[str, str]]) -> str | None:
    """Return a JSON object of the members that have a value, NULL where none has."""
    if not members:
        return None
    parts = ", ".join(f"{text(_json_key(key))} || CAST(to_json({value}) AS VARCHAR)" for key, value in members)
    return f"nullif('{{' || concat_ws(',', {parts}) || '}}', '{{}}')"


def _json_key(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}":'


def _keys(row: Row, _table: Table, header: Header) -> str | None:
    value = header.text(row.source)
    if value is None:
        return None
    member = (
        f"CAST(to_json(regexp_replace(k, {text('^' + row.argument)}, '')) AS VARCHAR) || ':' || "
        f"CAST(json_extract({value}, '$.\"' || k || '\"') AS VARCHAR)"
    )
    joined = f"array_to_string(list_transform(json_keys({value}), lambda k: {member}), ',')"
    return f"(CASE WHEN {_is_object(value)} THEN nullif('{{' || {joined} || '}}', '{{}}') END)"


def _pairs(row: Row, _table: Table, header: Header) -> str | None:
    value = header.text(row.source)
    if value is None:
        return None
    member = "CAST(json_extract(p, '$.key') AS VARCHAR) || ':' || coalesce(CAST(json_extract(p, '$.value') AS VARCHAR), '\"\"')"
    joined = f"array_to_string(list_transform(TRY_CAST({value} AS JSON[]), lambda p: {member}), ',')"
    listed = f"starts_with(ltrim({value}), '[')"
    return (
        f"(CASE WHEN {listed} THEN nullif('{{' || {joined} || '}}', '{{}}') WHEN {_is_object(value)} THEN {value} END)"
    )


def _json(row: Row, _table: Table, header: Header) -> str | None:
    value = header.text(row.source)
    if value is None:
        return None
    braced = f"(CASE WHEN starts_with(ltrim({value}), '{{') THEN {value} ELSE '{{' || {value} || '}}' END)"
    return f"(CASE WHEN {_is_object(braced)} THEN {braced} END)"


def _is_object(value: str) -> str:
    return f"CASE WHEN json_valid({value}) THEN json_type({value}) = 'OBJECT' ELSE false END"


Maker = Callable[[Row, Table, Header], str | None]
_RULES: dict[Rule, Maker] = {
    "copy": _copy, "constant": _constant, "none": _none, "map": _map, "lookup": _lookup, "extract": _extract,
    "moment": _moment, "day": _moved("date_trunc('day', {0})"), "next_day": _moved("date_trunc('day', {0}) + INTERVAL 1 DAY"),
    "month_start": _moved("date_trunc('month', {0})"), "month_end": _moved("date_trunc('month', {0}) + INTERVAL 1 MONTH"),
    "sum": _combined("+"), "difference": _combined("-"), "product": _product, "object": _object, "columns": _columns,
    "keys": _keys, "pairs": _pairs, "json": _json,
}  # fmt: skip
