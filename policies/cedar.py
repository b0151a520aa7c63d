"""The one place that talks to cedarpy: parsed handles in, typed verdicts out. An error is part of a verdict, never an allow."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from cedarpy import AuthzResult, Decision, PolicySet, Schema, policies_to_json_str
from cedarpy import is_authorized_batch as _authorize  # pyright: ignore[reportUnknownVariableType]
from cedarpy import validate_policies as _validate  # pyright: ignore[reportUnknownVariableType]
from pydantic import JsonValue

from policies.context import ContextValue

Est = dict[str, JsonValue]
"""One policy in Cedar's JSON form."""
_BLAMED = re.compile(r"^error while evaluating policy `([^`]+)`: ")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as Cedar takes it."""

    kind: str
    resource: str
    principal: str
    context: Mapping[str, ContextValue]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Cedar says: allowed or not, the policies that decided (by id), and every error it met on the way."""

    allowed: bool
    deciding: tuple[str, ...]
    errors: tuple[str, ...]

    @property
    def blamed(self) -> tuple[str, ...]:
        """Ids of the policies that could not be evaluated: Cedar skips them, so its verdict stands without them."""
        return tuple(sorted({match[1] for error in self.errors if (match := _BLAMED.match(error))}))


def parse_schema(text: str) -> Schema:
    """Return the parsed schema; raises `ValueError` with Cedar's message."""
    return Schema.from_str(text)


def parse_policies(text: str) -> tuple[list[Est], int]:
    """Return the policies in `text` and the number of its templates; raises `ValueError` with Cedar's message."""
    document = cast(dict[str, dict[str, Est]], json.loads(policies_to_json_str(text)))
    return list(document["staticPolicies"].values()), len(document["templates"])


def validation_errors(text: str, schema: Schema) -> tuple[str, ...]:
    """Return what the strict validator finds wrong with `text`, each message once, in order of the alphabet."""
    result = _validate(text, schema)
    messages = [error.error for error in result.errors]
    return tuple(sorted(set(messages))) if messages or result.validation_passed else ("it does not validate",)


def policy_set(policies: Mapping[str, Est]) -> PolicySet:
    """Return the policies as one set, parsed once, each under its own id. Raises `ValueError`."""
    return PolicySet.from_json_str(json.dumps({"staticPolicies": policies, "templates": {}, "templateLinks": []}))


def evaluate(asked: Sequence[Asked], policies: PolicySet, schema: Schema) -> tuple[Verdict, ...]:
    """Judge each request. What Cedar cannot even read is a verdict that allows nothing and says why."""
    requests: list[dict[str, object]] = [
        {
            "principal": {"type": "Person", "id": one.principal},
            "action": {"type": "Action", "id": one.kind},
            "resource": {"type": "Resource", "id": one.resource},
            "context": json.dumps(one.context, allow_nan=False),
        }
        for one in asked
    ]
    try:
        results = _authorize(requests, policies, "[]", schema)
    except (ValueError, TypeError) as error:
        return tuple(Verdict(allowed=False, deciding=(), errors=(str(error),)) for _ in asked)
    return tuple(
        Verdict(
            allowed=result.allowed and not result.diagnostics.errors,
            deciding=tuple(sorted(result.diagnostics.reasons)),
            errors=tuple(sorted(result.diagnostics.errors)) or _none_given(result),
        )
        for result in results
    )


def _none_given(result: AuthzResult) -> tuple[str, ...]:
    return ("it gave no decision",) if result.decision is Decision.NoDecision else ()
