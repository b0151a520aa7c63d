"""What was planted as waste beside the anomalies, as the rows of the bill it is about."""

from dataclasses import dataclass

from evals.estate.fleet import FLEET, RETIRED_BEFORE_ANCHOR
from evals.estate.org import AWS, GOOGLE, MICROSOFT
from evals.estate.truth import WasteKind
from evals.estate.world import World


@dataclass(frozen=True, slots=True)
class Planted:
    """One waste. `scope` is FOCUS columns; `instance` names one of the fleet, whose id differs from seed to seed."""

    id: str
    kind: WasteKind
    note: str
    scope: tuple[tuple[str, str], ...] = ()
    instance: str = ""
    since: int = 0

    def where(self, world: World) -> dict[str, str]:
        """Return the columns and values of its rows."""
        if not self.instance:
            return dict(self.scope)
        machine = next(machine for machine in world.instances if machine.name == self.instance)
        volume = self.kind == "previous_generation_volume"
        return {"ResourceId": machine.volume_id if volume else machine.resource_id}


def _of_fleet() -> tuple[Planted, ...]:
    found: list[Planted] = []
    for spec in FLEET.values():
        if spec.target:
            note = f"needs {spec.cpu} % of its CPU and {spec.memory} % of its memory at most; {spec.target} carries it"
            found.append(Planted(f"oversized-{spec.name}", "oversized_instance", note, instance=spec.name))
        if spec.case == "idle":
            found.append(Planted(f"idle-{spec.name}", "idle_instance", "nobody uses it", instance=spec.name))
        if spec.volume.startswith("gp2"):
            note = "gp3 gives the same for a fifth less"
            found.append(Planted(f"gp2-{spec.name}", "previous_generation_volume", note, instance=spec.name))
    return tuple(found)


def _named(service: str, name: str) -> tuple[tuple[str, str], ...]:
    return (("ServiceName", service), ("ResourceName", name))


_EBS = "Amazon Elastic Block Store"
_S3 = "Amazon Simple Storage Service"
_NOBODY = "no owner and no team tag"
WASTES: tuple[Planted, ...] = (
    *_of_fleet(),
    Planted("loose-search-volume", "unattached_volume", "attached to nothing", _named(_EBS, "old-search-node-data")),
    Planted("loose-loadtest-volume", "unattached_volume", "attached to nothing", _named(_EBS, "loadtest-2025-disk")),
    Planted("loose-restore-volume", "unattached_volume", "attached to nothing, nobody's", _named(_EBS, "unnamed-restore")),
    Planted("loose-crm-disk", "unattached_volume", "its machine is gone", _named("Storage", "decommissioned-crm-data")),
    Planted("old-orders-snapshot", "old_snapshot", "kept since a schema change", _named(_EBS, "orders-2024-schema-change")),
    Planted("old-catalogue-snapshot", "old_snapshot", "kept since a move", _named(_EBS, "catalogue-before-replatform")),
    Planted("plan-after-retirement", "unused_commitment", "an instance under the plan was retired and the plan was not used up",
            (("ProviderName", AWS.name), ("CommitmentDiscountStatus", "Unused")), since=-RETIRED_BEFORE_ANCHOR),
    Planted("triage-on-a-large-model", "overpowered_model", "classifies in a word with the largest model; gpt-5-mini serves",
            _named("OpenAI API", "ticket-triage")),
    Planted("doc-qa-without-cache", "uncached_prompt", "sends the same documents again and never caches them",
            _named("Claude API", "doc-qa")),
    Planted("untagged-migration-bucket", "untagged", _NOBODY, _named(_S3, "larkspur-migration-2024")),
    Planted("untagged-upload-bucket", "untagged", _NOBODY, _named(_S3, "larkspur-tmp-uploads")),
    Planted("untagged-partner-vm", "untagged", _NOBODY,
            (("ProviderName", MICROSOFT.name), ("ResourceName", "partner-test"))),
    Planted("untagged-poc-bucket", "untagged", _NOBODY, (("ProviderName", GOOGLE.name), ("ResourceName", "larkspur-old-poc"))),
    Planted("untagged-playground", "untagged", _NOBODY, _named("Claude API", "dev-playground")),
)  # fmt: skip
