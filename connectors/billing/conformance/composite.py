"""The verdict on a composite rule, from the verdicts on its parts."""

from collections.abc import Sequence

from connectors.billing.conformance.result import RuleResult
from connectors.billing.conformance.rules import Rule


def judged_by_parts(rule: Rule, parts: Sequence[RuleResult]) -> RuleResult:
    """Return the verdict.

    All parts must hold (`AND`): it fails with a part that fails and is required or itself a composite; or one must (`OR`): it
    fails where all fail. What cannot be checked is left out; where nothing is left, it cannot be checked either.
    """
    failed = [one for one in parts if one.status == "failed"]
    known = [one for one in parts if one.status != "not checkable"]
    if rule.check is not None and rule.check.function == "OR":
        status = "passed" if len(known) > len(failed) else "failed" if failed and len(failed) == len(parts) else None
        culprits = failed
    else:
        culprits = [one for one in failed if one.kind == "Composite" or one.keyword in ("MUST", "MUST NOT")]
        status = "failed" if culprits else "passed" if known else None
    result = RuleResult(
        id=rule.id, keyword=rule.keyword, kind=rule.kind, subject=rule.subject_name, sentence=rule.sentence,
        status=status or "not checkable",
    )  # fmt: skip
    if status is None:
        hindrances = {one.hindrance for one in parts}
        reasons = list(dict.fromkeys(one.why for one in parts))
        return result.model_copy(
            update={
                "hindrance": hindrances.pop() if len(hindrances) == 1 else "beyond the file",
                "why": reasons[0] if len(reasons) == 1 else "none of its parts can be checked",
            }
        )
    why = f"{len(known)} of {len(parts)} parts can be checked" if len(known) < len(parts) else ""
    if status == "failed":
        why = f"by {', '.join(one.id for one in culprits[:3])}" + (
            f" and {len(culprits) - 3} more" if len(culprits) > 3 else ""
        )
    return result.model_copy(update={"why": why})
