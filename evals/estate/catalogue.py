"""What the clouds sell: services, meters and list prices of the demo.

Sources: Azure VM prices from the Kubernetes autoscaler's table for eastus, 2026-07-20; LLM prices from genai-prices 0.2,
2026-11-23; the others are list prices of the providers' public pages for the home region, first tier, held constant. They
make the demo's proportions right and are never used to judge a real bill. EC2 types are in `tools/instance_catalogue.py`.
"""

from dataclasses import dataclass, replace
from typing import Literal

Cadence = Literal["use", "stored", "hours"]


@dataclass(frozen=True, slots=True)
class Meter:
    """One meter of a service: `ratio` pricing units a day (or, stored, units a month) for each unit of a resource's level.

    `use` follows the working week, `stored` is a monthly quantity spread over its days, `hours` is a day of `ratio` x 24 h.
    """

    sku: str
    unit: str
    consumed_unit: str
    consumed: int
    price: str
    ratio: float
    digits: int
    cadence: Cadence

    def of_volume(self, kind: str, price: str) -> "Meter":
        """Return the meter of a volume of another type."""
        return replace(self, sku=f"EBS:VolumeUsage.{kind}", price=price)


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `id_form` makes a ResourceId from `{name}`, `{account}` and `{hex}`."""

    key: str
    name: str
    category: str
    subcategory: str
    resource_type: str
    id_form: str
    meters: tuple[Meter, ...]


_GB = ("GB-Months", "GB-Months", 1)
S3 = Service("s3", "Amazon Simple Storage Service", "Storage", "Object Storage", "bucket", "arn:aws:s3:::{name}", (
    Meter("TimedStorage-ByteHrs", *_GB, "0.023", 1.0, 5, "stored"),
    Meter("Requests-Tier1", "1000 Requests", "Requests", 1000, "0.005", 0.02, 3, "use"),
    Meter("Requests-Tier2", "1000 Requests", "Requests", 1000, "0.0004", 0.30, 3, "use"),
))  # fmt: skip
RDS = Service(
    "rds", "Amazon Relational Database Service", "Databases", "Relational Databases", "db",
    "arn:aws:rds:us-east-1:{account}:db:{name}", (
        Meter("InstanceUsage:db.r6g.large", "Hours", "Hours", 1, "0.225", 1.0, 3, "hours"),
        Meter("RDS:GP3-Storage", *_GB, "0.115", 120.0, 5, "stored"),
        Meter("RDS:ChargedBackupUsage", *_GB, "0.095", 60.0, 5, "stored"),
    ),
)  # fmt: skip
LAMBDA = Service(
    "lambda", "AWS Lambda", "Compute", "Serverless Compute", "function",
    "arn:aws:lambda:us-east-1:{account}:function:{name}", (
        Meter("Request", "1000000 Requests", "Requests", 1000000, "0.20", 0.1, 6, "use"),
        Meter("Lambda-GB-Second", "1000 GB-Seconds", "GB-Seconds", 1000, "0.0166667", 10.0, 2, "use"),
    ),
)  # fmt: skip
CLOUDWATCH = Service(
    "cloudwatch", "AmazonCloudWatch", "Management and Governance", "Observability", "log-group",
    "arn:aws:logs:us-east-1:{account}:log-group:/app/{name}", (
        Meter("DataProcessing-Bytes", "GB", "GB", 1, "0.50", 1.0, 6, "use"),
        Meter("TimedStorage-ByteHrs", *_GB, "0.03", 30.0, 5, "stored"),
    ),
)  # fmt: skip
TRANSFER = Service(
    "transfer", "AWS Data Transfer", "Networking", "Network Infrastructure", "loadbalancer",
    "arn:aws:elasticloadbalancing:us-east-1:{account}:loadbalancer/app/{name}", (
        Meter("DataTransfer-Out-Bytes", "GB", "GB", 1, "0.09", 1.0, 6, "use"),
        Meter("DataTransfer-Regional-Bytes", "GB", "GB", 1, "0.01", 3.0, 6, "use"),
    ),
)  # fmt: skip
BALANCING = Service(
    "elb", "Elastic Load Balancing", "Networking", "Application Networking", "loadbalancer",
    "arn:aws:elasticloadbalancing:us-east-1:{account}:loadbalancer/app/{name}", (
        Meter("LoadBalancerUsage", "Hours", "Hours", 1, "0.0225", 1.0, 3, "hours"),
        Meter("LCUUsage", "LCU-Hours", "LCU-Hours", 1, "0.008", 0.2, 3, "use"),
    ),
)  # fmt: skip
GLUE = Service(
    "glue", "AWS Glue", "Analytics", "Data Processing", "job", "arn:aws:glue:us-east-1:{account}:job/{name}",
    (Meter("ETL-DPU-Hour", "DPU-Hours", "DPU-Hours", 1, "0.44", 1.0, 3, "use"),),
)  # fmt: skip
SNAPSHOTS = Service(
    "snapshot", "Amazon Elastic Block Store", "Storage", "Backup Storage", "snapshot",
    "arn:aws:ec2:us-east-1:{account}:snapshot/snap-{hex}", (Meter("EBS:SnapshotUsage", *_GB, "0.05", 1.0, 5, "stored"),),
)  # fmt: skip
LOOSE_VOLUMES = Service(
    "volume", "Amazon Elastic Block Store", "Storage", "Block Storage", "volume", "vol-{hex}",
    (Meter("EBS:VolumeUsage.gp3", *_GB, "0.08", 1.0, 5, "stored"),),
)  # fmt: skip

IDLE_ADDRESS = Service(
    "address", "Amazon Virtual Private Cloud", "Networking", "Network Infrastructure", "elastic-ip",
    "arn:aws:ec2:us-east-1:{account}:elastic-ip/eipalloc-{hex}",
    (Meter("PublicIPv4:IdleAddress", "Hours", "Hours", 1, "0.005", 1.0, 0, "hours"),),
)  # fmt: skip

_AZURE = "/subscriptions/{account}/resourceGroups/larkspur/providers/"
AZURE_VM = Service(
    "vm", "Virtual Machines", "Compute", "Virtual Machines", "Virtual machine",
    _AZURE + "Microsoft.Compute/virtualMachines/{name}", (Meter("D4s v5", "Hours", "Hours", 1, "0.192", 1.0, 0, "hours"),),
)  # fmt: skip
AZURE_DISK = Service(
    "disk", "Storage", "Storage", "Block Storage", "Disk", _AZURE + "Microsoft.Compute/disks/{name}",
    (Meter("P10 LRS Disk", "Disk-Months", "Disk-Months", 1, "19.71", 1.0, 5, "stored"),),
)  # fmt: skip
AZURE_STORAGE = Service(
    "blob", "Storage", "Storage", "Object Storage", "Storage account",
    _AZURE + "Microsoft.Storage/storageAccounts/{name}", (
        Meter("Hot LRS Data Stored", *_GB, "0.018", 1.0, 4, "stored"),
        Meter("Hot Write Operations", "10000 Transactions", "Transactions", 10000, "0.055", 0.004, 3, "use"),
        Meter("Hot Read Operations", "10000 Transactions", "Transactions", 10000, "0.0044", 0.05, 3, "use"),
    ),
)  # fmt: skip
AZURE_SQL = Service(
    "sql", "SQL Database", "Databases", "Relational Databases", "SQL database",
    _AZURE + "Microsoft.Sql/servers/larkspur/databases/{name}", (
        Meter("vCore General Purpose", "vCore-Hours", "vCore-Hours", 1, "0.1264", 2.0, 0, "hours"),
        Meter("General Purpose Data Stored", *_GB, "0.115", 100.0, 4, "stored"),
    ),
)  # fmt: skip
AZURE_BANDWIDTH = Service(
    "bandwidth", "Bandwidth", "Networking", "Network Infrastructure", "Public IP address",
    _AZURE + "Microsoft.Network/publicIPAddresses/{name}",
    (Meter("Standard Data Transfer Out", "GB", "GB", 1, "0.087", 1.0, 4, "use"),),
)  # fmt: skip

_GCP = "//compute.googleapis.com/projects/{account}/zones/us-central1-a/"
GCE = Service(
    "gce", "Compute Engine", "Compute", "Virtual Machines", "Instance", _GCP + "instances/{name}", (
        Meter("N2 Instance Core running in Americas", "Core-Hours", "Core-Hours", 1, "0.031611", 1.0, 3, "hours"),
        Meter("N2 Instance Ram running in Americas", "GiB-Hours", "GiB-Hours", 1, "0.004237", 4.0, 3, "hours"),
    ),
)  # fmt: skip
GCE_DISK = Service(
    "pd", "Compute Engine", "Storage", "Block Storage", "Disk", _GCP + "disks/{name}",
    (Meter("Balanced PD Capacity", "GiB-Months", "GiB-Months", 1, "0.10", 1.0, 5, "stored"),),
)  # fmt: skip
BIGQUERY = Service(
    "bigquery", "BigQuery", "Analytics", "Analytics Platforms", "Dataset",
    "//bigquery.googleapis.com/projects/{account}/datasets/{name}", (
        Meter("Analysis", "TiB", "TiB", 1, "6.25", 1.0, 4, "use"),
        Meter("Active Logical Storage", "GiB-Months", "GiB-Months", 1, "0.02", 400.0, 5, "stored"),
    ),
)  # fmt: skip
GCS = Service(
    "gcs", "Cloud Storage", "Storage", "Object Storage", "Bucket", "//storage.googleapis.com/{name}", (
        Meter("Standard Storage US Regional", "GiB-Months", "GiB-Months", 1, "0.020", 1.0, 5, "stored"),
        Meter("Regional Standard Class A Operations", "1000 Operations", "Operations", 1000, "0.005", 0.01, 3, "use"),
    ),
)  # fmt: skip
GOOGLE_NETWORK = Service(
    "egress", "Networking", "Networking", "Network Infrastructure", "ForwardingRule", _GCP + "forwardingRules/{name}",
    (Meter("Network Internet Egress from Americas", "GiB", "GiB", 1, "0.12", 1.0, 6, "use"),),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Model:
    """USD for a million tokens: input, cached input, output."""

    biller: str
    input: str
    cached: str
    output: str


MODELS: dict[str, Model] = {
    "gpt-5": Model("openai", "1.25", "0.125", "10"),
    "gpt-5-mini": Model("openai", "0.25", "0.025", "2"),
    "gpt-5-nano": Model("openai", "0.05", "0.005", "0.4"),
    "gpt-4.1": Model("openai", "2", "0.5", "8"),
    "claude-opus-4-8": Model("anthropic", "5", "0.5", "25"),
    "claude-sonnet-5": Model("anthropic", "2", "0.2", "10"),
    "claude-haiku-4-5": Model("anthropic", "1", "0.1", "5"),
}
