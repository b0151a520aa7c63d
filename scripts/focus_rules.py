"""Write the rules the product ships from the FOCUS requirements model, or with --check tell whether they are up to date.

    python scripts/focus_rules.py MODEL.json [--check]

The model is the one of focus_validator (github.com/finopsfoundation/focus_validator, MIT licence).
"""

import argparse
import json
from datetime import date
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "connectors" / "billing" / "conformance" / "rules_1_2.tsv"
HEADER = """\
# The rules of the FOCUS 1.2 requirements model: {rules} rules and {criteria} applicability criteria.
# Source: requirements model {version} of focus_validator, https://github.com/finopsfoundation/focus_validator
# Licence: MIT. Copyright of the FOCUS validator's authors; the sentences are those of the FOCUS specification (CC-BY-4.0).
# Read: {read}. Written by scripts/focus_rules.py; do not edit.
# Criterion: name, what it asks of the provider.
# Rule: id, keyword, kind, subject, column or attribute, criteria, check, condition, dependencies, sentence.
"""


def written(check: dict[str, object]) -> object:
    """Return a check of the model as a list: its function, then its arguments. Raises on a shape that is not known."""
    if not check:
        return None
    if "CheckFunction" not in check:  # two conditions of the model name the function as the key
        ((function, items),) = check.items()
        return [function, *(written(one) for one in (items if isinstance(items, list) else [items]))]
    function = check["CheckFunction"]
    if function in ("AND", "OR"):
        return [function, *(written(one) for one in check["Items"])] if check["Items"] else None
    if function == "CheckModelRule":
        return check["ModelRuleId"]
    # `ExpectedType` repeats the function's name; `CheckCondition` stands for `ColumnName` in two conditions.
    return [function, *(value for key, value in check.items() if key not in ("CheckFunction", "ExpectedType"))]


def compact(value: object) -> str:
    """Return JSON without blanks, empty for nothing."""
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def line(identity: str, rule: dict) -> str:
    """Return one rule as a line of tab separated cells."""
    criteria = rule["ValidationCriteria"]
    cells = (
        identity, criteria["Keyword"], rule["Function"], rule["EntityType"], rule["Reference"],
        " ".join(rule["ApplicabilityCriteria"]), compact(written(criteria["Requirement"])),
        compact(written(criteria["Condition"])), " ".join(criteria["Dependencies"]), " ".join(criteria["MustSatisfy"].split()),
    )  # fmt: skip
    if any("\t" in cell for cell in cells):
        raise SystemExit(f"{identity} holds a tab")
    return "\t".join(cells)


def rules_text(model: dict, read: str) -> str:
    """Return the whole file."""
    criteria = model["ApplicabilityCriteria"]
    header = HEADER.format(
        rules=len(model["ModelRules"]), criteria=len(criteria), version=model["Details"]["ModelVersion"], read=read
    )
    lines = [f"{name}\t{one['Description']}" for name, one in criteria.items()]
    lines += [line(identity, rule) for identity, rule in model["ModelRules"].items()]
    return header + "\n".join(lines) + "\n"


def main() -> None:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--read", default=date.today().isoformat(), help="the day the model was read")  # noqa: DTZ011
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    model = json.loads(args.model.read_text(encoding="utf-8"))
    if not args.check:
        OUT.write_text(rules_text(model, args.read), encoding="utf-8")
        return
    old, new = (text.partition("# Criterion")[2] for text in (OUT.read_text(encoding="utf-8"), rules_text(model, "")))
    if old != new:
        raise SystemExit(f"{OUT.name} is out of date; run python scripts/focus_rules.py {args.model}")


if __name__ == "__main__":
    main()
