"""Tags as the provider gives and takes them, and the mark of a run among them."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from connectors.aws.steps import MARK
from finops.errors import Refused
from finops.ports import Observation

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, TagTypeDef

MOST = 50


def tags_of(given: "Iterable[TagTypeDef]") -> dict[str, str]:
    """Return tags by key."""
    return {tag.get("Key", ""): tag.get("Value", "") for tag in given}


def own(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that a person may set: AWS sets its own, and the mark is ours."""
    return {key: value for key, value in tags.items() if key != MARK and not key.startswith("aws:")}


def marked(kind: str, tags: Mapping[str, str], mark: str) -> list[dict[str, object]]:
    """Return the tag specification of what a run makes: `tags` and the run's mark."""
    all_tags = {**dict(sorted(own(tags).items())), MARK: mark}
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in all_tags.items()]}]


def marked_by(mark: str) -> "list[FilterTypeDef]":
    """Return the filter that finds what a run made."""
    return [{"Name": f"tag:{MARK}", "Values": [mark]}]


def check_room(present: Observation, name: str) -> None:
    """Raise `Refused` where a copy of the resource would have no room for the mark that an undo finds it by."""
    if len(own(present.tags)) >= MOST:
        raise Refused(f"`{name}` has {MOST} tags, which leaves none to find it by when undoing", fix="remove one tag")
