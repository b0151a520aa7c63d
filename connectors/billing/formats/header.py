"""A file's columns as a table names them: spellings compared, alternatives tried, fields of nested values reached."""

import re
from dataclasses import dataclass, field

from connectors.billing.formats.table import Spelling
from connectors.billing.sql.session import quoted, text

# The text some exports write where there is no value.
_NULL = "NULL"
_PATH = re.compile(r"(?P<head>[^.\[]+)(?:\.(?P<field>[^\[]+)|\[(?P<key>.+)\])$")


def spelled(name: str, spelling: Spelling) -> str:
    """Return a column's name in the form in which names are compared."""
    if spelling == "snake":
        return _snake(name)
    return re.sub(r"[ _-]", "", name).lower() if spelling == "fold" else name


def _snake(name: str) -> str:
    """Return a legacy CUR column as AWS writes it for Athena: `reservation/ReservationARN` is reservation_reservation_a_r_n."""
    if "/" not in name:
        return name.lower()
    parts = [re.sub(r"(?<!^)([A-Z])", r"_\1", part) for part in name.split("/", 1)]
    return re.sub(r"_+", "_", re.sub(r"[^a-z0-9]", "_", "_".join(parts).lower()))


def clean(expression: str) -> str:
    """Return the text, NULL where it is empty or says `NULL`."""
    return f"nullif(nullif({expression}, ''), {text(_NULL)})"


@dataclass(slots=True)
class Header:
    """The columns of one file, all of them text or NULL, as columns of the SQL relation `r`."""

    names: tuple[str, ...]
    spelling: Spelling
    _known: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._known = {}
        for name in self.names:
            self._known.setdefault(spelled(name, self.spelling), name)

    def column(self, name: str) -> str | None:
        """Return the file's own name of a column, or None where it has none such."""
        return self._known.get(spelled(name, self.spelling) if self.spelling != "snake" else name)

    def with_prefix(self, prefix: str) -> dict[str, str]:
        """Return the file's columns whose name begins with `prefix`, and what follows it there in the file's own letters."""
        found: dict[str, str] = {}
        for known, name in self._known.items():
            if known.startswith(prefix) and known != prefix:
                found[name] = name.split("/", 1)[1] if "/" in name else known.removeprefix(prefix)
        return found

    def present(self, reference: str) -> list[str]:
        """Return the alternatives of `a|b` that the file can answer."""
        return [part for part in (one.strip() for one in reference.split("|")) if self.raw(part) is not None]

    def whole(self, reference: str) -> str | None:
        """Return the one column a reference stands for, None where it stands for several, a field or nothing."""
        present = self.present(reference)
        return self.column(present[0]) if len(present) == 1 else None

    def text(self, reference: str) -> str | None:
        """Return the SQL of the first of `a|b` that has a value, None where the file has none of the columns."""
        found = [raw for raw in (self.raw(part) for part in self.present(reference)) if raw is not None]
        return None if not found else found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"

    def raw(self, name: str) -> str | None:
        """Return the SQL of one column or one field of a column, None where the file does not have it."""
        column = self.column(name)
        if column is not None:
            return f"r.{quoted(column)}"
        path = _PATH.match(name)
        outer = self.column(path["head"]) if path else None
        if path is None or outer is None:
            return None
        inner = f"r.{quoted(outer)}"
        return _field(inner, path["field"]) if path["field"] else _keyed(inner, path["key"])


def _field(inner: str, name: str) -> str:
    return f"(CASE WHEN json_valid({inner}) THEN {clean(f'json_extract_string({inner}, {text(json_path(name))})')} END)"


def _keyed(inner: str, key: str) -> str:
    """Return the value of a key, in a JSON object or in a list of objects that have a key and a value."""
    pairs = f"TRY_CAST({inner} AS JSON[])"
    hit = f"list_filter({pairs}, lambda p: json_extract_string(p, '$.key') = {text(key)})[1]"
    listed = f"starts_with(ltrim({inner}), '[')"
    return f"(CASE WHEN {listed} THEN json_extract_string({hit}, '$.value') ELSE {_field(inner, key)} END)"


def cleaned(relation: str, names: tuple[str, ...]) -> str:
    """Return a relation whose texts are NULL where they are empty or say `NULL`."""
    columns = ", ".join(f"{clean(quoted(name))} AS {quoted(name)}" for name in names)
    return f"(SELECT {columns} FROM {relation})"  # noqa: S608


def json_path(name: str) -> str:
    """Return the JSON path of a member."""
    return '$."' + name.replace('"', '\\"') + '"'
