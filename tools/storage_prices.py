"""AWS list prices of block storage. Prices date, they are facts of one day and one region; a bill's own cost is never replaced by them.

On-demand, us-east-1, USD for a GiB a month. Sources: gp2, gp3 and snapshots are the ListUnitPrice of us-east-1 rows in a public
FOCUS 1.0 sample bill of September 2024, standard that of its us-west-2 rows; io1 and io2 are from the EBS reference of AWS' agent
toolkit (early 2026); st1 and sc1 are those of the public page aws.amazon.com/ebs/pricing, in no bill at hand. Savings use ratios
of these; what an action may cost more, and the snapshot that is left, use the prices themselves where they say more.
"""

from decimal import Decimal

from finops.actions import VolumeType

PRICES_OF = "2024-09 to 2026-02"
PRICE_REGION = "us-east-1"
GIB_MONTH: dict[VolumeType, Decimal] = {
    "gp2": Decimal("0.10"), "gp3": Decimal("0.08"), "io1": Decimal("0.125"), "io2": Decimal("0.125"),
    "st1": Decimal("0.045"), "sc1": Decimal("0.015"), "standard": Decimal("0.05"),
}  # fmt: skip
SNAPSHOT_GIB_MONTH = Decimal("0.05")
