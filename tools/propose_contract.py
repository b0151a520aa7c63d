"""What `propose_action` takes; it returns `finops.actions.Draft`."""

from typing import Annotated, get_args

from pydantic import Field, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue

from finops.actions import Action, ActionKind, VolumeType
from finops.query import Frozen

# Every kind in one flat object: as a union of its own schema each, the kinds would be half of all that a model is sent.
_TARGET: JsonSchemaValue = {
    "type": "object",
    "required": ["account", "region", "resource_id"],
    "properties": {
        "provider": {"enum": ["aws", "git"], "default": "aws"},
        "account": {"type": "string", "description": "SubAccountId; git: repository"},
        "region": {"type": "string", "description": "RegionId; git: branch"},
        "resource_id": {"type": "string", "description": "ResourceId; a budget's name; git: file"},
    },
}
_ACTION: JsonSchemaValue = {
    "type": "object",
    "required": ["kind", "target"],
    "description": "beside kind and target: resize_instance takes instance_type, change_volume volume_type or size_gib, set_budget "
    "amount, change_code key, value and stands_for, the others nothing",
    "properties": {
        "kind": {"enum": list(get_args(ActionKind))},
        "target": _TARGET,
        "instance_type": {"type": "string"},
        "volume_type": {"enum": list(get_args(VolumeType))},
        "size_gib": {"type": "integer"},
        "amount": {"type": "string", "description": "a month"},
        "currency": {"const": "USD"},
        "key": {"type": "string", "description": "path in the file, such as web.cpu"},
        "value": {"type": "string"},
        "stands_for": {"type": "object", "description": "the action on the resource that merging amounts to"},
    },
}


class ProposeAction(Frozen):
    """One action to put before policy and a person. The server computes its cost, saving and fit from the data."""

    action: Annotated[Action, WithJsonSchema(_ACTION)]
    evidence: tuple[str, ...] = Field(default=(), max_length=50, description="ids of the evidence it rests on")
    reason: str = Field(default="", max_length=2000, description="why, in words; never judged")
