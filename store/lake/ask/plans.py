"""Compiled query shapes on disk: the SQL of a shape is made once, by Ibis, and then only bound to values."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Protocol, cast
from uuid import uuid4

from finops.canonical import digest
from finops.money import plain
from finops.relational import REST, Question, Scalar
from finops.tables import SCHEMA_VERSION
from store.lake.engines.embedded import Dialect


@dataclass(frozen=True, slots=True)
class Plan:
    """The SQL of one shape; `order` says which value each parameter takes."""

    sql: str
    order: tuple[int, ...]


class _Compiler(Protocol):
    def compile_question(self, question: Question, dialect: Dialect) -> tuple[str, tuple[int, ...]]: ...


@cache
def _compiler_version() -> tuple[str, ...]:
    """What a compiled shape depends on beside the shape: Ibis, and our own text."""
    own = [Path(__file__).with_name(name).read_bytes() for name in ("compile.py", "dialects.py")]
    return version("ibis-framework"), *(sha256(text).hexdigest() for text in own)


@dataclass(frozen=True, slots=True)
class Plans:
    """The cache folder. Deleting it, or a file of it, costs time only."""

    folder: Path
    dialect: Dialect = "duckdb"
    _known: dict[tuple[object, ...], Plan] = field(default_factory=dict[tuple[object, ...], Plan], compare=False)

    def plan(self, question: Question) -> Plan:
        """Return the compiled shape of a question, from the cache where it is there."""
        shape = question.shape()
        if shape not in self._known:
            key = digest([shape, _compiler_version(), SCHEMA_VERSION, self.dialect])
            self._known[shape] = self._stored(key) or self._compile(key, question)
        return self._known[shape]

    def prewarm(self, questions: Iterable[Question]) -> None:
        """Compile the shapes of these questions where that was not done yet."""
        for question in questions:
            self.plan(question)

    def _stored(self, key: str) -> Plan | None:
        try:
            stored = json.loads((self.folder / f"{key}.json").read_text(encoding="utf-8"))
            return Plan(str(stored["sql"]), tuple(int(index) for index in stored["order"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _compile(self, key: str, question: Question) -> Plan:
        # Ibis takes over a second to import, so its module is loaded as a whole and only here.
        compiler = cast(_Compiler, import_module("store.lake.ask.compile"))
        sql, order = compiler.compile_question(question, self.dialect)
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f".{key}.{uuid4().hex}"
        draft.write_text(json.dumps({"sql": sql, "order": order}), encoding="utf-8")
        draft.replace(self.folder / f"{key}.json")
        return Plan(sql, order)


def heading(question: Question) -> tuple[str, ...]:
    """Return the names of an answer's columns; the SQL has names that every engine takes."""
    rest = (REST,) if question.top else ()
    return (*(key.name for key in question.keys), *(one.name for one in question.aggregates), *rest)


def bound(plan: Plan, question: Question) -> list[str]:
    """Return the values of a question as text, in the order of the plan's parameters; the SQL casts them."""
    values = question.values()
    return [_text(values[index]) for index in plan.order]


def _text(value: Scalar) -> str:
    if isinstance(value, datetime):
        return _utc(value).isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return plain(value) if isinstance(value, Decimal) else str(value)


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
