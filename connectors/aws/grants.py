"""What a session may do: the statements of a session policy, which never names more than the calls of one plan and their resources."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from finops.actions import Target

Condition = tuple[str, str, str]
# AWS takes no session policy of more characters.
MOST_CHARACTERS: Final = 2048


@dataclass(frozen=True, slots=True)
class Grant:
    """IAM actions on ARNs, where a condition (operator, key, value) holds."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Condition | None = None


def session_policy(reads: Iterable[str], grants: Iterable[Grant] = ()) -> str:
    """Return the policy as JSON without spaces, which AWS counts: `reads` on everything, `grants` as they are.

    EC2's Describe calls cannot be narrowed to a resource.
    """
    merged: dict[tuple[tuple[str, ...], Condition | None], set[str]] = {}
    for grant in (Grant(tuple(reads), ("*",)), *grants):
        merged.setdefault((grant.resources, grant.condition), set()).update(grant.actions)
    # IAM judges each resource of a call by itself: the same actions on more resources are one statement, which allows no more.
    joined: dict[tuple[tuple[str, ...], Condition | None], dict[str, None]] = {}
    for (resources, condition), actions in merged.items():
        joined.setdefault((tuple(sorted(actions)), condition), {}).update(dict.fromkeys(resources))
    statements = [_statement(tuple(found), condition, list(actions)) for (actions, condition), found in joined.items()]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def _statement(resources: tuple[str, ...], condition: Condition | None, actions: list[str]) -> dict[str, object]:
    made: dict[str, object] = {"Effect": "Allow", "Action": actions, "Resource": list(resources)}
    if condition:
        operator, key, value = condition
        made["Condition"] = {operator: {key: value}}
    return made


def ec2_arn(target: Target, kind: str, resource_id: str) -> str:
    """Return the ARN of an EC2 resource in the target's account and region; a snapshot's names no account."""
    account = "" if kind == "snapshot" else _literal(target.account)
    name = resource_id if resource_id == "*" else _literal(resource_id)
    return f"arn:{partition_of(target.region)}:ec2:{_literal(target.region)}:{account}:{kind}/{name}"


def budget_arn(target: Target) -> str:
    """Return the ARN of the budget that a target names."""
    partition = partition_of(target.region)
    return f"arn:{partition}:budgets::{_literal(target.account)}:budget/{_literal(target.resource_id)}"


def tagging(target: Target, kind: str, call: str) -> Grant:
    """Return what lets `call` tag what it makes, and nothing else."""
    return Grant(("ec2:CreateTags",), (ec2_arn(target, kind, "*"),), ("StringEquals", "ec2:CreateAction", call))


def keys_of(target: Target, actions: tuple[str, ...], key: str = "") -> Grant:
    """Return the use of a KMS key, all keys where it is not known, by EC2 alone on the caller's behalf."""
    known = (key,) if key.startswith("arn:") else (f"arn:{partition_of(target.region)}:kms:{target.region}:*:key/*",)
    return Grant(actions, known, ("StringEquals", "kms:ViaService", f"ec2.{target.region}.amazonaws.com"))


def partition_of(region: str) -> str:
    """Return the partition that a region is in."""
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((name for prefix, name in prefixes.items() if region.startswith(prefix)), "aws")


def _literal(name: str) -> str:
    """Return a name as a policy takes it literally: a bill may hold an id with a wildcard in it."""
    return re.sub(r"[*?$]", lambda found: "${" + found.group() + "}", name)
