"""The nodes of the graph, one a file; each takes what is handed in, the state and the run, and returns what changed."""

from agent.nodes.answer import answer
from agent.nodes.approve import approve
from agent.nodes.call_tools import call_tools
from agent.nodes.execute import execute
from agent.nodes.plan import plan
from agent.nodes.policy import policy
from agent.nodes.propose import propose
from agent.nodes.remember import remember
from agent.nodes.verify import verify

__all__ = ["answer", "approve", "call_tools", "execute", "plan", "policy", "propose", "remember", "verify"]
