"""How a process of Tollkeeper is set up, whatever it is to do."""

import gc

_OBJECTS_A_COLLECTION = 50_000


def set_up() -> None:
    """Look for cycles more rarely than Python does by itself.

    Imports, loads and answers make many small objects that live on or go by their count: to look every 700 of them takes a sixth of
    the time of a large answer.
    """
    gc.set_threshold(_OBJECTS_A_COLLECTION)
