"""Facts of common EC2 types: vCPU, memory, architecture, price. Prices date, they are facts of one day and one region.

Sources: on-demand Linux prices, vCPU and memory in us-east-1 of 2026-07-20, from the tables of karpenter-provider-aws and the
Kubernetes autoscaler (Apache-2.0); baselines of burstable types in percent of each vCPU from the Amazon EC2 User Guide, "Key
concepts for burstable performance instances". Only ratios of these prices are used for savings, never the prices themselves
where a bill has the cost.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, cast

from finops.errors import UnknownName

Architecture = Literal["amd64", "arm64"]
PRICES_OF = "2026-07-20"
PRICE_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class InstanceType:
    """One type. `baseline_percent` is what each vCPU of a burstable type may use for good; None for all others."""

    name: str
    vcpu: Decimal
    memory_gib: Decimal
    architecture: Architecture
    hourly_usd: Decimal
    baseline_percent: Decimal | None = None

    @property
    def burstable(self) -> bool:
        """Whether it lives on CPU credits."""
        return self.baseline_percent is not None


# type, vCPU, GiB, architecture, USD an hour, baseline in % of each vCPU
_TABLE = """
t3.nano 2 0.5 amd64 0.0052 5
t3.micro 2 1 amd64 0.0104 10
t3.small 2 2 amd64 0.0208 20
t3.medium 2 4 amd64 0.0416 20
t3.large 2 8 amd64 0.0832 30
t3.xlarge 4 16 amd64 0.1664 40
t3.2xlarge 8 32 amd64 0.3328 40
t3a.nano 2 0.5 amd64 0.0047 5
t3a.micro 2 1 amd64 0.0094 10
t3a.small 2 2 amd64 0.0188 20
t3a.medium 2 4 amd64 0.0376 20
t3a.large 2 8 amd64 0.0752 30
t3a.xlarge 4 16 amd64 0.1504 40
t3a.2xlarge 8 32 amd64 0.3008 40
t4g.nano 2 0.5 arm64 0.0042 5
t4g.micro 2 1 arm64 0.0084 10
t4g.small 2 2 arm64 0.0168 20
t4g.medium 2 4 arm64 0.0336 20
t4g.large 2 8 arm64 0.0672 30
t4g.xlarge 4 16 arm64 0.1344 40
t4g.2xlarge 8 32 arm64 0.2688 40
m5.large 2 8 amd64 0.096
m5.xlarge 4 16 amd64 0.192
m5.2xlarge 8 32 amd64 0.384
m5.4xlarge 16 64 amd64 0.768
m5.8xlarge 32 128 amd64 1.536
m5a.large 2 8 amd64 0.086
m5a.xlarge 4 16 amd64 0.172
m5a.2xlarge 8 32 amd64 0.344
m5a.4xlarge 16 64 amd64 0.688
m5a.8xlarge 32 128 amd64 1.376
m6i.large 2 8 amd64 0.096
m6i.xlarge 4 16 amd64 0.192
m6i.2xlarge 8 32 amd64 0.384
m6i.4xlarge 16 64 amd64 0.768
m6i.8xlarge 32 128 amd64 1.536
m6g.medium 1 4 arm64 0.0385
m6g.large 2 8 arm64 0.077
m6g.xlarge 4 16 arm64 0.154
m6g.2xlarge 8 32 arm64 0.308
m6g.4xlarge 16 64 arm64 0.616
m6g.8xlarge 32 128 arm64 1.232
m7g.medium 1 4 arm64 0.0408
m7g.large 2 8 arm64 0.0816
m7g.xlarge 4 16 arm64 0.1632
m7g.2xlarge 8 32 arm64 0.3264
m7g.4xlarge 16 64 arm64 0.6528
m7g.8xlarge 32 128 arm64 1.3056
c5.large 2 4 amd64 0.085
c5.xlarge 4 8 amd64 0.17
c5.2xlarge 8 16 amd64 0.34
c5.4xlarge 16 32 amd64 0.68
c6i.large 2 4 amd64 0.085
c6i.xlarge 4 8 amd64 0.17
c6i.2xlarge 8 16 amd64 0.34
c6i.4xlarge 16 32 amd64 0.68
c6i.8xlarge 32 64 amd64 1.36
c6g.medium 1 2 arm64 0.034
c6g.large 2 4 arm64 0.068
c6g.xlarge 4 8 arm64 0.136
c6g.2xlarge 8 16 arm64 0.272
c6g.4xlarge 16 32 arm64 0.544
c6g.8xlarge 32 64 arm64 1.088
r5.large 2 16 amd64 0.126
r5.xlarge 4 32 amd64 0.252
r5.2xlarge 8 64 amd64 0.504
r5.4xlarge 16 128 amd64 1.008
r5.8xlarge 32 256 amd64 2.016
r6i.large 2 16 amd64 0.126
r6i.xlarge 4 32 amd64 0.252
r6i.2xlarge 8 64 amd64 0.504
r6i.4xlarge 16 128 amd64 1.008
r6i.8xlarge 32 256 amd64 2.016
r6g.medium 1 8 arm64 0.0504
r6g.large 2 16 arm64 0.1008
r6g.xlarge 4 32 arm64 0.2016
r6g.2xlarge 8 64 arm64 0.4032
r6g.4xlarge 16 128 arm64 0.8064
r6g.8xlarge 32 256 arm64 1.6128
"""


def _read(line: str) -> InstanceType:
    name, vcpu, memory, architecture, price, *baseline = line.split()
    return InstanceType(
        name, Decimal(vcpu), Decimal(memory), cast(Architecture, architecture), Decimal(price),
        Decimal(baseline[0]) if baseline else None,
    )  # fmt: skip


CATALOGUE: dict[str, InstanceType] = {kind.name: kind for kind in map(_read, _TABLE.strip().splitlines())}


def instance_type(name: str) -> InstanceType:
    """Return the type called `name`; raises `UnknownName` with the nearest one."""
    if name not in CATALOGUE:
        raise UnknownName("instance type", name, CATALOGUE)
    return CATALOGUE[name]
