"""Whose a resource is and where it runs, by its tags: names are case-blind, and spellings that disagree count as none."""

from collections.abc import Mapping


def environment_of(tags: Mapping[str, str]) -> str | None:
    """Return the tag environment or env in lower case; None where there is none, or they disagree."""
    values = {value.lower() for key, value in tags.items() if key.lower() in ("environment", "env") and value}
    return values.pop() if len(values) == 1 else None


def owner_tag(tags: Mapping[str, str]) -> tuple[str, str] | None:
    """Return key and value of the tag owner, or else team; None where there is neither, or it says two things."""
    for name in ("owner", "team"):
        found = sorted((key, value) for key, value in tags.items() if key.lower() == name and value.strip())
        if found:
            return found[0] if len({value for _, value in found}) == 1 else None
    return None


def owner_of(tags: Mapping[str, str]) -> str | None:
    """Return the tag owner, or else team; None where there is neither, or it says two things."""
    found = owner_tag(tags)
    return found[1] if found else None
