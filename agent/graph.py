"""The graph, on one screen."""
# LangGraph types its nodes for one state schema only, so its methods are partly unknown to a strict checker.
# pyright: reportUnknownMemberType=false

from functools import partial

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agent import nodes, routers
from agent.deps import Asker, Deps
from agent.state import InputState, State

Graph = CompiledStateGraph[State, Asker, InputState, State]


def build_graph(deps: Deps, checkpointer: BaseCheckpointSaver[str] | None = None) -> Graph:
    """Wire the nodes. A conversation runs plan, call_tools, propose, policy, answer; a proposal's thread policy to answer."""
    graph = StateGraph(State, context_schema=Asker, input_schema=InputState)
    graph.add_node("remember", partial(nodes.remember, deps))
    graph.add_node("plan", partial(nodes.plan, deps))
    graph.add_node("call_tools", partial(nodes.call_tools, deps))
    graph.add_node("propose", partial(nodes.propose, deps))
    graph.add_node("policy", partial(nodes.policy, deps))
    graph.add_node("approve", nodes.approve)
    graph.add_node("execute", partial(nodes.execute, deps))
    graph.add_node("verify", partial(nodes.verify, deps))
    graph.add_node("answer", partial(nodes.answer, deps))

    graph.add_conditional_edges(START, routers.from_start)
    graph.add_conditional_edges("remember", routers.after_remember)
    graph.add_conditional_edges("plan", routers.after_plan)
    graph.add_edge("call_tools", "plan")
    graph.add_edge("propose", "policy")
    graph.add_conditional_edges("policy", routers.after_policy)
    graph.add_edge("approve", "execute")
    graph.add_conditional_edges("execute", routers.after_execute)
    graph.add_edge("verify", "answer")
    graph.add_edge("answer", END)
    return graph.compile(checkpointer=checkpointer)
