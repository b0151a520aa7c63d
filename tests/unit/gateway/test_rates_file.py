"""Reading exchange rates: any order of columns, every fault named by its line."""

from datetime import date
from decimal import Decimal

import pytest

from finops.errors import BadFile
from gateway.rates_file import pairs_of, parse_rates

HEADER = "Date,From,To,Rate\n"


def test_columns_are_found_by_name_in_any_order_case_and_delimiter() -> None:
    text = "\ufeffRate;note;TO;from;day\n0.9123;ecb;EUR;USD;2024-09-02\n\n"
    only = parse_rates("r.csv", text).rates
    assert [(one.day, one.source, one.target, one.rate) for one in only] == [
        (date(2024, 9, 2), "USD", "EUR", Decimal("0.9123"))
    ]


def test_a_row_given_twice_counts_once() -> None:
    assert len(parse_rates("r.csv", HEADER + "2024-09-02,USD,EUR,0.9\n" * 2).rates) == 1


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "holds no rate"),
        (HEADER, "holds no rate"),
        ("Date,From,To\n", "no column for the rate; give it the header `Date, From, To, Rate`"),
        ("Date,Day,From,To,Rate\n", "two columns for the day"),
        (HEADER + "2024-09-02,USD,EUR\n", "line 2 has 3 columns"),
        (HEADER + "2024-09-02,USD,EUR,0.9\n02/09/2024,USD,EUR,0.9\n", "line 3: `02/09/2024` is no day"),
        (HEADER + "2024-02-30,USD,EUR,0.9\n", "line 2"),
        (HEADER + "2024-09-02,USD,EUR,zero\n", "line 2: `zero` is not a finite number"),
        (HEADER + '2024-09-02,USD,EUR,"0,9"\n', "line 2: `0,9` is not a finite number"),
        (HEADER + "2024-09-02,USD,EUR,0\n", "line 2: rate `0` is not above zero"),
        (HEADER + "2024-09-02,usd,EUR,0.9\n", "line 2: `usd`"),
        (HEADER + "2024-09-02,USD,USD,1\n", "line 2: `USD` is converted to itself"),
        (HEADER + "2024-09-02,USD,EUR,0.9\n2024-09-02,USD,EUR,0.8\n", "lines 2 and 3 give two rates"),
        (HEADER + '2024-09-02,"USD,EUR,0.9\n', "is no CSV"),
    ],
)
def test_a_fault_names_its_line(text: str, fault: str) -> None:
    with pytest.raises(BadFile) as caught:
        parse_rates("r.csv", text)
    assert fault in str(caught.value)


def test_pairs_are_summed_up() -> None:
    text = HEADER + "2024-09-03,USD,EUR,0.8\n2024-09-02,USD,EUR,0.9\n2024-09-02,GBP,EUR,1.2\n"
    assert [(p.source, p.rates, str(p.first), str(p.last), p.last_rate) for p in pairs_of(parse_rates("r.csv", text))] == [
        ("GBP", 1, "2024-09-02", "2024-09-02", "1.2"), ("USD", 2, "2024-09-02", "2024-09-03", "0.8"),
    ]  # fmt: skip
