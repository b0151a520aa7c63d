"""What became of each rule."""

from typing import Literal

from pydantic import Field

from connectors.billing.conformance.rules import Keyword, Kind
from finops.query import Frozen

Status = Literal["passed", "failed", "not checkable"]
Basis = Literal["model", "mended", "supplied"]
# Why a rule is not checkable, for those who count; `why` says it in words.
Hindrance = Literal["undeclared", "does not apply", "other version", "no column", "beyond the file", "unreadable"]


class Example(Frozen):
    """One row that breaks a rule; the header is row 1."""

    row: int
    values: dict[str, str | None] = Field(
        description="the cells the rule looks at, cut to 60 characters; null where empty"
    )


class RuleResult(Frozen):
    """One rule on one file. `rows` break it; `checked` is to how many it applies, null where it is not asked of rows."""

    id: str
    keyword: Keyword
    kind: Kind
    subject: str = Field(description="column, attribute or dataset")
    sentence: str
    status: Status
    why: str = Field(default="", description="why it is not checkable, or what is to be known of the verdict")
    hindrance: Hindrance | None = None
    rows: int = 0
    checked: int | None = None
    examples: tuple[Example, ...] = ()
    basis: Basis = Field(
        default="model", description="whose expression was checked: the model's, or the product's in its place"
    )

    @property
    def breaks_conformance(self) -> bool:
        """Whether the file does not conform because of it."""
        return self.status == "failed" and self.keyword in ("MUST", "MUST NOT")


class Conformance(Frozen):
    """Every rule of the model on one file, in the model's order."""

    model: str = Field(description="version of the requirements model")
    against: str = Field(description="version whose columns the file is held to")
    rows: int
    criteria: dict[str, bool] = Field(
        description="applicability criteria that were declared, or that the rows show to be met"
    )
    results: tuple[RuleResult, ...]

    @property
    def conforms(self) -> bool:
        """Whether no MUST and no MUST NOT is broken."""
        return not any(one.breaks_conformance for one in self.results)

    def of(self, identity: str) -> RuleResult:
        """Return the result of one rule."""
        return next(one for one in self.results if one.id == identity)
