"""Virtual dimensions (team, product, cost centre): ordered rules over FOCUS columns and tags, and how shared cost is split.

The first rule that holds decides; where none does, the row is unallocated. Rules compile to keys of `finops.relational`, so the
store's engine applies them.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal, Inexact, localcontext
from typing import Annotated, Literal, Self, cast

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from finops.errors import ToolError, UnknownName
from finops.money import EXACT
from finops.query import DIMENSIONS, VIRTUAL, Frozen, Metric, dimension_key, standard_dimension
from finops.relational import Condition, Key, Operator, Rule

UNALLOCATED = "unallocated"
SHARED = "shared: "
DIRECT = "direct"
MOST_DEPTH = 8
CHARGE_START = Key("ChargePeriodStart")
_OPPOSITE: dict[Operator, Operator] = {"is": "is_not", "is_not": "is", "missing": "present", "present": "missing"}


def _several(value: object) -> object:
    return [cast(object, value)] if isinstance(value, str | dict | Frozen) else value


def _or_one(schema: JsonDict) -> None:
    """Say in the published schema that one item may stand without a list around it."""
    array = {key: schema.pop(key) for key in ("type", "items", "minItems", "maxItems") if key in schema}
    schema["anyOf"] = [array["items"], array]


Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9 _-]{0,39}$", description="letters, digits, space, _ and -")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
# One value may stand alone: `is: Platform` is `is: [Platform]`.
Texts = Annotated[
    tuple[Text, ...], BeforeValidator(_several), Field(min_length=1, max_length=1000, json_schema_extra=_or_one)
]


class _Part(Frozen):
    """Base of what a file is made of: built when the first file is read, since most questions read none."""

    model_config = ConfigDict(defer_build=True)


class When(_Part):
    """One test of a row, in exactly one form: on a dimension, on the day of the charge, or `all`, `any`, `not` of others."""

    dimension: str | None = Field(
        default=None, max_length=200, description="FOCUS column such as ServiceName, tag:KEY, or sku:KEY"
    )
    is_: Texts | None = Field(default=None, alias="is", description="the value is one of these, spelled exactly")
    is_not: Texts | None = Field(default=None, description="the value is none of these, or there is none")
    contains: Texts | None = Field(default=None, description="the value contains one of these, case-blind")
    starts: Texts | None = Field(default=None, description="the value starts with one of these, case-blind")
    missing: bool | None = Field(default=None, description="true: there is no value")
    present: bool | None = Field(default=None, description="true: there is a value")
    charged_from: date | None = Field(default=None, description="the charge period starts on this day or later")
    charged_before: date | None = Field(default=None, description="the charge period starts before this day")
    all: tuple["When", ...] = Field(default=(), max_length=100, description="each of these holds")
    any: tuple["When", ...] = Field(default=(), max_length=100, description="one of these holds")
    not_: "When | None" = Field(default=None, alias="not", description="this does not hold")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        dated = self.charged_from is not None or self.charged_before is not None
        forms = [self.dimension is not None, dated, bool(self.all), bool(self.any), self.not_ is not None]
        if sum(forms) != 1:
            raise ValueError(
                "a condition has exactly one of dimension, charged_from or charged_before, all, any, not; split it"
            )
        asked = self._operators()
        if len(asked) != (1 if self.dimension is not None else 0):
            raise ValueError(
                "a condition on a dimension has exactly one of is, is_not, contains, starts, missing, present"
                if self.dimension is not None
                else "is, is_not, contains, starts, missing and present need a dimension; name it"
            )
        if self.dimension is not None:
            _real(self.dimension)
        if self.missing is False or self.present is False:
            raise ValueError("write `missing: true` or `present: true`")
        if self.charged_from and self.charged_before and self.charged_from >= self.charged_before:
            raise ValueError("charged_from is not before charged_before; no day is within")
        if self.depth > MOST_DEPTH:
            raise ValueError(f"conditions are nested deeper than {MOST_DEPTH}; flatten them")
        return self

    def _operators(self) -> list[tuple[Operator, tuple[str, ...]]]:
        lists: tuple[tuple[Operator, tuple[str, ...] | None], ...] = (
            ("is", self.is_), ("is_not", self.is_not), ("contains", self.contains), ("starts", self.starts),
        )  # fmt: skip
        found: list[tuple[Operator, tuple[str, ...]]] = [(name, values) for name, values in lists if values is not None]
        if self.missing is not None:
            found.append(("missing", ()))
        if self.present is not None:
            found.append(("present", ()))
        return found

    @property
    def depth(self) -> int:
        """How many levels of conditions this is."""
        inner = (*self.all, *self.any, *((self.not_,) if self.not_ else ()))
        return 1 + max((one.depth for one in inner), default=0)

    def conditions(self) -> tuple[Condition, ...]:
        """Return the conditions that hold together where this does."""
        if self.dimension is not None:
            operator, values = self._operators()[0]
            return (Condition(dimension_key(self.dimension), operator, values),)
        if self.not_ is not None:
            return _negated(self.not_.conditions())
        if self.all:
            return _together(self.all)
        if self.any:
            return (Condition(_truth(one.conditions() for one in self.any), "present"),)
        first = (Condition(CHARGE_START, "from", (self.charged_from,)),) if self.charged_from else ()
        return first + ((Condition(CHARGE_START, "before", (self.charged_before,)),) if self.charged_before else ())


def _real(name: str) -> None:
    if name.startswith(VIRTUAL):
        raise ValueError(f"`{name}` is itself made of rules; name a FOCUS column or a tag")
    if not any(name.startswith(prefix) and name != prefix for prefix in ("tag:", "sku:")) and name not in DIMENSIONS:
        raise ValueError(str(UnknownName("dimension", name, DIMENSIONS)))


def _together(whens: Iterable[When]) -> tuple[Condition, ...]:
    return tuple(condition for one in whens for condition in one.conditions())


def _truth(alternatives: Iterable[tuple[Condition, ...]]) -> Key:
    """Return a key that has a value exactly where one of the alternatives holds: `any` and `not` in two-valued logic."""
    return Key("holds", rules=tuple(Rule(where=one, value="yes") for one in alternatives))


def _negated(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    if len(conditions) == 1 and conditions[0].operator in _OPPOSITE:
        only = conditions[0]
        return (Condition(only.key, _OPPOSITE[only.operator], only.values),)
    return (Condition(_truth((conditions,)), "missing"),)


Whens = Annotated[tuple[When, ...], BeforeValidator(_several), Field(max_length=100, json_schema_extra=_or_one)]


class AllocationRule(_Part):
    """One line: where all conditions hold, the row gets a value, a copy of what it carries, or goes to a shared pool."""

    name: str = Field(default="", max_length=200, description="what the rule is for, shown by `toll allocation show`")
    value: Text | None = Field(default=None, description="this value")
    from_: str | None = Field(
        default=None, alias="from", max_length=200, description="copy this dimension, such as tag:team, where present"
    )
    shared: Name | None = Field(default=None, description="the shared pool of this name")
    map: dict[Text, Text] = Field(default={}, max_length=5000, description="with `from`: spelling to value")
    unmapped: Literal["keep", "skip"] = Field(
        default="keep", description="with `map`: keep another spelling, or leave it to the next rule"
    )
    where: Whens = Field(default=(), description="conditions, all of which must hold; none holds always")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if sum(one is not None for one in (self.value, self.from_, self.shared)) != 1:
            raise ValueError("a rule has exactly one of value, from, shared")
        if self.from_ is not None:
            _real(self.from_)
        elif self.map or self.unmapped == "skip":
            raise ValueError("map and unmapped belong to `from`; write value instead")
        if self.unmapped == "skip" and not self.map:
            raise ValueError("unmapped: skip needs a map; list the spellings that count")
        for value in (*self.map.values(), *((self.value,) if self.value else ())):
            _check_value(value)
        return self

    @property
    def label(self) -> str:
        """Words for the rule: its name, or what it gives."""
        gives = self.value or (f"from {self.from_}" if self.from_ else f"{SHARED}{self.shared}")
        return self.name or gives

    @property
    def reads(self) -> tuple[str, ...]:
        """Dimensions the rule looks at."""
        return (*((self.from_,) if self.from_ else ()), *_dimensions(self.where))

    def rules(self, reserved: Iterable[str] = (UNALLOCATED,)) -> tuple[Rule, ...]:
        """Return the rule as the store's rules, in order. A copied value that is one of `reserved` is marked as copied."""
        where: tuple[Condition, ...] = _together(self.where)
        if self.from_ is None:
            return (Rule(where, value=self.value or f"{SHARED}{self.shared}"),)
        source = dimension_key(self.from_)
        # An empty tag is no tag.
        where += (Condition(source, "is_not", ("",)),)
        spellings: dict[str, list[str]] = {}
        for spelling, value in self.map.items():
            spellings.setdefault(value, []).append(spelling)
        mapped = tuple(
            Rule((*where, Condition(source, "is", tuple(listed))), value=value) for value, listed in spellings.items()
        )
        if self.unmapped == "skip":
            return mapped
        what = "tag" if self.from_.startswith("tag:") else "column"
        marked = (Rule((*where, Condition(source, "is", (one,))), value=f"{what} value: {one}") for one in reserved)
        return (*mapped, *marked, Rule(where, copy=source))

    def kinds(self) -> tuple[Rule, ...]:
        """Return rules that hold for the same rows and say what becomes of them: `direct`, or the pool's own mark."""
        kind = DIRECT if self.shared is None else f"{SHARED}{self.shared}"
        return tuple(
            Rule((*one.where, *((Condition(one.copy, "present"),) if one.copy else ())), value=kind)
            for one in self.rules(())
        )


def _check_value(value: str) -> None:
    if value.strip() != value or value.lower() == UNALLOCATED or value.lower().startswith(SHARED.strip()):
        raise ValueError(f"value `{value}` is reserved or begins or ends with a space; name it otherwise")


def _check_whole(percent: Collection[Decimal]) -> None:
    try:
        with localcontext(EXACT):
            whole = sum(percent, Decimal(0))
    except Inexact:
        raise ValueError("percent does not add up exactly; write fewer digits") from None
    if whole != 100 or any(share <= 0 for share in percent):
        raise ValueError(f"percent adds up to {whole}; make all of them positive and 100 in all")


def _dimensions(whens: Iterable[When]) -> tuple[str, ...]:
    found: list[str] = []
    for one in whens:
        found += [one.dimension] if one.dimension else []
        found += _dimensions((*one.all, *one.any, *((one.not_,) if one.not_ else ())))
    return tuple(found)


class Pool(_Part):
    """How a shared pool is split over the values of its dimension, in each month or day by itself."""

    by: Literal["direct", "usage", "fixed", "even"] = Field(
        description="in proportion to direct cost or to a quantity used, by fixed percentages, or evenly"
    )
    metric: Metric | None = Field(
        default=None, description="direct: a cost, the one asked for without it; usage: a quantity, ConsumedQuantity"
    )
    where: Whens = Field(default=(), description="direct, usage: only rows where all of these hold are the driver")
    percent: dict[Text, Decimal] = Field(default={}, description="fixed: value to percent, 100 in all")
    targets: tuple[Text, ...] = Field(
        default=(), description="direct, usage, even: only these take part; without it every value that has rows"
    )
    period: Literal["month", "day"] = Field(default="month", description="each month or day is split by its own driver")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.by == "fixed") != bool(self.percent):
            raise ValueError("by: fixed needs percent, and nothing else has it")
        if self.percent:
            _check_whole(self.percent.values())
        if self.by in ("fixed", "even") and (self.metric or self.where):
            raise ValueError(f"by: {self.by} has no metric and no where; leave them out")
        if self.by == "fixed" and self.targets:
            raise ValueError("by: fixed names its targets in percent; leave targets out")
        for target in (*self.percent, *self.targets):
            _check_value(target)
        if self.metric and (self.by == "usage") != self.metric.endswith("Quantity"):
            raise ValueError(f"by: {self.by} cannot go by {self.metric}; direct goes by a cost, usage by a quantity")
        return self

    def driver_conditions(self) -> tuple[Condition, ...]:
        """Return what rows must hold to be the driver."""
        return _together(self.where)

    def in_words(self, metric: str) -> str:
        """Say what decides the parts; `metric` is the cost asked for."""
        only = f" where {'; '.join(_dimensions(self.where))} fit" if self.where else ""
        words = {
            "direct": f"in proportion to direct {self.metric or metric}{only}",
            "usage": f"in proportion to {self.metric or 'ConsumedQuantity'}{only}",
            "fixed": "by fixed percentages",
            "even": "in even parts",
        }
        return f"{words[self.by]}, each {self.period} by itself"


class VirtualDimension(_Part):
    """Rules in order, the first that holds decides; and the pools they name."""

    description: str = Field(default="", max_length=500)
    rules: tuple[AllocationRule, ...] = Field(min_length=1, max_length=2000)
    pools: dict[Name, Pool] = Field(default={}, max_length=100, description="how each shared pool is split")

    @model_validator(mode="after")
    def _pools_known(self) -> Self:
        named = {rule.shared for rule in self.rules if rule.shared is not None}
        if unknown := sorted(named - set(self.pools)):
            raise ValueError(f"a rule shares `{unknown[0]}`, which is not under pools; say there how it is split")
        if unused := sorted(set(self.pools) - named):
            raise ValueError(f"pool `{unused[0]}` has no rule; add one with `shared: {unused[0]}` or delete it")
        return self


class Allocation(_Part):
    """An allocation file, whole."""

    version: int = Field(ge=1, le=1, description="version of this format")
    dimensions: dict[Name, VirtualDimension] = Field(min_length=1, max_length=50)

    def dimension(self, name: str) -> VirtualDimension:
        """Return the virtual dimension called `name` or `virtual:NAME`; raises `UnknownName`."""
        bare = name.removeprefix(VIRTUAL)
        if bare not in self.dimensions:
            raise UnknownName("virtual dimension", VIRTUAL + bare, (VIRTUAL + one for one in self.dimensions))
        return self.dimensions[bare]


def virtual_rules(allocation: Allocation | None) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules of each virtual dimension by its bare name: what `finops.query.dimension_key` takes.

    The value they give is never absent: a row no rule holds for has `unallocated`, a row of a shared pool `shared: POOL`. A value
    that a tag itself has and that is spelled so stands as `tag value: unallocated`.
    """
    dimensions = allocation.dimensions if allocation else {}
    return {name: _values(found) for name, found in dimensions.items()}


def _values(found: VirtualDimension) -> tuple[Rule, ...]:
    reserved = (UNALLOCATED, *(f"{SHARED}{pool}" for pool in found.pools))
    return _with_rest(rule.rules(reserved) for rule in found.rules)


def _with_rest(rules: Iterable[tuple[Rule, ...]]) -> tuple[Rule, ...]:
    return (*(one for several in rules for one in several), Rule((), value=UNALLOCATED))


def virtual_values(allocation: Allocation | None, name: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return every value the rules of `virtual:NAME` give by themselves, and the dimensions whose values they copy."""
    if allocation is None:
        return frozenset(), frozenset()
    found = allocation.dimension(name)
    given = frozenset(rule.value for rule in _values(found) if rule.value is not None)
    copied = frozenset(rule.from_ for rule in found.rules if rule.from_ is not None and rule.unmapped == "keep")
    return given, frozenset(standard_dimension(one) for one in copied)


def virtual_key(allocation: Allocation | None, name: str) -> Key:
    """Return what `virtual:NAME` groups and filters by. Raises `ToolError` where no rules are loaded or none has this name."""
    if allocation is None:
        raise ToolError(
            f"there is no virtual dimension `{name}`", fix="load rules with `toll allocation load FILE`, or use a tag"
        )
    found = allocation.dimension(name)
    return Key(VIRTUAL + name.removeprefix(VIRTUAL), rules=_values(found))


def kind_key(allocation: Allocation, name: str) -> Key:
    """Return what tells direct cost (`direct`) from pools (`shared: POOL`) and from the rest (`unallocated`)."""
    rules = _with_rest(rule.kinds() for rule in allocation.dimension(name).rules)
    return Key(f"{VIRTUAL}{name.removeprefix(VIRTUAL)}/kind", rules=rules)


def rule_key(allocation: Allocation, name: str) -> Key:
    """Return which rule decides a row: its number from 1, `unallocated` where none does."""
    found = allocation.dimension(name)
    rules = tuple(
        Rule(one.where, value=str(number)) for number, rule in enumerate(found.rules, start=1) for one in rule.kinds()
    )
    return Key(f"{VIRTUAL}{name.removeprefix(VIRTUAL)}/rule", rules=_with_rest((rules,)))


def virtual_condition(
    allocation: Allocation | None, name: str, operator: Operator, values: tuple[str, ...]
) -> Condition:
    """Return a filter on a virtual dimension; `missing` keeps what is unallocated, `present` everything else."""
    key = virtual_key(allocation, name)
    if operator in ("missing", "present"):
        return Condition(key, "is" if operator == "missing" else "is_not", (UNALLOCATED,))
    return Condition(key, operator, values)
