"""The formats of FOCUS 1.2 (numeric, date and time, key and value, currency, string), as SQL conditions over one cell's text.

Each is asked of cells that hold a value; a condition that is NULL counts as not met.
"""

from connectors.billing.conformance.currencies import CODES

_ANY_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_NUMBER = r"-?([0-9]+(\.[0-9]+)?|\.[0-9]+)(E-?[0-9]+)?"
_DATE_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z"
_ISO_DATE_TIME = (
    r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}(T[0-9]{2}(:?[0-9]{2}(:?[0-9]{2}([.,][0-9]+)?)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?"
)
_CODES = ", ".join(f"'{code}'" for code in sorted(CODES))


def number(cell: str) -> str:
    """Any decimal number, whatever its notation: `1`, `+1.50`, `1e-7`; no `nan`, `inf`, `1_000`."""
    # Nearly every number has the format, which other rules ask for too: only the rest is matched again.
    return f"CASE WHEN {numeric_format(cell)} THEN true ELSE regexp_full_match({cell}, '{_ANY_NUMBER}') END"


def numeric_format(cell: str) -> str:
    """A number in the notation of NumericFormat: `-100.2`, `4`, `3.5E-7`; no plus sign, no lower case `e`."""
    return f"regexp_full_match({cell}, '{_NUMBER}')"


def date_time_format(cell: str) -> str:
    """A real date and time in UTC as `2024-09-01T00:00:00Z`, perhaps with a fraction of a second."""
    # LIKE is much faster than the expression; what it lets through is held by the cast, which takes digits only.
    usual = f"{cell} LIKE '20__-__-__T__:__:__Z' AND NOT contains({cell}, ' ')"
    written = f"CASE WHEN {usual} THEN true ELSE regexp_full_match({cell}, '{_DATE_TIME}') END"
    return f"(({written}) AND TRY_CAST({cell} AS TIMESTAMP) IS NOT NULL)"


def iso_8601(cell: str) -> str:
    """A date or date and time of ISO 8601, in the basic or extended form."""
    return f"regexp_full_match({cell}, '{_ISO_DATE_TIME}')"


def unicode_string(cell: str) -> str:
    """A text without U+FFFD and U+0000, which a failed conversion leaves. That it is UTF-8 is held by the reader of the file."""
    return f"NOT (contains({cell}, chr(65533)) OR contains({cell}, chr(0)))"


def not_blank(cell: str) -> str:
    """A text with more in it than blanks."""
    # Hardly a text begins with a blank, and trimming all of them would cost more than all other checks of texts.
    return f"CASE WHEN starts_with({cell}, ' ') THEN trim({cell}) <> '' ELSE true END"


def national_currency(cell: str) -> str:
    """A code of ISO 4217, in capitals."""
    return f"{cell} IN ({_CODES})"


def currency_format(cell: str) -> str:
    """A code of ISO 4217, or the name of a virtual currency; no such code in other letters, nothing blank."""
    return f"({cell} IN ({_CODES}) OR (upper(trim({cell})) NOT IN ({_CODES}) AND ({not_blank(cell)}) AND {unicode_string(cell)}))"


def json_object(cell: str) -> str:
    """A JSON object."""
    return f"CASE WHEN json_valid({cell}) THEN json_type({cell}) = 'OBJECT' ELSE false END"


def unique_keys(cell: str) -> str:
    """A JSON object in which no key comes twice."""
    return f"CASE WHEN {json_object(cell)} THEN len(list_distinct(json_keys({cell}))) = len(json_keys({cell})) ELSE true END"


def flat_values(cell: str) -> str:
    """A JSON object whose values are numbers, texts, true, false or null."""
    # Only a second brace or a bracket can be a value that is an object or array; most cells have neither.
    nested = f"len(list_filter(json_extract({cell}, '$.*'), lambda v: json_type(v) IN ('OBJECT', 'ARRAY'))) > 0"
    suspect = f"contains({cell}, '[') OR contains(substr(ltrim({cell}), 2), '{{')"
    return f"CASE WHEN {json_object(cell)} AND ({suspect}) THEN NOT {nested} ELSE true END"


def key_value_format(cell: str) -> str:
    """A flat JSON object with unique keys."""
    return f"(({json_object(cell)}) AND ({unique_keys(cell)}) AND ({flat_values(cell)}))"
