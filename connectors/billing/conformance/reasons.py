"""Why a rule that no file decides by itself cannot be checked: a few reasons, told apart by the rule's own words, in this order."""

import re

_REASONS: tuple[tuple[str, str], ...] = (
    (r"remain consistent|(?<!change )over time|all billing periods|before the change|after the change|altered value|be removed|"
     r"generated prior",
     "needs bills of other periods and accounts to compare with"),
    (r"metadata schema|data definition document|publish|documentation|price list|lookup of|verification of",
     "needs what the provider publishes beside the bill"),
    (r"invoice", "needs the invoices"),
    (r"property value|property key", "needs the provider's description of the SKU"),
    (r"recommended units", "a unit that is not listed may be of a dimension that the list lacks"),
    (r"display name", "needs the names the provider or its customer assigned"),
    (r"denominated", "an amount does not say its currency; only the provider knows"),
    (r"unique identifier|fully-qualified", "needs all identifiers of the provider"),
    (r"custom (numeric|string) value|custom columns? should follow", "custom columns have no definition to hold them against"),
    (r"sum of", "needs every row of the commitment's or invoice's whole term"),
    (r"suffix|acronym|abbreviation|normalized|data type\" in the column", "is of the column's definition, not of a file"),
    (r"tag", "needs the provider's tags as they were set"),
    (r"propert", "needs the provider's description of the SKU"),
    (r"original casing|mutable|display value|semantically", "needs the values as the provider keeps them"),
)  # fmt: skip
_OTHERWISE = "only the provider knows what each charge stands for"


def why_not(sentence: str) -> str:
    """Return why a rule without a check cannot be checked."""
    words = sentence.lower()
    return next((reason for pattern, reason in _REASONS if re.search(pattern, words)), _OTHERWISE)
