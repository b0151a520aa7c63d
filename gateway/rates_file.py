"""Read a file of exchange rates: CSV with a day, two currencies and a rate in each row, faults named by line."""

import csv
import re
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Literal

from pydantic import ValidationError

from finops.errors import BadFile, BadInput
from finops.money import exact, plain
from finops.query import Frozen
from finops.rates import Rate, Rates

MOST_BYTES = 64 * 1024 * 1024
Field = Literal["day", "source", "target", "rate"]
# What the columns may be called, in any case and order.
_NAMES: dict[Field, tuple[str, ...]] = {
    "day": ("date", "day", "time_period"),
    "source": ("from", "from_currency", "base", "source"),
    "target": ("to", "to_currency", "quote", "target"),
    "rate": ("rate", "exchange_rate", "value"),
}
_HEADER = "Date, From, To, Rate"


def parse_rates(
    name: str,
    text: str,
    *,
    max_age_days: int = 7,
    inverse: bool = False,
    through: str | None = None,
    basis: Literal["day", "month_end"] = "day",
) -> Rates:
    """Return the rates in `text` with what is declared of them; `name` is the file's. Raises `BadFile` with the line and the fix."""
    if len(text) > MOST_BYTES:
        raise BadFile(f"`{name}` is larger than {MOST_BYTES // 1024**2} MiB", fix="keep the days your bills have")
    rates = tuple(_rates(name, text))
    if not rates:
        raise BadFile(f"`{name}` holds no rate", fix=f"give a header `{_HEADER}` and a row for each day and pair")
    try:
        return Rates(rates=rates, max_age_days=max_age_days, inverse=inverse, through=through, basis=basis)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise BadFile(f"`{name}`: {first['msg'].removeprefix('Value error, ')}", fix="mend the file") from error


def _rates(name: str, text: str) -> list[Rate]:
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(StringIO("".join(lines)), delimiter=delimiter, strict=True)
    places: dict[Field, int] | None = None
    seen: dict[tuple[date, str, str], tuple[int, Decimal]] = {}
    found: list[Rate] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if places is None:
                places = _places(name, cells)
                continue
            rate = _rate(name, reader.line_num, cells, places)
            line, other = seen.setdefault((rate.day, rate.source, rate.target), (reader.line_num, rate.rate))
            if other != rate.rate:
                raise BadFile(
                    f"`{name}` lines {line} and {reader.line_num} give two rates from {rate.source} to {rate.target} "
                    f"on {rate.day}", fix="keep one of them",
                )  # fmt: skip
            if line == reader.line_num:
                found.append(rate)
    except csv.Error as error:
        raise BadFile(f"`{name}` line {reader.line_num} is no CSV, {error}", fix="close the quotes") from error
    return found


def _places(name: str, header: list[str]) -> dict[Field, int]:
    spelled = [cell.strip().lower().replace(" ", "_") for cell in header]
    places: dict[Field, int] = {}
    for field, names in _NAMES.items():
        matches = [index for index, cell in enumerate(spelled) if cell in names]
        if len(matches) != 1:
            fault = "no column" if not matches else "two columns"
            raise BadFile(f"`{name}` has {fault} for the {field}", fix=f"give it the header `{_HEADER}`")
        places[field] = matches[0]
    return places


def _rate(name: str, line: int, cells: list[str], places: dict[Field, int]) -> Rate:
    if len(cells) <= max(places.values()):
        raise BadFile(f"`{name}` line {line} has {len(cells)} columns", fix="give every row all of the header's")
    value = {field: cells[index].strip() for field, index in places.items()}
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value["day"], re.ASCII):
        raise BadFile(f"`{name}` line {line}: `{value['day'][:40]}` is no day", fix="write it as 2024-09-30")
    try:
        return Rate(
            day=date.fromisoformat(value["day"]),
            source=value["source"],
            target=value["target"],
            rate=exact(value["rate"]),
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        said = first["msg"].removeprefix("Value error, ")
        field = next((f"`{text[:40]}`: " for name, text in value.items() if first["loc"][:1] == (name,)), "")
        raise BadFile(f"`{name}` line {line}: {field}{said[:1].lower() + said[1:]}", fix="mend the row") from error
    except (BadInput, ValueError) as error:
        said = error.message if isinstance(error, BadInput) else str(error)
        raise BadFile(f"`{name}` line {line}: {said}", fix="write the rate in digits, such as 0.9123") from error


class Pair(Frozen):
    """The rates from one currency to another in a file."""

    source: str
    target: str
    rates: int
    first: date
    last: date
    last_rate: str


def pairs_of(rates: Rates) -> tuple[Pair, ...]:
    """Return every pair, in order of currency."""
    grouped: dict[tuple[str, str], list[Rate]] = {}
    for one in rates.rates:
        grouped.setdefault((one.source, one.target), []).append(one)
    found: list[Pair] = []
    for (source, target), several in sorted(grouped.items()):
        first, last = min(several, key=lambda one: one.day), max(several, key=lambda one: one.day)
        found.append(
            Pair(source=source, target=target, rates=len(several), first=first.day, last=last.day,
                 last_rate=plain(last.rate))
        )  # fmt: skip
    return tuple(found)
