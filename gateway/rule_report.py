"""What allocation rules do to the bill that is loaded: how many rows and how much cost each of them decides."""

from decimal import Decimal, localcontext

from pydantic import Field

from finops.allocation import UNALLOCATED, VIRTUAL, Allocation, AllocationRule, rule_key, virtual_key
from finops.money import EXACT, exact
from finops.people import Principal, require
from finops.ports import DataHandle
from finops.query import Frozen
from finops.relational import Aggregate, Key, Question
from finops.tables import exact_text
from gateway.allocation_file import given_values, nearest


class RuleUse(Frozen):
    """One rule of one virtual dimension; the last of each is what no rule decides."""

    dimension: str
    rule: int = Field(description="its place from 1, 0 for what no rule decides")
    label: str
    rows: int
    cost: dict[str, str] = Field(description="BilledCost by currency, exact")


def rule_uses(principal: Principal, allocation: Allocation, data: DataHandle) -> tuple[RuleUse, ...]:
    """Return the use of every rule, in order; rows of all of the bill that is loaded. A row is counted at the rule that decides it."""
    require(principal, "ask")
    return tuple(one for name in allocation.dimensions for one in _of_dimension(allocation, name, data))


def dead_rules(allocation: Allocation, uses: tuple[RuleUse, ...], data: DataHandle) -> tuple[str, ...]:
    """Say of each rule that decides no row why that may be."""
    known = {info.name for info in data.dimensions}
    return tuple(
        f"rule {use.rule} of `{use.dimension}` ({use.label}) decides no row: "
        f"{_why(allocation.dimension(use.dimension).rules[: use.rule], known)}"
        for use in uses
        if use.rule and not use.rows
    )


def strange_targets(allocation: Allocation, data: DataHandle) -> tuple[str, ...]:
    """Say of each part of a shared pool that goes to a value which no row of the bill has, where rules copy what the bill holds."""
    found: list[str] = []
    for name, made in allocation.dimensions.items():
        targets = [(pool, one) for pool, shared in made.pools.items() for one in (*shared.percent, *shared.targets)]
        if not targets or given_values(made) is not None:
            continue
        key = virtual_key(allocation, name)
        records = data.ask(Question("cost", (Aggregate("rows", "count"),), (key,))).records()
        known = {str(record[key.name]) for record in records}
        for pool, one in targets:
            if one not in known:
                near = nearest(one, sorted(known))
                meant = f"; did you mean `{near}`?" if near else ""
                found.append(
                    f"pool `{pool}` of `{VIRTUAL}{name}` gives to `{one}`, which no row of the bill has{meant}"
                )
    return tuple(found)


def _of_dimension(allocation: Allocation, name: str, data: DataHandle) -> list[RuleUse]:
    key, currency = rule_key(allocation, name), Key("BillingCurrency")
    asked = (Aggregate("value", "sum", "BilledCost"), Aggregate("rows", "count"))
    answer = data.ask(Question("cost", asked, (key, currency)))
    rows: dict[str, int] = {}
    costs: dict[str, dict[str, Decimal]] = {}
    for record in answer.records():
        rule, unit, value = str(record[key.name]), str(record[currency.name] or ""), record["value"]
        rows[rule] = rows.get(rule, 0) + int(str(record["rows"]))
        if isinstance(value, int | Decimal):
            with localcontext(EXACT):
                by_unit = costs.setdefault(rule, {})
                by_unit[unit] = by_unit.get(unit, Decimal(0)) + exact(value)
    rules = allocation.dimension(name).rules
    labels = {str(number): rule.label for number, rule in enumerate(rules, start=1)} | {UNALLOCATED: UNALLOCATED}
    return [
        RuleUse(
            dimension=VIRTUAL + name,
            rule=int(rule) if rule.isdigit() else 0,
            label=label,
            rows=rows.get(rule, 0),
            cost={unit: exact_text(amount) for unit, amount in sorted(costs.get(rule, {}).items())},
        )
        for rule, label in labels.items()
    ]


def _why(rules: tuple[AllocationRule, ...], known: set[str]) -> str:
    if any(not rule.where and (rule.value or rule.shared) for rule in rules[:-1]):
        return "a rule before it takes every row"
    absent = sorted({name for name in rules[-1].reads if name not in known and not name.startswith("sku:")})
    if absent:
        return f"no row has `{absent[0]}`"
    return "nothing in the bill fits, or rules before it take what does"
