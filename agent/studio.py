"""What LangGraph Studio opens: the graph over the home that `TOLL_HOME` names, for the person who is logged in there."""

from dataclasses import replace

from agent.compose import deps_of
from agent.graph import Graph, build_graph
from finops.errors import Unauthenticated
from gateway.compose import open_questions
from gateway.home import Home
from gateway.session import principal_from_cli


def make_graph() -> Graph:
    """Return the graph; Studio brings its own checkpointer. Who asks comes from the command line's session, never from an input."""
    home = Home.open()
    deps = deps_of(home, open_questions(home))
    try:
        return build_graph(replace(deps, principal=principal_from_cli(home)))
    except Unauthenticated:
        # The graph can be looked at by anybody; a run then refuses with the fix.
        return build_graph(deps)
