"""Metered services: a resource's level, its calendar and its noise become the quantities of its meters."""

import numpy as np

from evals.estate.catalogue import MODELS, Meter, Service
from evals.estate.days import Days
from evals.estate.ledger import MICRO, Ledger, Price, rounded
from evals.estate.org import ANTHROPIC, OPENAI, Biller, tag_text, tags_of
from evals.estate.resources import BILLED, FEATURES, Feature, Resource
from evals.estate.seeded import Floats, identifier, noise, uniform
from finops.canonical import canonical

# Saturday and Sunday against a working day, and growth in a year.
WEEKEND = 0.62
GROWTH = 0.24
_NOISE = 0.035
_MONTH_END = 10.0


def bill_usage(ledger: Ledger, biller: Biller, seed: int, days: Days) -> None:
    """Add every metered service of `biller` but the instances."""
    for sender, service, resources in BILLED:
        if sender is biller:
            for resource in resources:
                _bill(ledger, biller, service, resource, seed=seed, days=days)
    for feature in FEATURES:
        if MODELS[feature.model].biller == biller.slug:
            _tokens(ledger, biller, feature, seed, days)


def demand(seed: int, key: str, days: Days, kind: str) -> Floats:
    """Return how busy a resource is each day, near 1: growth through the year, the working week, the month's end, noise."""
    growth = 1.0 + GROWTH * (days.index / 365.0 - 0.5) * (
        0.4 + 1.2 * uniform(seed, f"{key}/growth", np.zeros(1, np.int64))
    )
    course = growth * (1.0 + _NOISE * noise(seed, key, days.index))
    if kind == "busy":
        course = np.where(days.weekday >= 5, course * WEEKEND, course)
    if kind == "month-end":
        course = np.where(days.last_of_month == 1, course * _MONTH_END, course)
    return course


def _quantity(seed: int, service: Service, resource: Resource, meter: Meter, days: Days) -> Floats:
    if meter.cadence == "hours":
        return np.full(days.count, 24.0 * meter.ratio * resource.level)
    if meter.cadence == "stored":
        fixed = service.resource_type in ("volume", "snapshot", "Disk")
        course = np.ones(days.count) if fixed else 1.0 + GROWTH * (days.index / 365.0 - 0.5)
        return meter.ratio * resource.level * course / days.month_length
    key = f"{service.key}/{resource.name}/{meter.sku}"
    return meter.ratio * resource.level * demand(seed, key, days, resource.demand)


def _bill(ledger: Ledger, biller: Biller, service: Service, resource: Resource, *, seed: int, days: Days) -> None:
    columns = resource_columns(biller, service, resource, seed)
    for meter in service.meters:
        ledger.use(
            f"{service.key}/{resource.name}/{meter.sku}", columns | meter_columns(service.name, meter), days=days.index,
            quantity=rounded(_quantity(seed, service, resource, meter, days), digits=meter.digits),
            price=Price.of(meter.price, discount=biller.discount), consumed=meter.consumed,
        )  # fmt: skip


def resource_columns(biller: Biller, service: Service, resource: Resource, seed: int) -> dict[str, str]:
    """Return the columns that say which resource a row is of."""
    account = biller.sub_accounts[resource.sub_account]
    unique = identifier(seed, f"{service.key}/{resource.name}", prefix="")
    tags = tags_of(resource.environment, resource.team)
    region = dict(zip(("RegionId", "RegionName"), biller.region or (), strict=False))
    return {
        **biller.columns(), **biller.sub_account(resource.sub_account), **region, "ServiceName": service.name,
        "ServiceCategory": service.category, "ServiceSubcategory": service.subcategory, "ResourceName": resource.name,
        "ResourceType": service.resource_type, "Tags": tag_text(tags),
        "ResourceId": service.id_form.format(name=resource.name, account=account, hex=unique),
    }  # fmt: skip


def meter_columns(service: str, meter: Meter) -> dict[str, str]:
    """Return the columns that say what a row charges."""
    sku = f"{service}/{meter.sku}".replace(" ", "-").lower()
    return {
        "ChargeCategory": "Usage", "ChargeFrequency": "Usage-Based", "PricingCategory": "Standard", "SkuMeter": meter.sku,
        "SkuId": sku, "SkuPriceId": f"{sku}/on-demand", "PricingUnit": meter.unit, "ConsumedUnit": meter.consumed_unit,
        "ChargeDescription": f"${meter.price} per {meter.unit}: {meter.sku}",
    }  # fmt: skip


def _tokens(ledger: Ledger, biller: Biller, feature: Feature, seed: int, days: Days) -> None:
    """Add a feature's tokens: uncached input, cached input and output, which share the day's requests."""
    model = MODELS[feature.model]
    requests = feature.requests * demand(seed, f"llm/{feature.name}", days, "busy")
    size = 1.0 + 0.02 * noise(seed, f"llm/{feature.name}/size", days.index)
    tokens = {
        "input": (model.input, requests * feature.input * size * (1.0 - feature.cached / 100.0)),
        "cached": (model.cached, requests * feature.input * size * (feature.cached / 100.0)),
        "output": (model.output, requests * feature.output * size),
    }
    for meter, (price, quantity) in tokens.items():
        ledger.use(
            f"llm/{feature.name}/{meter}", _token_columns(biller, feature, meter, price), days=days.index,
            quantity=rounded(quantity / MICRO, digits=6), price=Price.of(price), consumed=MICRO,
        )  # fmt: skip


def _token_columns(biller: Biller, feature: Feature, meter: str, price: str) -> dict[str, str]:
    words = "cached input tokens" if meter == "cached" else f"{meter} tokens"
    sku = f"{feature.model}/{words}".replace(" ", "-")
    tags = tags_of(
        feature.environment, feature.team, model=feature.model, feature=feature.name, task_class=feature.task_class
    )
    return {
        **biller.columns(), **biller.sub_account(feature.sub_account), "ServiceName": _service_name(biller),
        "ServiceCategory": "AI and Machine Learning", "ServiceSubcategory": "Generative AI", "ResourceType": "model",
        "ResourceId": f"{feature.model}/{feature.name}", "ResourceName": feature.name, "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based", "PricingCategory": "Standard", "SkuMeter": words, "SkuId": sku,
        "SkuPriceId": f"{sku}/standard", "SkuPriceDetails": canonical({"Model": feature.model, "TokenType": meter}),
        "PricingUnit": "1000000 Tokens", "ConsumedUnit": "Tokens", "Tags": tag_text(tags),
        "ChargeDescription": f"${price} per 1M {words} of {feature.model}",
    }  # fmt: skip


def _service_name(biller: Biller) -> str:
    return {OPENAI.name: "OpenAI API", ANTHROPIC.name: "Claude API"}[biller.name]
