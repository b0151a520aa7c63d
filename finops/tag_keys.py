"""One spelling for a tag's key, for whoever writes tags and whoever asks for one: `Cost-Centre` and `cost centre` are one tag.

Keys that differ only by case, or by `-`, `_` and blanks between words, are one key: in lower case, words parted by `_`. What a
bill puts before a key to say that the user gave it is left out; keys a provider gives of its own accord are kept as they are,
with their prefix. The rule looks at the key alone, so that the same key has the same spelling in every bill and every load.
"""

import re
from functools import lru_cache

# What a bill puts before a user's key: AWS' cost and usage report, BigQuery's billing export. The longest go first.
USER_PREFIXES: tuple[str, ...] = ("resourcetags/user:", "resource_tags_user_", "user:", "labels/")
# How keys begin that a provider gives by itself.
PROVIDER_PREFIXES: tuple[str, ...] = ("aws:", "goog-", "hidden-", "ms-resource-usage", "oracle-tags.")


# A bill repeats few keys on many rows.
@lru_cache(maxsize=65_536)
def normal_key(key: str) -> str:
    """Return the one spelling of a tag's key; a key of a provider's own, and one that would vanish, as it is."""
    bare = key.strip()
    if bare.lower().startswith("resourcetags/aws:"):
        bare = bare[len("resourcetags/") :]
    if bare.lower().startswith(PROVIDER_PREFIXES):
        return bare
    for prefix in USER_PREFIXES:
        if bare.lower().startswith(prefix):
            bare = bare[len(prefix) :].strip()
            break
    return re.sub(r"[-_\s]+", "_", bare).lower() or key
