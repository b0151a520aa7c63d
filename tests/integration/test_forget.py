"""A month or a source can be taken out of the data, on record, and every earlier state keeps it."""

import json
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from app.cli.main import main
from finops.errors import BadInput, Forbidden
from finops.people import Principal
from finops.relational import Aggregate, Question
from gateway.forget import forget, forgettable
from gateway.home import Home
from gateway.ingest import ingest
from store.lake.reader import open_lake
from tests.integration.test_bad_bills import month
from tests.integration.test_ingest import ADMIN, unheard
from tests.unit.connectors.bills import write_bill

SUM = Question("cost", (Aggregate("total", "sum", "BilledCost"),))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give a lake of two sources, one of two months."""
    home = Home.open({"TOLL_HOME": str(tmp_path / "home")})
    rows = [month(1, BilledCost="1"), month(2, BilledCost="2"), month(1, BilledCost="4", BillingAccountId="2")]
    ingest(home, ADMIN, [write_bill(tmp_path / "bill.csv", rows)], audit=unheard)
    return home


def total(home: Home, snapshot: str | None = None) -> object:
    return open_lake(home.lake, home.plans, snapshot=snapshot).ask(SUM).rows[0][0]


def test_a_month_is_forgotten_on_record_and_its_earlier_state_stays(home: Home) -> None:
    told: list[tuple[str, object]] = []
    done = forget(
        home, ADMIN, source="AWS/1", month="2026-02", audit=lambda kind, event: told.append((kind, event["parts"]))
    )
    assert (total(home), total(home, done.snapshot_before)) == (Decimal(5), Decimal(7))
    assert told == [("forget.begun", ["cost AWS/1 2026-02"]), ("forget", ["cost AWS/1 2026-02"])]


def test_a_source_is_forgotten_with_all_its_months(home: Home) -> None:
    done = forget(home, ADMIN, source="AWS/1", month=None, audit=lambda _kind, _event: None)
    assert ([part.month for part in done.parts], total(home)) == (["2026-01", "2026-02"], Decimal(4))


def test_looking_at_what_would_go_changes_nothing(home: Home) -> None:
    found = forgettable(home, ADMIN, source="AWS/1", month="2026-02")
    assert ([part.totals for part in found.parts], found.snapshot, total(home)) == ([{"USD": "2.00"}], None, Decimal(7))


@pytest.mark.parametrize(
    ("source", "month", "said"),
    [
        ("AWS/9", None, r"nothing is loaded of source `AWS/9`; loaded are `AWS/1`, `AWS/2`"),
        ("AWS/1", "2026-03", r"nothing is loaded of source `AWS/1` in 2026-03"),
        ("AWS/1", "March", r"`March` is no month; write it as 2026-01"),
    ],
)
def test_what_is_not_loaded_cannot_be_forgotten(home: Home, source: str, month: str | None, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        forget(home, ADMIN, source=source, month=month, audit=lambda _kind, _event: None)


def test_only_who_may_load_may_forget(home: Home) -> None:
    with pytest.raises(Forbidden):
        forget(home, Principal(name="eve", role="analyst"), source="AWS/1", month=None, audit=lambda _k, _e: None)
    assert total(home) == 7


def test_the_command_forgets_only_with_yes(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOLL_HOME", str(home.path))
    for words, left in (([], 7), (["--yes"], 5)):
        monkeypatch.setattr(
            sys, "argv", ["toll", "forget", "--source", "AWS/1", "--month", "2026-02", "--json", *words]
        )
        with pytest.raises(SystemExit) as end:
            main()
        assert (end.value.code or 0, total(home)) == (0, left)
        assert len(json.loads(capsys.readouterr().out)["parts"]) == 1
