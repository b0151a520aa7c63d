"""Every test of `tests/unit/gateway/test_spend_guard.py`, over records in PostgreSQL."""

from decimal import Decimal
from itertools import count

import pytest

from evals.postgres_server import PostgresServer
from finops.spend_caps import Cap, Caps
from gateway.spend_guard import SpendGuard
from store.records import Records
from tests.unit.gateway.fakes import FakeClock
from tests.unit.gateway.test_spend_guard import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]
from tests.unit.gateway.test_spend_guard import ROOMY, Open

_NUMBERS = count(1)


@pytest.fixture
def opened(postgres: PostgresServer) -> Open:  # pyright: ignore[reportRedeclaration]
    url = postgres.make(f"spend_{next(_NUMBERS)}", like="empty")

    def opens(**caps: Cap) -> SpendGuard:
        roomy = Caps(question=ROOMY, conversation=ROOMY, person_day=ROOMY, day=ROOMY)
        return SpendGuard(Records.open(url, clock=FakeClock()), roomy.model_copy(update=caps), "models.toml")

    return opens


def test_amounts_beyond_a_plain_integer_are_added_up(opened: Open) -> None:
    guard = opened()
    for number in range(3):
        account, dear = ANA._replace(question=f"q{number}"), STEP._replace(usd=Decimal(300))  # noqa: F405
        guard.reserve(account, dear)
    assert taken(guard)["day"][1] == Decimal(900)  # noqa: F405
