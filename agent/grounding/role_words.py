"""Words that give a figure its role in a sentence: a change upwards or down, a share, a cost, what was before."""

# A pattern is read on one line.
# ruff: noqa: E501
import re

from agent.grounding.movement_words import PLUNGED, SOARED

_FILLERS = (
    r"(?:(?:by|of|about|around|roughly|some|nearly|almost|exactly|another|an|a|the|extra|further|over|under|is|was|at|and|only|just|"
    r"total|also|cost|spending|spend|in|its|their|whole|another|to be)\s+)*"
)
UP = (
    r"(?:rose|ris(?:es?|en|ing)|grew|grow(?:s|n|th|ing)?|increas(?:e[sd]?|ing)|climb(?:s|ed)?|jump(?:s|ed)?|soared|surged|went up|gain(?:s|ed)|"
    rf"{SOARED}|(?:is|was|were|are|went|,|and) up|(?<!made )(?<!makes )(?<!make )(?<!making )(?<!adds )(?<!add )\bup(?! to\b)|added)"
)
DOWN = (
    r"(?:fell|fall(?:s|en|ing)?|dropp?(?:s|ed|ing)?|decreas(?:e[sd]?|ing)|declin(?:e[sd]?|ing)|shrank|shr[iu]nk(?:s)?|sank|went down|reduc\w*|"
    rf"{PLUNGED}|(?:is|was|were|are|went|,|and) down|\bdown(?! to\b)|lost)"
)
MORE = r"(?:more|higher|dearer|greater|larger|bigger|above|beyond|over|up)"
LESS = r"(?:less|lower|cheaper|smaller|fewer|below|under|down)"
NEUTRAL = r"(?:percent_change|chang(?:e[sd]?|ing)|difference|differs?|moved?|movement|deviat\w+|off)"
CHANGE_WORDS = re.compile(rf"\b(?:{UP}|{DOWN}|{MORE}|{LESS}|{NEUTRAL})\b", re.IGNORECASE)
DIRECTED = re.compile(
    rf"\b(?:(?P<up>{UP}|more|higher|dearer)|(?P<down>{DOWN}|less|lower|cheaper|sav(?:e[sd]?|ings?))|(?P<flat>{NEUTRAL}))\b",
    re.IGNORECASE,
)
# A change of this very figure: `grew by`, `an increase of`.
CHANGE_BEFORE = re.compile(rf"\b(?:{UP}|{DOWN}|{NEUTRAL})[\s(:]+{_FILLERS}$", re.IGNORECASE)
CHANGE_AFTER = re.compile(
    r"\s?\)?\s?(?:(?P<up>more|higher|dearer|increase|rise|growth|up|above|beyond)|(?P<down>less|lower|cheaper|decrease|drop|fall|down"
    r"|decline|below|saved))\b",
    re.IGNORECASE,
)
BY_BEFORE = re.compile(r"\bby\s+(?:about|around|roughly|some|nearly|almost|exactly|only|just|over)?\s*$", re.IGNORECASE)
SHARE_WORDS = re.compile(
    r"\b(?:shares?|portion|part|percentage|proportion|makes? up|made up|account(?:s|ed|ing)? for|represent(?:s|ed)?|of (?:the|all|that|this|total|its)"
    r"|took|takes|went to|goes to|contribut\w+)\b",
    re.IGNORECASE,
)
SHARE_AFTER = re.compile(
    r"\s?(?:of (?:the|all|its|total|our|that|this)\s(?:\w+\s){0,3}?(?:bill|total|cost|costs|spend|spending|sum)\b|share\b)",
    re.IGNORECASE,
)
COST_BEFORE = re.compile(
    rf"\b(?:cost|costs|spent|spend|charged|paid|billed|totall?ed|total|amount(?:s|ed)? to|c[ao]mes? to|was|were|is|are|stood at|stands at)[\s:]+{_FILLERS}$",
    re.IGNORECASE,
)
SPENT_BEFORE = re.compile(
    rf"\b(?:cost|costs|spent|charged|paid|totall?ed|amount(?:s|ed)? to|c[ao]me to)\s+{_FILLERS}$", re.IGNORECASE
)
SAVING_BEFORE = re.compile(rf"\bsav(?:e[sd]?|ing|ings)\s+(?:of\s+)?{_FILLERS}$", re.IGNORECASE)
SAVING_WORDS = re.compile(r"\b(?:sav\w+|cheaper|less|cut|lower|reduc\w*)\b", re.IGNORECASE)
EXCESS_WORDS = re.compile(
    r"\b(?:excess\w*|above|beyond|over|more|higher|unexpected|extra|unusual\w*|overspen\w+|overrun|anomal\w+|against|below|less|drops?|jump\w*|spik\w+|rose|deviat\w+)\b",
    re.IGNORECASE,
)
EXPECTED_BEFORE = re.compile(
    rf"\b(?:expected|expectation|expecting|normal(?:ly)?|usual(?:ly)?|baseline)(?:\s+(?:cost|level|spend))?[\s:]+{_FILLERS}$",
    re.IGNORECASE,
)
EXPECTED_WORDS = re.compile(r"\b(?:expect\w*|normal\w*|usual\w*|baseline|instead of|against|forecast)\b", re.IGNORECASE)
_AGO = r"(?:a|the) (?:month|quarter|year|week|day|period) (?:before|earlier|ago)"
BEFORE_AROUND = re.compile(
    r"\b(?:from|than|against|after|before|compar(?:ed|ison) (?:with|to)|versus|vs\.?|previous(?:ly)?|earlier|had (?:been|cost)|up on|down on|"
    r"instead of|prior|last|used to (?:be|cost))\W+(?:[A-Za-z]+\W+){0,4}$",
    re.IGNORECASE,
)
BEFORE_AFTER = re.compile(
    rf"\W{{0,3}}(?:before\b|earlier\b|previously\b|(?:in|for|of|during)?\s?{_AGO}|(?:in|for|of|during)?\s?the (?:\w+ )?(?:before|previous)\b|last (?:month|year|quarter))",
    re.IGNORECASE,
)
MOVED_FROM = re.compile(rf"(?:\b(?:{UP}|{DOWN}|{NEUTRAL}|went|moved)\s+from|\bfrom)\s+(?:about\s+)?$", re.IGNORECASE)
MOVED_TO = re.compile(rf"(?:\b(?:{UP}|{DOWN}|went|moved)|\x00|[0-9])\s+to\s+(?:about\s+)?$", re.IGNORECASE)
MEAN_WORDS = re.compile(r"\b(?:average|averaged|mean|per|typical\w*)\b", re.IGNORECASE)
PART_WORDS = {
    "gross": re.compile(r"\b(?:gross|(?:before|without|excluding) (?:the )?credits?)\b", re.IGNORECASE),
    "credits": re.compile(r"\bcredit\w*\b", re.IGNORECASE),
    "corrections": re.compile(r"\b(?:correct\w+|refund\w*|adjust\w*)\b", re.IGNORECASE),
    "tax": re.compile(r"\b(?:tax\w*|VAT|GST)\b", re.IGNORECASE),
    "support": re.compile(r"\bsupport\b", re.IGNORECASE),
    "marketplace": re.compile(r"\bmarketplace\b", re.IGNORECASE),
}
POINTS_AFTER = re.compile(r"\s?(?:percentage[ -]points?|points?|pp)\b", re.IGNORECASE)
