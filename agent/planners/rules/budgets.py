"""Budgets in words: `set the budget of account 1234 to USD 5,000 a month`, with `NAME` in quotes where it has one."""

import re
from decimal import Decimal

from agent.planners.rules.misread import misread
from agent.planners.rules.reading import Command, Misread, Reading
from agent.planners.rules.scan import Scan, Token

# The name of a budget nobody named.
NAME = "tollkeeper-monthly"
_AMOUNT = re.compile(r"(usd|\$)?((?:\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.\d{1,2})?)(usd|\$)?")
_LONGEST_NAME, _LONGEST_ACCOUNT = 256, 64
_STOP = frozenset({
    "please", "the", "a", "an", "of", "for", "to", "at", "per", "month", "monthly", "cost", "can", "you", "budget", "set",
    "account", "aws", "usd", "$", "propose", "called", "named", "i", "want",
})  # fmt: skip
_EXAMPLE = "`set the budget of account 123456789012 to USD 5,000 a month`"


def find_budget(scan: Scan) -> Reading | Misread | None:
    """Return the budget a sentence asks to set, None where it asks for none."""
    text = [token.text for token in scan.tokens]
    if "set" not in text or "budget" not in text:
        return None
    account = _after("account", scan.tokens)
    rest = [token for token in scan.tokens if token is not account and not token.quoted and token.text not in _STOP]
    names = [token.raw for token in scan.tokens if token.quoted and token is not account]
    amounts = [found for token in rest if (found := _AMOUNT.fullmatch(token.text))]
    strange = [token.raw for token in rest if not _AMOUNT.fullmatch(token.text)]
    if strange:
        return misread(f"I do not understand `{' '.join(strange)}`", _EXAMPLE)
    named = all(len(name) <= _LONGEST_NAME for name in names)
    if account is None or len(account.raw) > _LONGEST_ACCOUNT or len(amounts) != 1 or len(names) > 1 or not named:
        return misread(f"`{' '.join(text)}` does not name one account and one amount", _EXAMPLE)
    if "usd" not in text and "$" not in text and not (amounts[0][1] or amounts[0][3]):
        return misread(f"`{amounts[0][2]}` has no currency", _EXAMPLE)
    name = names[0] if names else NAME
    amount = Decimal(amounts[0][2].replace(",", ""))
    if not amount:
        return misread("a budget of 0 would alert for ever", _EXAMPLE)
    return Reading(intent="act", command=Command("set_budget", name, account=account.raw, amount=amount))


def _after(word: str, tokens: tuple[Token, ...]) -> Token | None:
    """Return the token after `word`, or None where there is none."""
    places = [at for at, token in enumerate(tokens) if token.text == word]
    return tokens[places[0] + 1] if len(places) == 1 and places[0] + 1 < len(tokens) else None
