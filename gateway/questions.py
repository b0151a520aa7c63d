"""Run a tool for a person and keep the evidence. Reading needs neither the records nor PyIceberg."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from pydantic import JsonValue, ValidationError

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


@dataclass(frozen=True, slots=True)
class Questions:
    """The reading half of the door, over one snapshot of the lake."""

    data: DataHandle
    evidence: EvidenceStore

    def tool(self, name: str) -> Tool:
        """Return the tool called `name`; raises `UnknownName`. Names match exactly."""
        if name not in TOOLS:
            raise UnknownName("tool", name, TOOLS)
        return TOOLS[name]

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
        today = as_of(self.data)
        finding = tool(typed, ToolContext(self.data, today, self.evidence.get))
        evidence = seal(
            tool=name,
            arguments=typed.model_dump(mode="json"),
            snapshot=self.data.snapshot,
            as_of=today.isoformat(),
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
