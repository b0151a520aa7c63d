"""Grounding: bind every number of a text to a figure of the evidence, or say why it cannot be. Pure."""

from agent.grounding.ground import Grounded, ground
from agent.grounding.known_names import Voice
from agent.grounding.render import render

__all__ = ["Grounded", "Voice", "ground", "render"]
