"""Errors as the protocol wants them: one sentence and a code; nothing of what nobody foresaw leaves the process."""

import logging

from mcp.server.context import CallNext, HandlerResult
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST
from mcp_types.version import is_version_at_least
from pydantic import ValidationError

from agent.planners.model_shown import cut, neutral
from app.mcp.desk import Context
from finops.errors import BadInput, Refused, TollError, Unauthenticated

log = logging.getLogger("tollkeeper.mcp")
# What a resource that does not exist is in the revisions before 2026-07-28, which made it invalid params.
_NOT_FOUND_BEFORE = -32002
_LONGEST = 1_000


def sentence(error: TollError) -> str:
    """Return the error's one sentence: a name of the data in it cannot begin a line or a message."""
    return neutral(cut(" ".join(str(error).split()), _LONGEST))


def invalid(message: str) -> MCPError:
    """Return the error for parameters that cannot be used."""
    return MCPError(INVALID_PARAMS, message)


def not_found(context: Context, uri: str) -> MCPError:
    """Return the error for a resource that does not exist, with the code of the protocol revision that is spoken."""
    modern = is_version_at_least(context.protocol_version, "2026-07-28")
    return MCPError(INVALID_PARAMS if modern else _NOT_FOUND_BEFORE, "resource not found", {"uri": cut(uri)})


def protocol_error(error: TollError) -> MCPError:
    """Return an error outside a tool call: bad input is invalid params, a refusal an invalid request."""
    if isinstance(error, BadInput):
        return invalid(sentence(error))
    code = INVALID_REQUEST if isinstance(error, Refused | Unauthenticated) else INTERNAL_ERROR
    return MCPError(code, sentence(error))


async def guarded(ctx: Context, call_next: CallNext) -> HandlerResult:
    """Let errors of the protocol through, turn our own into them, and keep every other one to the log."""
    try:
        return await call_next(ctx)
    except (MCPError, ValidationError):
        raise
    except TollError as error:
        raise protocol_error(error) from error
    except Exception as error:
        log.exception("`%s` failed", ctx.method[:100])
        message = "something failed that should not have; the log of `toll mcp` says what"
        raise MCPError(INTERNAL_ERROR, message) from error
