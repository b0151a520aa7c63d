"""Verbs that say which way something went, beside the plain ones: whatever the verb, it is held against the change."""

# A pattern is read on one line.
# ruff: noqa: E501

_CREPT = r"(?:crept|creeps?|creeping|edged|edges|edging|inched|inches|inching|ticked|ticks|ticking|trended|trends|trending|drifted|nudged|moved)"
SOARED = (
    r"(?:soar(?:ed|s|ing)|surg(?:ed|es|ing)|balloon(?:ed|s|ing)|sky-?rocket(?:ed|s|ing)|rocket(?:ed|s|ing)|shot up|shoots up|shooting up|"
    r"spik(?:ed|es|ing)|explod(?:ed|es|ing)|swell(?:ed|s|ing)|swollen|mushroom(?:ed|s|ing)|leap(?:t|ed|s|ing)|snowball(?:ed|s|ing)|escalat(?:ed|es|ing)|"
    r"mount(?:ed|s|ing)|picked up|picks up|boom(?:ed|s|ing)|climbing|jumping|rising|(?<!still )growing|increasing|gain(?:ed|s|ing)|crept higher|"
    rf"{_CREPT} (?:up|upwards?|higher))"
)
PLUNGED = (
    r"(?:plummet(?:ed|s|ing)|tumbl(?:ed|es|ing)|slid|slides|sliding|eas(?:ed|es|ing)|dipp(?:ed|ing)|dips|plung(?:ed|es|ing)|collaps(?:ed|es|ing)|"
    r"crash(?:ed|es|ing)|slump(?:ed|s|ing)|nosediv(?:ed|es|ing)|reced(?:ed|es|ing)|slipp(?:ed|ing)|slips|sagg(?:ed|ing)|dwindl(?:ed|es|ing)|"
    r"diminish(?:ed|es|ing)|lessen(?:ed|s|ing)|crater(?:ed|s|ing)|wan(?:ed|es|ing)|subsid(?:ed|es|ing)|slash(?:ed|es|ing)|falling|dropping|declining|"
    rf"decreasing|shrinking|sinking|came down|comes down|coming down|{_CREPT} (?:down|downwards?|lower))"
)
STRONGLY_MOVED = r"(?:soar|surg|balloon|rocket|shot up|shoot|explod|mushroom|snowball|boom|plummet|plung|collaps|crash|nosediv|crater|slump)"
MILDLY_MOVED = rf"\b(?:{_CREPT}|slightly)\b"
