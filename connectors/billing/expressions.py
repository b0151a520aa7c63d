"""From a bill's text to the lake's types, as SQL expressions: one place says what counts as absent, as a number, as a moment.

Traps held here: DuckDB's TIMESTAMP cast drops a zone's offset (TIMESTAMPTZ keeps it), its DECIMAL cast rounds what has too many
decimals and takes `1_000` for a number.
"""

from dataclasses import dataclass

from connectors.billing.session import quoted, text
from finops.focus import BY_NAME, Column
from finops.tables import COST_COLUMNS, MAX_DECIMALS

DECIMAL = f"DECIMAL(38,{MAX_DECIMALS})"
# The text some exports write where there is no value.
NULL_TEXT = "NULL"


@dataclass(frozen=True, slots=True)
class Raw:
    """One column of a file: how its text is read, and whether its decimals are written or come from a type."""

    name: str
    type: str

    @property
    def as_text(self) -> str:
        """The value as the file has it, as text."""
        column = quoted(self.name)
        if self.type == "VARCHAR":
            return column
        if self.type.startswith(("MAP", "STRUCT")):
            return f"CAST(to_json({column}) AS VARCHAR)"
        return f"CAST({column} AS VARCHAR)"

    @property
    def clean(self) -> str:
        """The text, NULL where it is empty or says `NULL`."""
        return f"nullif(nullif({self.as_text}, ''), {text(NULL_TEXT)})"

    @property
    def typed_digits(self) -> bool:
        """Whether zeros at the end come from the column's type rather than from whoever wrote it."""
        return self.type.startswith("DECIMAL")


def number(clean: str) -> str:
    """Return the amount, NULL where the text is no finite number that fits 38 digits."""
    return f"TRY_CAST({clean} AS {DECIMAL})"


def decimals(clean: str, *, trim: bool = False) -> str:
    """Return how many decimals the text has; `trim` leaves out zeros at the end. An exponent shifts the point."""
    mantissa = f"regexp_extract({clean}, '^[^eE]*')"
    exponent = f"coalesce(TRY_CAST(regexp_extract({clean}, '[eE](.*)$', 1) AS INTEGER), 0)"
    shifted = f"greatest(0, length(rtrim(split_part({mantissa}, '.', 2), '0')) - {exponent})"
    fraction = f"split_part({clean}, '.', 2)"
    plain = f"length(rtrim({fraction}, '0'))" if trim else f"length({fraction})"
    return f"CASE WHEN contains({clean}, 'e') OR contains({clean}, 'E') THEN {shifted} ELSE {plain} END"


def bad_number(clean: str) -> str:
    """Return the condition that a value is there and is no exact amount within 38 digits and 18 decimals."""
    beyond = f"CASE WHEN {decimals(clean)} > {MAX_DECIMALS} THEN {decimals(clean, trim=True)} > {MAX_DECIMALS} ELSE false END"
    return f"({clean} IS NOT NULL AND ({number(clean)} IS NULL OR contains({clean}, '_') OR {beyond}))"


def moment(clean: str) -> str:
    """Return the moment in UTC; a text without zone is taken as UTC."""
    return f"CAST(TRY_CAST({clean} AS TIMESTAMPTZ) AS TIMESTAMP)"


def bad_moment(clean: str) -> str:
    """Return the condition that a value is there and is no moment from 2000 to 2099."""
    inside = f"{moment(clean)} >= TIMESTAMP '2000-01-01' AND {moment(clean)} < TIMESTAMP '2100-01-01'"
    return f"({clean} IS NOT NULL AND NOT coalesce({inside}, false))"


def without_zone(clean: str) -> str:
    """Return the condition that a moment's text names no zone."""
    return f"NOT regexp_matches(substr({clean}, 12), '[A-Za-z+-]')"


def bad_object(clean: str) -> str:
    """Return the condition that a value is there and is no JSON object."""
    is_object = f"CASE WHEN json_valid({clean}) THEN starts_with(ltrim({clean}), '{{') ELSE false END"
    return f"({clean} IS NOT NULL AND NOT {is_object})"


def unusual(clean: str, column: Column) -> str:
    """Return the condition that a value is there and not one of the column's allowed values, letter by letter."""
    return f"{clean} NOT IN ({', '.join(text(value) for value in column.values)})"


def normalised(clean: str, column: Column) -> str:
    """Return the allowed value that `clean` is but for upper and lower case, or `clean` itself."""
    pairs = ", ".join(f"{text(value.lower())}: {text(value)}" for value in column.values)
    return (
        f"CASE WHEN {unusual(clean, column)} THEN coalesce(MAP {{{pairs}}}[lower({clean})], {clean}) ELSE {clean} END"
    )


def converted(raw: Raw) -> str:
    """Return a FOCUS column in the lake's type."""
    column = BY_NAME[raw.name]
    if column.type == "Decimal":
        return number(raw.clean)
    if column.type == "Date/Time":
        return moment(raw.clean)
    return normalised(raw.clean, column) if column.values else raw.clean


def canonical_columns(raws: dict[str, Raw], source: str) -> str:
    """Return the select list that makes the lake's cost columns of a file's, `source` being the expression of x_Source."""
    extra = [raw for name, raw in raws.items() if name not in BY_NAME]
    pairs = ", ".join(f"{text(raw.name)}, {raw.clean}" for raw in extra)
    special = {"x_Source": source, "x_Columns": f"CAST(json_object({pairs}) AS VARCHAR)" if extra else "NULL"}
    select: list[str] = []
    for name, sql_type in COST_COLUMNS.items():
        found = special.get(name) or (converted(raws[name]) if name in raws else "NULL")
        select.append(f"CAST({found} AS {sql_type}) AS {quoted(name)}")
    return ", ".join(select)
