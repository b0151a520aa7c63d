"""Words that carry no condition of their own: who asks, for what occasion, how politely, and what money does besides being spent.

INVARIANT: none of them negates, limits, ranks, compares, names a time or predicts; a word that might is left to be asked back about.
"""


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Everyday language, never a name by itself, whatever the data calls its things.
EVERYDAY = _set("""
    a an the of for in on at to our we i me my us you your it its is was were are be been did do does have has had
    what how much show give tell list display get find see want know please can could let
    this that these those there here and or with by per each every from amount amounts money usd which who whose
    break down breakdown broken split splits grouped group into figure figures come comes came up make makes made
    look like so far only just instead same again also now then ok okay about thanks hi hello hey cloud using as
    used use across among over during within through
    report overview summary question answer data go goes went one most value values called named where
    pls plz thx cheers need wanna pull chart plot graph number numbers roughly approximately approx exactly precisely right currently
    actually really basically both together combined specifically particular stuff things thing ones receive received get gets got gotten
    getting gave give given running ran eat eats eating ate chew chewing racked rack bucks would could should might
    hey there back happen happened were across whole entire every respectively him her them they their
    quickly quick please kindly damage still ever already yet per incur incurred accrue accrued
    any anything something everyone everybody offender offenders spender spenders culprit culprits item items usage case cases
    contribute contributes contributed contributing contributor contributors view recorded attributable attributed belongs belonging
    related associated linked tied via inside add adds added summed details detail info information provide
    asking wondering curious trying understand figure figures know tell help need needs needed want wants looking look prepare
    preparing prepping reporting update deck slide slides meeting board finance cfo ceo manager boss review
    full full-year table grid single name uses exactly typical typically looked
    forked shelled out setting off sort sorted desc descending ordered
""")
# Who wants to know, and what for. These and the following may be names in the data, and then they are.
_OCCASION = _set("""
    auditor auditors audit leadership management exec execs executive executives director directors chief head heads colleague
    colleagues stakeholder stakeholders accounting accountant accountants controller controllers procurement steering committee
    pack deck decks slide slides slideshow presentation spreadsheet sheet excel csv email memo newsletter dashboard
    wiki doc docs document call standup workshop session ops finops sake purposes purpose context reference
    background keep keeps asks asked asker wanting budgeting
    """)
# How it is asked.
_MANNER = _set("""
    remind reminder trouble mind possible possibly kind grateful appreciate appreciated ta lovely awesome brilliant
    briefly simply basically literally honestly frankly essentially ballpark rough ish fetch pull pulled
    run-down rundown rank ranking ranked sorted line lines readout
    state reported say said talk talking speak spell lay present presented return returned compute calculate
    computed calculated work working worked determine establish confirm check checking verify double-check
    i.e ie viz namely er erm um uh eh oh well alright good morning afternoon evening
    dear btw fyi tbh imo lol etc folks guys hope hoping guess suppose
    believe think thought understood figured heard noticed notice eyeball glance handle picture sense feel
    sentence sentences words word itself themselves ourselves myself yourself whatsoever whatever altogether
    inclusive included exact precise correct proper actual true real headline ultimately
    thank few some several nice
    """)
# What money does besides being spent.
_MONEY = _set("""
    land landed landing lands sit sits sitting sat rack racks racking pile piled piling chalk chalked clock clocked notch notched
    rake raked hit hitting hits post posted posting book booked booking put putting puts set sets setting lay laid laying
    drain drained draining swallow swallowed swallowing gobble gobbled gobbling guzzle guzzled guzzling consume consumes consumed
    consuming devour devoured absorb absorbed splurge splurged splash splashed fork forking cough coughed
    money cash funds dough dosh quid payment payments charge charging fee fees
    billing owe owed owes owing amounted totalling totaling totalled
    totaled summed sums summing aggregate aggregated aggregates cumulative cumulatively combine
    combining collectively jointly all-in all-up grand counting counted counts include classed classified
    categorised categorized filed registered showing shows shown appearing appears appear under
    stay stays stayed run serve serves served hosting hosted hosts host deployed deploy operating operated operate workload workloads
    drill drilled drilling dig digging zoom zooming slice dice divided divide divides
    breakdowns broke breaks makeup composition
    """)

HARMLESS = EVERYDAY | _OCCASION | _MANNER | _MONEY
