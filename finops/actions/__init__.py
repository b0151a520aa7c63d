"""Actions and what becomes of them: a closed set of kinds, facts the server computes, a proposal bound to a hash, one table of states."""

from finops.actions.facts import Draft, Facts, Risk
from finops.actions.kinds import (
    Action,
    ActionKind,
    ChangeCode,
    ChangeVolume,
    CodeTarget,
    DeleteVolume,
    Infrastructure,
    ReleaseAddress,
    ResizeInstance,
    SetBudget,
    StartInstance,
    StopInstance,
    Target,
    VolumeType,
    effective,
    resource_of,
)
from finops.actions.likeness import likeness
from finops.actions.proposal import Approval, Decision, Execution, Outcome, Proposal, binding
from finops.actions.states import COUNTED, IN_FLIGHT, TRANSITIONS, State
from finops.actions.words import in_words

__all__ = [
    "COUNTED", "IN_FLIGHT", "TRANSITIONS", "Action", "ActionKind", "Approval", "ChangeCode", "ChangeVolume", "CodeTarget", "Decision",
    "DeleteVolume", "Draft", "Execution", "Facts", "Infrastructure", "Outcome", "Proposal", "ReleaseAddress", "ResizeInstance", "Risk",
    "SetBudget", "StartInstance", "State", "StopInstance", "Target", "VolumeType", "binding", "effective", "in_words",
    "likeness", "resource_of",
]  # fmt: skip
