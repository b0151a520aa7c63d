"""Services: an absent or unknown name, category or subcategory, by the service's name or by what Azure's meters say.

What a bill says in FOCUS' own words stays, `Other` too. A subcategory is only filled in where it is of the row's category.
"""

from collections.abc import Sequence

from connectors.billing.normal.subject import Change, Family, Key, Seen, Subject, Value, family_of, replaced
from connectors.billing.normal.tables import azure_services, key, service_names
from finops.focus_services import CATEGORY_OF, SERVICE_CATEGORIES, SUBCATEGORIES

# Names of the source that are not FOCUS': the toolkit's table has them of an earlier draft.
_MENDED = {"Data Transfer": "Data Migration", "Quantum": "Quantum Compute"}
_NAMED = {name.lower(): name for name in (*SERVICE_CATEGORIES, *CATEGORY_OF)}


def azure_service(consumed: Value, resource_type: Value) -> tuple[str, str, str] | None:
    """Return service, category and subcategory of an Azure meter, None where they are not known.

    The consumed service decides between services with one resource type; without it the type alone must be enough.
    """
    table = azure_services()
    names = table.services.get(key(resource_type or ""), {})
    name = names.get(key(consumed or ""))
    if name is None and len(set(names.values())) == 1:
        name = next(iter(names.values()))
    return (name, *table.categories[name]) if name else None


def named_service(family: Family, name: str) -> tuple[str, str, str] | None:
    """Return standard name, category and subcategory of a service by a name or code of its provider, None where not known."""
    if family == "azure":
        found = azure_services().categories.get(name)
        return (name, *found) if found else None
    return service_names().get((family, key(name)))


def service(family: Family, name: Value, consumed: Value, resource_type: Value) -> tuple[Value, Value, Value]:
    """Return the standard name of a row's service, and its category and subcategory as far as known."""
    by_name = named_service(family, name) if name else None
    if by_name:
        # A code is replaced by its name; of two names the bill's own stays.
        return (by_name[0] if family == "aws" and name and " " not in name else name, *by_name[1:])
    raw = not name or "/" in name or key(name).startswith("microsoft.")
    by_meter = azure_service(consumed or name, resource_type) if family == "azure" else None
    if by_meter is None:
        return name, None, None
    return (by_meter[0] if raw else name, *by_meter[1:])


def _categories(category: Value, subcategory: Value, known: Value, known_sub: Value) -> tuple[Value, Value]:
    """Return category and subcategory in FOCUS' words: the bill's but for case, else what is known, else the bill's.

    A subcategory alone says its category; one that is filled in must be of the category.
    """
    said = _focus(subcategory)
    found = _focus(category)
    if found not in SUBCATEGORIES:
        found = CATEGORY_OF.get(said or "") or known or category
    if said in CATEGORY_OF:
        return found, said
    filled = _focus(known_sub)
    return found, filled if filled in SUBCATEGORIES.get(found or "", ()) else subcategory


def _focus(said: Value) -> Value:
    named = _NAMED.get(key(said or ""), said)
    return _MENDED.get(named or "", named)


def changes(seen: Sequence[Seen]) -> dict[Key, Change]:
    """Return what changes among combinations of provider, host, service, its categories, consumed service and resource types."""
    found: dict[Key, Change] = {}
    for one in seen:
        provider, host, name, category, subcategory, *consumed, raw_type, resource_type = one.key
        family = family_of(provider, host)
        said = next((value for value in consumed if value), None)
        new_name, known, known_sub = service(family, name, said, raw_type or resource_type)
        new = (new_name, *_categories(category, subcategory, known, known_sub))
        change = replaced(SETS, (name, category, subcategory), new)
        if change:
            found[one.key] = change
    return found


SETS: tuple[str, ...] = ("ServiceName", "ServiceCategory", "ServiceSubcategory")
SERVICES = Subject(
    "services",
    (
        "ProviderName", "HostProviderName", *SETS,
        "x_Columns.x_ConsumedService", "x_Columns.ConsumedService", "x_Columns.x_ResourceType", "ResourceType",
    ),
    SETS,
    changes,
)  # fmt: skip
