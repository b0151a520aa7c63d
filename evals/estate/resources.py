"""What the demo company runs, instances of EC2 apart: one line a resource.

Columns: name, sub-account, environment, team (`-` untagged), level (see the service's meters), demand (`busy` follows the
working week, `steady` does not, `month-end` runs for ten times as long on the last day of a month).
"""

from dataclasses import dataclass
from typing import Literal, cast

from evals.estate import catalogue as c
from evals.estate.org import AWS, GOOGLE, MICROSOFT, Biller

Demand = Literal["busy", "steady", "month-end"]


@dataclass(frozen=True, slots=True)
class Resource:
    """One row of the tables below."""

    name: str
    sub_account: str
    environment: str
    team: str
    level: float
    demand: Demand


def _read(table: str) -> tuple[Resource, ...]:
    rows = (line.split() for line in table.strip().splitlines())
    return tuple(Resource(n, a, e, t, float(level), cast(Demand, demand)) for n, a, e, t, level, demand in rows)


_BUCKETS = _read("""
larkspur-media-originals workloads production catalogue 14200 busy
larkspur-media-thumbnails workloads production catalogue 3900 busy
larkspur-shop-static workloads production checkout 220 busy
larkspur-order-archive workloads production checkout 2600 steady
larkspur-invoices workloads production checkout 640 busy
larkspur-search-index workloads production search 1800 steady
larkspur-app-logs shared production platform 5200 steady
larkspur-audit-trail shared production platform 900 steady
larkspur-terraform-state shared production platform 4 steady
larkspur-artifacts shared production platform 1450 busy
larkspur-backups-weekly shared production platform 6100 steady
larkspur-lake-raw data production data 18800 steady
larkspur-lake-curated data production data 7400 steady
larkspur-lake-features data production data 2100 busy
larkspur-exports data production data 1250 busy
larkspur-ml-checkpoints data production assistant 3300 steady
larkspur-staging-media workloads staging catalogue 780 busy
larkspur-staging-exports workloads staging data 320 busy
larkspur-dev-scratch sandbox dev platform 2700 busy
larkspur-dev-datasets sandbox dev data 1900 steady
larkspur-migration-2024 sandbox dev - 5400 steady
larkspur-tmp-uploads sandbox dev - 860 busy
larkspur-loadtest-results sandbox dev search 430 busy
larkspur-prompt-logs data production assistant 510 busy
""")
_DATABASES = _read("""
orders workloads production checkout 2 steady
orders-replica workloads production checkout 2 steady
catalogue workloads production catalogue 2 steady
accounts workloads production checkout 1 steady
search-meta workloads production search 1 steady
insights data production data 4 steady
helper-sessions workloads production assistant 1 steady
staging-orders workloads staging checkout 0.5 steady
""")
_FUNCTIONS = _read("""
order-events workloads production checkout 46 busy
payment-webhook workloads production checkout 22 busy
cart-expiry workloads production checkout 6 steady
fraud-score workloads production checkout 18 busy
email-sender workloads production checkout 9 busy
image-resize workloads production catalogue 64 busy
price-sync workloads production catalogue 12 steady
stock-sync workloads production catalogue 15 steady
feed-export workloads production catalogue 8 steady
index-writer workloads production search 28 busy
query-log workloads production search 19 busy
synonyms-build workloads production search 3 steady
lake-loader data production data 31 steady
partition-fix data production data 2 steady
session-summary workloads production assistant 24 busy
embed-catalogue workloads production assistant 11 steady
staging-order-events workloads staging checkout 2 busy
staging-image-resize workloads staging catalogue 3 busy
cost-exporter shared production platform 1 steady
key-rotation shared production platform 1 steady
""")
_LOGS = _read("""
checkout-api workloads production checkout 17 busy
catalogue-api workloads production catalogue 11 busy
search-api workloads production search 9 busy
storefront workloads production checkout 14 busy
orders-worker workloads production checkout 6 busy
helper-api workloads production assistant 8 busy
lake-loader data production data 7 steady
insights-api data production data 4 busy
gateway shared production platform 12 busy
build-agents shared production platform 5 busy
staging-all workloads staging platform 3 busy
dev-all sandbox dev platform 2 busy
""")
_BALANCERS = _read("""
storefront workloads production checkout 190 busy
media-egress workloads production catalogue 310 busy
checkout-api workloads production checkout 70 busy
search-api workloads production search 85 busy
helper-api workloads production assistant 40 busy
insights-api data production data 65 busy
partner-feeds workloads production catalogue 120 steady
staging-front workloads staging platform 9 busy
dev-front sandbox dev platform 4 busy
vpn-gateway shared production platform 22 busy
""")
_JOBS = _read("""
invoice-run data production checkout 18 month-end
lake-compaction data production data 26 steady
""")
_SNAPSHOTS = _read("""
orders-2024-schema-change workloads production checkout 1900 steady
catalogue-before-replatform workloads production catalogue 1400 steady
insights-nightly data production data 820 steady
dev-golden-image sandbox dev platform 160 steady
""")
LOOSE = _read("""
old-search-node-data workloads production search 1000 steady
loadtest-2025-disk sandbox dev search 750 steady
unnamed-restore sandbox dev - 500 steady
""")
ADDRESSES = _read("""
old-dev-front workloads dev platform 1 steady
staging-shop-before-move workloads staging checkout 1 steady
""")
_AZURE_VMS = _read("""
erp-app-1 production production platform 1 steady
erp-app-2 production production platform 1 steady
erp-batch production production platform 2 steady
bi-gateway production production data 1 steady
warehouse-app-1 production production catalogue 1 steady
warehouse-app-2 production production catalogue 1 steady
label-printing production production catalogue 0.5 steady
identity-sync production production platform 0.5 steady
jump-host nonproduction staging platform 0.25 steady
erp-staging nonproduction staging platform 1 steady
erp-dev-1 nonproduction dev platform 0.5 steady
erp-dev-2 nonproduction dev platform 0.5 steady
bi-dev nonproduction dev data 0.5 steady
partner-test nonproduction dev - 0.5 steady
""")
_AZURE_DISKS = _read("""
erp-app-1-data production production platform 2 steady
erp-app-2-data production production platform 2 steady
erp-batch-data production production platform 4 steady
bi-gateway-data production production data 1 steady
warehouse-app-1-data production production catalogue 2 steady
warehouse-app-2-data production production catalogue 2 steady
identity-sync-data production production platform 1 steady
erp-staging-data nonproduction staging platform 1 steady
erp-dev-1-data nonproduction dev platform 1 steady
erp-dev-2-data nonproduction dev platform 1 steady
decommissioned-crm-data nonproduction dev - 6 steady
""")
_AZURE_STORAGE = _read("""
erpdocuments production production platform 2100 busy
erparchive production production platform 6400 steady
bistaging production production data 1700 steady
warehousescans production production catalogue 3100 busy
labels production production catalogue 140 busy
diagnosticslogs production production platform 1900 steady
erpdocumentsstg nonproduction staging platform 380 busy
bidev nonproduction dev data 620 steady
partnerdrop nonproduction dev - 240 busy
backupvault production production platform 4800 steady
""")
_AZURE_SQL = _read("""
erp production production platform 4 steady
erp-reporting production production data 2 steady
warehouse production production catalogue 3 steady
labels production production catalogue 1 steady
identity production production platform 1 steady
erp-stg nonproduction staging platform 1 steady
erp-dev nonproduction dev platform 1 steady
bi-dev nonproduction dev data 1 steady
""")
_AZURE_IPS = _read("""
erp-front production production platform 60 busy
warehouse-front production production catalogue 45 busy
bi-front production production data 25 busy
partner-front nonproduction dev - 6 busy
erp-stg-front nonproduction staging platform 5 busy
""")
_GCE = _read("""
feature-store-1 analytics production data 8 steady
feature-store-2 analytics production data 8 steady
airflow analytics production data 4 steady
airflow-worker-1 analytics production data 8 steady
airflow-worker-2 analytics production data 8 steady
ranking-serving-1 analytics production search 8 steady
ranking-serving-2 analytics production search 8 steady
geo-lookup analytics production checkout 2 steady
notebook-yuki dev dev data 4 steady
notebook-lena dev dev assistant 4 steady
ranking-dev dev dev search 4 steady
spark-dev-cluster dev dev data 8 steady
""")
_GCE_DISKS = _read("""
feature-store-1 analytics production data 500 steady
feature-store-2 analytics production data 500 steady
airflow analytics production data 120 steady
airflow-worker-1 analytics production data 200 steady
airflow-worker-2 analytics production data 200 steady
ranking-serving-1 analytics production search 250 steady
ranking-serving-2 analytics production search 250 steady
notebook-yuki dev dev data 200 steady
notebook-lena dev dev assistant 200 steady
spark-dev-cluster dev dev data 900 steady
""")
_DATASETS = _read("""
shop_events analytics production data 9 busy
shop_orders analytics production data 4 busy
attribution analytics production data 34 steady
finance analytics production data 1.5 busy
ranking_features analytics production search 7 steady
helper_traces analytics production assistant 3 busy
dev_sandbox dev dev data 2 busy
attribution_backfill dev dev data 5 steady
""")
_GCS = _read("""
larkspur-events-raw analytics production data 8200 steady
larkspur-events-curated analytics production data 3900 steady
larkspur-model-registry analytics production search 900 steady
larkspur-airflow-logs analytics production data 700 steady
larkspur-exports-eu analytics production data 450 busy
larkspur-helper-evals analytics production assistant 210 busy
larkspur-dev-scratch dev dev data 1600 steady
larkspur-notebooks dev dev data 320 busy
larkspur-ranking-dev dev dev search 540 steady
larkspur-old-poc dev dev - 1300 steady
""")
_EGRESS = _read("""
ranking-front analytics production search 38 busy
feature-store-front analytics production data 12 busy
airflow-front analytics production data 2 busy
dev-front dev dev data 3 busy
""")

BILLED: tuple[tuple[Biller, c.Service, tuple[Resource, ...]], ...] = (
    (AWS, c.S3, _BUCKETS), (AWS, c.RDS, _DATABASES), (AWS, c.LAMBDA, _FUNCTIONS), (AWS, c.CLOUDWATCH, _LOGS),
    (AWS, c.TRANSFER, _BALANCERS), (AWS, c.BALANCING, _BALANCERS), (AWS, c.GLUE, _JOBS), (AWS, c.SNAPSHOTS, _SNAPSHOTS),
    (MICROSOFT, c.AZURE_VM, _AZURE_VMS), (MICROSOFT, c.AZURE_DISK, _AZURE_DISKS),
    (MICROSOFT, c.AZURE_STORAGE, _AZURE_STORAGE), (MICROSOFT, c.AZURE_SQL, _AZURE_SQL),
    (MICROSOFT, c.AZURE_BANDWIDTH, _AZURE_IPS), (GOOGLE, c.GCE, _GCE), (GOOGLE, c.GCE_DISK, _GCE_DISKS),
    (GOOGLE, c.BIGQUERY, _DATASETS), (GOOGLE, c.GCS, _GCS), (GOOGLE, c.GOOGLE_NETWORK, _EGRESS),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Feature:
    """One use of a model: requests a day, tokens of input a request, percent of those cached, tokens of output a request."""

    name: str
    sub_account: str
    model: str
    environment: str
    team: str
    task_class: str
    requests: float
    input: float
    cached: float
    output: float


def _feature(line: str) -> Feature:
    name, account, model, environment, team, task, *numbers = line.split()
    return Feature(name, account, model, environment, team, task, *map(float, numbers))


FEATURES: tuple[Feature, ...] = tuple(map(_feature, """
product-copy content gpt-5 production catalogue generation 2600 1900 35 620
product-copy-short content gpt-5-mini production catalogue generation 7400 1100 35 180
image-alt-text content gpt-5-nano production catalogue generation 21000 900 10 60
translation content gpt-5-mini production catalogue translation 16000 1400 20 1300
review-summary content gpt-5-mini production catalogue summarisation 9000 2600 15 240
ticket-triage content gpt-5 production assistant classification 15500 1050 40 12
moderation content gpt-5-nano production checkout classification 48000 420 30 6
staging-content content gpt-5-mini staging catalogue generation 400 1400 10 400
weekly-report insights gpt-4.1 production data summarisation 310 18000 5 1500
sql-helper insights gpt-5 production data code 900 5200 45 700
chart-captions insights gpt-5-mini production data generation 1500 1700 25 120
entity-match insights gpt-5-nano production data extraction 64000 520 30 40
invoice-extract insights gpt-4.1 production checkout extraction 2100 3400 5 260
forecast-notes insights gpt-5 production data generation 120 7000 10 900
dev-insights insights gpt-5 dev data code 260 4200 20 800
support-agent support claude-sonnet-5 production assistant agent 6200 6800 72 480
support-reply support claude-haiku-4-5 production assistant generation 9800 2100 55 310
refund-check support claude-haiku-4-5 production checkout classification 5200 1500 60 25
doc-qa support claude-sonnet-5 production assistant question-answering 3100 9400 0 350
escalation-note support claude-sonnet-5 production assistant summarisation 900 5200 30 420
voice-transcript support claude-haiku-4-5 production assistant summarisation 2400 4300 15 380
staging-support support claude-haiku-4-5 staging assistant agent 350 5200 50 300
review-bot engineering claude-opus-4-8 production platform code 420 14000 60 900
migration-agent engineering claude-opus-4-8 dev platform agent 160 21000 75 1400
test-writer engineering claude-sonnet-5 dev platform code 800 8800 65 1600
incident-notes engineering claude-haiku-4-5 production platform summarisation 300 6400 20 500
log-explainer engineering claude-haiku-4-5 production platform question-answering 1300 5200 35 260
schema-docs engineering claude-sonnet-5 production data generation 140 7200 30 1100
dev-playground engineering claude-sonnet-5 dev - agent 220 5600 40 700
""".strip().splitlines()))  # fmt: skip
