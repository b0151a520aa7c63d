"""Regions: Azure's many spellings to one id and name; elsewhere an absent id or name from the other.

A provider's own pair of id and name is right as it is, also where its name is an old one (`EU (Ireland)`).
"""

import re
from collections.abc import Sequence

from connectors.billing.normal.subject import Change, Family, Key, Seen, Subject, Value, family_of, replaced
from connectors.billing.normal.tables import aws_regions, azure_regions, key

# How region ids look but for Azure's: `eu-central-1`, `us-sanjose-1`, `europe-west4`.
_ID = re.compile(r"[a-z]{2,}(-[a-z]+)*-[a-z]+-?\d+")


def azure_region(raw: str) -> tuple[str, str] | None:
    """Return the id and name of the Azure region that a bill writes as `raw`, None where it is not known."""
    table = azure_regions()
    found = table.regions.get(key(raw))
    return (found, table.names[found]) if found else None


def region(family: Family, identity: Value, name: Value) -> tuple[Value, Value]:
    """Return the standard id and name for those a bill has; what is not known stays as it is."""
    if family == "azure":
        # INVARIANT: a standard pair is left alone, though its id may be a spelling of another region (`ussouthcentral`).
        if identity and name and azure_regions().names.get(identity) == name:
            return identity, name
        return next((found for raw in (identity, name) if raw and (found := azure_region(raw))), (identity, name))
    if family == "aws":
        return _aws(identity, name)
    return (name, name) if identity is None and name and _ID.fullmatch(name) else (identity, name)


def _aws(identity: Value, name: Value) -> tuple[Value, Value]:
    table = aws_regions()
    if identity is None:
        found = table.regions.get(key(name or ""))
        return (found, table.names[found] if name == found else name) if found else (identity, name)
    found = key(identity)
    return (found, name or table.names[found]) if found in table.names else (identity, name)


def changes(seen: Sequence[Seen]) -> dict[Key, Change]:
    """Return what changes among combinations of provider, host, region id and region name."""
    found: dict[Key, Change] = {}
    for one in seen:
        provider, host, *pair = one.key
        change = replaced(SETS, pair, region(family_of(provider, host), *pair))
        if change:
            found[one.key] = change
    return found


SETS = ("RegionId", "RegionName")
REGIONS = Subject("regions", ("ProviderName", "HostProviderName", *SETS), SETS, changes)
