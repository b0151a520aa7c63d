"""Words that carry a quantity, as patterns. What each must hold to is in the checks beside this file."""

# A pattern is read on one line.
# ruff: noqa: E501
import re

from agent.grounding.movement_words import MILDLY_MOVED, PLUNGED, SOARED, STRONGLY_MOVED
from agent.grounding.plain_words import word_set

NUMBERS = {
    "no": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12,
}  # fmt: skip
_NUM = "|".join(n for n in NUMBERS if n not in ("no",))
HEDGE = (
    r"(?:(?P<hedge>more than|over|above|well over|less than|under|below|nearly|almost|just under|close to|about|around|roughly|"
    r"approximately|some|at least|at most|just over|slightly over|slightly more than|slightly less than)\s+)?"
)
MULTIPLES = {"doubl": 2, "tripl": 3, "trebl": 3, "quadrupl": 4, "quintupl": 5, "halv": 0.5}
FOLDS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
MULTIPLE = re.compile(
    rf"\b{HEDGE}(?:(?P<verb>doubl|tripl|trebl|quadrupl|quintupl|halv)(?:ed|es|e|ing)\b|"
    rf"(?:grew|rose|increased|up|jumped|climbed)\s+(?P<fold>{'|'.join(FOLDS)})fold\b|(?P<folds>{'|'.join(FOLDS)})fold\b)",
    re.IGNORECASE,
)
TIMES = re.compile(
    rf"\b{HEDGE}(?:(?P<twice>twice|double|thrice|half|(?:{'|'.join(n for n in FOLDS)}) times)\s+"
    r"(?:as (?:much|high|expensive|large|big|dear|costly)(?: as)?|what|that of|the (?:cost|bill|spend|amount|level|size) of|its|the|of what))"
    r"(?!\s+(?:bill|total)\b)",
    re.IGNORECASE,
)
_WHOLE = r"\s+of\b"
FRACTIONS = {
    "half": 50, "a half": 50, "a third": 33.33, "one third": 33.33, "one-third": 33.33, "two thirds": 66.67, "two-thirds": 66.67,
    "a quarter": 25, "one quarter": 25, "one-quarter": 25, "three quarters": 75, "three-quarters": 75, "a fifth": 20, "one fifth": 20,
    "two fifths": 40, "a tenth": 10, "one tenth": 10,
}  # fmt: skip
FRACTION = re.compile(
    rf"\b{HEDGE}(?P<fraction>{'|'.join(sorted(FRACTIONS, key=len, reverse=True))})(?:{_WHOLE}|\s+(?=(?:the|its|our|all)\b))",
    re.IGNORECASE,
)
PORTION = re.compile(
    r"\b(?P<portion>(?:the )?(?:vast )?(?:majority|bulk)(?= of)|(?:the )?lion's share|most of|(?:nearly|almost|practically|virtually) (?:everything|the (?:whole|entire))|(?:nearly|almost|practically|virtually) all(?: of)?|"
    r"(?:almost|next to|practically|virtually) none(?: of)?|hardly any(?: of)?|a minority(?= of)|"
    r"(?:(?:just about|nearly|almost|practically|virtually) )?(?:the (?:whole|entirety)|all)(?: of)?(?= (?:the|its|our) (?:bill|costs?|spend|spending|total)\b)|"
    r"(?:no part|none) of(?= (?:the|its|our) (?:bill|costs?|spend|spending|total)\b))\b",
    re.IGNORECASE,
)
_AUX = r"(?:(?:has|have|had)\s+(?:\w+ly\s+)?)?"
_ADV = r"(?:(?:sharply|slightly|only|also|strongly|clearly|again|even)\s+)?"
DIRECTION = re.compile(
    rf"(?<!largest )(?<!biggest )(?<!smallest )\b{_AUX}{_ADV}(?:(?P<up>(?:(?<=not )|(?<=n't ))(?:rise|grow|increase|climb)|rose|risen|rises|grew|grown|grows|increased|increases|climbed|jumped|{SOARED}|went up|gone up|"
    rf"up (?:from|on)|(?:is|was|were|are) up(?! to\b))|(?P<down>(?:(?<=not )|(?<=n't ))(?:fall|drop|decrease|decline)|fell|fallen|falls|dropped|decreased|decreases|declined|declines|shrank|sank|{PLUNGED}|went down|"
    r"gone down|down (?:from|on)|(?:is|was|were|are) down(?! to\b)))\b",
    re.IGNORECASE,
)
FLAT = re.compile(
    r"\b(?:(?:(?:shows?|showed|saw|had|with) )?(?P<none>no change(?! can\b))|unchanged|(?:is|was|were|stayed|remained|held|kept|been|largely|flat|"
    r"almost|nearly|practically)\s+(?:\w+ly\s+)?(?:flat|stable|steady|constant|the same)|(?:did not|didn't|has not|hasn't|hardly|barely|never)"
    r"\s+(?:really\s+)?(?:change|changed|move|moved)|(?P<nothing>nothing changed))\b",
    re.IGNORECASE,
)
THAN = re.compile(
    r"\b(?:(?P<more>more|higher|greater|larger|bigger|dearer|costlier)|(?P<less>less|lower|cheaper|smaller|fewer))\b"
    r"(?P<between>(?:\s+(?!than\b)[A-Za-z\x00']+){0,3})\s+than\b",
    re.IGNORECASE,
)
_RANKED_NOUN = r"(?:cloud )?(?:providers?|services?|regions?|accounts?|categor(?:y|ies)|resources?|teams?|spenders?|spend|vendors?|costs?|cost drivers?|drivers?|contributors?)\b"
RANK = re.compile(
    r"\b(?:(?P<nth>second|third|fourth|fifth|2nd|3rd|4th)[ -])?(?:(?P<most>largest|biggest|highest|greatest|costliest|most expensive|dearest|"
    rf"(?:top|leading|number[- ]one|no\\. ?1|main|primary|chief|principal|foremost|dominant)(?= {_RANKED_NOUN}))|"
    r"(?P<least>smallest|lowest|cheapest|least expensive))\b(?P<what>(?:[ -](?!by\b|first\b|of\b|in\b|and\b|was\b|is\b)[A-Za-z]+){0,3})|"
    r"\b(?:cost|costs|spent|spends)\s+(?P<cost>the most|the least|most|least)\b(?! of)|"
    r"\b(?P<moved>rose|grew|increased|climbed|fell|dropped|declined|decreased|saved|saves)\s+(?:the\s+)?(?:most|fastest|furthest)\b|"
    r"\b(?P<leads>(?:leads|led|tops|topped)\s+(?:the|all|in)|leads(?=\s*[.,;]))\b",
    re.IGNORECASE,
)
NOUNS = {
    "provider": ("ProviderName",), "service": ("ServiceName",), "region": ("RegionId", "RegionName"),
    "account": ("SubAccountId", "SubAccountName", "BillingAccountId"), "categor": ("ServiceCategory", "ChargeCategory"),
    "resource": ("ResourceId",), "instance": ("ResourceId",), "machine": ("ResourceId",), "team": ("tag:team", "virtual:team"),
    "recommendation": ("ResourceId",), "environment": ("tag:environment",),
}  # fmt: skip
_NOUN = (
    r"(?:providers?|services?|regions?|(?:sub[- ]?)?accounts?|categor(?:y|ies)|resources?|instances?|machines?|teams?|environments?|"
    r"recommendations?|anomal(?:y|ies)|incidents?|spikes?|unusual (?:days|spells)|of them|groups?)"
)
# One outdoes another, said with a verb or as who is ahead; what follows must be a group, `exceeded USD 1,000` is a bound.
OUTDONE = re.compile(
    r"\b(?:(?P<more>dwarf(?:s|ed|ing)?|outsp(?:en[dt]|ends|ending)|surpass(?:e[sd]|ing)?|exceed(?:s|ed|ing)?|outpac(?:e[sd]?|ing)|overt(?:ook|ake[sn]?|aking)|"
    r"outstrip(?:s|ped|ping)?|outweigh(?:s|ed|ing)?|outdo(?:es|ne|ing)?|outdid|eclips(?:e[sd]?|ing)|towers? over|towering over|overshadow(?:s|ed|ing)?|ahead of)|"
    r"(?P<less>trail(?:s|ed|ing)?|lag(?:s|ged|ging)?(?: behind)?|(?:is|was|are|comes?|came|far|well|just|close|runs?) behind|a fraction of))\b(?!\s+(?:about\s+)?(?:[-$\u20ac\u00a3]?\d|[A-Z]{3} ?-?\d|\x00))",
    re.IGNORECASE,
)
COUNT = re.compile(
    rf"\b(?:(?P<only>only|just|exactly)\s+)?(?P<number>{_NUM}|no|both|all|every|each|none|neither)\b(?:\s+of\s+(?:the\s+)?(?P<whole>{_NUM})?|\s+the)?"
    rf"\s*(?:(?:\w+\s+)?(?P<noun>{_NOUN}))",
    re.IGNORECASE,
)
QUANTIFIER = re.compile(
    r"\b(?:(?P<nothing>nothing)|(?P<others>the others?|the rest))\s+(?P<neg>(?:has not|have not|did not|didn't)\s+)?"
    r"(?P<verb>rose|rise|fell|fall|changed?|grew|grow|risen|fallen|dropped|drop|increased?|decreased?)\b",
    re.IGNORECASE,
)
ONLY = re.compile(r"\bonly\b", re.IGNORECASE)
NOT = re.compile(r"(?:\bnot|n't|\bnever|\bneither|\bnor)\s+(?:\w+\s+)?$", re.IGNORECASE)
# What may stand between `more` and `than`, and behind `the largest`, where it is a cost that is compared or ranked.
COMPARED = word_set(
    "expensive costly dear in cost costs spend spending spent money of the bill bills total overall usd eur dollars on by was were is did it",
    "both month months period quarter year billed charged paid share each combined together at for",
)
RANKED = COMPARED | word_set(
    "spender spenders driver drivers single item line change changes rise rises increase increases fall falls drop drops decrease decreases",
    "growth reduction part group groups charge charges amount amounts cloud ai contributor contributors saving savings one ones with that to",
    "who are has had jump jumps excess day days week weeks vendor vendors mover movers cause causes from came come goes went this last first",
    "among unusual still again there here account usage two three four five",
)
DENIED = re.compile(r"\b(?:no|by no means|anything but|far from)\s+$", re.IGNORECASE)
BY = re.compile(r"\bby\s+(?:the\s+)?$", re.IGNORECASE)
STRONG, MILD = re.compile(STRONGLY_MOVED, re.IGNORECASE), re.compile(MILDLY_MOVED, re.IGNORECASE)
MODAL = re.compile(
    r"\b(?:would|could|may|might|can|will|should|must|if|(?<!appear )(?<!appears )(?<!seem )(?<!seems )(?<!out )(?<!shown )(?<!found )(?<!said )to)"
    r"\s+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
EXPECTED = re.compile(r"\s+(?:(?:was |is |usual(?:ly)? |normally )?expected|usual|normal)\b", re.IGNORECASE)
