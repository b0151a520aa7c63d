"""What people call the dimensions of a bill, and what the planner calls them in a sentence."""

from finops.query import DIMENSIONS

# A plain `account` is FOCUS's sub account, a plain `region` its id: conventions, said in every answer.
_DIMENSION_WORDS: dict[str, tuple[str, ...]] = {
    "ProviderName": (
        "provider",
        "cloud",
        "cloud provider",
        "vendor",
        "cloud vendor",
        "supplier",
        "cloud supplier",
        "hyperscaler",
        "csp",
        "provider name",
    ),
    "ServiceName": ("service", "service name", "product"),
    "ServiceCategory": ("service category", "category", "service type", "service family"),
    "ServiceSubcategory": ("service subcategory", "subcategory"),
    "RegionId": ("region", "region id", "location", "cloud region", "aws region"),
    "RegionName": ("region name",),
    "AvailabilityZone": ("availability zone", "zone", "az"),
    "SubAccountId": (
        "account",
        "sub account",
        "sub-account",
        "subaccount",
        "subscription",
        "account id",
        "cloud account",
        "linked account",
        "member account",
        "project",
        "workspace",
    ),
    "SubAccountName": ("account name", "sub account name", "sub-account name", "subscription name"),
    "BillingAccountId": ("billing account", "payer", "payer account"),
    "BillingAccountName": ("billing account name",),
    "ResourceId": ("resource", "resource id"),
    "ResourceName": ("resource name",),
    "ResourceType": ("resource type",),
    "ChargeCategory": ("charge category", "charge type", "kind of charge", "type of charge"),
    "ChargeClass": ("charge class",),
    "ChargeFrequency": ("charge frequency",),
    "ChargeDescription": ("charge description", "description"),
    "PricingCategory": ("pricing category",),
    "PublisherName": ("publisher",),
    "InvoiceIssuerName": ("invoice issuer", "issuer"),
    "InvoiceId": ("invoice", "invoice id"),
    "BillingCurrency": ("currency",),
    "SkuId": ("sku", "sku id"),
    "SkuPriceId": ("sku price", "sku price id"),
    "SkuMeter": ("meter", "sku meter"),
    "CommitmentDiscountId": ("commitment", "commitment discount"),
    "CommitmentDiscountType": ("commitment type", "commitment discount type"),
    "CommitmentDiscountStatus": ("commitment status", "commitment discount status"),
    "x_Source": ("source",),
    "sku:InstanceType": ("instance type", "machine type", "instance size", "vm size", "vm type"),
    "sku:TokenType": ("token type", "kind of token", "type of token"),
}


def plural(word: str) -> str:
    """Return the plural of a dimension word: `categories`, `services`."""
    return word.removesuffix("y") + "ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else word + "s"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.lower().split())


DIMENSION_WORDS: dict[tuple[str, ...], str] = {
    _words(form): dimension
    for dimension, words in _DIMENSION_WORDS.items()
    for word in words
    for form in (word, plural(word))
} | {(name.lower(),): name for name in DIMENSIONS}
PLURALS = frozenset(_words(plural(word)) for words in _DIMENSION_WORDS.values() for word in words)
DIMENSION_NAMES = {dimension: words[0] for dimension, words in _DIMENSION_WORDS.items()}
