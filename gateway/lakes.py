"""The lake's present state, opened once a process: its engine, compiled questions and small tables then serve every question."""

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from gateway.home import Home
from store.lake.engines.embedded import EMBEDDED
from store.lake.reader import LakeHandle, StateKey, open_lake, state_key

# A process has one lake, but for one that plays several.
_MOST = 6
_Place = tuple[Path, Path]
_LOCK = Lock()
_OPEN: OrderedDict[_Place, tuple[StateKey, LakeHandle]] = OrderedDict()


def present_lake(home: Home) -> LakeHandle:
    """Return the present state of the lake; the same one again until there is another, or roll-ups were made for it."""
    if home.lake_engine not in ("", EMBEDDED):
        return open_lake(home.lake, home.plans, engine=home.lake_engine)
    # Resolved: it outlives a link that led here.
    place = home.lake.resolve(), home.plans.resolve()
    now = state_key(place[0])
    with _LOCK:
        known = _OPEN.get(place)
    if known is None or known[0] != now:
        # Not under the lock: it may take a while, and whoever asks of another state need not wait.
        known = now, open_lake(*place)
    with _LOCK:
        _OPEN[place] = known
        _OPEN.move_to_end(place)
        while len(_OPEN) > _MOST:
            _OPEN.popitem(last=False)
    return known[1]
