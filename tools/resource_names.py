"""How a bill names a resource that a provider's API knows by its id: as that id, or at the end of a longer name."""

from finops.relational import Condition, Key

RESOURCE = Key("ResourceId")
# AWS bills addresses by their ARN: arn:aws:ec2:REGION:ACCOUNT:elastic-ip/eipalloc-0abc.
ADDRESS = "eipalloc-"


def id_of(name: str) -> str:
    """Return the id that actions name a resource by, whether `name` is that id or what a bill calls it."""
    last = name.rpartition("/")[2]
    return last if last.startswith(ADDRESS) else name


def rows_of(resource_id: str) -> Condition:
    """Return what keeps a resource's rows, and at times those of others whose names hold it: see `is_named`."""
    return Condition(RESOURCE, "contains" if resource_id.startswith(ADDRESS) else "is", (resource_id,))


def is_named(resource_id: str, billed: object) -> bool:
    """Tell whether the bill's name `billed` is this resource's."""
    return billed == resource_id or (resource_id.startswith(ADDRESS) and str(billed).endswith(f"/{resource_id}"))
