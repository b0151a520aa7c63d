"""The rules of the formats themselves (NumericFormat, DateTimeFormat and so on), asked of every column that has the format.

The model has no expressions for these. Each says in which way a cell may break its format, so only cells that break the format
are looked at, in a second scan, and only where there are any.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from connectors.billing.conformance import formats, units
from connectors.billing.conformance.cells import Cells
from connectors.billing.conformance.checks import Check
from connectors.billing.conformance.conditions import Question
from connectors.billing.conformance.functions import satisfied
from connectors.billing.conformance.rules import RuleBook
from finops.focus import BY_NAME

# What a cell holds where an export writes a word for no value.
PLACEHOLDERS = (
    "NULL",
    "null",
    "Null",
    "None",
    "NaN",
    "nan",
    "nil",
    "N/A",
    "n/a",
    "Not Applicable",
    "not applicable",
    "-",
)


def _never(pattern: str) -> Callable[[str], str]:
    return lambda cell: f"NOT regexp_matches({cell}, '{pattern}')"


@dataclass(frozen=True, slots=True)
class Attribute:
    """A rule of a format: the check function of the format, and the condition that a cell keeps this rule."""

    function: str
    kept: Callable[[str], str]


ATTRIBUTES: dict[str, Attribute] = {
    "DateTimeFormat-A-001-M": Attribute("FormatDateTime", _never("[T ][0-9]{2}[^+-]*[+-](0[1-9]|1[0-9]|00:?[1-9])")),
    "DateTimeFormat-A-002-M": Attribute(
        "FormatDateTime", lambda c: f"({formats.iso_8601(c)} AND (NOT contains({c}, '-') OR TRY_CAST({c} AS TIMESTAMPTZ) IS NOT NULL))"
    ),
    "DateTimeFormat-A-004-M": Attribute("FormatDateTime", lambda c: f"regexp_matches({c}, '[0-9]T[0-9]')"),
    "DateTimeFormat-A-005-M": Attribute("FormatDateTime", lambda c: f"regexp_matches({c}, '[T ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}')"),
    "DateTimeFormat-A-006-M": Attribute("FormatDateTime", lambda c: f"ends_with({c}, 'Z')"),
    "CurrencyFormat-A-001-C": Attribute("FormatCurrency", formats.currency_format),
    "CurrencyFormat-A-002-C": Attribute("FormatCurrency", lambda c: f"(({formats.not_blank(c)}) AND {formats.unicode_string(c)})"),
    "NumericFormat-A-002-M": Attribute("FormatNumeric", _never(r"[0-9]\s+[0-9]|[\[\]{};:]|\.\.")),
    "NumericFormat-A-003-M": Attribute("FormatNumeric", formats.number),
    "NumericFormat-A-004-M": Attribute("FormatNumeric", _never(r"[/\x{2044}\x{bc}-\x{be}]")),
    "NumericFormat-A-005-M": Attribute("FormatNumeric", _never(r"[0-9]\s*e|[0-9]\s*[xX*\x{d7}]\s*10")),
    "NumericFormat-A-006-M": Attribute("FormatNumeric", _never(r"[eE]\+")),
    "NumericFormat-A-007-M": Attribute("FormatNumeric", _never(r"[*^=()<>\x{d7}\x{f7}\x{221a}]|[0-9)]\s*[+/-]\s*[0-9(]")),
    "NumericFormat-A-008-M": Attribute("FormatNumeric", _never(r"\p{Sc}|[%#_]|[A-DF-Za-df-z]|^[eE]|[eE]$")),
    "NumericFormat-A-009-M": Attribute("FormatNumeric", _never(r"[,;:_'']|\..*\.|[0-9]\.$|\.[eE]")),
    "NumericFormat-A-010-M": Attribute("FormatNumeric", _never(r"^\s*\+")),
    "NumericFormat-A-011-M": Attribute("FormatNumeric", _never(r"^\s*\(.*\)\s*$|[0-9.]\s*-\s*$|^[\x{2212}\x{2013}]|(?i)\bcr\b")),
    "StringHandling-A-001-M": Attribute("FormatString", formats.unicode_string),
    "UnitFormat-A-001-M": Attribute("FormatUnit", units.in_form),
    "UnitFormat-A-002-O": Attribute("FormatUnit", units.whole_quantity),
    "UnitFormat-A-003-M": Attribute("FormatUnit", units.in_listed_case),
    "KeyValueFormat-A-001-M": Attribute("FormatKeyValue", formats.json_object),
    "KeyValueFormat-A-002-M": Attribute("FormatKeyValue", formats.unique_keys),
    "KeyValueFormat-A-003-M": Attribute("FormatKeyValue", formats.flat_values),
    "KeyValueFormat-A-004-M": Attribute("FormatKeyValue", formats.flat_values),
}  # fmt: skip
# What is to be known of a verdict on a format.
NOTES = {
    "DateTimeFormat-A-001-M": "checked as far as that no other offset is written; a time without zone may still be UTC"
}
# Asked of every row at once, since no format says it.
BLANKS, NO_PLACEHOLDERS = "StringHandling-A-007-M", "NullHandling-A-002-M"


def columns_of_format(book: RuleBook, function: str, cells: Cells) -> Iterator[tuple[str, str]]:
    """Yield the rules that ask a format of a column the file has, and the column."""
    for rule in book.rules.values():
        if rule.check and rule.check.function == function and cells.has(rule.check.text(0)):
            yield rule.id, rule.check.text(0)


def detail_questions(book: RuleBook, cells: Cells, broken_formats: Mapping[tuple[str, str], int]) -> Iterator[Question]:
    """Yield what to ask of columns with cells that break their format; `broken_formats` counts those by rule and column."""
    for identity, attribute in ATTRIBUTES.items():
        for rule, column in columns_of_format(book, attribute.function, cells):
            if broken_formats.get((rule, column)):
                cell = cells.cell(column)
                off = f"{cell} IS NOT NULL AND NOT coalesce({satisfied(Check(attribute.function, (column,)), cells)}, false)"
                broken = f"CASE WHEN {off} THEN NOT coalesce({attribute.kept(cell)}, false) ELSE false END"
                yield Question(identity, column, f"{cell} IS NOT NULL", broken, (column,))


def placeholder_questions(cells: Cells) -> Iterator[Question]:
    """Yield, for each text column, what asks for words and empty texts in the place of no value."""
    listed = ", ".join(f"'{word}'" for word in PLACEHOLDERS)
    longest = max(map(len, PLACEHOLDERS))
    for column in cells.file.types:
        if cells.is_text(column) and column in BY_NAME:
            raw = cells.raw(column)
            found = f"CASE WHEN strlen({raw}) <= {longest} THEN {raw} IN ('', {listed}) ELSE false END"
            yield Question(NO_PLACEHOLDERS, column, "true", found, (column,))


def blank_questions(cells: Cells) -> Iterator[Question]:
    """Yield, for each text column that must have a value, what asks for blanks in its place."""
    for name, column in BY_NAME.items():
        if cells.has(name) and column.type == "String" and not column.nullable:
            cell = cells.cell(name)
            yield Question(
                BLANKS, name, f"{cell} IS NOT NULL", f"{cell} IS NOT NULL AND NOT ({formats.not_blank(cell)})", (name,)
            )
