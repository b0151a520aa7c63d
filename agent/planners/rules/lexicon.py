"""The words the grammar knows. A word that is not here, and no value of the data, makes the planner decline."""

from agent.planners.rules.harmless import HARMLESS
from finops.periods import Grain
from finops.query import Basis, Exclusion, Measure


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.lower().split())


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_METRIC_LEADS: tuple[tuple[tuple[str, ...], Measure], ...] = (
        (("on-demand",), "ListCost"), (("on", "demand"), "ListCost"), (("public",), "ListCost"), (("retail",), "ListCost"),
        (("at", "on-demand"), "ListCost"), (("at", "public"), "ListCost"), (("at", "list"), "ListCost"),
        (("negotiated",), "ContractedCost"), (("at", "negotiated"), "ContractedCost"), (("at", "contracted"), "ContractedCost"),
        (("cash",), "BilledCost"), (("invoiced",), "BilledCost"), (("billed",), "BilledCost"),
        (("amortised",), "EffectiveCost"), (("amortized",), "EffectiveCost"), (("effective",), "EffectiveCost"),
        (("contracted",), "ContractedCost"), (("list",), "ListCost"),
)  # fmt: skip
_METRIC_NAMES: dict[tuple[str, ...], Measure] = {
    ("billed",): "BilledCost", ("billed", "cost"): "BilledCost", ("billedcost",): "BilledCost",
    ("effective",): "EffectiveCost", ("amortised",): "EffectiveCost", ("amortized",): "EffectiveCost",
    ("effective", "cost"): "EffectiveCost", ("amortised", "cost"): "EffectiveCost",
    ("amortized", "cost"): "EffectiveCost", ("effectivecost",): "EffectiveCost",
    ("list", "cost"): "ListCost", ("list", "costs"): "ListCost", ("list", "price"): "ListCost",
    ("list", "prices"): "ListCost", ("at", "list"): "ListCost", ("listcost",): "ListCost",
    ("contracted",): "ContractedCost", ("contracted", "cost"): "ContractedCost", ("contractedcost",): "ContractedCost",
    ("consumed", "quantity"): "ConsumedQuantity", ("usage", "quantity"): "ConsumedQuantity", ("consumption",): "ConsumedQuantity",
    ("consumedquantity",): "ConsumedQuantity", ("pricing", "quantity"): "PricingQuantity", ("pricingquantity",): "PricingQuantity",
    ("cash",): "BilledCost", ("invoiced",): "BilledCost", ("negotiated",): "ContractedCost",
}  # fmt: skip
_METRIC_NOUNS: dict[tuple[str, ...], Measure] = {
    (*lead, noun): metric
    for lead, metric in _METRIC_LEADS
    for noun in ("cost", "costs", "price", "prices", "rates", "spend", "spending")
    # `list spend by team` is an order.
    if lead != ("list",) or noun not in ("spend", "spending")
}
METRICS: dict[tuple[str, ...], Measure] = {**_METRIC_NAMES, **_METRIC_NOUNS}

METRIC_WORDS: dict[str, str] = {
    "BilledCost": "billed cost", "EffectiveCost": "effective cost", "ListCost": "list cost",
    "ContractedCost": "contracted cost", "ConsumedQuantity": "consumed quantity", "PricingQuantity": "pricing quantity",
    "CommitmentDiscountQuantity": "commitment quantity", "rows": "rows",
    "EffectiveSavingsRate": "effective savings rate", "CommitmentSavingsRate": "commitment savings rate",
    "NegotiatedSavingsRate": "negotiated savings rate",
}  # fmt: skip

# Rates stand beside the costs they are made of, so that a reader sees of what they are a part.
RATE_WORDS: dict[tuple[str, ...], str] = {
    ("effective", "savings", "rate"): "EffectiveSavingsRate", ("effective", "saving", "rate"): "EffectiveSavingsRate",
    ("effective", "savings", "rates"): "EffectiveSavingsRate", ("effectivesavingsrate",): "EffectiveSavingsRate",
    ("esr",): "EffectiveSavingsRate", ("savings", "rate"): "EffectiveSavingsRate", ("saving", "rate"): "EffectiveSavingsRate",
    ("savings", "rates"): "EffectiveSavingsRate",
    ("commitment", "savings", "rate"): "CommitmentSavingsRate", ("negotiated", "savings", "rate"): "NegotiatedSavingsRate",
    ("commitment", "discount", "savings", "rate"): "CommitmentSavingsRate",
    ("negotiated", "discount", "rate"): "NegotiatedSavingsRate",
}  # fmt: skip
RATE_OF: dict[str, tuple[Measure, Measure]] = {
    "EffectiveSavingsRate": ("EffectiveCost", "ListCost"), "CommitmentSavingsRate": ("EffectiveCost", "ContractedCost"),
    "NegotiatedSavingsRate": ("ContractedCost", "ListCost"),
}  # fmt: skip

# Parts of a bill that can be left out; `tools.cost_parts` says what each is in FOCUS.
PARTS: dict[tuple[str, ...], Exclusion] = {
    ("credits",): "credits", ("credit",): "credits", ("refunds",): "refunds", ("refund",): "refunds",
    ("corrections",): "refunds", ("tax",): "tax", ("taxes",): "tax", ("vat",): "tax", ("sales", "tax"): "tax",
    ("promo", "credit"): "credits",
    ("promo", "credits"): "credits", ("promotional", "credit"): "credits", ("promotional", "credits"): "credits", ("support",): "support",
    ("marketplace",): "marketplace", ("marketplace", "purchases"): "marketplace",
}  # fmt: skip
PART_NOUNS = frozenset({"charges", "costs", "cost", "fees", "purchases"})
WITHOUT: dict[tuple[str, ...], Exclusion] = {
    ("gross",): "credits", ("before", "credits"): "credits", ("gross", "of", "credits"): "credits",
    ("before", "tax"): "tax", ("before", "taxes"): "tax", ("pre-tax",): "tax", ("pretax",): "tax",
    ("before", "refunds"): "refunds",
}  # fmt: skip
NET: dict[tuple[str, ...], tuple[Exclusion, ...]] = {
    ("net",): ("credits", "refunds"), ("net", "of", "credits"): ("credits",), ("after", "credits"): ("credits",),
    ("net", "of", "refunds"): ("refunds",), ("after", "refunds"): ("refunds",), ("after", "tax"): ("tax",),
    ("net", "of", "credits", "and", "refunds"): ("credits", "refunds"), ("after", "credits", "and", "refunds"): ("credits", "refunds"),
}  # fmt: skip
INCLUSIONS: tuple[tuple[str, ...], ...] = (("including",), ("incl",), ("include",), ("with",), ("plus",))
# Parts that are asked for by themselves: `credits by service`, `refunds in September`.
PART_VALUES: dict[tuple[str, ...], tuple[str, str]] = {
    ("credits",): ("ChargeCategory", "Credit"), ("credit",): ("ChargeCategory", "Credit"),
    ("refunds",): ("ChargeClass", "Correction"), ("refund",): ("ChargeClass", "Correction"),
    ("corrections",): ("ChargeClass", "Correction"), ("correction",): ("ChargeClass", "Correction"),
    ("tax",): ("ChargeCategory", "Tax"), ("sales", "tax"): ("ChargeCategory", "Tax"), ("vat",): ("ChargeCategory", "Tax"),
    ("adjustment",): ("ChargeCategory", "Adjustment"), ("purchase",): ("ChargeCategory", "Purchase"), ("taxes",): ("ChargeCategory", "Tax"),
    ("promo", "credit"): ("ChargeCategory", "Credit"), ("promo", "credits"): ("ChargeCategory", "Credit"),
    ("promotional", "credits"): ("ChargeCategory", "Credit"), ("credit", "notes"): ("ChargeCategory", "Credit"),
    ("usage", "charges", "only"): ("ChargeCategory", "Usage"), ("usage", "charges"): ("ChargeCategory", "Usage"),
    ("only", "usage", "charges"): ("ChargeCategory", "Usage"), ("usage", "charge"): ("ChargeCategory", "Usage"),
    ("usage", "only"): ("ChargeCategory", "Usage"), ("only", "usage"): ("ChargeCategory", "Usage"),
    ("just", "usage"): ("ChargeCategory", "Usage"),
    ("purchases",): ("ChargeCategory", "Purchase"), ("adjustments",): ("ChargeCategory", "Adjustment"),
}  # fmt: skip

CURRENCIES: dict[str, str] = {
    "euro": "EUR", "euros": "EUR", "€": "EUR", "dollar": "USD", "dollars": "USD", "$": "USD", "pounds": "GBP", "sterling": "GBP",
    "£": "GBP", "yen": "JPY", "francs": "CHF", "rupees": "INR", "yuan": "CNY",
} | {
    code.lower(): code
    for code in (
        "EUR", "USD", "GBP", "JPY", "CHF", "CNY", "INR", "AUD", "CAD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BRL",
        "MXN", "SGD", "HKD", "ZAR", "KRW", "ILS", "TRY", "THB", "IDR", "MYR", "PHP", "TWD", "AED", "SAR", "CLP", "COP",
    )
}  # fmt: skip
CURRENCY_LEADS: tuple[tuple[str, ...], ...] = (
    ("in",), ("into",), ("to",), ("converted", "to"), ("converted", "into"), ("convert", "to"), ("convert", "it", "to"), ("in", "us"),
)  # fmt: skip
# Before a period: it is then one of invoices, not of charges. The preposition may have been taken with the period.
INVOICED: tuple[tuple[str, ...], ...] = tuple(
    (*words, *lead)
    for words in (
        ("invoiced",), ("billing", "period"), ("billing", "month"), ("billing", "periods"), ("on", "the", "invoice"), ("the", "invoice"),
        ("on", "invoices"), ("on", "the", "invoices"),
    )
    for lead in ((), ("in",), ("of",), ("for",), ("from",), ("on",), ("during",), ("in", "the"), ("of", "the"))
)  # fmt: skip

# Whose days count, said by itself: `on a billing period basis`.
BASES: dict[tuple[str, ...], Basis] = {
    (*lead, word, *noun, "basis"): "charge" if word == "charge" else "billing"
    for word in ("billing", "charge", "invoice")
    for noun in (("period",), ("month",), ())
    for lead in ((), ("in",), ("on",), ("on", "a"), ("on", "the"), ("by",), ("in", "a"), ("on", "an"))
}  # fmt: skip

# Cost given to teams and the like by rules, shared cost split.
ALLOCATES: tuple[tuple[str, ...], ...] = (
    ("allocate",), ("allocated",), ("allocation",), ("chargeback",), ("charge", "back"), ("showback",), ("show", "back"),
    ("shared", "cost"), ("shared", "costs"), ("fully", "loaded"), ("with", "shared", "cost"), ("with", "shared", "costs"),
    ("including", "shared", "costs"), ("including", "shared", "cost"), ("split", "shared", "costs"), ("split", "shared", "cost"),
    ("distribute",), ("distributed",),
)  # fmt: skip
ALLOCATE_LEADS: tuple[tuple[str, ...], ...] = (
    ("to",), ("by",), ("per",), ("over",), ("across",), ("among",), ("for",), ("to", "each"), ("by", "each"), ("for", "each"),
    ("to", "the"), ("across", "the"), ("over", "the"),
)  # fmt: skip
ALLOCATE_STOP = _set("shared cost costs report fully loaded back")
UNIT_COSTS: tuple[tuple[str, ...], ...] = (
    ("unit", "cost"), ("unit", "costs"), ("cost", "per", "unit"), ("costs", "per", "unit"), ("cost", "per", "consumed", "unit"),
)  # fmt: skip
# What there is, whatever it costs.
LISTINGS: tuple[tuple[str, ...], ...] = (
    ("are", "there"), ("is", "there"), ("there", "are"), ("do", "we", "have"), ("have", "we"), ("do", "we", "use"), ("exist",),
    ("are", "used"), ("are", "in", "use"), ("do", "i", "have"), ("are", "in", "the", "bill"), ("are", "in", "the", "data"),
)  # fmt: skip
COUNTS: tuple[tuple[str, ...], ...] = (("how", "many"), ("number", "of"), ("count", "of"))

GRAINS: dict[str, Grain] = {
    "day": "day", "days": "day", "daily": "day", "week": "week", "weeks": "week", "weekly": "week",
    "month": "month", "months": "month", "monthly": "month", "quarter": "quarter", "quarterly": "quarter",
    "year": "year", "yearly": "year", "annual": "year", "annually": "year",
}  # fmt: skip
ADVERB_GRAINS = frozenset({"daily", "weekly", "monthly", "quarterly", "yearly", "annual", "annually"})

NEGATIONS: tuple[tuple[str, ...], ...] = (
    ("without",), ("excluding",), ("exclude",), ("except",), ("except", "for"), ("but", "not"), ("other", "than"),
    ("not", "in"), ("not", "counting"), ("not", "including"), ("excl",), ("ignoring",), ("leaving", "out"), ("minus",), ("not",),
    ("not", "include"), ("not", "count"), ("ignore",), ("skip",), ("omit",), ("omitting",), ("leave", "out"), ("apart", "from"),
    ("aside", "from"), ("bar",), ("nothing", "from"), ("everything", "but"), ("anything", "but"), ("ex",),
    ("outside",), ("outside", "of"),
)  # fmt: skip
GROUPERS: tuple[tuple[str, ...], ...] = (
    ("by",), ("per",), ("each",), ("every",), ("which",), ("what",), ("across",), ("for", "each"), ("for", "every"),
    ("of", "each"), ("by", "each"), ("across", "all"), ("for", "all"), ("all",), ("between",), ("and",), ("and", "by"), ("and", "per"),
)  # fmt: skip
# Nouns a singular dimension word may stand before: `provider costs`, `service breakdown`.
COST_NOUNS = frozenset({
    "cost", "costs", "spend", "spending", "bill", "breakdown", "split", "shares", "totals", "expenses", "charges",
})  # fmt: skip

# A question that opens so is answered by yes or no, unless it says more than that there is a bill.
YES_OR_NO = _set("is are was were do does did has have had can could should will would am")
HOW_TO: tuple[tuple[str, ...], ...] = (
    ("how", "do", "i"), ("how", "can", "i"), ("how", "can", "we"), ("how", "should"), ("how", "to"), ("how", "could", "we"),
)  # fmt: skip

# What makes a question whole: without one of these it continues the conversation, where there is one.
HEADS = frozenset({
    "cost", "costs", "costing", "charging", "money", "spend", "spent", "spending",
     "bill", "bills", "pay", "paid", "paying", "charged", "charges",
    "expenses", "expense", "expenditure", "price",
    "spends", "burn", "burned", "burnt", "burning", "blow", "blew", "outlay", "tab", "invest", "invested",
})  # fmt: skip
LEADS: tuple[tuple[str, ...], ...] = (
    ("and",), ("also",), ("what", "about"), ("how", "about"), ("but",), ("now",), ("then",), ("ok",), ("okay",), ("same",),
    ("the", "same"), ("instead",), ("again",), ("as",), ("in", "terms", "of"), ("only",), ("just",),
)  # fmt: skip
# What was said before is taken back in part; what comes after is a question of its own where it says enough to be one.
CORRECTIONS: tuple[tuple[str, ...], ...] = (
    ("no",), ("nope",), ("sorry",), ("actually",), ("wait",), ("i", "meant"), ("i", "mean"), ("meant",), ("make", "that"), ("make", "it"),
    ("rather",), ("not", "that"), ("oops",), ("hmm",), ("i", "should", "have", "said"), ("not", "just"), ("so",), ("great",), ("right",),
    ("thanks",), ("cool",), ("nice",), ("perfect",), ("and",), ("but",), ("then",), ("ok",), ("okay",),
)  # fmt: skip
TAKEN_BACK = frozenset({"no", "nope", "sorry", "actually", "wait", "meant", "mean", "rather", "oops", "make"})
# Taken together they say nothing, though one of their words would.
IDIOMS: tuple[tuple[str, ...], ...] = (
    ("accounts", "for"), ("accounted", "for"), ("of", "the", "bill"), ("in", "dollars"), ("as", "a", "table"),
    ("line", "item"), ("line", "items"), ("use", "case"), ("use", "cases"), ("at", "the", "moment"), ("right", "now"), ("in", "total"),
    ("our", "own"), ("my", "own"), ("its", "own"), ("their", "own"),
    ("highest", "first"), ("largest", "first"), ("biggest", "first"), ("priciest", "first"), ("in", "descending", "order"),
)  # fmt: skip
# Words for what was spoken of before.
# `AWS accounts for`, but not `cost by account for August`.
ACCOUNT_FOR = ("account", "for")
NOT_BEFORE_IDIOM = frozenset(
    {"by", "per", "each", "every", "which", "the", "an", "this", "sub", "billing", "across", "and", "cloud", "linked"}
)
POINTERS = frozenset({"ones", "those", "them", "these", "they", "it", "that", "their", "theirs", "its"})
# Of several that were told before.
SEVERAL = frozenset({"those", "them", "these", "they", "their", "theirs"})
# Asks for parts; without a word of what to split by, nobody knows which.
SPLITS = frozenset({"split", "splits", "divide", "divided", "slice", "dice"})
POINTED_AT: tuple[tuple[str, ...], ...] = (
    ("top", "one"), ("that", "one"), ("this", "one"), ("first", "one"), ("last", "one"), ("second", "one"),
    ("biggest", "one"), ("largest", "one"),
    ("other", "one"), ("for", "the", "one"),
)  # fmt: skip
TOTALS = frozenset({"total", "totals", "overall", "altogether", "sum", "all", "everything"})

# What a question may say without changing what is asked.
STOP = HEADS | TOTALS | HARMLESS

TRENDS: tuple[tuple[str, ...], ...] = (("trend",), ("trends",), ("over", "time"), ("history",), ("timeline",), ("develop",),
                                       ("developed",), ("development",), ("evolve",), ("evolved",))  # fmt: skip
SHARES = frozenset(
    {
        "share",
        "shares",
        "percentage",
        "percentages",
        "percent",
        "pct",
        "%",
        "%age",
        "proportion",
        "fraction",
        "slice",
        "portion",
        "chunk",
    }
)
LARGEST = frozenset(
    {
        "largest",
        "biggest",
        "highest",
        "costliest",
        "priciest",
        "dearest",
        "heaviest",
        "leading",
        "main",
        "worst",
        "busiest",
        "greatest",
        "steepest",
        "peak",
        "peaked",
    }
)
SMALLEST = frozenset(
    {"smallest", "cheapest", "lowest", "bottom", "tiniest", "quietest", "lightest", "slimmest", "leanest"}
)
RISES = _set("""increase increased increases increasing grow grew grown grows growing growth rise rose risen rises rising jumped
    climbed""")
FALLS = _set(
    "decrease decreased decreases decreasing fall fell fallen falls falling drop dropped drops decline declined shrank"
)
CHANGES = (
    RISES
    | FALLS
    | _set("change changed changes changing difference differ delta moved move moves shifted shift trended")
)
CHANGE_PHRASES: tuple[tuple[str, ...], ...] = tuple(
    (verb, way) for verb in ("go", "goes", "went", "gone", "going", "move", "moved") for way in ("up", "down")
)  # fmt: skip
# Of changes: ranked by percent.
PERCENTWISE = frozenset({"percentwise"})
AVERAGES = frozenset({"average", "mean", "avg"})
# Between two definitions of cost: what one is less the other.
GAPS = frozenset({"difference", "differ", "gap", "delta", "minus"})
# Said of a change, where two periods are named.
MORE = frozenset({"more", "less", "higher", "lower"})
COMPARING = frozenset({"compare", "compared", "comparison", "vs", "versus", "against", "between"})
COMPARERS: tuple[tuple[str, ...], ...] = (
    ("compared", "to"), ("compared", "with"), ("compare", "to"), ("compare", "with"), ("in", "comparison", "to"),
    ("in", "comparison", "with"), ("vs",), ("versus",), ("against",), ("relative", "to"), ("than",), ("than", "in"), ("since",),
    ("compared", "to", "the"), ("compared", "with", "the"), ("vs", "the"), ("versus", "the"), ("than", "the"), ("than", "in", "the"),
    ("against", "the"), ("with",), ("and",), ("to",), ("from",),
)  # fmt: skip
AGAINST: tuple[tuple[str, ...], ...] = tuple(p for p in COMPARERS if p[0] not in ("with", "and", "to", "from", "since"))
BEFORE: tuple[tuple[tuple[str, ...], str], ...] = (
    (("previous", "period"), "previous_period"), (("period", "before"), "previous_period"),
    (("previous", "month"), "month"), (("month", "before"), "month"), (("day", "before"), "day"), (("previous", "day"), "day"),
    (("prior", "month"), "month"),
    (("previous", "week"), "week"), (("week", "before"), "week"),
    (("previous", "quarter"), "quarter"), (("quarter", "before"), "quarter"),
    (("previous", "year"), "previous_year"), (("year", "before"), "previous_year"), (("year", "earlier"), "previous_year"),
    (("a", "year", "ago"), "previous_year"), (("a", "month", "ago"), "month"),
    (("one", "before"), "previous_period"), (("period", "prior"), "previous_period"), (("month", "prior"), "month"),
    (("same", "period", "last", "year"), "previous_year"), (("same", "month", "last", "year"), "previous_year"),
    (("q", "on", "q"), "previous_period"), (("qoq",), "previous_period"), (("quarter", "on", "quarter"), "previous_period"),
    (("quarter", "over", "quarter"), "previous_period"), (("wow",), "previous_period"),
    (("month", "over", "month"), "previous_period"), (("month", "on", "month"), "previous_period"), (("mom",), "previous_period"),
    (("week", "over", "week"), "previous_period"), (("week", "on", "week"), "previous_period"),
    (("year", "over", "year"), "previous_year"), (("year", "on", "year"), "previous_year"), (("yoy",), "previous_year"),
)  # fmt: skip

HELP: frozenset[tuple[str, ...]] = frozenset(_words(text) for text in (
    "help", "help me", "what can i ask", "what can i ask you", "what can you do", "what can you answer", "what do you know",
    "what data is there", "what data do you have", "what data is loaded", "what is loaded", "what can be asked",
    "which dimensions are there", "what dimensions are there", "list dimensions", "list the dimensions", "dimensions",
    "show dimensions", "which tags are there", "what tags are there", "list tags", "what can i ask about", "hello", "hi",
    "which data is there", "what can be asked about", "what questions can i ask", "examples",
))  # fmt: skip
WHYS: tuple[tuple[str, ...], ...] = (
    ("why",), ("how", "come"), ("driving",), ("drove",), ("driver", "of"), ("drivers", "of"), ("driver", "behind"), ("drivers", "behind"),
    ("what", "behind"), ("behind",), ("reason", "behind"), ("reasons", "behind"), ("what", "made"),
    ("how", "come"), ("what", "changed"), ("what", "drove"), ("what", "caused"), ("what", "explains"),
    ("reason", "for"), ("reasons", "for"), ("root", "cause"), ("explain",), ("explain", "the"), ("what", "is", "behind"),
)  # fmt: skip
WHY_WORDS = CHANGES | _set("""so high higher expensive more much jump jumped spike did up down low lower less was the
    this that it cost costs spend bill our we in is are go went""")
ANOMALIES = frozenset({"anomaly", "anomalies", "anomalous", "spike", "spikes", "unusual", "unexpected", "abnormal", "outlier",
                       "outliers", "surprises", "odd", "strange", "suspicious"})  # fmt: skip
# What people recorded: deploys and the like.
NOTES = frozenset({"notes", "deploys", "deployments", "launches", "rollouts"})
NOTE_PHRASES: tuple[tuple[str, ...], ...] = tuple(
    (*lead, verb)
    for lead, verbs in (
        (("what", "was"), ("deployed", "launched", "released")), (("what", "got"), ("deployed", "launched", "released")),
        (("what", "did", "we"), ("deploy", "launch", "release")), (("what",), ("happened",)),
    )
    for verb in verbs
)  # fmt: skip
ANOMALY_STOP = _set("""any detect found happened happen days day costs charges were anything something jumps stand out
    stands""")
SAVINGS = frozenset({"save", "saved", "saving", "savings", "rightsize", "rightsizing", "right-size", "right-sizing", "oversized", "idle",
                     "waste", "wasted", "wasting", "optimise", "optimize", "optimisation", "optimization", "downsize",
                     "over-provisioned", "overprovisioned", "underused", "unused", "reduce", "cut"})  # fmt: skip
SAVING_STOP = _set("""instance instances machine machines vm vms server servers where any should potential possible
    opportunity opportunities too large big right size sizing sized resize action actions best largest biggest biggest
    boxes box sitting shrink trim find first could biggest quick wins win hardware kit they which
    recommend recommendation recommendations suggest suggestion suggestions idea ideas something anything some running
    compute-instances ec2 id opportunities""")
TOO_MUCH: tuple[tuple[str, ...], ...] = (("too", "large"), ("too", "big"), ("right", "size"), ("right", "sizing"))
# Said of savings that were made, which is another question than those that could be.
REALISED = frozenset({"saved", "realised", "realized", "achieved"})
ANOTHER = frozenset({"next", "another"})
PROPOSALS = frozenset({"propose", "proposal", "proposals", "proposing", "draft"})

# Words of the grammar that people mistype; what a question may have meant is asked back, never assumed.
TYPED = _set("""provider service category region account resource september october november december january february
    march april june july august yesterday month quarter amortised effective contracted billed without excluding
    compare compared anomalies savings propose resize trend share total spend credits refunds marketplace negotiated
    invoiced allocate chargeback showback""")

# Names everybody uses for what the bill spells otherwise; taken only where exactly one of the spellings is in the data.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "azure": ("Microsoft", "Microsoft Azure", "Azure"), "gcp": ("Google Cloud", "Google Cloud Platform", "Google", "GCP"),
    "google": ("Google Cloud", "Google Cloud Platform", "Google"), "oci": ("Oracle", "Oracle Cloud"),
    "aws": ("AWS", "Amazon Web Services"),
    "ec2": ("Amazon Elastic Compute Cloud", "Amazon EC2"), "s3": ("Amazon Simple Storage Service", "Amazon S3"),
    "sqs": ("Amazon Simple Queue Service", "Amazon SQS"), "sns": ("Amazon Simple Notification Service", "Amazon SNS"),
    "rds": ("Amazon Relational Database Service", "Amazon RDS"), "vpc": ("Amazon Virtual Private Cloud", "Amazon VPC"),
    "ebs": ("Amazon Elastic Block Store", "Amazon EBS"), "elb": ("Elastic Load Balancing",), "alb": ("Elastic Load Balancing",),
    "eks": ("Amazon Elastic Kubernetes Service", "Amazon Elastic Container Service for Kubernetes", "Amazon EKS"),
    "efs": ("Amazon Elastic File System", "Amazon EFS"),
    "aks": ("Azure Kubernetes Service",), "gke": ("Kubernetes Engine", "Google Kubernetes Engine"), "gcs": ("Cloud Storage",),
    "gce": ("Compute Engine",), "bq": ("BigQuery",), "cloudfront": ("Amazon CloudFront",), "anthropic": ("Anthropic",),
    "ecs": ("Amazon Elastic Container Service", "Amazon ECS"), "cloudwatch": ("AmazonCloudWatch", "Amazon CloudWatch"),
    "lambda": ("AWS Lambda",), "dynamodb": ("Amazon DynamoDB",),
    "ai": ("AI and Machine Learning",), "llm": ("AI and Machine Learning",), "llms": ("AI and Machine Learning",),
}  # fmt: skip
# Which dimension a value is taken for where several hold it; tags come last, and two tags are asked back about.
PRIORITY: tuple[str, ...] = (
    "ProviderName", "ServiceCategory", "ServiceName", "RegionId", "RegionName", "AvailabilityZone", "SubAccountName",
    "SubAccountId", "BillingAccountName", "BillingAccountId", "ResourceType", "ResourceId", "ResourceName", "ChargeCategory",
    "PricingCategory", "CommitmentDiscountStatus", "PublisherName", "InvoiceIssuerName", "SkuId", "SkuPriceId",
)  # fmt: skip
