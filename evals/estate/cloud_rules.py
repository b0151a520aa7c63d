"""What real EC2 refuses and moto lets pass: a change of type while it runs, to a type that does not exist or cannot boot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evals.estate.world import Change
from tools.instance_catalogue import CATALOGUE


@dataclass(frozen=True, slots=True)
class Refusal:
    """An EC2 error. Codes as in "Error codes for the Amazon EC2 API"."""

    code: str
    message: str


def wanted_type(form: Mapping[str, str]) -> str | None:
    """Return the type a ModifyInstanceAttribute request asks for, None where it is no such request."""
    if form.get("Action") != "ModifyInstanceAttribute":
        return None
    if form.get("Attribute") == "instanceType":
        return form.get("Value")
    return form.get("InstanceType.Value")


def refusal(form: Mapping[str, str], observe: Callable[[str], Change | None]) -> Refusal | None:
    """Return why EC2 would refuse this request, None where it would not. `observe` gives an instance's present by its id."""
    wanted = wanted_type(form)
    present = observe(form.get("InstanceId", "")) if wanted is not None else None
    if wanted is None or present is None:
        return None
    if present.state != "stopped":
        return Refusal("IncorrectInstanceState", f"The instance '{form['InstanceId']}' is not in the 'stopped' state.")
    if wanted not in CATALOGUE:
        return Refusal(
            "InvalidInstanceAttributeValue", "The requested instance type does not exist in this demo's region."
        )
    now, then = CATALOGUE[present.instance_type].architecture, CATALOGUE[wanted].architecture
    if now != then:
        return Refusal(
            "InvalidParameterValue", f"The architecture '{then}' of the type does not match the image's '{now}'."
        )
    return None
