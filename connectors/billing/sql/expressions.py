"""From a bill's text to the lake's types, as SQL expressions: one place says what counts as absent, as a number, as a moment.

Traps held here: DuckDB's TIMESTAMP cast drops a zone's offset (TIMESTAMPTZ keeps it), its DECIMAL cast rounds what has too many
decimals and takes `1_000` for a number.
"""

from dataclasses import dataclass

from connectors.billing.sql.session import quoted, text
from finops.focus import BY_NAME, Column
from finops.tables import MAX_DECIMALS

DECIMAL = f"DECIMAL(38,{MAX_DECIMALS})"
# The text some exports write where there is no value.
NULL_TEXT = "NULL"
# What may stand around a value without belonging to it.
BLANKS = " \t"
_FIRST_OF_MONTH = r"\d{4}-\d{2}-01[T ]00:00(:00(\.0+)?)? ?[+-].*"


@dataclass(frozen=True, slots=True)
class Raw:
    """One column of a file as SQL: how its text is read, and the amount or moment it stands for.

    `texts` is set where the column has been made text already, whatever its type in the file is.
    """

    name: str
    type: str
    texts: bool = False

    @property
    def as_text(self) -> str:
        """The value as the file has it, as text."""
        column = quoted(self.name)
        if self.type == "VARCHAR" or self.texts:
            return column
        if self.type.startswith(("MAP", "STRUCT")):
            return f"CAST(to_json({column}) AS VARCHAR)"
        return f"CAST({column} AS VARCHAR)"

    @property
    def clean(self) -> str:
        """The text, NULL where it is empty or says `NULL`."""
        return f"nullif(nullif({self.as_text}, ''), {text(NULL_TEXT)})"

    @property
    def number(self) -> str:
        """The amount, NULL where the text is no finite number that fits 38 digits."""
        return f"TRY_CAST({self.clean} AS {DECIMAL})"

    @property
    def moment(self) -> str:
        """The moment in UTC, NULL where the text is none; a text without zone is taken as UTC."""
        clean = self.clean
        # Only the cast to TIMESTAMPTZ applies an offset; it is slow, and these two forms have none.
        local = f"length({clean}) = 19 AND substr({clean}, 17, 1) = ':'"
        utc = f"length({clean}) = 20 AND ends_with({clean}, 'Z')"
        zoned = f"CAST(TRY_CAST({clean} AS TIMESTAMPTZ) AS TIMESTAMP)"
        return f"CASE WHEN ({local}) OR ({utc}) THEN TRY_CAST({clean} AS TIMESTAMP) ELSE {zoned} END"

    @property
    def typed_digits(self) -> bool:
        """Whether zeros at the end come from the column's type rather than from whoever wrote it."""
        return self.type.startswith("DECIMAL")


def exponent(clean: str) -> str:
    """Return the condition that a number is written with an exponent, such as 5E-7."""
    return f"(contains({clean}, 'e') OR contains({clean}, 'E'))"


def decimals(clean: str, *, trim: bool) -> str:
    """Return how many decimals a number has; `trim` leaves out zeros at the end. An exponent shifts the point."""
    mantissa = f"regexp_extract({clean}, '^[^eE]*')"
    power = f"coalesce(TRY_CAST(regexp_extract({clean}, '[eE](.*)$', 1) AS INTEGER), 0)"
    shifted = f"greatest(0, length(rtrim(split_part({mantissa}, '.', 2), '0{BLANKS}')) - {power})"
    fraction = f"rtrim(split_part({clean}, '.', 2), '{'0' if trim else ''}{BLANKS}')"
    return f"CASE WHEN {exponent(clean)} THEN {shifted} ELSE length({fraction}) END"


def bad_number(raw: Raw) -> str:
    """Return the condition that a value is there and is no finite amount within 38 digits."""
    return f"({raw.clean} IS NOT NULL AND ({raw.number} IS NULL OR contains({raw.clean}, '_')))"


def too_fine(raw: Raw) -> str:
    """Return the condition that an amount has more decimals than the lake keeps."""
    return f"({raw.number} IS NOT NULL AND {decimals(raw.clean, trim=True)} > {MAX_DECIMALS})"


def bad_moment(raw: Raw) -> str:
    """Return the condition that a value is there and is no moment from 2000 to 2099."""
    inside = f"{raw.moment} >= TIMESTAMP '2000-01-01' AND {raw.moment} < TIMESTAMP '2100-01-01'"
    return f"({raw.clean} IS NOT NULL AND NOT coalesce({inside}, false))"


def without_zone(raw: Raw) -> str:
    """Return the condition that a moment's text names no zone."""
    short = f"length({raw.clean}) <= 10 OR (length({raw.clean}) = 19 AND substr({raw.clean}, 17, 1) = ':')"
    return (
        f"CASE WHEN {short} THEN true WHEN ends_with({raw.clean}, 'Z') THEN false "
        f"ELSE NOT regexp_matches(substr({raw.clean}, 12), '[A-Za-z+-]') END"
    )


def bad_object(raw: Raw) -> str:
    """Return the condition that a value is there and is no JSON object."""
    is_object = f"CASE WHEN json_valid({raw.clean}) THEN starts_with(ltrim({raw.clean}), '{{') ELSE false END"
    return f"({raw.clean} IS NOT NULL AND NOT {is_object})"


def spelled(column: Column) -> bool:
    """Whether a column's values have one right spelling: those of a closed list, and codes of currencies."""
    return bool(column.values) or column.name.endswith("Currency")


def unusual(clean: str, column: Column) -> str:
    """Return the condition that a value is there and not spelled as FOCUS has it, letter by letter."""
    if not column.values:
        return f"({_code_like(clean)} AND {clean} <> {_code(clean)})"
    return f"{clean} NOT IN ({', '.join(text(value) for value in column.values)})"


def normalised(clean: str, column: Column) -> str:
    """Return the value that `clean` is but for upper and lower case and blanks around it, or `clean` itself."""
    if not column.values:
        return f"CASE WHEN {_code_like(clean)} THEN {_code(clean)} ELSE {clean} END"
    pairs = ", ".join(f"{text(value.lower())}: {text(value)}" for value in column.values)
    folded = f"lower(trim({clean}, {text(BLANKS)}))"
    return f"CASE WHEN {unusual(clean, column)} THEN coalesce(MAP {{{pairs}}}[{folded}], {clean}) ELSE {clean} END"


def _code(clean: str) -> str:
    return f"upper(trim({clean}, {text(BLANKS)}))"


def _code_like(clean: str) -> str:
    return f"regexp_full_match(trim({clean}, {text(BLANKS)}), '[A-Za-z]{{3}}')"


def code_of(currency: str) -> str:
    """Return a currency as `normalised` has it."""
    code = currency.strip(BLANKS)
    return code.upper() if len(code) == len("USD") and code.isascii() and code.isalpha() else currency


def local_month(raw: Raw) -> str:
    """Return the condition that a moment is midnight of the first of a month where it was written, and not in UTC."""
    return f"({_off_month(raw)} AND regexp_full_match({raw.clean}, {text(_FIRST_OF_MONTH)}))"


def no_month(raw: Raw) -> str:
    """Return the condition that a moment is midnight of the first of a month neither in UTC nor where it was written."""
    return f"({_off_month(raw)} AND NOT regexp_full_match({raw.clean}, {text(_FIRST_OF_MONTH)}))"


def _off_month(raw: Raw) -> str:
    return f"coalesce({raw.moment} <> date_trunc('month', {raw.moment}), false)"


def converted(raw: Raw) -> str:
    """Return a FOCUS column in the lake's type."""
    column = BY_NAME[raw.name]
    if column.type == "Decimal":
        return raw.number
    if raw.name.startswith("BillingPeriod"):
        # A provider's month is the one it writes, whatever month that moment is in elsewhere.
        return f"CASE WHEN {local_month(raw)} THEN TRY_CAST(left({raw.clean}, 10) AS TIMESTAMP) ELSE {raw.moment} END"
    if column.type == "Date/Time":
        return raw.moment
    return normalised(raw.clean, column) if spelled(column) else raw.clean
