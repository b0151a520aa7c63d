"""Rules and rates through the door: the real bill allocated and converted, and answers that can be replayed after the books changed."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import JsonValue

from finops.errors import CheckFailed, ToolError
from finops.evidence import Evidence
from finops.money import plain
from finops.people import Principal
from gateway.acting import audit_of_loads
from gateway.bookkeeping import load_book, read_allocation, read_rates
from gateway.compose import open_questions
from gateway.home import Home
from gateway.ingest import ingest
from gateway.people import ensure_local_person
from gateway.rule_report import dead_rules, rule_uses, strange_targets

RULES = """\
version: 1
dimensions:
  team:
    rules:
      - shared: network
        where: {dimension: ServiceCategory, is: Networking}
      - from: tag:business_unit
        map: {PeoriaData: Data}
      - value: Storage
        where:
          - {dimension: ServiceCategory, is: Storage}
          - not: {dimension: SubAccountId, missing: true}
      - {value: Nobody, where: {dimension: "tag:no-such-tag", present: true}}
    pools:
      network: {by: direct}
"""
RATES = "Date,From,To,Rate\n2024-08-30,USD,EUR,0.9\n2024-09-10,USD,EUR,0.8\n"
TOTAL = "20.52022672899"


def put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


class Desk:
    """A home with the real bill in it, and its one person."""

    def __init__(self, folder: Path, bill: Path) -> None:
        self.folder = folder
        self.home = Home.open({"TOLL_HOME": str(folder / "home")})
        self.person: Principal = ensure_local_person(self.home)[0]
        ingest(self.home, self.person, [bill], audit=audit_of_loads(self.home, self.person))

    def load_rules(self, text: str = RULES) -> None:
        load_book(self.home, self.person, read_allocation(put(self.folder / "rules.yaml", text)))

    def load_rates(self, text: str = RATES, *, max_age_days: int = 7) -> None:
        load_book(self.home, self.person, read_rates(put(self.folder / "r.csv", text), max_age_days=max_age_days))

    def run(self, tool: str, **arguments: JsonValue) -> Evidence:
        return open_questions(self.home).run(self.person, tool, arguments)

    def replayed(self, evidence: Evidence) -> bool:
        stored = open_questions(self.home).evidence.get(evidence.id)
        return open_questions(self.home, snapshot=stored.snapshot).replay(self.person, stored)


def figures(evidence: Evidence) -> dict[str, str]:
    return {figure.name: plain(figure.value) for figure in evidence.figures}


@pytest.fixture(scope="module")
def desk(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"), shared_data / "focus" / "focus_sample_1.0.csv")


def test_the_real_bill_is_allocated_to_the_last_digit(desk: Desk) -> None:
    desk.load_rules()
    evidence = desk.run("allocate_costs", dimension="team", period="2024-09")
    found = figures(evidence)
    assert found["total"] == TOTAL
    parts = [Decimal(found[f"total.{part}"]) for part in ("direct", "shared", "unallocated")]
    assert sum(parts) == Decimal(TOTAL)
    assert found["pool network"] == found["pool network.allocated"] == found["total.shared"] != "0.00000000000"
    names = [str(row["target"]) for row in _rows(evidence)]
    assert {"Data", "Storage", "unallocated"} <= set(names)
    assert sum(Decimal(found[name]) for name in names) == Decimal(TOTAL)


def test_a_cost_query_groups_and_filters_by_the_same_rules(desk: Desk) -> None:
    desk.load_rules()
    by_team = figures(desk.run("cost_query", group_by=["virtual:team"]))
    direct = figures(desk.run("allocate_costs", dimension="team"))
    assert by_team["Data"] == direct["Data.direct"]
    assert by_team["unallocated"] == direct["unallocated.direct"]
    assert by_team["shared: network"] == direct["pool network"]
    only: JsonValue = [{"dimension": "virtual:team", "values": ["Data"]}]
    assert figures(desk.run("cost_query", filters=only))["total"] == direct["Data.direct"]
    missing: JsonValue = [{"dimension": "virtual:team", "op": "missing"}]
    assert figures(desk.run("cost_query", filters=missing))["total"] == direct["unallocated.direct"]


def test_what_is_unallocated_is_not_put_among_the_rest(desk: Desk) -> None:
    desk.load_rules()
    evidence = desk.run("cost_query", group_by=["virtual:team"], top=1)
    assert {"unallocated", "other"} <= set(figures(evidence))
    beside = desk.run("cost_query", group_by=["virtual:team", "ServiceName"], top=1)
    assert any("is unallocated, some of it in `other`" in str(note) for note in _list(beside, "caveats"))


def test_an_answer_is_replayed_byte_for_byte_after_the_rules_changed(desk: Desk) -> None:
    desk.load_rules()
    before = [desk.run("allocate_costs", dimension="team"), desk.run("cost_query", group_by=["virtual:team"])]
    desk.load_rules(RULES.replace("PeoriaData: Data", "PeoriaData: Science"))
    after = desk.run("allocate_costs", dimension="team")
    assert after.snapshot != before[0].snapshot
    assert "Science" in figures(after)
    assert all(desk.replayed(evidence) for evidence in (*before, after))


def test_an_answer_without_books_names_none_and_stays_the_same(desk: Desk) -> None:
    desk.load_rules()
    assert "+" not in desk.run("cost_query", group_by=["ServiceName"]).snapshot


def test_a_book_that_was_changed_fails_the_replay(desk: Desk) -> None:
    desk.load_rules(RULES.replace("Data", "Changed"))
    evidence = desk.run("allocate_costs", dimension="team")
    (path,) = desk.home.books.glob(f"{evidence.snapshot.rpartition('+a')[2]}*.json")
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("Changed", "Forged"), encoding="utf-8")
    try:
        with pytest.raises(CheckFailed, match="was changed"):
            desk.replayed(evidence)
    finally:
        path.write_text(whole, encoding="utf-8")


def test_costs_are_converted_at_the_rate_of_their_day(desk: Desk) -> None:
    desk.load_rates(max_age_days=30)
    evidence = desk.run("cost_query", currency="EUR")
    days = {name: Decimal(value) for name, value in figures(desk.run("cost_query", grain="day")).items()}
    listed = {name: cost for name, cost in days.items() if name.startswith("2024-") and "." not in name}
    expected = sum(cost * Decimal("0.9" if day < "2024-09-10" else "0.8") for day, cost in listed.items())
    assert Decimal(figures(evidence)["total"]) == expected
    assert evidence.snapshot.rpartition("+")[2].startswith("r")
    assert any("r.csv" in str(note) for note in _list(evidence, "caveats"))


def test_days_without_a_rate_stay_apart_and_are_named(desk: Desk) -> None:
    desk.load_rates(max_age_days=7)
    evidence = desk.run("cost_query", currency="EUR")
    found = figures(evidence)
    assert {"total EUR", "total USD"} <= set(found)
    kept = desk.run("cost_query", period="2024-09-18..2024-09-30")
    before = desk.run("cost_query", period="2024-09-07..2024-09-09")
    assert Decimal(found["total USD"]) == Decimal(figures(kept)["total"]) + Decimal(figures(before)["total"])
    assert any("no rate from USD to EUR" in str(note) for note in _list(evidence, "caveats"))


def test_a_conversion_is_replayed_after_the_rates_changed(desk: Desk) -> None:
    desk.load_rates(max_age_days=30)
    before = desk.run("cost_query", currency="EUR")
    desk.load_rates(RATES.replace("0.8", "0.7"), max_age_days=30)
    after = desk.run("cost_query", currency="EUR")
    assert figures(after)["total"] != figures(before)["total"]
    assert desk.replayed(before)
    assert desk.replayed(after)


def test_without_rates_the_fix_is_to_load_some(shared_data: Path, tmp_path: Path) -> None:
    bare = Desk(tmp_path, shared_data / "focus" / "focus_sample_1.0.csv")
    with pytest.raises(ToolError, match="toll rates load FILE"):
        bare.run("cost_query", currency="EUR")
    with pytest.raises(ToolError, match="toll allocation load FILE"):
        bare.run("cost_query", group_by=["virtual:team"])


def test_the_worked_answer_of_the_docs_is_what_its_example_gives(desk: Desk) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "allocation.md").read_text(encoding="utf-8")
    desk.load_rules(text.split("```yaml\n")[1].split("```")[0])
    evidence = desk.run("allocate_costs", dimension="unit", period="2024-09", top=3)
    table = [line for line in text.splitlines() if re.match(r"\| \w+ \| -?\d", line)]
    assert [
        f"| {row['target']} | {row['direct']} | {row['shared']} | {row['total']} |" for row in _rows(evidence)
    ] == table
    assert str(_list(evidence, "totals")[0]).count(text.split("\n> ")[1].split("\n")[0]) == 1


def test_rules_are_counted_and_dead_ones_named(desk: Desk) -> None:
    path = put(desk.folder / "tried.yaml", RULES)
    book, data = read_allocation(path), open_questions(desk.home).data
    uses = rule_uses(desk.person, book.content, data)
    assert sum(use.rows for use in uses) == 1000
    assert sum(Decimal(use.cost.get("USD", "0")) for use in uses) == Decimal(TOTAL)
    assert dead_rules(book.content, uses, data) == (
        "rule 4 of `virtual:team` (Nobody) decides no row: no row has `tag:no-such-tag`",
    )


def test_a_share_for_a_value_that_no_row_has_is_warned_of_where_rules_copy_tags(desk: Desk) -> None:
    split = RULES.replace("{by: direct}", "{by: fixed, percent: {Data: 60, Storge: 40}}")
    book = read_allocation(put(desk.folder / "split.yaml", split))
    assert strange_targets(book.content, open_questions(desk.home).data) == (
        "pool `network` of `virtual:team` gives to `Storge`, which no row of the bill has; did you mean `Storage`?",
    )


def _list(evidence: Evidence, name: str) -> list[object]:
    found = evidence.result[name]
    assert isinstance(found, list)
    return list(found)


def _rows(evidence: Evidence) -> list[dict[str, object]]:
    return [json.loads(json.dumps(row)) for row in _list(evidence, "rows")]
