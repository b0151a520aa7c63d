"""The conditions of a mapping table's rows: `column = a, b and other` as SQL."""

from connectors.billing.formats.header import Header
from connectors.billing.sql.session import text

# Comparisons in the order they are looked for; each is written between spaces.
_COMPARISONS = {
    "!=": "coalesce(lower({value}) NOT IN ({several}), true)",
    "=": "coalesce(lower({value}) IN ({several}), false)",
    "~": "coalesce(contains(lower({value}), {one}), false)",
    "^": "coalesce(starts_with(lower({value}), {one}), false)",
}


def condition(when: str, header: Header) -> str:
    """Return the SQL of a row's condition; a column the file does not have counts as empty."""
    return " AND ".join(_term(term.strip(), header) for term in when.split(" and "))


def _term(term: str, header: Header) -> str:
    for sign, form in _COMPARISONS.items():
        reference, found, values = term.partition(f" {sign} ")
        if found:
            several = ", ".join(text(value.strip().lower()) for value in values.split(","))
            value = header.text(reference.strip()) or "NULL"
            return form.format(value=f"CAST({value} AS VARCHAR)", several=several, one=text(values.strip().lower()))
    if term.startswith("not "):
        value = header.text(term.removeprefix("not ").strip())
        return f"{value} IS NULL" if value else "true"
    value = header.text(term)
    return f"{value} IS NOT NULL" if value else "false"
