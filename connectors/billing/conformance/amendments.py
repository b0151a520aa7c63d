"""Where the product differs from the requirements model, rule by rule, each with the reason a reader of the report is given.

MENDED: the model's own expression contradicts the rule's sentence, or decides by something that does not decide it; the sentence
is checked instead. SUPPLIED: the model has no expression for the rule, but the file decides it, or a part of it. `literally`
judges by the model's expressions alone.
"""

from dataclasses import dataclass, replace

from connectors.billing.conformance.checks import Check, all_of, any_of, equal, filled, null, unlike
from connectors.billing.conformance.rules import Rule, RuleBook

_USAGE, _PURCHASE = equal("ChargeCategory", "Usage"), equal("ChargeCategory", "Purchase")
_UNUSED = equal("CommitmentDiscountStatus", "Unused")
_NOT_CORRECTION = unlike("ChargeClass", "Correction")
_PRICED = all_of(any_of(_USAGE, _PURCHASE), _NOT_CORRECTION)


@dataclass(frozen=True, slots=True)
class Amendment:
    """What is checked in place of the model's expression. Without a check the rule cannot be checked, for the reason given."""

    reason: str
    check: Check | None = None
    when: Check | None = None


def _decimal(column: str) -> Check:
    return Check("CheckDecimalValue", (column,))


def _product(price: str, cost: str) -> Check:
    return Check("ColumnByColumnEqualsColumnValue", (price, "PricingQuantity", cost))


def _one(function: str, *columns: str) -> Check:
    return Check(function, columns)


_SAYS_DECIMAL = "the model checks for a value, which another rule does; the sentence asks for a decimal"
_INVOICED = "the file does not say which charges are associated with an invoice"

MENDED: dict[str, Amendment] = {
    "CommitmentDiscountStatus-C-003-C": Amendment(
        "the model asks for a value where the sentence asks for none",
        null("CommitmentDiscountStatus"),
        null("CommitmentDiscountId"),
    ),
    "CommitmentDiscountStatus-C-004-C": Amendment(
        "the model's condition is that CommitmentDiscountId is null; the sentence's, that it is not and the charge is usage",
        filled("CommitmentDiscountStatus"),
        all_of(filled("CommitmentDiscountId"), _USAGE),
    ),
    "CommitmentDiscountStatus-C-005-M": Amendment(
        "the model lists Active, Expired and Pending; the specification's allowed values are Used and Unused",
        any_of(equal("CommitmentDiscountStatus", "Used"), _UNUSED),
    ),
    "CommitmentDiscountQuantity-C-007-C": Amendment(
        "the model also forbids a value on corrections, which CommitmentDiscountQuantity-C-006-C leaves free",
        null("CommitmentDiscountQuantity"),
        any_of(
            all_of(unlike("ChargeCategory", "Usage"), unlike("ChargeCategory", "Purchase")),
            null("CommitmentDiscountId"),
        ),
    ),
    "ConsumedQuantity-C-006-C": Amendment(
        "the model's condition is that ChargeClass is Correction; the sentence's, that it is not",
        filled("ConsumedQuantity"),
        _NOT_CORRECTION,
    ),
    "PricingCurrencyEffectiveCost-C-004-M": Amendment(
        "the model looks at PricingCurrencyListUnitPrice", _decimal("PricingCurrencyEffectiveCost")
    ),
    "ContractedCost-C-004-M": Amendment(_SAYS_DECIMAL, _decimal("ContractedCost")),
    "EffectiveCost-C-004-M": Amendment(_SAYS_DECIMAL, _decimal("EffectiveCost")),
    "ListCost-C-004-M": Amendment(_SAYS_DECIMAL, _decimal("ListCost")),
    "PricingQuantity-C-008-M": Amendment(_SAYS_DECIMAL, _decimal("PricingQuantity")),
    "EffectiveCost-C-005-C": Amendment(
        "the model asks it of every purchase; only a commitment's is known to cover future charges",
        Check("CheckValue", ("EffectiveCost", 0)),
        all_of(_PURCHASE, filled("CommitmentDiscountId")),
    ),
    "BilledCost-C-005-C": Amendment(
        "the model takes a ProviderName other than InvoiceIssuerName for a third party; AWS and `Amazon Web Services, Inc.` are one"
    ),
    "InvoiceId-C-004-C": Amendment(_INVOICED),
    "InvoiceId-C-005-C": Amendment(_INVOICED),
    "SubAccountType-C-003-C": Amendment(
        "the model takes its two parts for alternatives; both hold, as for BillingAccountType",
        all_of(
            Check("CheckModelRule", ("SubAccountType-C-004-C",)), Check("CheckModelRule", ("SubAccountType-C-005-C",))
        ),
    ),
}

SUPPLIED: dict[str, Amendment] = {
    "BillingPeriodEnd-C-004-M": Amendment(
        "checked by its seconds: 23:59:59 is an inclusive end", _one("CheckExclusiveEnd", "BillingPeriodEnd")
    ),
    "BillingPeriodStart-C-004-M": Amendment(
        "checked as far as that it is before the end", _one("CheckBefore", "BillingPeriodStart", "BillingPeriodEnd")
    ),
    "ChargePeriodEnd-C-004-M": Amendment(
        "checked by its seconds: 23:59:59 is an inclusive end", _one("CheckExclusiveEnd", "ChargePeriodEnd")
    ),
    "ChargePeriodStart-C-004-M": Amendment(
        "checked as far as that it is before the end", _one("CheckBefore", "ChargePeriodStart", "ChargePeriodEnd")
    ),
    "CommitmentDiscountQuantity-C-009-M": Amendment("", _decimal("CommitmentDiscountQuantity")),
    "CommitmentDiscountUnit-C-008-M": Amendment(
        "checked within this file", Check("CheckDistinctCount", ("CommitmentDiscountId", "CommitmentDiscountUnit", 1))
    ),
    "ConsumedQuantity-C-008-C": Amendment("", _decimal("ConsumedQuantity")),
    "ContractedCost-C-009-C": Amendment("", _product("ContractedUnitPrice", "ContractedCost"), _NOT_CORRECTION),
    "PricingQuantity-C-009-C": Amendment(
        "checked for ContractedUnitPrice", _product("ContractedUnitPrice", "ContractedCost"), _NOT_CORRECTION
    ),
    "PricingCurrencyContractedUnitPrice-C-004-C": Amendment(
        "", null("PricingCurrencyContractedUnitPrice"), equal("ChargeCategory", "Tax")
    ),
    "PricingCurrencyContractedUnitPrice-C-005-C": Amendment("", filled("PricingCurrencyContractedUnitPrice"), _PRICED),
    "PricingCurrencyContractedUnitPrice-C-008-C": Amendment(
        "", Check("CheckGreaterOrEqualThanValue", ("PricingCurrencyContractedUnitPrice", 0))
    ),
    "PricingCategory-C-009-C": Amendment(
        "checked on rows whose CommitmentDiscountStatus is Used",
        equal("PricingCategory", "Committed"),
        all_of(_USAGE, equal("CommitmentDiscountStatus", "Used")),
    ),
    "ResourceName-C-004-C": Amendment(
        "checked on rows without ResourceId", null("ResourceName"), null("ResourceId")
    ),
    "SkuMeter-C-006-O": Amendment(
        "checked within this file", Check("CheckDistinctCount", ("SkuId", "SkuMeter", 1)), filled("SkuMeter")
    ),
    "SkuPriceDetails-C-002-O": Amendment("", _one("KeysPascalCase", "SkuPriceDetails")),
    "SkuPriceDetails-C-017-C": Amendment("", _one("KeysPrefixed", "SkuPriceDetails")),
    "SkuPriceDetails-C-020-M": Amendment("", _one("KeysSpelled", "SkuPriceDetails")),
    "SkuPriceDetails-C-021-M": Amendment("", _one("ValuesTyped", "SkuPriceDetails")),
    "DiscountHandling-A-006-C": Amendment(
        "checked on rows with a CommitmentDiscountStatus or the PricingCategory Committed",
        filled("CommitmentDiscountId"),
        any_of(filled("CommitmentDiscountStatus"), equal("PricingCategory", "Committed")),
    ),
    "DiscountHandling-A-012-C": Amendment(
        "checked on purchases with a CommitmentDiscountId",
        Check("CheckSameValue", ("ResourceId", "CommitmentDiscountId")),
        all_of(_PURCHASE, filled("CommitmentDiscountId")),
    ),
    "DiscountHandling-A-014-C": Amendment(
        "checked on usage with a CommitmentDiscountId that is not Unused",
        equal("CommitmentDiscountStatus", "Used"),
        all_of(_USAGE, filled("CommitmentDiscountId"), unlike("CommitmentDiscountStatus", "Unused")),
    ),
    "DiscountHandling-A-018-C": Amendment("checked on rows that are Unused", _USAGE, _UNUSED),
    "DiscountHandling-A-019-C": Amendment(
        "checked on rows that are Unused",
        all_of(filled("CommitmentDiscountId"), Check("CheckSameValue", ("ResourceId", "CommitmentDiscountId"))),
        _UNUSED,
    ),
}  # fmt: skip


def amended(book: RuleBook) -> RuleBook:
    """Return the rules with what is mended and supplied in place. A supplied check keeps the model's condition, if it has one."""
    rules = dict(book.rules)
    for identity, one in {**MENDED, **SUPPLIED}.items():
        rules[identity] = _changed(rules[identity], one)
    return replace(book, rules=rules)


def _changed(rule: Rule, amendment: Amendment) -> Rule:
    if rule.id in MENDED:
        return replace(rule, check=amendment.check, when=amendment.when)
    return replace(rule, check=amendment.check, when=amendment.when or rule.when)
