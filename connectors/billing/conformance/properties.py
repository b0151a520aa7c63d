"""The properties that FOCUS 1.2 defines for SkuPriceDetails (focus.finops.org, CC-BY-4.0, read 2026-11-23), and checks of their keys."""

from connectors.billing.conformance.formats import json_object

NUMERIC = ("CoreCount", "DiskMaxIops", "DiskSpace", "GpuCount", "MemorySize", "NetworkMaxIops", "NetworkMaxThroughput")
TEXT = ("DiskType", "InstanceSeries", "InstanceType", "OperatingSystem", "Redundancy", "StorageClass")
_NAMES = ", ".join(f"'{name}'" for name in (*NUMERIC, *TEXT))
_LOWER = ", ".join(f"'{name.lower()}'" for name in (*NUMERIC, *TEXT))


def _no_key(cell: str, bad: str) -> str:
    found = f"len(list_filter(json_keys({cell}), lambda k: {bad})) = 0"
    return f"CASE WHEN {json_object(cell)} THEN {found} ELSE true END"


def keys_pascal_case(cell: str) -> str:
    """Every key is in PascalCase, after `x_` where it begins so."""
    return _no_key(cell, "NOT regexp_full_match(k, '(x_)?([A-Z][a-z0-9]*)+')")


def keys_prefixed(cell: str) -> str:
    """Every key begins with `x_` or is one that FOCUS defines."""
    return _no_key(cell, f"NOT (starts_with(k, 'x_') OR k IN ({_NAMES}))")


def keys_spelled(cell: str) -> str:
    """Every key that is one of FOCUS's but for upper and lower case is spelled as FOCUS does."""
    return _no_key(cell, f"lower(k) IN ({_LOWER}) AND k NOT IN ({_NAMES})")


def values_typed(cell: str) -> str:
    """Every property of FOCUS has a value of its type: number or text; null says there is none."""
    wrong = [_is(cell, name, "('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE', 'NULL')") for name in NUMERIC]
    wrong += [_is(cell, name, "('VARCHAR', 'NULL')") for name in TEXT]
    return f"CASE WHEN {json_object(cell)} THEN {' AND '.join(wrong)} ELSE true END"


def _is(cell: str, name: str, types: str) -> str:
    return f"coalesce(json_type({cell}, '$.{name}') IN {types}, true)"
