"""Parts of a bill that a net total hides: credits, refunds, tax, support, marketplace. Each is defined once, here.

Source: the FOCUS specification. Credits and tax are charge categories. Refunds are what its use cases call so: charges of the
class Correction, which mend a period already invoiced. Support is the service subcategory of that name, or a service called so.
Marketplace is what somebody else published than the provider who sells it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from finops.ports import DataHandle, DimensionInfo
from finops.query import COST_METRICS, CostQuery, Exclusion
from finops.relational import Aggregate, Condition, Key, Rule

_PROVIDER, _PUBLISHER = Key("ProviderName"), Key("PublisherName")
# A provider sells under several legal names, which all are its own: `Amazon Web Services EMEA SARL` is no marketplace seller.
_FAMILIES: tuple[tuple[str, ...], ...] = (
    ("AWS", "Amazon"), ("Microsoft", "Azure"), ("Google", "GCP"), ("Oracle", "OCI"), ("Alibaba",), ("IBM",),
)  # fmt: skip
_SUPPORT = Key(
    "part:support",
    rules=(
        Rule((Condition(Key("ServiceSubcategory"), "is", ("Support",)),), value="yes"),
        Rule((Condition(Key("ServiceName"), "contains", ("support",)),), value="yes"),
    ),
)
_MARKETPLACE = Key(
    "part:marketplace",
    rules=(
        Rule((Condition(_PUBLISHER, "missing"),)),
        Rule((Condition(_PUBLISHER, "is", other=_PROVIDER),)),
        *(
            Rule((Condition(_PROVIDER, "starts", names), Condition(_PUBLISHER, "starts", names)))
            for names in _FAMILIES
        ),
        Rule((), value="yes"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """Rows whose `key` has `value`. `name` is the field of the result; `columns` are the FOCUS columns it looks at."""

    name: str
    key: Key
    value: str
    words: str
    columns: tuple[str, ...]

    @property
    def within(self) -> Condition:
        """Return the condition of a row that belongs to it."""
        return Condition(self.key, "is", (self.value,))

    @property
    def without(self) -> Condition:
        """Return the condition of a row that does not; a row without a value does not."""
        return Condition(self.key, "is_not", (self.value,))

    @property
    def sum_name(self) -> str:
        """Name of its sum in an answer."""
        return f"part {self.name}"


PARTS: Mapping[Exclusion, Part] = {
    "credits": Part("credits", Key("ChargeCategory"), "Credit", "credits (ChargeCategory Credit)", ("ChargeCategory",)),
    "refunds": Part(
        "corrections", Key("ChargeClass"), "Correction", "refunds and other corrections of invoiced periods "
        "(ChargeClass Correction)", ("ChargeClass",),
    ),
    "tax": Part("tax", Key("ChargeCategory"), "Tax", "tax (ChargeCategory Tax)", ("ChargeCategory",)),
    "support": Part(
        "support", _SUPPORT, "yes", "support (ServiceSubcategory Support, or a ServiceName that contains `support`)",
        ("ServiceSubcategory", "ServiceName"),
    ),
    "marketplace": Part(
        "marketplace", _MARKETPLACE, "yes", "marketplace purchases (PublisherName is not the provider's)",
        ("PublisherName",),
    ),
}  # fmt: skip
PART_NAMES = tuple(part.name for part in PARTS.values())


def hidden(query: CostQuery, data: DataHandle) -> tuple[Part, ...]:
    """Return the parts that the data has and that a net total of this query hides: neither left out nor asked for by name."""
    if query.metric not in COST_METRICS:
        return ()
    named = {*query.group_by, *(one.dimension for one in query.filters)}
    infos = {info.name: info for info in data.dimensions}
    return tuple(
        part
        for exclusion, part in PARTS.items()
        if exclusion not in query.exclude and not named & set(part.columns) and _exists(exclusion, infos)
    )


def sums(parts: Iterable[Part], metric: str) -> tuple[Aggregate, ...]:
    """Return the sums of the parts, to be asked beside the total in one question."""
    return tuple(Aggregate(part.sum_name, "sum", metric, where=(part.within,)) for part in parts)


def left_out(exclude: Iterable[Exclusion]) -> tuple[Condition, ...]:
    """Return the conditions that leave parts out, in one order."""
    asked = frozenset(exclude)
    return tuple(part.without for name, part in PARTS.items() if name in asked)


def _exists(exclusion: Exclusion, infos: Mapping[str, DimensionInfo]) -> bool:
    """Tell from the values the data has whether there can be such rows; a list that is cut short may hide some."""
    part = PARTS[exclusion]
    for name in part.columns:
        info = infos.get(name)
        if info is not None and (
            info.distinct > len(info.values) or any(_held(part, name, v, infos) for v in info.values)
        ):
            return True
    return False


def _held(part: Part, column: str, value: str, infos: Mapping[str, DimensionInfo]) -> bool:
    if part.name == "marketplace":
        providers = infos["ProviderName"].values if "ProviderName" in infos else ()
        return not any(value == provider or _one_family(provider, value) for provider in providers)
    if part.name == "support":
        return value == "Support" if column == "ServiceSubcategory" else "support" in value.lower()
    return value == part.value


_LOWERED = tuple(tuple(name.lower() for name in names) for names in _FAMILIES)


def _one_family(provider: str, publisher: str) -> bool:
    return any(provider.lower().startswith(names) and publisher.lower().startswith(names) for names in _LOWERED)
