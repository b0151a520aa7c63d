"""Who the demo company is: its billing accounts, sub-accounts, teams, and the tags they put on things."""

from collections.abc import Mapping
from dataclasses import dataclass

from finops.canonical import canonical

Provider = str


@dataclass(frozen=True, slots=True)
class Biller:
    """Who sends a bill, and the columns every row of it carries. `discount` is the negotiated one, in percent of list."""

    name: Provider
    slug: str
    issuer: str
    publisher: str
    account: str
    account_name: str
    account_type: str
    sub_account_type: str
    sub_accounts: Mapping[str, str]
    region: tuple[str, str] | None
    discount: int = 0

    def columns(self) -> dict[str, str]:
        """Return the columns that are the same on every row of this bill."""
        return {
            "ProviderName": self.name, "PublisherName": self.publisher, "InvoiceIssuerName": self.issuer,
            "BillingAccountId": self.account, "BillingAccountName": self.account_name,
            "BillingAccountType": self.account_type, "BillingCurrency": "USD",
        }  # fmt: skip

    def sub_account(self, short: str) -> dict[str, str]:
        """Return the columns of the sub-account called `short` in the tables here."""
        name = f"larkspur-{short}"
        return {
            "SubAccountId": self.sub_accounts[short],
            "SubAccountName": name,
            "SubAccountType": self.sub_account_type,
        }


AWS = Biller(
    "AWS", "aws", "Amazon Web Services, Inc.", "Amazon Web Services, Inc.", "310000000017", "larkspur-payer",
    "Management Account", "Member Account",
    {"workloads": "310000000025", "data": "310000000033", "shared": "310000000041", "sandbox": "310000000059"},
    ("us-east-1", "US East (N. Virginia)"),
)  # fmt: skip
MICROSOFT = Biller(
    "Microsoft", "microsoft", "Microsoft", "Microsoft", "70219344", "Larkspur Trading", "Billing Account", "Subscription",
    {"production": "5f0c2f1e-3a57-4c8e-9a51-6de1b7a20c11", "nonproduction": "b1d94c70-88e2-4b1f-8d0e-27c5f9f3aa42"},
    ("eastus", "East US"), discount=5,
)  # fmt: skip
GOOGLE = Biller(
    "Google Cloud", "google-cloud", "Google LLC", "Google LLC", "01A7F2-9C40D1-5E88B3", "Larkspur Trading",
    "Billing Account", "Project", {"analytics": "larkspur-analytics", "dev": "larkspur-dev"}, ("us-central1", "Iowa"),
)  # fmt: skip
OPENAI = Biller(
    "OpenAI", "openai", "OpenAI, LLC", "OpenAI", "org-larkspur", "Larkspur Trading", "Organization", "Project",
    {"content": "proj_larkspur_content", "insights": "proj_larkspur_insights"}, None,
)  # fmt: skip
ANTHROPIC = Biller(
    "Anthropic", "anthropic", "Anthropic, PBC", "Anthropic", "a4b8c1d0-larkspur", "Larkspur Trading", "Organization",
    "Workspace", {"support": "wrkspc_larkspur_support", "engineering": "wrkspc_larkspur_engineering"}, None,
)  # fmt: skip
BILLERS: tuple[Biller, ...] = (AWS, MICROSOFT, GOOGLE, OPENAI, ANTHROPIC)


@dataclass(frozen=True, slots=True)
class Team:
    """A team: its cost centre, product and the person its things are tagged with."""

    cost_centre: str
    product: str
    owner: str


TEAMS: dict[str, Team] = {
    "checkout": Team("CC-110", "shop", "mara.lind"),
    "catalogue": Team("CC-120", "shop", "ines.falk"),
    "search": Team("CC-130", "shop", "tomas.reyes"),
    "data": Team("CC-140", "insights", "yuki.arai"),
    "platform": Team("CC-150", "platform", "sam.okoro"),
    "assistant": Team("CC-160", "helper", "lena.brandt"),
}
UNTAGGED = "-"


def tags_of(environment: str, team: str, **more: str) -> dict[str, str]:
    """Return the tags of a thing of `team`; of team `-` only the environment and `more` are known."""
    known = {"environment": environment, **more}
    if team == UNTAGGED:
        return known
    of = TEAMS[team]
    return {**known, "team": team, "owner": of.owner, "product": of.product, "cost_centre": of.cost_centre}


def tag_text(tags: Mapping[str, str]) -> str:
    """Return tags as the bill writes them."""
    return canonical(dict(tags))
