"""The tools, as the registry has them: READ tools are run, the PROPOSE tool is recorded and judged. No other effect exists here."""

from typing import Any

from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams, ToolAnnotations
from mcp_types import Tool as Listed

from app.mcp.desk import Context, Desk
from app.mcp.errors import invalid
from app.mcp.pages import only_page
from app.mcp.proposing import decided, in_words, proposer_of, record
from app.mcp.results import OUTPUT, OUTPUT_OF_PROPOSAL, answered, in_short, refused
from finops.errors import Refused, TollError, ToolError, Unavailable
from finops.people import Principal
from gateway.compose import open_questions
from tools.contract import Tool
from tools.registry import TOOLS

TITLES = {
    "cost_query": "Cost query",
    "allocate_costs": "Allocate costs",
    "list_dimensions": "List dimensions",
    "calculate": "Calculate",
    "rightsize_instances": "Right-size instances",
    "detect_anomalies": "Detect anomalies",
    "list_notes": "List notes",
    "measure_saving": "Measure a saving",
    "propose_action": "Propose an action",
}


def listed(tool: Tool) -> Listed:
    """Return a tool as a client is told of it; its schema as a model is sent it, without the sentence that its description repeats."""
    reads = tool.effect == "READ"
    schema: dict[str, Any] = {name: value for name, value in tool.schema().items() if name != "description"}
    return Listed(
        name=tool.name,
        title=TITLES.get(tool.name, tool.name.replace("_", " ").capitalize()),
        description=tool.description,
        input_schema=schema,
        output_schema=OUTPUT if reads else OUTPUT_OF_PROPOSAL,
        # A proposal adds a record and changes nothing else. It is the same one again only while it waits.
        annotations=ToolAnnotations(
            read_only_hint=reads, destructive_hint=False, idempotent_hint=reads, open_world_hint=False
        ),
    )


async def list_tools(context: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
    """Answer `tools/list`, all on one page."""
    del context
    only_page(params)
    return ListToolsResult(tools=[listed(tool) for tool in TOOLS.values()])


async def call_tool(desk: Desk, context: Context, params: CallToolRequestParams) -> CallToolResult:
    """Answer `tools/call`: an unknown tool is an error of the protocol, anything a caller can mend is a result that says so."""
    if params.name not in TOOLS:
        raise invalid(f"unknown tool; known are {', '.join(TOOLS)}")
    proposer = proposer_of(context)

    def work(principal: Principal) -> CallToolResult:
        # Opened anew for each call, so that a bill loaded meanwhile is seen.
        questions = open_questions(desk.home)
        evidence = questions.run(principal, params.name, params.arguments or {})
        if TOOLS[params.name].effect == "READ":
            return answered(context, evidence, in_short(evidence))
        try:
            proposal = record(desk.home, principal, evidence, proposer)
        except (Refused, ToolError, Unavailable) as error:
            return refused(error, before="nothing was proposed: ")
        return answered(context, evidence, in_words(proposal), {"proposal": decided(proposal)})

    try:
        return await desk.call(context, work)
    except TollError as error:
        return refused(error)
