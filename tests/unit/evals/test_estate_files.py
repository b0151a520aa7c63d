import hashlib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from evals.estate.make import Estate, advance, make_estate
from finops.errors import BadFile, BadInput
from finops.focus import columns_of
from tests.unit.evals.demo_estate import END, SEED, estate, query


def _hashes(of: Estate) -> dict[str, str]:
    paths = [*of.files, of.folder / "truth.json", of.folder / "world.json"]
    return {str(path.relative_to(of.folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_the_same_seed_and_end_give_the_same_bytes(tmp_path: Path) -> None:
    assert _hashes(make_estate(tmp_path, SEED, END)) == _hashes(estate())


def test_another_seed_gives_other_amounts_and_ids(tmp_path: Path) -> None:
    other = make_estate(tmp_path, SEED + 1, END)
    mine, theirs = estate().truth, other.truth
    assert mine.totals.by_provider["AWS"].billed_cost != theirs.totals.by_provider["AWS"].billed_cost
    assert not {i.resource_id for i in mine.instances} & {i.resource_id for i in theirs.instances}


def test_thirteen_months_hold_about_two_hundred_thousand_rows() -> None:
    rows, months, first, last = query(
        "SELECT count(*), count(DISTINCT BillingPeriodStart), min(ChargePeriodStart), max(ChargePeriodEnd) FROM bill"
    )[0]
    assert 190_000 <= rows <= 215_000
    assert months == 13
    assert (first.date(), last.date()) == (date(2025, 10, 1), END)


def test_an_estate_that_ends_early_in_a_month_is_as_large(tmp_path: Path) -> None:
    short = make_estate(tmp_path, SEED, date(2026, 11, 2))
    assert 190_000 <= short.truth.totals.rows <= 215_000


def test_columns_and_types_are_those_of_focus() -> None:
    kinds = {"String": "VARCHAR", "JSON": "VARCHAR", "Decimal": "DECIMAL(38,18)", "Date/Time": "TIMESTAMP"}
    found = [(name, kind) for name, kind, *_ in query("DESCRIBE bill")]
    assert found == [(column.name, kinds[column.type]) for column in columns_of("1.2")]


@pytest.mark.parametrize("column", [c.name for c in columns_of("1.2") if not c.nullable and c.level == "Mandatory"])
def test_what_must_not_be_null_is_not(column: str) -> None:
    assert query(f'SELECT count(*) FROM bill WHERE "{column}" IS NULL') == [(0,)]


@pytest.mark.parametrize("column", [c.name for c in columns_of("1.2") if c.values])
def test_values_are_those_the_specification_allows(column: str) -> None:
    allowed = set(next(c.values for c in columns_of("1.2") if c.name == column))
    assert {
        value for (value,) in query(f'SELECT DISTINCT "{column}" FROM bill WHERE "{column}" IS NOT NULL')
    } <= allowed


@pytest.mark.parametrize(("cost", "price"), [("ListCost", "ListUnitPrice"), ("ContractedCost", "ContractedUnitPrice")])
def test_cost_is_price_times_quantity_to_the_last_digit(cost: str, price: str) -> None:
    rows = query(
        f"SELECT DISTINCT {cost}, {price}, PricingQuantity FROM bill WHERE {price} IS NOT NULL "
        "AND CommitmentDiscountStatus IS DISTINCT FROM 'Unused' USING SAMPLE 20000 ROWS (reservoir, 1)"
    )
    assert len(rows) > 10_000
    assert [row for row in rows if row[0] != row[1] * row[2] and row[2] * 24 != 0][:3] == []


def test_the_truth_has_the_exact_totals_of_the_files() -> None:
    found = query(
        "SELECT ProviderName, count(*), sum(BilledCost), sum(EffectiveCost), sum(ListCost), sum(ContractedCost) "
        "FROM bill GROUP BY 1"
    )
    told = estate().truth.totals
    assert {row[0]: row[1:] for row in found} == {
        name: (t.rows, t.billed_cost, t.effective_cost, t.list_cost, t.contracted_cost)
        for name, t in told.by_provider.items()
    }
    months = query(
        "SELECT strftime(BillingPeriodStart, '%Y-%m'), ProviderName, sum(BilledCost) FROM bill GROUP BY 1, 2"
    )
    assert {(month, name): amount for month, name, amount in months} == {
        (month, name): amount for month, of in told.billed_by_month.items() for name, amount in of.items()
    }


def test_every_charge_lies_within_its_billing_month() -> None:
    assert query(
        "SELECT count(*) FROM bill WHERE ChargePeriodStart < BillingPeriodStart OR ChargePeriodEnd > BillingPeriodEnd "
        "OR ChargePeriodEnd <= ChargePeriodStart"
    ) == [(0,)]


def test_metrics_reach_back_five_weeks_in_quarter_hours() -> None:
    first, last, steps = query("SELECT min(Timestamp), max(Timestamp), list(DISTINCT x_StepSeconds) FROM metrics")[0]
    assert first.date() == END - timedelta(days=35)
    assert last.isoformat() == "2026-10-31T23:45:00"
    assert steps == [900]


def test_each_metric_file_is_sorted_by_resource_metric_and_time() -> None:
    for path in estate().metrics:
        with duckdb.connect() as connection:
            rows = connection.execute(f"SELECT ResourceId, x_Metric, Timestamp FROM '{path}'").fetchall()
        assert rows == sorted(rows)


@pytest.fixture(scope="module")
def advanced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Estate, list[Path]]:
    made = make_estate(tmp_path_factory.mktemp("advanced"), SEED, date(2026, 10, 20))
    return made, advance(made.folder, 30)


def test_advancing_writes_only_the_months_it_touches(advanced: tuple[Estate, list[Path]]) -> None:
    made, changed = advanced
    names = [str(path.relative_to(made.folder)) for path in changed]
    assert names == [f"{kind}/2026-{month}.parquet" for kind in ("bills", "metrics") for month in (10, 11)]
    assert made.world.end == date(2026, 11, 19)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return make_estate(tmp_path_factory.mktemp("before"), SEED, date(2026, 10, 20))


def test_advancing_leaves_the_files_of_earlier_months_alone(
    advanced: tuple[Estate, list[Path]], before: Estate
) -> None:
    old, new = _hashes(before), _hashes(advanced[0])
    assert [name for name in old if old[name] == new.get(name)] == sorted(
        [f"bills/{path.name}" for path in before.bills if path.name < "2026-10"] + ["metrics/2026-09.parquet"]
    )


@pytest.mark.parametrize(
    ("kind", "start", "hidden"), [("bills", "ChargePeriodStart", "EXCLUDE InvoiceId"), ("metrics", "Timestamp", "")]
)
def test_advancing_leaves_the_earlier_days_of_the_month_as_they_were(
    advanced: tuple[Estate, list[Path]], before: Estate, kind: str, start: str, hidden: str
) -> None:
    sql = f"SELECT * {hidden} FROM '{{}}/{kind}/2026-10.parquet' WHERE {start} < DATE '2026-10-20'"
    with duckdb.connect() as connection:
        old, new = (connection.execute(sql.format(of.folder)).fetchall() for of in (before, advanced[0]))
    assert len(old) > 5_000
    assert sorted(map(str, old)) == sorted(map(str, new))


def test_a_month_is_invoiced_once_it_is_over(advanced: tuple[Estate, list[Path]]) -> None:
    rows = query(
        "SELECT strftime(BillingPeriodStart, '%Y-%m') m, count(*) FILTER (InvoiceId IS NULL) = 0 FROM bill GROUP BY 1 "
        "ORDER BY 1 DESC LIMIT 2", of=advanced[0],
    )  # fmt: skip
    assert rows == [("2026-11", False), ("2026-10", True)]


def test_an_anomaly_after_the_anchor_shows_only_once_its_day_has_come(advanced: tuple[Estate, list[Path]]) -> None:
    assert "translation-rerun" not in {anomaly.id for anomaly in estate().truth.anomalies}
    assert "translation-rerun" in {anomaly.id for anomaly in advanced[0].truth.anomalies}


def test_a_second_estate_in_the_same_folder_is_refused() -> None:
    with pytest.raises(BadInput, match="already"):
        make_estate(estate().folder, SEED, END)


@pytest.mark.parametrize("days", [0, -3, 401])
def test_advancing_by_a_senseless_number_of_days_is_refused(days: int) -> None:
    with pytest.raises(BadInput, match=f"`{days}`"):
        advance(estate().folder, days)


def test_a_folder_without_an_estate_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="toll demo"):
        advance(tmp_path, 1)


@pytest.mark.parametrize("end", [date(2001, 1, 1), date(2099, 1, 1)])
def test_an_end_out_of_range_is_refused(end: date, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot end"):
        make_estate(tmp_path, SEED, end)


def test_no_amount_has_more_than_nine_decimals() -> None:
    for column in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "PricingQuantity", "ConsumedQuantity"):
        assert query(f"SELECT count(*) FROM bill WHERE {column} <> CAST({column} AS DECIMAL(38,9))") == [(0,)]
    assert estate().truth.totals.by_provider["AWS"].billed_cost > Decimal(100_000)
