"""Loading through the door: all or nothing, idempotent, one at a time, by those who may."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pytest
from pydantic import JsonValue

from finops.errors import BadFile, BadInput, Forbidden, Unauthenticated, Unavailable
from finops.people import Principal
from finops.relational import Aggregate, Key, Question
from gateway.acting import audit_of_loads
from gateway.compose import open_questions
from gateway.home import Home
from gateway.ingest import LoadReport, ingest, validate
from gateway.people import add_person, ensure_local_person, open_records
from store.lake.reader import open_lake
from store.records import audit, people
from store.records.guard import keep
from tests.unit.connectors.bills import ROW, row, write_bill

ADMIN = Principal(name="ann", role="admin")
METRICS = "ResourceId,x_Metric,Timestamp,Value,x_StepSeconds\ni-1,cpu_percent,2026-01-05T00:00:00Z,12.5,300\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open({"TOLL_HOME": str(tmp_path / "home")})


def state(home: Home) -> dict[str, bytes]:
    """Return every byte of the lake that a reader could see."""
    return {
        str(path): path.read_bytes()
        for path in sorted(home.lake.rglob("*"))
        if path.is_file() and path.name != "write.lock"
    }


def sample(shared_data: Path) -> Path:
    return shared_data / "focus" / "focus_sample_1.0.csv"


def load(home: Home, *paths: Path) -> LoadReport:
    person, _ = ensure_local_person(home)
    return ingest(home, person, paths, audit=audit_of_loads(home, person))


def unheard(_kind: str, _event: dict[str, JsonValue]) -> None:
    """Take an event and keep no record: for loads that are refused before there is anything to record."""


def test_the_real_sample_loads_with_exact_totals(home: Home, shared_data: Path) -> None:
    report = load(home, sample(shared_data))
    assert (report.rows, report.totals, report.changed) == (1000, {"USD": "20.52022672899"}, True)
    assert [(one.source.split("/")[0], one.period, one.rows, one.status) for one in report.periods] == [
        ("AWS", "2024-09", 942, "loaded"),
        ("Microsoft", "2024-09", 51, "loaded"),
        ("Oracle", "2024-09", 6, "loaded"),
        ("Oracle", "2024-10", 1, "loaded"),
    ]


def test_loading_the_sample_again_changes_nothing(home: Home, shared_data: Path) -> None:
    first = load(home, sample(shared_data))
    before = state(home)
    again = load(home, sample(shared_data))
    assert (again.changed, {one.status for one in again.periods}, again.snapshot) == (
        False,
        {"unchanged"},
        first.snapshot,
    )
    assert state(home) == before


def test_the_lake_answers_what_the_sample_cost_by_provider(home: Home, shared_data: Path) -> None:
    load(home, sample(shared_data))
    question = Question("cost", (Aggregate("value", "sum", "BilledCost"),), (Key("ProviderName"),))
    rows = open_lake(home.lake, home.plans).ask(question).rows
    assert [(name, str(value)) for name, value in rows] == [
        ("AWS", "18.006638618400000000"),
        ("Microsoft", "1.976514185860000000"),
        ("Oracle", "0.537073924730000000"),
    ]


@pytest.mark.parametrize("bad", ["NaN", "free", "0.1234567890123456789"])
def test_one_bad_file_leaves_everything_as_before(home: Home, tmp_path: Path, bad: str) -> None:
    load(home, write_bill(tmp_path / "first.csv", [ROW]))
    before, snapshot = state(home), open_lake(home.lake, home.plans).snapshot
    files = [
        write_bill(tmp_path / "a.csv", [row(BilledCost="9")]),
        write_bill(tmp_path / "b.csv", [row(BilledCost=bad)]),
    ]
    with pytest.raises(BadFile, match=r"`b\.csv` row 2"):
        load(home, *files)
    assert state(home) == before
    assert open_lake(home.lake, home.plans).snapshot == snapshot


def test_a_bad_metrics_file_keeps_the_bill_out_too(home: Home, tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.csv"
    metrics.write_text(METRICS.replace("12.5", "NaN"), encoding="utf-8")
    with pytest.raises(BadFile, match="Value `NaN`"):
        load(home, write_bill(tmp_path / "bill.csv", [ROW]), metrics)
    assert open_lake(home.lake, home.plans).snapshot == "empty"


def test_bills_and_metrics_load_together_from_a_folder(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_bill(folder / "bill.csv", [ROW])
    (folder / "metrics.csv").write_text(METRICS, encoding="utf-8")
    report = load(home, folder)
    assert (report.rows, report.metrics_rows) == (1, 1)
    lake = open_lake(home.lake, home.plans)
    assert lake.metrics is not None
    question = Question(
        "metrics",
        (Aggregate("p95", "quantile", "Value", 0.95), Aggregate("over", "count_over", "Value", 10.0)),
        (Key("ResourceId"),),
    )
    assert lake.ask(question).rows == (("i-1", 12.5, 1),)


def test_the_discrete_quantile_is_a_measured_value(home: Home, tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.csv"
    lines = [f"i-1,cpu_percent,2026-01-05T00:{minute:02d}:00Z,{minute},60" for minute in range(10)]
    metrics.write_text(METRICS.splitlines()[0] + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
    load(home, metrics)
    question = Question(
        "metrics", (Aggregate("p", "quantile", "Value", 0.95), Aggregate("over", "count_over", "Value", 7.0))
    )
    assert open_lake(home.lake, home.plans).ask(question).rows == ((9.0, 2),)


def test_a_replacement_with_fewer_rows_is_warned_of(home: Home, tmp_path: Path) -> None:
    load(home, write_bill(tmp_path / "all.csv", [ROW, row(BilledCost="2")]))
    report = load(home, write_bill(tmp_path / "part.csv", [ROW]))
    assert [warning.code for warning in report.warnings] == ["fewer_rows", "lower_total"]
    assert (report.periods[0].rows_before, report.periods[0].totals_before) == (2, {"USD": "3.25"})


def test_only_an_admin_loads(home: Home, tmp_path: Path) -> None:
    with pytest.raises(Forbidden, match="may not ingest"):
        ingest(home, Principal(name="bob", role="analyst"), [write_bill(tmp_path / "bill.csv", [ROW])], audit=unheard)
    assert not home.lake.exists()


@pytest.mark.parametrize("source", ["", "  ", "x" * 201, "a\nb", "\u00e9" * 101])
def test_a_source_that_is_no_name_is_refused(home: Home, tmp_path: Path, source: str) -> None:
    with pytest.raises(BadInput, match="is no name"):
        ingest(home, ADMIN, [write_bill(tmp_path / "bill.csv", [ROW])], source=source, audit=unheard)


def test_a_load_is_told_to_the_audit_log(home: Home, tmp_path: Path) -> None:
    events: list[tuple[str, dict[str, JsonValue]]] = []
    ingest(
        home, ADMIN, [write_bill(tmp_path / "bill.csv", [ROW])], audit=lambda kind, event: events.append((kind, event))
    )
    (begun, before), (done, after) = events
    assert (begun, before["person"], before["parts"]) == ("ingest.begun", "ann", ["cost AWS/1 2026-01"])
    assert (done, after["person"], after["totals"]) == ("ingest", "ann", {"USD": "1.25"})
    assert (before["snapshot_before"], before["files"]) == ("empty", after["files"])


def test_progress_goes_from_nothing_to_done(home: Home, tmp_path: Path) -> None:
    shares: list[float] = []
    bill = write_bill(tmp_path / "bill.csv", [ROW])
    ingest(home, ADMIN, [bill], audit=unheard, progress=lambda _text, share: shares.append(share))
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_two_loads_at_once_both_arrive(home: Home, tmp_path: Path) -> None:
    bills = [write_bill(tmp_path / f"{n}.csv", [row(BillingAccountId=str(n))]) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for loaded in [pool.submit(load, home, bill) for bill in bills]:
            assert loaded.result().changed
    cost = open_lake(home.lake, home.plans).cost
    assert cost is not None
    assert (cost.rows, len(cost.sources)) == (4, 4)


def test_the_usual_questions_are_compiled_by_the_load(home: Home, tmp_path: Path) -> None:
    load(home, write_bill(tmp_path / "bill.csv", [ROW]))
    assert len(list(home.plans.glob("*.json"))) > 20


def test_validate_reports_and_loads_nothing(home: Home, shared_data: Path) -> None:
    assert validate(ADMIN, sample(shared_data)).rows == 1000
    assert not home.lake.exists()


def kinds(home: Home) -> list[str]:
    with open_records(home).read() as session:
        return [event.kind for event in audit.last(session, 10) if event.kind.startswith("ingest")]


def test_a_load_is_on_record_before_and_after_it(home: Home, tmp_path: Path) -> None:
    person, _ = ensure_local_person(home)
    ingest(home, person, [write_bill(tmp_path / "bill.csv", [ROW])], audit=audit_of_loads(home, person))
    assert kinds(home) == ["ingest", "ingest.begun"]


def test_a_load_that_cannot_be_put_on_record_does_not_happen(home: Home, tmp_path: Path) -> None:
    def locked(kind: str, event: dict[str, JsonValue]) -> None:
        raise Unavailable(f"no {kind} of {len(event)}")

    with pytest.raises(Unavailable, match=r"no ingest\.begun"):
        ingest(home, ADMIN, [write_bill(tmp_path / "bill.csv", [ROW])], audit=locked)
    assert open_lake(home.lake, home.plans).snapshot == "empty"


def test_a_load_that_dies_after_its_commit_is_on_record(home: Home, tmp_path: Path) -> None:
    person, _ = ensure_local_person(home)
    record = audit_of_loads(home, person)

    def dies(kind: Literal["ingest.begun", "ingest"], event: dict[str, JsonValue]) -> None:
        if kind == "ingest":
            raise KeyboardInterrupt
        record(kind, event)

    with pytest.raises(KeyboardInterrupt):
        ingest(home, person, [write_bill(tmp_path / "bill.csv", [ROW])], audit=dies)
    assert open_lake(home.lake, home.plans).snapshot != "empty"
    assert kinds(home) == ["ingest.begun"]


def test_a_file_that_is_refused_leaves_nothing_on_record(home: Home, tmp_path: Path) -> None:
    person, _ = ensure_local_person(home)
    bill = write_bill(tmp_path / "bill.csv", [row(BilledCost="NaN")])
    with pytest.raises(BadFile):
        ingest(home, person, [bill], audit=audit_of_loads(home, person))
    assert kinds(home) == []


def test_who_is_not_in_the_records_loads_nothing(home: Home) -> None:
    with pytest.raises(Unauthenticated, match="`ann` is not in the records"):
        audit_of_loads(home, ADMIN)


def test_the_role_in_the_records_counts_and_not_the_one_in_the_token(home: Home) -> None:
    person, _ = ensure_local_person(home)
    add_person(home, person, "bob", "approver")
    with pytest.raises(Forbidden, match="`bob` has the role `approver`"):
        audit_of_loads(home, Principal(name="bob", role="admin"))


def test_who_loses_the_role_while_a_load_is_prepared_loads_nothing(home: Home, tmp_path: Path) -> None:
    person, _ = ensure_local_person(home)
    record, records = audit_of_loads(home, person), open_records(home)
    with records.write() as session:
        found = people.find(session, person.name)
        assert found is not None
        found.role = "analyst"
        keep(session, found, at=records.clock(), actor="test", kind="person.role_changed")
    with pytest.raises(Forbidden, match="may not ingest"):
        ingest(home, person, [write_bill(tmp_path / "bill.csv", [ROW])], audit=record)
    assert open_lake(home.lake, home.plans).snapshot == "empty"
    assert kinds(home) == []


@pytest.mark.parametrize("name", ["a?b", "a#b", "a%20b", 'it\'s a "home"', "a*[1]"])
def test_a_home_of_any_name_is_loaded_and_asked(tmp_path: Path, name: str) -> None:
    home = Home.open({"TOLL_HOME": str(tmp_path / name)})
    person, _ = ensure_local_person(home)
    (home.path / "metrics.csv").write_text(METRICS, encoding="utf-8")
    bill = write_bill(home.path / "bill.csv", [ROW])
    ingest(home, person, [bill, home.path / "metrics.csv"], audit=audit_of_loads(home, person))
    evidence = open_questions(home).run(person, "cost_query", {})
    assert [str(figure.value) for figure in evidence.figures if figure.name == "total"] == ["1.25"]
    assert [path.name for path in tmp_path.iterdir()] == [name]
