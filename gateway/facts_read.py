"""Which standing facts hold for a person. Light where the records are SQLite: no ORM is imported."""

from pathlib import Path

from finops.people import Principal
from finops.standing_facts import StandingFact, in_force
from gateway.home import Home
from store.standing_facts_file import confirmed_facts

_SQLITE = "sqlite:///"


def facts_of(home: Home, principal: Principal) -> tuple[StandingFact, ...]:
    """Return the confirmed facts that hold for a person, one about each thing."""
    path = home.database_url.removeprefix(_SQLITE)
    if path != home.database_url and path:
        return in_force(confirmed_facts(Path(path), principal.name))
    # Records on a server are shared by several homes: only they know.
    from gateway.people import open_records  # noqa: PLC0415
    from gateway.standing_facts import StandingFacts  # noqa: PLC0415

    return in_force(StandingFacts(lambda: open_records(home)).list(principal))
