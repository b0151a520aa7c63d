"""`CostQuery`: the one typed question about cost, whoever asks it."""

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import repeat
from typing import Annotated, Literal, Self, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from finops.also import NUMBERS, parse_also
from finops.errors import UnknownName
from finops.focus import BY_NAME
from finops.money import exact, plain, trimmed
from finops.periods import Grain, Period
from finops.relational import Key, Rule, Scalar
from finops.tag_keys import normal_key

Metric = Literal["BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "ConsumedQuantity", "PricingQuantity"]
# What a cost query may sum: `rows` counts rows, for a listing of groups whatever they cost.
Measure = Literal["BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "ConsumedQuantity", "PricingQuantity",
                  "CommitmentDiscountQuantity", "rows"]  # fmt: skip
COST_METRICS: frozenset[str] = frozenset({"BilledCost", "EffectiveCost", "ListCost", "ContractedCost"})

DIMENSIONS: frozenset[str] = frozenset(name for name, column in BY_NAME.items() if column.type == "String") | {
    "x_Source"
}
MOMENTS: frozenset[str] = frozenset(name for name, column in BY_NAME.items() if column.type == "Date/Time")
VIRTUAL = "virtual:"
_JSON = {"tag:": "Tags", "sku:": "SkuPriceDetails"}

Basis = Literal["charge", "billing"]
# Parts of a bill that can be left out; `tools.cost_parts` says what each is in FOCUS.
Exclusion = Literal["credits", "refunds", "tax", "support", "marketplace"]
_TEXT_ONLY = ("contains", "starts")
_ORDERED = ("from", "before", "through", "above")


# What a model consists of, each set without the checks that guard a frozen one.
_SLOTS = {
    name: cast(Callable[[BaseModel, object], None], vars(BaseModel)[name].__set__)
    for name in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
}


@cache
def _every(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


class Frozen(BaseModel):
    """Base of every contract: cannot be changed, refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def trusted(cls, fields: dict[str, object]) -> Self:
        """Return one made of every field, unchecked: four times faster, for thousands of values that a tool computed itself.

        INVARIANT: `fields` has each field, of its own type; whatever comes from outside is validated instead.
        """
        return cls.trusted_all((fields,))[0]

    @classmethod
    def trusted_all(cls, many: Sequence[dict[str, object]]) -> list[Self]:
        """Return one such of each, for less than half the time: no loop of it is in Python."""
        made = list(map(cls.__new__, repeat(cls, len(many))))
        # One set of names for all: nothing changes a frozen model's, and a copy gets its own.
        given = (many, repeat(_every(cls)), repeat(None), repeat(None))
        for slot, values in zip(_SLOTS.values(), given, strict=True):
            deque(map(slot, made, values), maxlen=0)
        return made


def check_dimension(name: str) -> None:
    """Raise `UnknownName` where `name` cannot be grouped or filtered by; whether a virtual one exists is checked when it is asked."""
    if not any(name.startswith(one) and len(name) > len(one) for one in (*_JSON, VIRTUAL)):
        dimension_key(name)


def dimension_key(name: str, virtual: Mapping[str, tuple[Rule, ...]] | None = None) -> Key:
    """Return what `name` groups by: a FOCUS column such as `ServiceName`, `tag:KEY`, `sku:KEY` (SkuPriceDetails), or
    `virtual:NAME`, one of the virtual dimensions handed in. Raises `UnknownName`.
    """
    for prefix, column in _JSON.items():
        if name.startswith(prefix) and len(name) > len(prefix):
            return Key(column, json_key=standard_dimension(name).removeprefix(prefix))
    if name.startswith(VIRTUAL):
        rules = (virtual or {}).get(name.removeprefix(VIRTUAL))
        if rules is None:
            raise UnknownName("virtual dimension", name, [VIRTUAL + one for one in virtual or {}])
        return Key(name, rules=rules)
    if name not in DIMENSIONS | MOMENTS | NUMBERS:
        raise UnknownName("dimension", name, DIMENSIONS | MOMENTS | NUMBERS)
    return Key(name)


def standard_dimension(name: str) -> str:
    """Return a dimension's name with a tag's key spelt as the lake spells it, however a person or a rule writes it."""
    prefix = "tag:"
    return prefix + normal_key(name.removeprefix(prefix)) if name.startswith(prefix) else name


Dimension = Annotated[
    str,
    AfterValidator(standard_dimension),
    Field(max_length=200, description="FOCUS column, tag:KEY, sku:KEY, virtual:NAME"),
]


class Filter(Frozen):
    """Rows whose dimension fits one of the values."""

    dimension: Dimension
    op: Literal["is", "is_not", "contains", "starts", "missing", "present", "from", "before", "through", "above"] = (
        Field(
            default="is",
            description="dates (a date is the whole day), numbers: from >=, before <, through <=, above > (or a column)",
        )
    )
    values: tuple[Annotated[str, Field(max_length=1000)], ...] = Field(default=(), max_length=200)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        check_dimension(self.dimension)
        if bool(self.values) == (self.op in ("missing", "present")):
            raise ValueError(
                f"filter on `{self.dimension}` with op `{self.op}` needs " + ("no values" if self.values else "values")
            )
        plain = self.dimension not in MOMENTS and self.dimension not in NUMBERS
        if plain and self.op in _ORDERED:
            raise ValueError(f"`{self.dimension}` has no order; use is, contains or starts")
        if not plain and self.op in _TEXT_ONLY:
            raise ValueError(f"`{self.dimension}` is no text; use is, from, before or through")
        if self.op in _ORDERED and len(self.values) > 1:
            raise ValueError(f"filter on `{self.dimension}` with op `{self.op}` takes one value")
        if len({type(value) for value in self.scalars()}) > 1:
            raise ValueError(f"filter on `{self.dimension}` has days and moments; write all of one kind")
        return self

    @property
    def other(self) -> str | None:
        """Return the column compared with, where the value names one."""
        return self.values[0] if self.dimension in NUMBERS and self.values[:1] and self.values[0] in NUMBERS else None

    @property
    def of_days(self) -> bool:
        """Whether the values are days rather than moments: 2024-09-30 is all of it, 2024-09-30T00:00:00Z its beginning."""
        return self.dimension in MOMENTS and any(not isinstance(value, datetime) for value in self.scalars())

    def scalars(self) -> tuple[Scalar, ...]:
        """Return the values as what the dimension holds: text, moments in UTC or Decimals. Raises ValueError."""
        if self.other is not None:
            return ()
        if self.dimension in MOMENTS:
            return tuple(_moment(value) for value in self.values)
        return tuple(exact(value) for value in self.values) if self.dimension in NUMBERS else self.values


def _moment(text: str) -> date | datetime:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"`{text}` is no date; write it as 2024-09-30 or 2024-09-30T12:00:00Z") from error
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


class CostQuery(Frozen):
    """Sum one metric, and further columns beside it."""

    metric: Measure = Field(
        default="BilledCost",
        description="cost definition; quantities come by unit; rows lists groups",
    )
    also: tuple[Annotated[str, Field(max_length=200)], ...] = Field(
        default=(), max_length=8,
        description="more columns: FOCUS Decimal columns, sku:CoreCount, rows, distinct:ResourceId, first_charge, last_charge, "
        "A/B, A-B, (A-B)/C; EffectiveSavingsRate, CommitmentSavingsRate, NegotiatedSavingsRate",
    )  # fmt: skip
    basis: Basis = Field(default="charge", description="what period and grain are of")
    period: Period | None = Field(default=None, description="none = all data")
    filters: tuple[Filter, ...] = Field(default=(), max_length=20)
    group_by: tuple[Dimension, ...] = Field(default=(), max_length=10)
    grain: Grain | None = Field(default=None, description="time bucket")
    compare: Literal["previous_period", "previous_year"] | Period | None = Field(
        default=None, description="second period to set beside"
    )
    exclude: tuple[Exclusion, ...] = Field(default=(), max_length=5, description="leave out")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = Field(
        default=None, description="convert costs to it"
    )
    top: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        default=None, description="keep the N largest groups, the rest as `other`"
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for name in self.group_by:
            check_dimension(name)
        for text in self.also:
            parse_also(text, check_dimension)
        for field in ("group_by", "also", "exclude"):
            names: tuple[str, ...] = getattr(self, field)
            if len(set(names)) < len(names):
                raise ValueError(f"{field} names a {_ITEM[field]} twice; name it once")
        if self.top and not self.group_by:
            raise ValueError("top needs group_by; say what to rank")
        if self.compare and self.period is None:
            raise ValueError("compare needs a period; say which one to compare")
        if self.compare and self.grain:
            raise ValueError("compare and grain exclude each other; ask one of them")
        return self


_ITEM = {"group_by": "dimension", "also": "column", "exclude": "part"}


def number_text(value: Decimal) -> str:
    """Return a number as the value of a group: its digits, two decimals at least, no more zeros at the end."""
    return plain(trimmed(value))
