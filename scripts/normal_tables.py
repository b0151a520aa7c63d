"""Make the tables of standard names that `connectors/billing/normal` reads, in the project's own compact form.

    python scripts/normal_tables.py FOLDER          (the folder that holds open_data_*.csv of the FinOps toolkit)

Regions, resource types, pricing units and services of Azure come from the open data of Microsoft's FinOps toolkit (MIT), of
which only the raw value and what it stands for are taken; names of AWS regions from botocore's endpoints.json (Apache-2.0).
"""

import argparse
import csv
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import botocore

ROOT = Path(__file__).parents[1] / "connectors" / "billing" / "normal" / "data"
TOOLKIT = {"source": "open data of Microsoft's FinOps toolkit, github.com/microsoft/finops-toolkit", "licence": "MIT"}
BOTOCORE = {"source": "endpoints.json of botocore, github.com/boto/botocore", "licence": "Apache-2.0"}


def rows(folder: Path, subject: str) -> list[dict[str, str]]:
    """Return the rows of one subject's file, in its order."""
    with (folder / f"open_data_{subject}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def key(raw: str) -> str:
    """Return how a raw value is looked up: without spaces around it, in lower case."""
    return raw.strip().lower()


def regions(folder: Path) -> dict[str, Mapping[str, object]]:
    """Azure: what each spelling of a region stands for, and each region's name."""
    found = rows(folder, "Regions")
    return {
        "regions": {key(row["OriginalValue"]): row["RegionId"] for row in found},
        "names": {row["RegionId"]: row["RegionName"] for row in found},
    }


def resource_types(folder: Path) -> dict[str, Mapping[str, object]]:
    """Azure: the name of one resource of a type."""
    return {"types": {key(row["ResourceType"]): row["SingularDisplayName"] for row in rows(folder, "ResourceTypes")}}


def units(folder: Path) -> dict[str, Mapping[str, object]]:
    """Azure: the unit that a price's unit text counts, and how many of it one price is for."""
    found = rows(folder, "PricingUnits")
    return {"units": {key(row["UnitOfMeasure"]): [row["DistinctUnits"], int(row["PricingBlockSize"])] for row in found}}


def services(folder: Path) -> dict[str, Mapping[str, object]]:
    """Azure: the service that a consumed service and a resource type are of, and each service's category and subcategory."""
    found = rows(folder, "Services")
    names: dict[str, dict[str, str]] = {}
    for row in found:
        names.setdefault(key(row["ResourceType"]), {})[key(row["ConsumedService"])] = row["ServiceName"]
    categories = {row["ServiceName"]: [row["ServiceCategory"], row["ServiceSubcategory"]] for row in found}
    return {"services": names, "categories": categories}


def aws_regions() -> dict[str, Mapping[str, object]]:
    """AWS: the name of each region, in every partition."""
    endpoints = json.loads((Path(botocore.__file__).parent / "data" / "endpoints.json").read_text(encoding="utf-8"))
    return {
        "names": {name: one["description"] for part in endpoints["partitions"] for name, one in part["regions"].items()}
    }


def write(name: str, origin: dict[str, str], table: dict[str, Mapping[str, object]], made: date) -> None:
    """Write one table, a line for each entry so that a change can be read, with where it is from."""
    head = [f"  {json.dumps(part)}: {json.dumps(text)}" for part, text in {**origin, "date": made.isoformat()}.items()]
    (ROOT / f"{name}.json").write_text(
        "{\n" + ",\n".join([*head, *map(block, table.items())]) + "\n}\n", encoding="utf-8"
    )


def block(part: tuple[str, Mapping[str, object]]) -> str:
    """Return one part of a table as text."""
    name, entries = part
    lines = [
        f"    {json.dumps(raw, ensure_ascii=False)}: {json.dumps(value, ensure_ascii=False)}"
        for raw, value in sorted(entries.items())
    ]
    return f"  {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n  }"


def main() -> None:
    """Write every table anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--date", type=date.fromisoformat, default=date(2026, 11, 23), help="when the data were taken")
    args = parser.parse_args()
    ROOT.mkdir(parents=True, exist_ok=True)
    for name, make in (
        ("regions", regions),
        ("resource_types", resource_types),
        ("units", units),
        ("services", services),
    ):
        write(f"azure_{name}", TOOLKIT, make(args.folder), args.date)
    write("aws_regions", BOTOCORE, aws_regions(), args.date)


if __name__ == "__main__":
    main()
