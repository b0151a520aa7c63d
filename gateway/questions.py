"""Run a tool for a person and keep the evidence. Reading needs neither the records nor PyIceberg."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol, cast

from pydantic import JsonValue, ValidationError

from finops.books import Books, Kind
from finops.canonical import digest
from finops.errors import ToolError, UnknownName
from finops.evidence import Evidence, seal
from finops.people import Principal, require
from finops.ports import DataHandle, EvidenceStore
from tools.contract import Tool, ToolContext
from tools.registry import TOOLS


def as_of(data: DataHandle) -> date:
    """Return the day tools take for today: the one after the last day of cost data, so that answers can be replayed."""
    return data.cost.last_day + timedelta(days=1) if data.cost else date(2000, 1, 2)


def one_sentence(error: ValidationError) -> str:
    """Say in one sentence which field is wrong and how."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "input"
    return f"`{where}`: {first['msg'].removeprefix('Value error, ')}"


class Shelf(Protocol):
    """The books in force at one moment; `gateway.books.BookShelf` keeps them as files."""

    def books(self) -> Books:
        """Return them for one call, none opened yet."""
        ...

    def mark(self, used: frozenset[Kind]) -> str:
        """Return what the snapshot's id ends in where these books were used, such as `+a0123456789ab`; empty without any."""
        ...


class NoBooks:
    """The shelf of a home where nothing was loaded."""

    def books(self) -> Books:
        """Return no books."""
        return Books()

    def mark(self, used: frozenset[Kind]) -> str:
        """Return nothing to mark."""
        del used
        return ""


@dataclass(frozen=True, slots=True)
class Questions:
    """The reading half of the door, over one snapshot of the lake and the books in force."""

    data: DataHandle
    evidence: EvidenceStore
    shelf: Shelf = field(default_factory=NoBooks)

    def tool(self, name: str) -> Tool:
        """Return the tool called `name`; raises `UnknownName`. Names match exactly."""
        if name not in TOOLS:
            raise UnknownName("tool", name, TOOLS)
        return TOOLS[name]

    def key(self, name: str, arguments: Mapping[str, JsonValue]) -> str:
        """Return what two calls share that ask the same: a digest of the tool and its input with every default filled in."""
        typed: object = dict(arguments)
        if name in TOOLS:
            # One that does not fit is refused in `run`, each time in the same words.
            with suppress(ValidationError):
                typed = TOOLS[name].input.model_validate(arguments)
        return digest([name, typed])

    def context(self) -> ToolContext:
        """Return what a tool sees in one call."""
        return ToolContext(self.data, as_of(self.data), self.evidence.get, self.shelf.books())

    def run(self, principal: Principal, name: str, arguments: Mapping[str, JsonValue]) -> Evidence:
        """Run one tool and store its evidence. Raises `ToolError` where the arguments do not fit, `Forbidden` without the role."""
        tool = self.tool(name)
        require(principal, "propose" if tool.effect == "PROPOSE" else "ask")
        try:
            typed = tool.input.model_validate(arguments)
        except ValidationError as error:
            raise ToolError(
                f"input of `{name}` does not fit, {one_sentence(error)}", fix=f"see `toll tool list {name}`"
            ) from error
        context = self.context()
        finding = tool(typed, context)
        evidence = seal(
            tool=name,
            arguments=typed.model_dump(mode="json"),
            snapshot=self.data.snapshot + self.shelf.mark(context.books.used),
            as_of=context.as_of.isoformat(),
            rows_read=finding.rows_read,
            result=cast(dict[str, JsonValue], finding.result.model_dump(mode="json")),
            figures=finding.figures,
            formula=finding.formula,
            query=finding.query,
            sources=finding.sources,
        )
        self.evidence.put(evidence)
        return evidence

    def replay(self, principal: Principal, evidence: Evidence) -> bool:
        """Run the call again on this snapshot and tell whether the result is the same, byte for byte."""
        return self.run(principal, evidence.tool, evidence.input).result_hash == evidence.result_hash
