"""Bills in each provider's own format, read as FOCUS: what is told by a header, mapped by a table, and proved by its total."""

from connectors.billing.formats.bill import Bill, open_bill, prove_total
from connectors.billing.formats.detect import AMORTIZED, by_header
from connectors.billing.formats.table import FORMATS, MAPPED, Format, Row, Table, table_of

__all__ = [
    "AMORTIZED",
    "FORMATS",
    "MAPPED",
    "Bill",
    "Format",
    "Row",
    "Table",
    "by_header",
    "open_bill",
    "prove_total",
    "table_of",
]
