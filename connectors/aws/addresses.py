"""Release an elastic IP address, and ask for it again.

AWS gives a released address back only while nobody else has it ("Recover an Elastic IP address", Amazon EC2 user guide), so the undo
is never certain. AllocateAddress takes no token; a second call for the same address is refused by EC2 while the first holds it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from pydantic import JsonValue

from connectors.aws.clients import code_of, plainly
from connectors.aws.grants import Grant, ec2_arn, tagging
from connectors.aws.sessions import Access
from connectors.aws.steps import NO_RUN, Sight, Step, Way, in_words
from connectors.aws.tags import check_room, marked, marked_by, own, tags_of
from finops.actions import Action, ReleaseAddress, Target
from finops.errors import Refused
from finops.ports import Observation, Place, UndoPlan

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import AddressTypeDef

GONE: Final = frozenset({"InvalidAllocationID.NotFound", "InvalidAddressID.NotFound"})


@dataclass(frozen=True, slots=True)
class AddressWork:
    """`Work` that releases an address."""

    action: ReleaseAddress

    @property
    def target(self) -> Target:
        """The address, by its allocation id."""
        return self.action.target

    @property
    def reads(self) -> tuple[str, ...]:
        """What `look` calls."""
        return ("ec2:DescribeAddresses",)

    def look(self, access: Access, mark: str) -> Sight:
        """Return the address, and the one that the undo of this run got for it."""
        client = access.ec2
        with plainly(access.endpoint):
            try:
                found = client.describe_addresses(AllocationIds=[self.target.resource_id])["Addresses"]
            except ClientError as error:
                if code_of(error) not in GONE:
                    raise
                found = []
            again = client.describe_addresses(Filters=marked_by(mark))["Addresses"] if mark and not found else []
        return Sight(
            _observation(found[0]) if found else Observation(exists=False),
            restored=_restored(again[0]) if again else None,
        )

    def check(self, present: Observation) -> None:
        """Raise `Refused` where something uses it."""
        check_room(present, self.target.resource_id)
        if user := present.attributes.get("association"):
            raise Refused(f"address `{self.target.resource_id}` is in use by `{user}`", fix="disassociate it first")

    def steps(self, way: Way, before: Observation, now: Sight, mark: str) -> tuple[Step, ...]:
        """Return the one call that is missing, if any."""
        if way == "apply":
            return (self._release(),) if now.target.exists else ()
        return () if now.present.exists else (self._allocate(before, mark),)

    def missed(self, way: Way, before: Observation, now: Sight) -> str:
        """Say what is wrong in the end."""
        if way == "apply":
            return f"address `{self.target.resource_id}` is still there" if now.target.exists else ""
        was, present = _comparable(before), _comparable(now.present)
        wrong = sorted(key for key in was.keys() | present.keys() if was.get(key) != present.get(key))
        return f"what is in place of `{self.target.resource_id}` has another {' and '.join(wrong)}" if wrong else ""

    def place(self, before: Observation, present: Observation) -> Place:
        """Say whether it is there as before, or released."""
        if not present.exists:
            return "after"
        return "before" if present.attributes == before.attributes else "elsewhere"

    def back(self, before: Observation) -> Action:
        """Return the action itself: none of the kinds allocates an address."""
        return self.action

    def undo_plan(self, before: Observation) -> UndoPlan:
        """Say how it would be undone, which may fail."""
        words = in_words((self._allocate(before, NO_RUN),))
        return UndoPlan(words=f"{words}; fails where AWS has given the address to somebody else", certain=False)

    def _release(self) -> Step:
        name = self.target.resource_id
        grant = Grant(("ec2:ReleaseAddress",), (ec2_arn(self.target, "elastic-ip", name),))
        return Step("ec2", "release_address", {"AllocationId": name}, (grant,))

    def _allocate(self, before: Observation, mark: str) -> Step:
        was = before.attributes
        names = {"public_ip": "Address", "network_border_group": "NetworkBorderGroup"}
        arguments: dict[str, Any] = {"Domain": "vpc"}
        arguments |= {name: was[key] for key, name in names.items() if key in was}
        arguments["TagSpecifications"] = marked("elastic-ip", before.tags, mark)
        grant = Grant(("ec2:AllocateAddress",), (ec2_arn(self.target, "elastic-ip", "*"),))
        return Step(
            "ec2",
            "allocate_address",
            arguments,
            (grant, tagging(self.target, "elastic-ip", "AllocateAddress")),
            once=True,
        )


def _observation(address: "AddressTypeDef") -> Observation:
    used_by = address.get("InstanceId") or address.get("NetworkInterfaceId") or address.get("AssociationId")
    seen: dict[str, JsonValue] = {
        "public_ip": address.get("PublicIp"),
        "domain": address.get("Domain"),
        "network_border_group": address.get("NetworkBorderGroup"),
        "association": used_by or None,
    }
    attributes: dict[str, JsonValue] = {key: value for key, value in seen.items() if value is not None}
    return Observation(exists=True, attributes=attributes, tags=tags_of(address.get("Tags", [])))


def _restored(address: "AddressTypeDef") -> Observation:
    seen = _observation(address)
    named: dict[str, JsonValue] = {**seen.attributes, "restored_as": address.get("AllocationId", "")}
    return seen.model_copy(update={"attributes": named})


def _comparable(observation: Observation) -> dict[str, JsonValue]:
    kept = {key: value for key, value in observation.attributes.items() if key not in ("restored_as", "association")}
    return {**kept, "tags": dict[str, JsonValue](own(observation.tags))} if observation.exists else {}
