"""Reading rules: the text is taken as it stands, and every fault is named by file, line and fix."""

from textwrap import dedent

import pytest

from finops.errors import BadFile
from gateway.allocation_file import parse_allocation

GOOD = """\
    # yaml-language-server: $schema=allocation.schema.json
    version: 1
    dimensions:
      team:
        rules:
          - from: tag:team
            map: {platform-eng: Platform}
          - value: Ops
            where:
              - {dimension: SubAccountId, is: [012345678901, no]}
              - charged_from: 2024-09-01
          - shared: platform
            where: {dimension: ServiceName, contains: support}
        pools:
          platform: {by: fixed, percent: {Platform: 33.3, Ops: 66.7}}
"""


def faulty(old: str, new: str) -> str:
    text = dedent(GOOD)
    assert old in text
    with pytest.raises(BadFile) as caught:
        parse_allocation("rules.yaml", text.replace(old, new))
    return str(caught.value)


def test_a_whole_file_is_read() -> None:
    team = parse_allocation("rules.yaml", dedent(GOOD)).dimension("team")
    assert [rule.label for rule in team.rules] == ["from tag:team", "Ops", "shared: platform"]


def test_account_numbers_and_words_keep_their_spelling() -> None:
    team = parse_allocation("rules.yaml", dedent(GOOD)).dimension("team")
    assert team.rules[1].where[0].is_ == ("012345678901", "no")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("value: Ops", "valeu: Ops", "`rules.yaml` line 8, `dimensions.team.rules.1.valeu`: there is no such key"),
        ("value: Ops", "valeu: Ops", "did you mean `value`?"),
        ("dimension: SubAccountId", "dimension: SubAccountID", "line 10"),
        ("dimension: SubAccountId", "dimension: SubAccountID", "did you mean `SubAccountId`?"),
        ("2024-09-01", "2024-13-01", "line 11, `dimensions.team.rules.1.where.1.charged_from`"),
        ("66.7", "66.6", "line 15, `dimensions.team.pools.platform`: percent adds up to 99.9"),
        ("version: 1", "version: 2", "line 2: there is no version `2` of this format; write `version: 1`"),
        ("  platform: {by", "  other: {by", "line 4, `dimensions.team`: a rule shares `platform`"),
        ("version: 1", "version: 1\nversion: 1", "line 3 gives `version` a second time; keep one of them"),
        ("by: fixed", "by: fxied", "`dimensions.team.pools.platform.by`"),
        ("contains: support}", "contains: support", "line 14 is no YAML"),
        ("value: Ops", "value: &ops Ops\n        name: *ops", "line 9 uses an alias; write the text out"),
        ("from: tag:team\n", "from: !!python/object:os.system tag:team\n            valeu: x\n", "line 7"),
        ("  team:", "  ? [team]\n  :", "has a key that is no text"),
    ],
)
def test_a_fault_names_its_line_and_its_fix(old: str, new: str, fault: str) -> None:
    assert fault in faulty(old, new)


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(BadFile, match="nested deeper than 60"):
        parse_allocation("rules.yaml", "[" * 5000)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "- a\n- b\n", "rules"])
def test_a_file_without_rules_says_how_to_begin(text: str) -> None:
    with pytest.raises(BadFile, match="holds no rules; begin with `version: 1`"):
        parse_allocation("rules.yaml", text)


def test_control_characters_are_no_text() -> None:
    with pytest.raises(BadFile, match="is no YAML text"):
        parse_allocation("rules.yaml", "version: \x01")


CLOSED = """\
    version: 1
    dimensions:
      team:
        rules:
          - {from: "tag:team", map: {web-frontend: Web}, unmapped: skip}
          - {value: Data, where: {dimension: ServiceName, contains: data}}
          - {shared: network, where: {dimension: ServiceCategory, is: Networking}}
        pools:
          network: {by: fixed, percent: {Data: 60, Wbe: 40}}
"""


def test_a_share_for_a_value_that_no_rule_gives_is_refused() -> None:
    with pytest.raises(BadFile) as caught:
        parse_allocation("rules.yaml", dedent(CLOSED))
    where = "`rules.yaml` line 9, `dimensions.team.pools.network.percent`"
    assert str(caught.value) == f"{where}: no rule gives the value `Wbe`; did you mean `Web`?"


def test_targets_of_an_even_split_are_held_to_the_rules_too() -> None:
    with pytest.raises(BadFile, match="no rule gives the value `Sales`; name one of `Web`, `Data`"):
        parse_allocation(
            "rules.yaml",
            dedent(CLOSED).replace("by: fixed, percent: {Data: 60, Wbe: 40}", "by: even, targets: [Sales]"),
        )


def test_where_rules_copy_what_the_bill_holds_any_value_may_have_a_share() -> None:
    assert parse_allocation("rules.yaml", dedent(CLOSED).replace(", unmapped: skip", ""))
