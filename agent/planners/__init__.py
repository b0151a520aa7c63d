"""Planners, tried in order of cost: the rules planner, then a model."""
