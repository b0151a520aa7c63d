"""Tables in the terminal: exact values, numbers to the right."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """Print rows under `columns` to stdout; those named in `right` are set to the right and never wrapped."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        numeric = column in right
        table.add_column(column, justify="right" if numeric else "left", no_wrap=numeric, overflow="fold")
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    console = Console(highlight=False)
    # A pipe has no width: give it room enough that no value is folded.
    console.width = console.width if console.is_terminal else max(console.width, 200)
    console.print(table)
