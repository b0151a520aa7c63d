"""Placeholders in cases: `{instance.dev-search.id}` stands for what the demo estate's truth file says, so that no id is copied."""

import re
from collections.abc import Callable
from decimal import Decimal

from pydantic import JsonValue

from evals.estate.holdings import allocation_id, loose_id
from evals.estate.resources import ADDRESSES, LOOSE
from evals.estate.truth import InstanceTruth, Truth
from evals.estate.world import World
from finops.errors import BadInput
from finops.money import plain

# `{{E1.total}}` is a reference of the product's own and stays; a lone `{word}` is a placeholder whatever it says.
_PLACEHOLDER = re.compile(r"(?<!\{)\{([a-z][a-z0-9_-]*(?:\.[a-zA-Z0-9_-]+)*)\}(?!\})")


def fill(value: JsonValue, value_of: Callable[[str], str]) -> JsonValue:
    """Return `value` with the placeholders of all its texts replaced."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: value_of(match[1]), value)
    if isinstance(value, list):
        return [fill(item, value_of) for item in value]
    return {key: fill(item, value_of) for key, item in value.items()} if isinstance(value, dict) else value


def nothing_known(path: str) -> str:
    """Refuse every placeholder: the estate has no truth file."""
    raise BadInput(f"placeholder `{{{path}}}` stands for nothing in this estate", fix="use the demo estate")


def of_estate(truth: Truth, world: World) -> Callable[[str], str]:
    """Return what looks a path up in the truth, or in the world: `volume.INSTANCE` its volume, `loose.NAME`, `address.NAME`, `account`."""
    known = {f"volume.{one.name}": one.volume_id for one in world.instances}
    known |= {f"loose.{one.name}": loose_id(world.seed, one) for one in LOOSE}
    known |= {f"address.{one.name}": allocation_id(world.seed, one) for one in ADDRESSES}
    known |= {"world.account": world.account, "world.region": world.region}
    of = of_truth(truth)
    return lambda path: known[path] if path in known else of(path)


def of_truth(truth: Truth) -> Callable[[str], str]:
    """Return what looks a path up; raises `BadInput` for one that leads nowhere.

    `instance.NAME.FIELD`, `CASE.N.FIELD` or `CASE.ENVIRONMENT.N.FIELD`, FIELD being id, name, type, target, cost or saving;
    `billed.PROVIDER.MONTH`, a BilledCost, and `nearly.PROVIDER.MONTH`, the same in cents and one cent off.
    """

    def value_of(path: str) -> str:
        *place, field = path.split(".")
        found = _instances(truth, place)
        value = _fields(found[0]).get(field) if found else _billed(truth, place, field)
        if value is None:
            raise BadInput(
                f"placeholder `{{{path}}}` is not in the estate's truth", fix="see `truth.json` of the estate"
            )
        return value

    return value_of


def _instances(truth: Truth, place: list[str]) -> list[InstanceTruth]:
    match place:
        case ["instance", name]:
            return [one for one in truth.instances if one.name == name]
        case [kind, number] if number.isdecimal():
            return [one for one in truth.instances if one.case == kind][int(number) :]
        case [kind, environment, number] if number.isdecimal():
            return [one for one in truth.instances if (one.case, one.environment) == (kind, environment)][int(number) :]
        case _:
            return []


def _billed(truth: Truth, place: list[str], month: str) -> str | None:
    match place:
        case ["billed" | "nearly" as how, provider]:
            amount = truth.totals.billed_by_month.get(month, {}).get(provider)
        case _:
            return None
    if amount is None:
        return None
    return plain(amount) if how == "billed" else plain(round(amount, 2) + Decimal("0.01"))


def saving_of(one: InstanceTruth) -> Decimal:
    """Return what the right change saves in 30 days."""
    return one.monthly_cost - one.monthly_cost_after


def _fields(one: InstanceTruth) -> dict[str, str | None]:
    return {
        "id": one.resource_id, "name": one.name, "type": one.instance_type, "target": one.target_type,
        "cost": plain(one.monthly_cost), "saving": plain(saving_of(one)),
    }  # fmt: skip
