"""What earlier loads said each day cost: from the summaries that lie beside the rows."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from pydantic import ValidationError

from store.lake.completeness.days import Sighting
from store.lake.layout import Layout
from store.lake.rollups.summing import INDEX
from store.lake.states.described import stored_manifest
from store.lake.states.manifest import Summary, by_part, part_id
from store.lake.states.versions import versions


def sightings(layout: Layout, location: str) -> Iterator[Sighting]:
    """Return each part of each state up to the one at `location`, once, where its days were summed."""
    costs: dict[str, dict[tuple[date, str], Decimal]] = {}
    for summary in stored_summaries(layout).values():
        for one in summary.days:
            costs.setdefault(one.part, {})[one.day, one.currency] = Decimal(one.cost)
    seen: set[str] = set()
    for version in versions(layout, "cost", location) if costs else ():
        manifest = stored_manifest(layout, version.location)
        for (source, _), files in by_part(manifest.files).items() if manifest else ():
            identity, loaded_at = part_id(files), files[0].loaded_at
            if identity in costs and identity not in seen and loaded_at is not None:
                seen.add(identity)
                yield Sighting(source=source, loaded_at=loaded_at, days=costs[identity])


def stored_summaries(layout: Layout) -> dict[str, Summary]:
    """Return everything that was summed, by folder."""
    found: dict[str, Summary] = {}
    for path in sorted(layout.summaries.glob(f"[!.]*/{INDEX}")):
        try:
            found[path.parent.name] = Summary.model_validate_json(path.read_bytes())
        except (FileNotFoundError, ValidationError):
            # Removed meanwhile, or another version's: it is made again.
            continue
    return found
