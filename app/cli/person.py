"""Who is at the command line."""

from app.cli.output import note
from finops.people import Principal
from gateway.home import Home
from gateway.session import principal_from_cli


def present_person(home: Home) -> Principal:
    """Return who the session in the home is good for; at the very first start, make the one person of local mode and say so."""
    first = not home.session.exists()
    principal = principal_from_cli(home)
    if first and principal.local:
        note(
            f"local mode: you (`{principal.name}`) are the one person of {home.path}, with the role `{principal.role}`"
        )
    return principal
