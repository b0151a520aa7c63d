"""The words that may stand beside a figure in the words of a model, and those that only some kinds of figure allow.

What is judged elsewhere (doubled, rose, most of, largest) is not listed. A word that is nowhere here is refused: whatever it says
of a figure, nothing would hold it against the evidence.
"""

# Lists of words are read as lines.
# ruff: noqa: E501
from collections.abc import Mapping
from types import MappingProxyType

from agent.grounding.dates import MONTHS
from agent.grounding.kinds import Kind


def word_set(*lines: str) -> frozenset[str]:
    """Return the words of some lines."""
    return frozenset(word for line in lines for word in line.split())


_SMALL = word_set(
    "the a an of in on at for from to by with within and or but while whereas as than that which who whose this these those it its they",
    "them their there here we our us you your each every all both any some no not none nor only just also too then so where when what",
    "during over across between among about around under above below roughly approximately nearly almost exactly precisely out into",
    "through until after before against versus vs compared comparison respectively alone together combined overall altogether",
    "respectively namely i e g eg ie etc again still yet both other others another rest remainder remaining everything anything nothing",
    "s t don doesn didn isn wasn plus minus least off including included includes include including excluding without besides beside",
    "yes well now earlier later previous previously prior last past current currently once ago per-unit together same-day i'd i've",
)
_VERBS = word_set(
    "cost costs costing was were is are be been being has have had having came come comes coming amounted amounts totalled totaled totals",
    "totalling totaling billed charged paid pay pays spent spend spends spending accounted accounts account accounting made make makes",
    "making took take takes taking went go goes contributed contributes contribute represented represents represent stood stands stand",
    "did do does shows showed shown show showing found find listed list lists told given gives give named",
    "used uses use running run runs consisted consists comprises comprised belongs belong fell-under rests rested based covers covered",
    "follows following concerns holds held bears bore bear borne carried carries carry split splits apply applied applies says said",
    "see seen looked look looking checked counted reads read means mean-while meanwhile asked recorded coincides coincided",
)
_NOUNS = word_set(
    "cost costs spend spending bill bills billing invoice invoices invoiced charge charges amount amounts usage sum sums total totals",
    "share shares part parts portion portions percent percentage proportion points point change changes difference",
    "provider providers vendor vendors cloud clouds service services region regions account accounts subaccount subaccounts sub-account",
    "sub-accounts subscription subscriptions project projects team teams environment environments category categories resource resources",
    "instance instances machine machines vm vms volume volumes disk disks bucket buckets snapshot snapshots database databases cluster",
    "clusters node nodes container containers function functions server servers storage compute network networking traffic data transfer",
    "transfers egress ingress request requests tag tags tagged untagged allocated unallocated shared direct pool pools owner owners",
    "department departments application applications app apps workload workloads product products sku skus unit units group groups row",
    "rows line lines item items record records figure figures value values result results evidence source sources table month months day",
    "days period periods date dates week weeks quarter quarters year years currency currencies definition definitions basis metric metrics",
    "hour hours business company organisation organization production staging test testing development dev prod sandbox name names kind",
    "kinds type types size sizes id ids note notes answer question breakdown summary detail details overview token tokens model models",
    "quantity consumed consumption name queries query fee fees commitment commitments reserved spot on-demand ondemand purchase purchases net",
    "promotional support vcpu vcpus gib gb tb monthly dollars dollar euros euro pounds pound cents usd eur gbp finops tollkeeper",
)  # fmt: skip
_KINDS = word_set(
    "billed effective amortised amortized list contracted complete incomplete provisional preliminary final whole entire full single",
    "largest smallest biggest highest lowest second third fourth fifth named given corresponding different distinct individual separate",
    "two three four five six seven eight nine ten eleven twelve one top third-party in-house available known unknown none external",
    "internal public private new-line public-cloud multi-cloud ai ml",
)

COMMON = _SMALL | _VERBS | _NOUNS | _KINDS | frozenset(MONTHS) | frozenset(month[:3] for month in MONTHS) | {"sept"}

MOVED = word_set(
    "more less higher lower dearer cheaper greater larger bigger smaller fewer beyond up down rise rises rising increase increases",
    "growth fall falls drop drops decline declines decrease decreases reduction change changes changed difference differs differed",
    "moved movement driven drove drives explained explains explain since percent_change by extra further another added lost dropped off",
    "deviation deviated deviates reduced reduces gained",
)
_UNUSUAL = word_set(
    "expected expect expectation excess exceeds exceeded exceeding unusual unusually anomaly anomalies anomalous normal normally usual",
    "usually baseline spike spikes jump jumps incident incidents overspend overspent overrun instead detected daily stand stands out",
)
_SAVED = word_set(
    "save saves saved saving savings would could can may might cut cuts reduce reduces reducing reduction resize resizing resized rightsize",
    "rightsizing right-sizing downsize downsizing stop stopping delete deleting switch switching move moving moved potential estimated",
    "estimate recommendation recommendations recommended suggests suggested suggest proposal proposals propose proposed idle cheaper less",
    "lower per annual yearly annually target if by policy person decide decides decided unused underused fits fit need needs",
)
_MEAN = word_set(
    "average averages averaged averaging mean means typical typically per daily divided hourly weekly on each"
)
_PARTS = word_set(
    "gross credit credits correction corrections refund refunds refunded adjustment adjustments tax taxes vat gst marketplace discount",
    "discounts purchase purchases",
)
_RATE = word_set("per rate rates price prices priced each hourly unit units ratio times average averages")
SUPPOSED = word_set(
    "would could projected projection annualised annualized annual annually yearly times run-rate run rate pace scaled multiplied if at",
    "daily average this same every hypothetical hypothetically equivalent what-if stays stayed stay like",
)
"""Of a figure that was multiplied by a bare number."""

ALLOWED: Mapping[Kind, frozenset[str]] = MappingProxyType({
    "amount": frozenset[str](), "before": MOVED, "share": frozenset({"majority", "minority"}), "change": MOVED, "points": MOVED,
    "excess": MOVED | _UNUSUAL, "expected": MOVED | _UNUSUAL, "saving": _SAVED | MOVED, "part": _PARTS, "mean": _MEAN,
    "count": _UNUSUAL | _SAVED, "other": _RATE | _MEAN | _SAVED,
})  # fmt: skip
PARTS, RATE = _PARTS, _RATE
_SAID = word_set(
    "need needs lack lacks offer offers provide provides provided ends end begin begins began start starts started matter matters bring brings",
    "cover add adds charging pricing migration matches match exist exists appear appears include included remain remains works work is isn't supports help helps",
    "console marketplace depend depends tagged allocated configured enabled disabled deployed hosted available stored queried filtered grouped",
    "described reported understood updated loaded imported converted missing attributed assigned ai native policies customers customer bills",
)
ANYWHERE = COMMON.union(*ALLOWED.values(), SUPPOSED, _SAID)
"""Every word that is known at all."""

# Words that deny, or say how much: of a group whose figure is not told, they would be all that is said.
_LOADED = word_set(
    "no not none nor nothing never don doesn didn isn wasn isn't all every everything anything any whole entire full single alone only",
    "just half part parts portion portions percent percentage off out over under above below beside besides before nearly almost roughly",
    "approximately exactly precisely same different least plus minus rest remainder remaining one two three four five six seven eight nine",
    "ten eleven twelve second third fourth fifth quarter quarters cent cents point points top single majority minority instead stands",
    "match matches hold holds held stood follow follows following belong belongs belonged start starts started begin begins began idle",
    "unused underused disabled incomplete final preliminary carries carry carried brings bring gross waste wasted free",
)
UNTOLD = ((COMMON | _SAID) - MOVED - _LOADED) | {"by", "mean", "means", "meant", "plan", "plans", "something"}
"""What may stand in a sentence about a group or a cost that tells no figure of it."""
ADVICE = _SAVED - MOVED - _LOADED
"""The same, where a tool recommends or proposes something."""

# Words that give a plain cost a role that no figure here has, though they may stand in the question.
NEVER = word_set(
    "waste wastes wasted wasting budget budgets budgeted forecast forecasts forecasted profit profits loss losses revenue income margin",
    "refund refunds tax taxes gross saving savings save saves saved cut avoid avoids avoided unblended blended projected estimate",
    "estimated expected average averages mean target overspend underspend debt penalty fine credit credits gross discount discounts will",
    "would could might should won planned commitment",
)
