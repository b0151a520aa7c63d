import csv
from decimal import Decimal
from pathlib import Path

import pytest

from finops.errors import UnknownName
from tools.instance_catalogue import CATALOGUE, instance_type


def test_an_unknown_type_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"unknown instance type `m5\.larg`; did you mean `m5\.large`"):
        instance_type("m5.larg")


def test_only_burstable_types_have_a_baseline() -> None:
    assert {kind.name.split(".")[0] for kind in CATALOGUE.values() if kind.burstable} == {"t3", "t3a", "t4g"}


def test_the_known_answer_of_the_source_holds() -> None:
    fitting = [
        kind for kind in CATALOGUE.values()
        if kind.vcpu >= 4 and kind.memory_gib >= 16 and kind.architecture == "amd64"
    ]  # fmt: skip
    cheapest = sorted(fitting, key=lambda kind: kind.hourly_usd)[:3]
    assert [(kind.name, str(kind.hourly_usd)) for kind in cheapest] == [
        ("t3a.xlarge", "0.1504"), ("t3.xlarge", "0.1664"), ("m5a.xlarge", "0.172"),
    ]  # fmt: skip


def test_every_fact_is_that_of_the_source(shared_data: Path) -> None:
    with (shared_data / "sizing" / "aws_catalogue_us-east-1.csv").open(encoding="utf-8") as file:
        source = {row["instance_type"]: row for row in csv.DictReader(file)}
    for kind in CATALOGUE.values():
        row = source[kind.name]
        assert kind.vcpu == Decimal(row["vcpu"])
        assert kind.memory_gib * 1024 == Decimal(row["memory_mib"])
        assert (kind.architecture, kind.hourly_usd) == (row["arch"], Decimal(row["usd_per_hour"]))
