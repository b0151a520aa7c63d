"""The model planner: any OpenAI-compatible endpoint chooses tool calls and words. Imported only where a model is configured."""

import time
import weakref
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Generator, Self, cast

from langchain_core.messages import BaseMessage, HumanMessage
from langchain_openai import ChatOpenAI
from langsmith.run_helpers import tracing_context
from pydantic import SecretStr

from agent.planners.contract import Calls, Decline, Planned, Say, Step, ToolCall, Turn
from agent.planners.model_failure import FOREIGN, Failure, explain
from agent.planners.model_http import client
from agent.planners.model_messages import call_id, messages
from agent.planners.model_price import price, together
from agent.planners.model_prompt import EMPTY, tool_schemas
from agent.planners.model_references import inwards_of, known_aliases
from agent.planners.model_reply import MOST_CALLS, Reply, arguments_of, assemble
from agent.planners.model_settings import ModelSettings
from finops.errors import Unavailable
from finops.ports import Clock

__all__ = ["ModelPlanner", "ModelSettings"]

LONGEST_WAIT = 20.0
"""Seconds a Retry-After may ask for; beyond it the endpoint counts as not serving."""
