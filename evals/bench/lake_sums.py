"""What every real bill sums to in the lake, beside a sum of its raw text that nothing of the product computed."""

import csv
from decimal import Decimal, localcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.bench.report import Row
from finops.money import EXACT, plain, trimmed
from gateway.acting import audit_of_loads
from gateway.compose import open_questions
from gateway.home import Home
from gateway.ingest import ingest
from gateway.people import ensure_local_person

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
# Each real bill, the column of its amounts and the column of their currency.
REAL = (
    (DATA / "focus" / "focus_sample_1.0.csv", "BilledCost", "BillingCurrency"),
    (DATA / "billing" / "aws_cur_sample.csv", "lineItem/UnblendedCost", "lineItem/CurrencyCode"),
    (DATA / "billing" / "azure_ea_sample.csv", "CostInBillingCurrency", "BillingCurrencyCode"),
)


def sums_rows() -> list[Row]:
    """Load each real bill that is beside the checkout into a lake of its own and compare, currency by currency."""
    return [_row(path, amount, currency) for path, amount, currency in REAL if path.is_file()]


def raw_sums(path: Path, amount: str, currency: str) -> dict[str, Decimal]:
    """Add a column of a CSV file up by currency as it is written, in Decimal."""
    sums: dict[str, Decimal] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream, localcontext(EXACT):
        for row in csv.DictReader(stream):
            sums[row[currency]] = sums.get(row[currency], Decimal(0)) + Decimal(row[amount] or 0)
    return sums


def _row(path: Path, amount: str, currency: str) -> Row:
    true = {unit: trimmed(total) for unit, total in raw_sums(path, amount, currency).items()}
    found = _loaded(path)
    said = ", ".join(f"{unit} {plain(total)}" for unit, total in sorted(found.items()))
    wanted = ", ".join(f"{unit} {plain(total)}" for unit, total in sorted(true.items()))
    (value, *_), (base, *_) = found.values(), true.values()
    return Row(
        measure=f"sum of {path.name}: {said}", value=float(value), unit="/".join(sorted(found)), baseline=float(base),
        goal=f"{wanted}, the Decimal sum of its raw text", met=found == true,
    )  # fmt: skip


def _loaded(path: Path) -> dict[str, Decimal]:
    with TemporaryDirectory(prefix="toll-bench-") as folder:
        home = Home.open({"TOLL_HOME": folder})
        person, _ = ensure_local_person(home)
        ingest(home, person, [path], audit=audit_of_loads(home, person))
        evidence = open_questions(home).run(person, "cost_query", {})
        totals = [one for one in evidence.figures if one.name.split(" ")[0] == "total" and "." not in one.name]
        return {one.unit: trimmed(one.value) for one in totals}
