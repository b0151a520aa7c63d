"""Check one rule file: does it parse, does it fit the schema, does it hold one rule with a reason a person can read."""

import re
from typing import cast

from cedarpy import Schema

from finops.errors import BadInput
from finops.query import Frozen
from policies.cedar import Est, parse_policies, parse_schema, validation_errors
from policies.position import locate
from policies.rule import Rule, rule_of
from policies.tightening import loosened_by, takes_context_whole
from policies.words import WORDS, placeholders

_ID = re.compile(r"[a-z][a-z0-9_]{0,79}")


class PolicyFinding(Frozen):
    """One fault in a rule file, and where it is: line and column count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


def check(name: str, text: str, schema: str) -> tuple[PolicyFinding, ...]:
    """Return every fault of the rule file `name`.cedar; none means an engine takes it. Raises `BadInput` on a bad schema."""
    return read(name, text, schema_of(schema))[1]


def schema_of(text: str) -> Schema:
    """Return the parsed schema; raises `BadInput`."""
    try:
        return parse_schema(text)
    except ValueError as error:
        raise BadInput(
            f"the policy schema does not parse, {error}", fix="restore `policies/schema.cedarschema`"
        ) from error


def read(name: str, text: str, schema: Schema) -> tuple[Rule | None, tuple[PolicyFinding, ...]]:
    """Return the rule in `text`, None where it has none that could be used, and every fault found."""

    def fault(message: str, said: str = "") -> PolicyFinding:
        line, column = locate(text, said or message, parse_error=_parse_error)
        return PolicyFinding(file=f"{name}.cedar", line=line, column=column, message=message)

    try:
        policies, templates = parse_policies(text)
    except ValueError as error:
        return None, (fault(f"it does not parse, {error}", str(error)),)
    if len(policies) != 1 or templates:
        return None, (
            fault(f"it holds {len(policies)} rules and {templates} templates; write one rule a file, no template"),
        )
    said_wrong = sorted(validation_errors(text, schema), key=_vague)
    wrong = [fault(_without_id(said), said) for said in said_wrong]
    wrong += [fault(said) for said in _form(name, policies[0])]
    return (None if wrong else rule_of(name, policies[0])), tuple(wrong)


def _parse_error(text: str) -> str | None:
    try:
        parse_policies(text)
    except ValueError as error:
        return str(error)
    return None


def _without_id(message: str) -> str:
    """Drop the id Cedar counts by, which nobody but it knows."""
    return message.removeprefix("for policy `policy0`, ")


def _vague(message: str) -> bool:
    """Tell whether a message names nothing in the text: such a one often follows from another that does."""
    return "`" not in _without_id(message)


def _form(name: str, est: Est) -> list[str]:
    rule, wrong = rule_of(name, est), list[str]()
    if not _ID.fullmatch(name):
        wrong.append(f"`{name}` is not a policy id; name the file in lower case with `_` between words")
    if not rule.reason:
        wrong.append('it gives no reason; put `@reason("...")` before it')
    unknown_notes = sorted(cast(dict[str, object], est.get("annotations") or {}).keys() - {"reason", "asks"})
    wrong += [f"`@{note}` is no annotation of a rule; known are `@reason` and `@asks`" for note in unknown_notes]
    if rule.asks and rule.effect == "forbid":
        wrong.append("`@asks` belongs to a rule that permits; give a `@reason` only")
    if loosening := loosened_by(est):
        named = ", ".join(f"`{attribute}`" for attribute in loosening)
        wrong.append(
            f"{named} may only make it stricter; write a rule that forbids, and goes on to while more happens, such as "
            "`when { context.failures > 2 }` or `when { context.undone_days_ago < 7 }`"
        )
    if takes_context_whole(est["conditions"]):
        wrong.append("it takes `context` whole; write `context.ATTRIBUTE` for each attribute that it reads")
    for template in (rule.reason, rule.asks):
        try:
            unknown = sorted(set(placeholders(template)) - WORDS)
        except ValueError as error:
            wrong.append(f"its words are not well formed, {error}; write names such as {{environment}}")
        else:
            wrong += [
                f"`{word}` is no word a reason can hold; known are {', '.join(sorted(WORDS))}" for word in unknown
            ]
    return wrong
