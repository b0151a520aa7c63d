"""The rules planner: a small grammar over question words and the data's own vocabulary; free, offline, and it never guesses."""

from agent.planners.rules.planner import RulesPlanner

__all__ = ["RulesPlanner"]
