"""The rules of the FOCUS 1.2 requirements model, read from the product's own file of them.

`rules_1_2.tsv` is written by `scripts/focus_rules.py`; its first lines say source, licence and date.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from connectors.billing.conformance.checks import Check, parse

Keyword = Literal["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "RECOMMENDED", "MAY"]
Kind = Literal["Presence", "Type", "Format", "Nullability", "Validation", "Composite"]
Subject = Literal["Dataset", "Column", "Attribute"]
FILE = Path(__file__).with_name("rules_1_2.tsv")
MODEL_VERSION = "1.2"
REQUIRED: tuple[Keyword, ...] = ("MUST", "MUST NOT")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `check` is None where the model gives no way to decide it; `subject_name` is its column or attribute."""

    id: str
    keyword: Keyword
    kind: Kind
    subject: Subject
    subject_name: str
    criteria: tuple[str, ...]
    check: Check | None
    when: Check | None
    needs: tuple[str, ...]
    sentence: str

    @property
    def is_required(self) -> bool:
        """Whether a bill that breaks it does not conform."""
        return self.keyword in REQUIRED


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules by id, in the model's order, and what each applicability criterion asks of a provider."""

    rules: dict[str, Rule]
    criteria: dict[str, str]

    def parents(self) -> dict[str, tuple[str, ...]]:
        """Return, for each rule, the composites it is a part of."""
        found: dict[str, tuple[str, ...]] = {}
        for rule in self.rules.values():
            for part in rule.check.rules if rule.check else ():
                found[part] = (*found.get(part, ()), rule.id)
        return found


@cache
def rule_book() -> RuleBook:
    """Return the rules the product ships."""
    rules: dict[str, Rule] = {}
    criteria: dict[str, str] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) == 2:
            criteria[cells[0]] = cells[1]
        else:
            rules[cells[0]] = _rule(cells)
    return RuleBook(rules, criteria)


def _rule(cells: list[str]) -> Rule:
    identity, keyword, kind, subject, name, criteria, check, when, needs, sentence = cells
    return Rule(
        id=identity,
        keyword=cast(Keyword, keyword),
        kind=cast(Kind, kind),
        subject=cast(Subject, subject),
        subject_name=name,
        criteria=tuple(criteria.split()),
        check=parse(json.loads(check or "null")),
        when=parse(json.loads(when or "null")),
        needs=tuple(needs.split()),
        sentence=sentence,
    )
