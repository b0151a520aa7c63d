"""The bills of an estate: every line of every biller, up to the world's end."""

from dataclasses import dataclass

from evals.estate.days import Days
from evals.estate.fees import bill_fees
from evals.estate.instances import bill_instances
from evals.estate.ledger import Block, Excess, Ledger
from evals.estate.loose import bill_loose
from evals.estate.org import AWS, BILLERS, Biller
from evals.estate.plants import events
from evals.estate.usage import bill_usage
from evals.estate.world import World


@dataclass(frozen=True, slots=True)
class Bill:
    """All rows of one biller, as blocks, and what the planted events did to them."""

    biller: Biller
    blocks: tuple[Block, ...]
    excesses: tuple[Excess, ...]


def draw_up(world: World, *, planted: bool = True) -> list[Bill]:
    """Return the whole bill of every biller up to the world's end; without the planted anomalies where not `planted`."""
    days = Days(world.first_day, world.end)
    anchor = days.at(world.anchor)
    return [_draw_up(biller, world, days, anchor, planted=planted) for biller in BILLERS]


def _draw_up(biller: Biller, world: World, days: Days, anchor: int, *, planted: bool) -> Bill:
    ledger = Ledger(events(anchor) if planted else ())
    if biller is AWS:
        bill_instances(ledger, world, days)
        bill_loose(ledger, world, days)
    bill_usage(ledger, biller, world.seed, days)
    bill_fees(ledger, biller, anchor, days)
    return Bill(biller, tuple(ledger.blocks), tuple(ledger.excesses))
