"""What was planted in the bills: events that are anomalies. Days count from the anchor, the estate's first day without data."""

from dataclasses import dataclass
from typing import Literal

from evals.estate.ledger import Event

Kind = Literal["one_day_spike", "level_shift", "token_spike", "offsetting_moves"]
FOREVER = 10**6


@dataclass(frozen=True, slots=True)
class Strike:
    """What happens to one line: from day anchor + `first` to anchor + `last`, times `factor`, plus `plus` pricing units."""

    line: str
    first: int
    last: int
    factor: int = 1
    plus: int = 0


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One planted anomaly. Those that start at the anchor or later are met only once the estate is advanced."""

    id: str
    kind: Kind
    note: str
    strikes: tuple[Strike, ...]


ANOMALIES: tuple[Anomaly, ...] = (
    Anomaly("media-egress-spike", "one_day_spike", "a partner crawled the media originals for a day",
            (Strike("transfer/media-egress/DataTransfer-Out-Bytes", -20, -20, factor=6),)),
    Anomaly("debug-logging-left-on", "one_day_spike", "checkout-api logged at debug level for a day",
            (Strike("cloudwatch/checkout-api/DataProcessing-Bytes", -5, -5, factor=14),)),
    Anomaly("runaway-dev-cluster", "level_shift", "the dev Spark cluster scaled up and never down again", (
        Strike("gce/spark-dev-cluster/N2 Instance Core running in Americas", -12, FOREVER, plus=2304),
        Strike("gce/spark-dev-cluster/N2 Instance Ram running in Americas", -12, FOREVER, plus=9216))),
    Anomaly("support-agent-loop", "token_spike", "the support agent called itself in a loop for two days", (
        Strike("llm/support-agent/input", -9, -8, factor=7), Strike("llm/support-agent/cached", -9, -8, factor=7),
        Strike("llm/support-agent/output", -9, -8, factor=6))),
    Anomaly("attribution-moved-for-two-days", "offsetting_moves",
            "as many bytes were scanned less in one project as more in another: BigQuery's total does not move", (
                Strike("bigquery/attribution/Analysis", -16, -15, plus=-24),
                Strike("bigquery/attribution_backfill/Analysis", -16, -15, plus=24))),
    Anomaly("order-event-retries", "one_day_spike", "a poison message was retried for a day",
            (Strike("lambda/order-events/Lambda-GB-Second", -82, -82, factor=16),)),
    Anomaly("lake-listing-storm", "one_day_spike", "a job listed the lake object by object",
            (Strike("s3/larkspur-lake-raw/Requests-Tier1", -133, -133, factor=90),)),
    Anomaly("translation-rerun", "token_spike", "every product was translated again",
            (Strike("llm/translation/input", 6, 6, factor=6), Strike("llm/translation/output", 6, 6, factor=6))),
    Anomaly("feed-egress-shift", "level_shift", "a partner pulls the whole feed every hour",
            (Strike("transfer/partner-feeds/DataTransfer-Out-Bytes", 14, FOREVER, plus=1400),)),
)  # fmt: skip


def events(anchor: int) -> tuple[Event, ...]:
    """Return what happens to the lines of an estate whose anchor is day number `anchor`."""
    return tuple(
        Event(anomaly.id, strike.line, anchor + strike.first, anchor + strike.last, strike.factor, strike.plus)
        for anomaly in ANOMALIES
        for strike in anomaly.strikes
    )
