"""What can be read beside the tools: sealed evidence, what is loaded, and proposals. All of it is data in JSON."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from mcp_types import (
    Annotations,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from agent.planners.model_prompt import data_facts
from agent.planners.model_shown import as_data
from app.mcp.desk import Context, Desk
from app.mcp.errors import not_found
from app.mcp.pages import cursor_of, only_page, place_of
from app.mcp.proposals import one_proposal, recent_proposals
from finops.errors import UnknownName
from finops.people import Principal, require
from gateway.compose import open_questions
from gateway.home import Home
from gateway.kept_evidence import read_evidence, recent_evidence
from gateway.questions import as_of
from store.evidence import Kept

JSON = "application/json"
PAGE, MOST_LISTED = 50, 500
_URI = re.compile(r"toll://(evidence|proposals)/([A-Za-z0-9-]{1,64})", re.ASCII)
_STATIC = (
    Resource(
        uri="toll://data",
        name="data",
        title="What is loaded",
        description="Days, sources, currencies and dimensions of the bill and the metrics, and the day that is today here.",
        mime_type=JSON,
    ),
    Resource(
        uri="toll://proposals",
        name="proposals",
        title="Proposed actions",
        description="The newest proposals with their state, and what each would save.",
        mime_type=JSON,
    ),
)
_TEMPLATES = [
    ResourceTemplate(
        uri_template="toll://evidence/{id}",
        name="evidence",
        title="Evidence",
        description="The sealed record of one tool call: input, snapshot, rows, formula, result, every figure.",
        mime_type=JSON,
    ),
    ResourceTemplate(
        uri_template="toll://proposals/{id}",
        name="proposal",
        title="Proposed action",
        description="One proposal: action, computed facts, verdict with its reasons, state and history.",
        mime_type=JSON,
    ),
]


async def list_templates(context: Context, params: PaginatedRequestParams | None) -> ListResourceTemplatesResult:
    """Answer `resources/templates/list`."""
    del context
    only_page(params)
    return ListResourceTemplatesResult(resource_templates=_TEMPLATES)


async def list_resources(desk: Desk, context: Context, params: PaginatedRequestParams | None) -> ListResourcesResult:
    """Answer `resources/list`: what is always there, then the newest evidence, up to a bound."""
    place = place_of(params)
    kept = await desk.call(context, lambda principal: recent_evidence(desk.home, principal, MOST_LISTED))
    left = kept if place is None else [one for one in kept if (one.at, one.id) < place]
    page = left[:PAGE]
    return ListResourcesResult(
        resources=[*(_STATIC if place is None else ()), *map(_listed, page)],
        next_cursor=cursor_of((page[-1].at, page[-1].id)) if len(left) > PAGE else None,
    )


def _listed(kept: Kept) -> Resource:
    at = datetime.fromtimestamp(kept.at // 1_000_000_000, UTC)
    return Resource(
        uri=f"toll://evidence/{kept.id}",
        name=kept.id,
        title=f"Evidence of {at:%Y-%m-%d %H:%M} UTC",
        mime_type=JSON,
        size=kept.size,
        annotations=Annotations(last_modified=at.isoformat().replace("+00:00", "Z")),
    )


async def read_resource(desk: Desk, context: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
    """Answer `resources/read`; what is not there is told by the code that the protocol revision has for it."""
    read = _reader(desk.home, params.uri)
    if read is None:
        raise not_found(context, params.uri)
    try:
        found = await desk.call(context, read)
    except UnknownName as error:
        raise not_found(context, params.uri) from error
    return ReadResourceResult(contents=[TextResourceContents(uri=params.uri, mime_type=JSON, text=as_data(found))])


def _reader(home: Home, uri: str) -> Callable[[Principal], Mapping[str, Any]] | None:
    if uri == "toll://data":
        return lambda principal: _data(home, principal)
    if uri == "toll://proposals":
        return lambda principal: recent_proposals(home, principal)
    found = _URI.fullmatch(uri)
    if found is None:
        return None
    kind, name = found[1], found[2]
    if kind == "evidence":
        return lambda principal: read_evidence(home, principal, name).model_dump(mode="json")
    return lambda principal: one_proposal(home, principal, name)


def _data(home: Home, principal: Principal) -> dict[str, object]:
    require(principal, "ask")
    data = open_questions(home).data
    return {"snapshot": data.snapshot, **data_facts(data, as_of(data))}
