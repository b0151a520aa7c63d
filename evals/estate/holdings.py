"""The demo's AWS volumes and addresses: what each was made as, what was done to it since, and which days it was what.

The world writes down only what was done: a world nobody acted on bills the same bytes as before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from evals.estate.catalogue import IDLE_ADDRESS, LOOSE_VOLUMES
from evals.estate.days import Days
from evals.estate.fleet import FLEET
from evals.estate.org import tags_of
from evals.estate.resources import ADDRESSES, LOOSE, Resource
from evals.estate.seeded import Ints, identifier
from evals.estate.world import Done, World

# Two months are enough to be found idle, and few rows.
ALLOCATED_BEFORE_ANCHOR = 60


@dataclass(frozen=True, slots=True)
class Holding:
    """One volume or address as it was made; an address has neither type nor size."""

    resource_id: str
    kind: Literal["volume", "address"]
    tags: dict[str, str]
    volume_type: str = ""
    size_gib: int = 0

    def as_made(self) -> Done:
        """Return its first state; the day before all others."""
        return Done(
            resource_id=self.resource_id,
            day=date.min,
            exists=True,
            volume_type=self.volume_type,
            size_gib=self.size_gib,
        )


@dataclass(frozen=True, slots=True)
class Span:
    """Days in a row during which a holding did not change."""

    state: Done
    days: Ints


def loose_id(world_seed: int, resource: Resource) -> str:
    """Return the id of a volume that nothing is attached to."""
    return identifier(world_seed, f"{LOOSE_VOLUMES.key}/{resource.name}", prefix="vol-")


def allocation_id(world_seed: int, resource: Resource) -> str:
    """Return an address's id; a bill names it by its ARN, which ends in it."""
    return identifier(world_seed, f"{IDLE_ADDRESS.key}/{resource.name}", prefix="eipalloc-")


def root_volume(name: str) -> tuple[str, int]:
    """Return type and GiB of an instance's volume as it was made."""
    kind, _, size = FLEET[name].volume.partition(":")
    return kind, int(size)


def loose_volumes(world: World) -> tuple[Holding, ...]:
    """Return the volumes nothing is attached to."""
    return tuple(
        Holding(loose_id(world.seed, one), "volume", tags_of(one.environment, one.team), "gp3", int(one.level))
        for one in LOOSE
    )


def addresses(world: World) -> tuple[Holding, ...]:
    """Return the addresses nothing uses."""
    return tuple(
        Holding(allocation_id(world.seed, one), "address", tags_of(one.environment, one.team)) for one in ADDRESSES
    )


def attached_volumes(world: World) -> tuple[Holding, ...]:
    """Return the volumes of the instances that are there."""
    return tuple(
        Holding(machine.volume_id, "volume", machine.present.tags, *root_volume(machine.name))
        for machine in world.instances
        if machine.present.state != "terminated"
    )


def history(world: World, holding: Holding) -> tuple[Done, ...]:
    """Return what a holding was, oldest first, from the day each began."""
    return (holding.as_made(), *(one for one in world.done if one.resource_id == holding.resource_id))


def spans(world: World, holding: Holding, days: Days, within: Ints) -> Iterable[Span]:
    """Return the days `within` which a holding was there, as it then was."""
    states = history(world, holding)
    ends = [state.day for state in states[1:]] + [days.end]
    for state, end in zip(states, ends, strict=True):
        first = max(state.day, days.first)
        chosen = within[(within >= (first - days.first).days) & (within < (end - days.first).days)]
        if state.exists and chosen.size:
            yield Span(state, chosen)


def allocated(world: World, days: Days) -> Ints:
    """Return the days on which the addresses are there."""
    return days.between(world.anchor - timedelta(days=ALLOCATED_BEFORE_ANCHOR), days.end)


def becomes(world: World, seen: Iterable[Done]) -> World:
    """Return the world with what holdings are now; what happened earlier the same day, and what is as it was, leave no trace."""
    done = list(world.done)
    known = {one.resource_id: one for one in (*loose_volumes(world), *addresses(world), *attached_volumes(world))}
    for now in seen:
        earlier = [one for one in done if one.resource_id == now.resource_id and one.day < now.day]
        last = earlier[-1] if earlier else known[now.resource_id].as_made()
        done = [one for one in done if one.resource_id != now.resource_id or one.day < now.day]
        if last.model_copy(update={"day": now.day}) != now:
            done.append(now)
    return world.model_copy(update={"done": tuple(done)})
