"""Pages of a list: a cursor says after which entry the next page begins, so that entries made meanwhile shift nothing."""

import base64
import binascii
import re

from mcp_types import PaginatedRequestParams

from app.mcp.errors import invalid

_PLACE = re.compile(r"(\d{1,20}):(ev-[0-9a-f]{16})", re.ASCII)
Place = tuple[int, str]
"""When an entry was kept, in nanoseconds since 1970, and its id."""


def only_page(params: PaginatedRequestParams | None) -> None:
    """Refuse a cursor where everything is on one page, and none was ever given out."""
    if params is not None and params.cursor is not None:
        raise invalid("the cursor is none that was given out here; ask without one")


def cursor_of(place: Place) -> str:
    """Return the cursor that begins after `place`."""
    return base64.urlsafe_b64encode(f"{place[0]}:{place[1]}".encode()).decode()


def place_of(params: PaginatedRequestParams | None) -> Place | None:
    """Return after which entry the page asked for begins, None for the first page; refuses a cursor that is none of ours."""
    if params is None or params.cursor is None:
        return None
    try:
        text = base64.b64decode(params.cursor, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise invalid("the cursor is none that was given out here; ask without one")
    return int(found[1]), found[2]
