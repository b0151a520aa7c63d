"""The demo cloud's volumes and addresses: made with the ids of the bills, and looked at again after every request."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from moto.ec2.models import elastic_block_store, elastic_ip_addresses

from evals.estate.holdings import Holding, addresses, attached_volumes, becomes, history, loose_volumes
from evals.estate.world import Done, World

# moto has no types for what is its own.
_BLOCKS: Any = elastic_block_store
_ADDRESSES: Any = elastic_ip_addresses


def make_holdings(world: World, client: Any) -> None:
    """Make the volumes that nothing is attached to and the idle addresses, as the world has them now, over the API."""
    volumes = [(one, state) for one in loose_volumes(world) if (state := history(world, one)[-1]).exists]
    with _named(_BLOCKS, "random_volume_id", [one.resource_id for one, _ in volumes]):
        for one, state in volumes:
            client.create_volume(
                AvailabilityZone=f"{world.region}a", Size=state.size_gib, VolumeType=state.volume_type,
                TagSpecifications=[{"ResourceType": "volume", "Tags": _tags(one)}],
            )  # fmt: skip
    kept = [one for one in addresses(world) if history(world, one)[-1].exists]
    with _named(_ADDRESSES, "random_eip_allocation_id", [one.resource_id for one in kept]):
        for one in kept:
            client.allocate_address(
                Domain="vpc", TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": _tags(one)}]
            )


def disk_of(world: World, volume_id: str) -> Done:
    """Return what an instance's volume is now: it may have been changed since it was made."""
    made = next(one for one in attached_volumes(world) if one.resource_id == volume_id)
    return history(world, made)[-1]


def with_holdings(world: World, backend: Any) -> World:
    """Return the world with what its volumes and addresses are in the cloud now."""
    there: dict[str, Any] = dict(backend.volumes)
    allocated = {one.allocation_id for one in backend.addresses}
    seen = [_volume(one.resource_id, world.end, there.get(one.resource_id)) for one in loose_volumes(world)]
    seen += [_volume(one.resource_id, world.end, there.get(one.resource_id)) for one in attached_volumes(world)]
    seen += [
        Done(resource_id=one.resource_id, day=world.end, exists=one.resource_id in allocated)
        for one in addresses(world)
    ]
    return becomes(world, seen)


def _volume(resource_id: str, day: date, found: Any) -> Done:
    if found is None:
        return Done(resource_id=resource_id, day=day, exists=False)
    return Done(
        resource_id=resource_id, day=day, exists=True, volume_type=str(found.volume_type), size_gib=int(found.size)
    )


def _tags(one: Holding) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(one.tags.items())]


@contextmanager
def _named(module: Any, maker: str, ids: Sequence[str]) -> Generator[None]:
    """While it lasts, moto takes these ids, in order, instead of random ones."""
    before: Callable[[], str] = getattr(module, maker)
    setattr(module, maker, iter(ids).__next__)
    try:
        yield
    finally:
        setattr(module, maker, before)
