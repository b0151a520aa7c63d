"""The part of the AWS bill nobody uses: volumes attached to nothing and idle addresses, as the world has them."""

from evals.estate.catalogue import IDLE_ADDRESS, LOOSE_VOLUMES
from evals.estate.days import Days
from evals.estate.holdings import addresses, allocated, loose_volumes, spans
from evals.estate.ledger import MICRO, Ledger, Price, rounded
from evals.estate.org import AWS
from evals.estate.resources import ADDRESSES, LOOSE
from evals.estate.seeded import Ints
from evals.estate.usage import meter_columns, resource_columns
from evals.estate.world import World
from tools.storage_prices import GIB_MONTH

VOLUME_PRICES: dict[str, str] = {name: str(price) for name, price in GIB_MONTH.items()}
_HOURS = 24


def bill_loose(ledger: Ledger, world: World, days: Days) -> None:
    """Add the rows of what nobody uses."""
    (meter,) = LOOSE_VOLUMES.meters
    for resource, volume in zip(LOOSE, loose_volumes(world), strict=True):
        columns = resource_columns(AWS, LOOSE_VOLUMES, resource, world.seed)
        for span in spans(world, volume, days, days.index):
            kind = span.state.volume_type
            sold = meter.of_volume(kind, VOLUME_PRICES[kind])
            ledger.use(
                f"volume/{resource.name}/{sold.sku}", columns | meter_columns(LOOSE_VOLUMES.name, sold), days=span.days,
                quantity=gib_months(span.state.size_gib, span.days, days), price=Price.of(sold.price),
            )  # fmt: skip
    (idle,) = IDLE_ADDRESS.meters
    for resource, address in zip(ADDRESSES, addresses(world), strict=True):
        columns = resource_columns(AWS, IDLE_ADDRESS, resource, world.seed) | meter_columns(IDLE_ADDRESS.name, idle)
        for span in spans(world, address, days, allocated(world, days)):
            hours = span.days * 0 + _HOURS * MICRO
            ledger.use(f"address/{resource.name}", columns, days=span.days, quantity=hours, price=Price.of(idle.price))


def gib_months(size_gib: int, chosen: Ints, days: Days) -> Ints:
    """Return each day's share of a month of `size_gib`, in millionths."""
    return rounded(float(size_gib) / days.month_length[chosen], digits=5)
