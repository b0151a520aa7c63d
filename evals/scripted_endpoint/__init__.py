"""A model endpoint that says what a script says: real HTTP on loopback, the chat-completions protocol, faults on demand."""

from evals.scripted_endpoint.server import ScriptedEndpoint, closed_base_url
from evals.scripted_endpoint.steps import Call, Fault, Garbage, Reply, Script, Step, TokenUsage, load_script

__all__ = [
    "Call", "Fault", "Garbage", "Reply", "Script", "ScriptedEndpoint", "Step", "TokenUsage", "closed_base_url", "load_script",
]  # fmt: skip
