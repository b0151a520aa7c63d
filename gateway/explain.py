"""What a tool asks of the store, as SQL of another engine: for whoever wants to run it there, or to read it."""

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol, cast, get_args

from pydantic import JsonValue

from finops.errors import BadInput
from finops.people import Principal
from finops.ports import DataHandle, DimensionInfo, TableInfo
from finops.relational import Question, Rows
from gateway.questions import Questions
from store.lake.ask.dialects import Dialect

DIALECTS: tuple[str, ...] = get_args(Dialect)


class _Compiler(Protocol):
    def explain(self, question: Question, dialect: str) -> str: ...


class _Listening:
    """A data handle that remembers what was asked; implements `finops.ports.DataHandle`."""

    def __init__(self, data: DataHandle) -> None:
        self._data = data
        self.asked: list[Question] = []

    @property
    def snapshot(self) -> str:
        """Id of the state."""
        return self._data.snapshot

    @property
    def cost(self) -> TableInfo | None:
        """What the cost table holds."""
        return self._data.cost

    @property
    def metrics(self) -> TableInfo | None:
        """What the metrics table holds."""
        return self._data.metrics

    @property
    def dimensions(self) -> tuple[DimensionInfo, ...]:
        """Every dimension that has a value."""
        return self._data.dimensions

    def ask(self, question: Question) -> Rows:
        """Remember the question and answer it."""
        self.asked.append(question)
        return self._data.ask(question)


def explain(
    questions: Questions, principal: Principal, name: str, arguments: Mapping[str, JsonValue], dialect: str
) -> tuple[str, ...]:
    """Run a tool here and return each of its questions as SQL of `dialect`. Raises `BadInput` for one that is not known."""
    if dialect not in DIALECTS:
        raise BadInput(f"unknown dialect `{dialect}`", fix=f"known are {', '.join(f'`{one}`' for one in DIALECTS)}")
    listening = _Listening(questions.data)
    Questions(listening, questions.evidence, questions.shelf).run(principal, name, arguments)
    # Ibis takes over a second to import: only this pays for it.
    compiler = cast(_Compiler, import_module("store.lake.ask.compile"))
    return tuple(dict.fromkeys(compiler.explain(question, dialect) for question in listening.asked))
