"""Every tool there is. Importing this loads the contracts only; a tool's code is loaded when it is first called."""

from finops.query import CostQuery
from tools.allocation_contract import AllocateCosts
from tools.anomaly_contract import DetectAnomalies
from tools.calculate_contract import Calculate
from tools.contract import Tool
from tools.dimensions_contract import ListDimensions
from tools.notes_contract import ListNotes
from tools.propose_contract import ProposeAction
from tools.rightsize_contract import RightsizeInstances
from tools.savings_contract import MeasureSaving

_ALL = (
    Tool(
        "cost_query",
        "READ",
        "Sum a cost or quantity over a period: filtered, grouped, by time bucket, compared, top N and the rest as `other`; also "
        "ratios, unit rates, savings rates, row listings. Exact; one total per currency or unit, never added together.",
        CostQuery,
        "tools.cost_query:cost_query",
    ),
    Tool(
        "allocate_costs",
        "READ",
        "Cost by a virtual dimension such as team, with shared cost split by its declared driver: direct, shared, total, and "
        "what is unallocated. Parts reconcile with the bill.",
        AllocateCosts,
        "tools.allocate_costs:allocate_costs",
    ),
    Tool(
        "list_dimensions",
        "READ",
        "What can be asked about: period of the data, currencies, metrics with caveats, dimensions and tags with their "
        "values. Use it to find the exact spelling of a value before filtering.",
        ListDimensions,
        "tools.list_dimensions:list_dimensions",
    ),
    Tool(
        "calculate",
        "READ",
        "Exact arithmetic on figures of earlier results. Every derived number in an answer must come from here; "
        "currencies are never mixed.",
        Calculate,
        "tools.calculate:calculate",
    ),
    Tool(
        "rightsize_instances",
        "READ",
        "Instances that are too large (with the cheapest type that carries P99.5 of CPU and the most memory plus 20 % "
        "headroom) or idle; saving per 30 days at effective prices, risk, and why others were skipped.",
        RightsizeInstances,
        "tools.rightsize_instances:rightsize_instances",
    ),
    Tool(
        "detect_anomalies",
        "READ",
        "Unusual days of usage cost with actual, expected and excess, ranked by excess; monthly recurring charges are "
        "not reported.",
        DetectAnomalies,
        "tools.detect_anomalies:detect_anomalies",
    ),
    Tool(
        "list_notes",
        "READ",
        "Deploys and the like that people recorded; no proof of a cause.",
        ListNotes,
        "tools.list_notes:list_notes",
    ),
    Tool(
        "measure_saving",
        "READ",
        "What an executed action really saved on a resource, with a 95 % interval, beside what was promised.",
        MeasureSaving,
        "tools.measure_saving:measure_saving",
    ),
    Tool(
        "propose_action",
        "PROPOSE",
        "Draft one action on one resource for policy and a person to judge; nothing is executed. Saving and risk are "
        "computed from the data.",
        ProposeAction,
        "tools.propose_action:propose_action",
    ),
)
TOOLS: dict[str, Tool] = {tool.name: tool for tool in _ALL}
