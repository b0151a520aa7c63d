"""Standard names for what bills spell in many ways: regions, services, units, resource types, sub-accounts and tags.

`normalise` takes a relation with the lake's cost columns and gives one with the same rows and columns; `normalise_staged` does it
to staged files. See docs/normalising.md.
"""

from connectors.billing.normal.sql import Normalised, normalise
from connectors.billing.normal.staged import normalise_staged

__all__ = ["Normalised", "normalise", "normalise_staged"]
