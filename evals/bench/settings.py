"""What a benchmark is run with."""

from pydantic import Field

from finops.query import Frozen


class Settings(Frozen):
    """Seed of generated data, and the share of the full size that is measured: goals are those of the full size."""

    seed: int = Field(default=1, ge=0)
    without_spark: bool = Field(default=False, description="whether to leave out what needs Spark")
    share: float = Field(default=1.0, gt=0, le=1)
