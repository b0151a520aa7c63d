"""Claims of deeds: a planner's words may not say that something was approved or done, since only the records know."""

import re

_DEEDS = (
    r"(?:approved|authori[sz]ed|executed|carried out|stopped|started|resized|downsized|terminated|deleted|rolled back|undone|"
    r"shut (?:it |them )?(?:down|off)|turned (?:it )?off|switched (?:it )?off|applied|implemented)"
)
_CLAIM = re.compile(
    rf"\b(?:is|are|was|were|been|being|got|it's|i've|we've|have|has|had|i|we)\s+(?:\w+\s+){{0,2}}?{_DEEDS}\b|"
    rf"\bgone ahead\b|\bchanges? (?:has|have|was|were) (?:been )?made\b|\b{_DEEDS}\s+by\b|^\s*(?:done|{_DEEDS})\b",
    re.IGNORECASE | re.MULTILINE,
)
_NOT = re.compile(r"\b(?:not|never|yet to)\b|n't\b", re.IGNORECASE)
_NOTHING = re.compile(r"\b(?:nothing|none|not|never)\s+$", re.IGNORECASE)
_QUOTE = re.compile(r"`[^`\n]*`")


def claims(text: str) -> list[str]:
    """Return the words of `text` that claim an approval or a deed; what stands in backticks is quoted, and a denial is none."""
    bare = _QUOTE.sub(lambda match: "x" * len(match[0]), text)
    return [
        match[0].strip()
        for match in _CLAIM.finditer(bare)
        if not (_NOT.search(match[0]) or _NOTHING.search(bare[: match.start()]))
    ]
