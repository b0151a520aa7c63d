"""The tables of standard names, read when first needed. `scripts/normal_tables.py` writes those that have a source."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from finops.focus_services import CATEGORY_OF

_DATA = Path(__file__).parent / "data"


def key(raw: str) -> str:
    """Return how a raw value is looked up: without spaces around it, in lower case."""
    return raw.strip().lower()


@dataclass(frozen=True, slots=True)
class Regions:
    """`regions` gives a spelling's region id, `names` a region id's name."""

    regions: dict[str, str]
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class Services:
    """`services` gives, by resource type and then consumed service, the service; `categories` its category and subcategory."""

    services: dict[str, dict[str, str]]
    categories: dict[str, tuple[str, str]]


@cache
def azure_regions() -> Regions:
    """Return Azure's regions by every spelling its bills have used."""
    table = _read("azure_regions")
    return Regions(cast(dict[str, str], table["regions"]), cast(dict[str, str], table["names"]))


@cache
def aws_regions() -> Regions:
    """Return AWS' regions by id and by name, old names (`EU (Ireland)`) too."""
    names = cast(dict[str, str], _read("aws_regions")["names"])
    spelt = {key(name): identity for identity, name in names.items()}
    old = {name.replace("europe (", "eu ("): identity for name, identity in spelt.items()}
    return Regions({**old, **spelt, **{identity: identity for identity in names}}, names)


@cache
def resource_types() -> dict[str, str]:
    """Return the name of one resource of each Azure type, such as `microsoft.compute/virtualmachines`."""
    return cast(dict[str, str], _read("azure_resource_types")["types"])


@cache
def units() -> dict[str, tuple[str, int]]:
    """Return what each Azure price unit counts and how many of it one price is for."""
    return {
        raw: (unit, size)
        for raw, (unit, size) in cast(dict[str, tuple[str, int]], _read("azure_units")["units"]).items()
    }


@cache
def azure_services() -> Services:
    """Return Azure's services."""
    table = _read("azure_services")
    categories = cast(dict[str, tuple[str, str]], table["categories"])
    return Services(
        cast(dict[str, dict[str, str]], table["services"]),
        {name: (category, subcategory) for name, (category, subcategory) in categories.items()},
    )


@cache
def service_names() -> dict[tuple[str, str], tuple[str, str, str]]:
    """Return standard name, category and subcategory of services of AWS, Google Cloud and Oracle, by provider and each name."""
    found: dict[tuple[str, str], tuple[str, str, str]] = {}
    provider = ""
    for line in (_DATA / "service_names.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            provider = line.strip("[]")
        elif not line.startswith("#"):
            *names, subcategory = line.split("|")
            found |= {(provider, key(name)): (names[0], CATEGORY_OF[subcategory], subcategory) for name in names}
    return found


def _read(name: str) -> dict[str, object]:
    return cast(dict[str, object], json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8")))
