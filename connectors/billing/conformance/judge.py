"""Judge a file by every rule: in one scan what rows decide, in a second what pairs of values do, in a third the examples."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import duckdb

from connectors.billing.conformance import scan
from connectors.billing.conformance.amendments import MENDED, SUPPLIED, amended
from connectors.billing.conformance.attributes import (
    ATTRIBUTES,
    BLANKS,
    NO_PLACEHOLDERS,
    NOTES,
    blank_questions,
    detail_questions,
    placeholder_questions,
)
from connectors.billing.conformance.cells import Cells
from connectors.billing.conformance.composite import judged_by_parts
from connectors.billing.conformance.conditions import (
    Family,
    Question,
    absent_columns,
    applies_to,
    is_of_rows,
    question_of,
)
from connectors.billing.conformance.criteria import evidence, first_hindrance, question
from connectors.billing.conformance.distinct import Pairing, Unpaired, is_one_of, unpaired
from connectors.billing.conformance.header import HEADER_RULES
from connectors.billing.conformance.products import Product, among, broken_triples, product_of
from connectors.billing.conformance.reasons import why_not
from connectors.billing.conformance.result import Conformance, Example, Hindrance, RuleResult
from connectors.billing.conformance.rules import MODEL_VERSION, Rule, rule_book
from connectors.billing.files.source import SourceFile
from finops.focus import BY_NAME

_PERMISSION = "a permission, which no file can break"


@dataclass(slots=True)
class _Work:
    """What is asked of one file, and what was found."""

    family: Family
    cells: Cells
    questions: list[Question] = field(default_factory=list[Question])
    products: dict[str, Product] = field(default_factory=dict[str, Product])
    pairings: list[Pairing] = field(default_factory=list[Pairing])
    counts: dict[tuple[str, str], scan.Counts] = field(default_factory=dict[tuple[str, str], scan.Counts])
    unpaired: dict[str, Unpaired] = field(default_factory=dict[str, Unpaired])
    examples: dict[tuple[str, str], tuple[Example, ...]] = field(
        default_factory=dict[tuple[str, str], tuple[Example, ...]]
    )

    def of_rule(self, identity: str) -> list[Question]:
        """Return the questions of a rule: one, or one a column."""
        return [one for one in self.questions if one.rule == identity]


def judge(
    connection: duckdb.DuckDBPyConnection,
    file: SourceFile,
    *,
    version: str,
    declared: Mapping[str, bool] | None = None,
    literally: bool = False,
) -> Conformance:
    """Return the verdict on every rule.

    `version` is the one whose columns the file is held to: rules of columns it lacks are not checkable. `declared` says which
    applicability criteria are met; the rest follow from the rows or stay open. `literally` leaves the model's own expressions.
    """
    book = rule_book() if literally else amended(rule_book())
    work = _Work(Family(book, book.parents()), Cells(file))
    _prepare(work)
    shown = evidence(work.cells)
    rows, met = _scan(connection, work, shown)
    criteria = {**dict.fromkeys(sorted(met), True), **(declared or {})}
    verdicts = _Verdicts(work, criteria, version, literally=literally)
    failed = {one.id for one in verdicts.leaves().values() if one.status == "failed"}
    work.examples = scan.examples_of(connection, work.cells, _exemplary(connection, work, failed))
    return Conformance(
        model=MODEL_VERSION, against=version, rows=rows, criteria=criteria, results=verdicts.all()
    )  # fmt: skip


def _prepare(work: _Work) -> None:
    """Turn the rules into questions, products and pairings; what lacks a column is left out."""
    for rule in work.family.book.rules.values():
        conditions = work.family.conditions(rule)
        if rule.check is None or rule.kind in ("Composite", "Presence") or absent_columns(rule, conditions, work.cells):
            continue
        when = applies_to(conditions, work.cells)
        if rule.check.function == "ColumnByColumnEqualsColumnValue":
            product = product_of(rule.check, when, work.cells)
            work.products[rule.id] = product
            work.questions.append(Question(rule.id, rule.subject_name, product.when, product.broken, product.columns))
        elif rule.check.function == "CheckDistinctCount":
            expected = int(str(rule.check.arguments[2]))
            work.pairings.append(Pairing(rule.id, rule.check.text(0), rule.check.text(1), expected, when))
        elif is_of_rows(rule.check):
            work.questions.append(question_of(rule, rule.check, conditions, work.cells))
    work.questions += [*placeholder_questions(work.cells), *blank_questions(work.cells)]


def _scan(connection: duckdb.DuckDBPyConnection, work: _Work, shown: Mapping[str, str]) -> tuple[int, set[str]]:
    """Ask everything; return how many rows there are and which criteria they show to be met."""
    unclear = {identity: scan.count_where(one.unclear) for identity, one in work.products.items()}
    wanted = ["count(*)", *shown.values(), *scan.aggregates_of(work.questions), *unclear.values()]
    answers = scan.ask(connection, work.cells, wanted)
    work.counts = scan.counts_of(work.questions, answers)
    for identity in (one for one, aggregate in unclear.items() if answers[aggregate]):
        _settle(connection, work, identity)
    broken = {key: found.rows for key, found in work.counts.items()}
    details = list(detail_questions(work.family.book, work.cells, broken))
    work.counts |= scan.counts_of(details, scan.ask(connection, work.cells, scan.aggregates_of(details)))
    work.questions += details
    work.unpaired = unpaired(connection, work.cells, work.pairings)
    return int(str(answers["count(*)"])), {name for name, aggregate in shown.items() if answers[aggregate]}


def _settle(connection: duckdb.DuckDBPyConnection, work: _Work, identity: str) -> None:
    """Decide the rows of a product rule that the scan left open, and put their amounts into the rule's question."""
    product = work.products[identity]
    more, triples = broken_triples(connection, work.cells, product)
    index, asked = next((i, one) for i, one in enumerate(work.questions) if one.rule == identity)
    found = work.counts[asked.rule, asked.column]
    work.counts[asked.rule, asked.column] = scan.Counts(found.checked, found.rows + more)
    work.questions[index] = Question(
        asked.rule, asked.column, asked.when, among(triples, product, work.cells), asked.shows
    )


def _exemplary(connection: duckdb.DuckDBPyConnection, work: _Work, failed: Collection[str]) -> list[Question]:
    """Return the questions whose rows are to be shown: those of failed rules."""
    asked = [one for one in work.questions if one.rule in failed and work.counts[one.rule, one.column].rows]
    for one in work.pairings:
        found = work.unpaired[one.rule]
        if one.rule in failed and found.named:
            broken = is_one_of(one, found.named[:1], work.cells)
            asked.append(Question(one.rule, one.key, "true", broken, (one.key, one.other)))
    return asked


class _Verdicts:
    """The verdicts, drawn from what was counted."""

    def __init__(self, work: _Work, criteria: Mapping[str, bool], version: str, *, literally: bool) -> None:
        self._work, self._criteria, self._version = work, criteria, version
        self._amended: Collection[str] = () if literally else (*MENDED, *SUPPLIED)

    def leaves(self) -> dict[str, RuleResult]:
        """Return the verdicts on all rules but composites."""
        rules = self._work.family.book.rules.values()
        return {rule.id: self._leaf(rule) for rule in rules if rule.kind != "Composite"}

    def all(self) -> tuple[RuleResult, ...]:
        """Return the verdicts on all rules, in the model's order."""
        found = self.leaves()

        def of(identity: str) -> RuleResult:
            if identity not in found:
                rule = self._work.family.book.rules[identity]
                parts = [of(part) for part in rule.check.rules] if rule.check else []
                found[identity] = self._hindered(rule) or self._based(judged_by_parts(rule, parts))
            return found[identity]

        return tuple(of(identity) for identity in self._work.family.book.rules)

    def _leaf(self, rule: Rule) -> RuleResult:
        if rule.id in HEADER_RULES:
            return self._of_header(rule)
        if rule.id in ATTRIBUTES or rule.id in (BLANKS, NO_PLACEHOLDERS):
            return self._of_rows(rule)
        if rule.keyword == "MAY":
            return self._result(rule, "passed", why=_PERMISSION)
        if rule.kind == "Presence":
            return self._presence(rule)
        return self._hindered(rule) or self._checked(rule)

    def _presence(self, rule: Rule) -> RuleResult:
        if self._work.cells.has(rule.subject_name):
            return self._result(rule, "passed")
        return self._hindered(rule) or self._result(rule, "failed", why=f"the file has no column {rule.subject_name}")

    def _checked(self, rule: Rule) -> RuleResult:
        if rule.check is None:
            mended = MENDED[rule.id].reason if rule.id in self._amended and rule.id in MENDED else None
            return self._open(rule, "beyond the file", mended or why_not(rule.sentence))
        if absent := absent_columns(rule, self._work.family.conditions(rule), self._work.cells):
            return self._open(rule, "no column", f"the file has no column {absent[0]}")
        if found := self._work.unpaired.get(rule.id):
            return self._of_pairs(rule, found)
        return self._of_rows(rule)

    def _hindered(self, rule: Rule) -> RuleResult | None:
        """Return why a rule is not asked of this file, if it is not: version, column, criteria, in this order."""
        column = BY_NAME.get(rule.subject_name)
        if column is not None and not self._work.cells.has(column.name):
            if _number(column.since) > _number(self._version):
                return self._open(rule, "other version", f"column is newer than the file's version {self._version}")
            if column.until is not None and _number(column.until) < _number(self._version):
                return self._open(rule, "other version", f"column is no longer in the file's version {self._version}")
            if rule.kind != "Presence":
                return self._open(rule, "no column", f"the file has no column {column.name}")
        hindrance = first_hindrance(self._work.family.criteria(rule), self._criteria)
        if hindrance is None:
            return None
        name, known = hindrance
        if known:
            return self._open(rule, "does not apply", f"does not apply: {name} is declared not to")
        return self._open(rule, "undeclared", f"{question(name)} ({name})")

    def _of_header(self, rule: Rule) -> RuleResult:
        names = HEADER_RULES[rule.id](self._work.cells.file.columns)
        shown = f"{', '.join(names[:10])}" + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        return self._result(rule, "failed", why=shown) if names else self._result(rule, "passed")

    def _of_rows(self, rule: Rule) -> RuleResult:
        asked = self._work.of_rule(rule.id)
        counts = [self._work.counts[one.rule, one.column] for one in asked]
        rows = sum(one.rows for one in counts)
        found = sorted(
            (example for one in asked for example in self._work.examples.get((one.rule, one.column), ())),
            key=lambda example: (example.row, *example.values),
        )
        why = self._note(rule)
        broken = [one.column for one, count in zip(asked, counts, strict=True) if count.rows]
        if len(asked) > 1 and broken:
            why = f"in {', '.join(broken[:6])}" + (f" and {len(broken) - 6} more columns" if len(broken) > 6 else "")
        return self._result(
            rule, "failed" if rows else "passed", why=why, rows=rows,
            checked=counts[0].checked if len(counts) == 1 else None, examples=tuple(found[: scan.EXAMPLES]),
        )  # fmt: skip

    def _of_pairs(self, rule: Rule, found: Unpaired) -> RuleResult:
        pairing = next(one for one in self._work.pairings if one.rule == rule.id)
        why = f"{found.keys} of {pairing.key}: {found.words}" if found.keys else self._note(rule)
        return self._result(
            rule, "failed" if found.keys else "passed", why=why, rows=found.rows, checked=found.checked,
            examples=self._work.examples.get((rule.id, pairing.key), ()),
        )  # fmt: skip

    def _note(self, rule: Rule) -> str:
        amendment = {**MENDED, **SUPPLIED}.get(rule.id) if rule.id in self._amended else None
        return amendment.reason if amendment else NOTES.get(rule.id, "")

    def _open(self, rule: Rule, hindrance: Hindrance, why: str) -> RuleResult:
        return self._result(rule, "not checkable", why=why, hindrance=hindrance)

    def _result(self, rule: Rule, status: str, **more: object) -> RuleResult:
        fields = {"keyword": rule.keyword, "kind": rule.kind, "subject": rule.subject_name, "sentence": rule.sentence}
        return self._based(RuleResult.model_validate({"id": rule.id, "status": status, **fields, **more}))

    def _based(self, result: RuleResult) -> RuleResult:
        if result.id not in self._amended:
            ours = result.id in HEADER_RULES or result.id in ATTRIBUTES or result.id in (BLANKS, NO_PLACEHOLDERS)
            return result.model_copy(update={"basis": "supplied"}) if ours else result
        return result.model_copy(update={"basis": "mended" if result.id in MENDED else "supplied"})


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
