"""Units of measure as the UnitFormat attribute of FOCUS 1.2 wants them (focus.finops.org, CC-BY-4.0, read 2026-11-23).

A unit is `<plural>`, `<singular>-<plural time>`, `<plural>/<time>` or `<plural>/<n> <plural time>`, perhaps led by a whole
number. Sizes are written alike in singular and plural. Names that are not listed are free but for being words.
"""

_SIZES = r"(?:[KMGTPE]i?[bB]|[bB])"
_TIME = "(?:Year|Month|Day|Hour|Minute|Second|Millisecond|Microsecond)"
_COUNT = "(?:Count|Unit|Request|Token|Connection|Certificate|Domain|Core)"
_WORD = r"\pL[\pL\pN]*"
_NAME = f"{_WORD}(?: {_WORD})*"
_QUANTITY = r"(?:[1-9][0-9]* )?"
# The model calls a count without `s` fine as well as `Counts`.
_FORM = rf"{_QUANTITY}{_NAME}(?:-{_TIME}s|/{_TIME}|/[1-9][0-9]* {_TIME}s)?"
_LOOSE_TIME = rf"\pL[\pL\pN]* (?:{_SIZES}|{_TIME}s?)\b|\b(?:{_SIZES}|{_TIME}s?) \pL"
_SINGULAR = f"(?:(?:0|[2-9]|1[0-9])[0-9]* )?(?:{_TIME}|Unit|Request|Token|Connection|Certificate|Domain|Core)(?:/.*)?"
_LISTED = rf"\b(?:{_SIZES}|{_TIME}s?|{_COUNT}s?)\b"
_LISTED_ANY_CASE = (
    r"(?i)\b(?:[kmgtpe]i?b|(?:years?|months?|days?|hours?|minutes?|seconds?|milliseconds?|microseconds?)"
    + (r"|(?:counts?|units?|requests?|tokens?|connections?|certificates?|domains?|cores?))\b")
)


def in_form(cell: str) -> str:
    """Return the condition that a unit has one of the forms (`GB`, `GB-Hours`, `GB/Hour`, `1000 Tokens`, `Units/3 Months`)."""
    return (
        f"(regexp_full_match({cell}, '{_FORM}') AND NOT regexp_matches({cell}, '{_LOOSE_TIME}') "
        f"AND NOT regexp_full_match({cell}, '{_SINGULAR}'))"
    )


# What most rows have; they need none of the expressions.
_USUAL = ", ".join(
    f"'{unit}'" for unit in ("GB", "GiB", "Hours", "Seconds", "Months", "Requests", "Units", "GB-Hours", "GB-Months", "GB-Seconds")
)  # fmt: skip


def unit_format(cell: str) -> str:
    """Return the condition that a unit has one of the forms and its words are written in the list's case."""
    return f"CASE WHEN {cell} IN ({_USUAL}) THEN true ELSE {in_form(cell)} AND {in_listed_case(cell)} END"


def in_listed_case(cell: str) -> str:
    """Return the condition that words of the list are written in the list's case."""
    return f"NOT regexp_matches(regexp_replace({cell}, '{_LISTED}', '', 'g'), '{_LISTED_ANY_CASE}')"


def whole_quantity(cell: str) -> str:
    """Return the condition that a quantity or interval, where there is one, is a whole number."""
    return rf"NOT regexp_matches({cell}, '[0-9][.,][0-9]')"
