from datetime import timedelta
from decimal import Decimal

import pytest

from finops.actions import Draft, Facts
from finops.errors import ToolError, UnknownName
from tests.unit.tools.fake_data import FakeData, bill_row, moment
from tests.unit.tools.fake_fleet import TODAY
from tests.unit.tools.fake_storage import address_rows, volume_rows
from tools.propose_action import propose_action
from tools.propose_contract import ProposeAction

GP2 = FakeData(volume_rows())


def facts(data: FakeData, kind: str, resource_id: str = "vol-1", **fields: object) -> Facts:
    target = {"account": "111", "region": "us-east-1", "resource_id": resource_id}
    asked = ProposeAction.model_validate({"action": {"kind": kind, "target": target, **fields}})
    result = propose_action(asked, data.context()).result
    assert isinstance(result, Draft)
    return result.facts


def test_gp3_costs_four_fifths_of_gp2() -> None:
    found = facts(GP2, "change_volume", volume_type="gp3")
    assert (found.monthly_cost_before, found.monthly_cost_after, found.monthly_saving) == (30, 24, 6)
    assert (found.capacity_ratio, found.peak_fits, found.risk) == (1, True, "low")
    assert found.formula.startswith("saving 6.00 = 30.00 EffectiveCost of 30 days as `gp2` x (1 - 0.08 / 0.10)")


def test_type_and_size_are_those_the_bill_has() -> None:
    assert facts(GP2, "change_volume", volume_type="gp3").state_before == {"volume_type": "gp2", "size_gib": 300}


def test_a_bill_without_meters_names_the_type_in_words() -> None:
    words = "$0.10 per GB-month of General Purpose SSD (gp2) provisioned storage - US East (Northern Virginia)"
    data = FakeData(volume_rows(SkuMeter=None, ChargeDescription=words))
    assert facts(data, "change_volume", volume_type="gp3").state_before["volume_type"] == "gp2"


def test_provisioned_iops_are_not_saved_by_another_type() -> None:
    iops = volume_rows(daily="2", SkuMeter="EBS:VolumeP-IOPS.gp3", PricingUnit="IOPS-Mo")
    found = facts(FakeData([*volume_rows(), *iops]), "change_volume", volume_type="gp3")
    assert (found.monthly_cost_before, found.monthly_saving) == (90, 6)


def test_whether_a_slower_type_carries_the_load_is_not_known() -> None:
    found = facts(GP2, "change_volume", volume_type="st1")
    assert (found.peak_fits, found.capacity_ratio, found.risk) == (None, None, "medium")
    assert found.monthly_saving == Decimal("16.5")


def test_growing_costs_at_least_what_the_list_says() -> None:
    # Its own 30 days of 1.00 would make 300 to 600 GiB 30.00 more; the list says 300 GiB x 0.10, which is as much.
    assert facts(GP2, "change_volume", size_gib=600).monthly_saving == -30
    assert facts(FakeData(volume_rows(days=3)), "change_volume", size_gib=600).monthly_saving == -30


def test_growing_by_its_own_dearer_price_costs_that() -> None:
    found = facts(FakeData(volume_rows(daily="2")), "change_volume", size_gib=600)
    assert (found.monthly_saving, found.capacity_ratio, found.peak_fits) == (-60, 1, True)


def test_a_volume_cannot_shrink() -> None:
    with pytest.raises(ToolError, match="`vol-1` has 300 GiB, and a volume cannot shrink"):
        facts(GP2, "change_volume", size_gib=200)


def test_the_same_volume_is_refused() -> None:
    with pytest.raises(ToolError, match="`vol-1` already is a `gp2` of 300 GiB"):
        facts(GP2, "change_volume", volume_type="gp2", size_gib=300)


def test_types_priced_by_iops_are_refused() -> None:
    with pytest.raises(ToolError, match="`io2` is priced by IOPS"):
        facts(GP2, "change_volume", volume_type="io2")


def test_a_size_too_small_for_the_type_is_refused() -> None:
    with pytest.raises(ToolError, match="a `sc1` has 125 GiB at least"):
        facts(FakeData(volume_rows(gib=100)), "change_volume", volume_type="sc1")


def test_growing_a_volume_of_unknown_size_is_refused() -> None:
    with pytest.raises(ToolError, match="does not say how large"):
        facts(FakeData(volume_rows(PricingQuantity=None)), "change_volume", size_gib=600)


def test_growing_in_another_currency_is_refused() -> None:
    with pytest.raises(ToolError, match="prices are known in USD only, the bill is in `EUR`"):
        facts(FakeData(volume_rows(BillingCurrency="EUR")), "change_volume", size_gib=600)


def test_the_size_of_a_bill_of_months_is_its_quantity() -> None:
    first = TODAY - timedelta(days=28)
    row = dict(volume_rows(days=1)[0]) | {
        "ChargePeriodStart": moment(first),
        "ChargePeriodEnd": moment(TODAY),
        "PricingQuantity": Decimal(300),
    }
    data = FakeData([row], days=(first, TODAY - timedelta(days=1)))
    assert facts(data, "change_volume", volume_type="gp3").state_before["size_gib"] == 300


def test_deleting_leaves_a_snapshot_of_the_whole_volume_at_most() -> None:
    found = facts(GP2, "delete_volume")
    assert (found.monthly_cost_before, found.monthly_cost_after, found.monthly_saving) == (30, 15, 15)
    assert "15.00 = 300 GiB x 0.05 a GiB-month" in found.formula
    assert (found.capacity_ratio, found.risk, found.reversible) == (0, "medium", True)


def test_deleting_what_is_cheaper_than_its_snapshot_saves_nothing() -> None:
    found = facts(FakeData(volume_rows(daily="0.15", kind="sc1")), "delete_volume")
    assert (found.monthly_saving, found.monthly_cost_after) == (Decimal("-10.5"), 15)


def test_deleting_one_of_unknown_size_is_priced_by_its_own_cost() -> None:
    found = facts(FakeData(volume_rows(PricingQuantity=None)), "delete_volume")
    assert (found.monthly_cost_after, found.state_before) == (15, {"volume_type": "gp2"})


def test_what_is_no_volume_is_refused() -> None:
    with pytest.raises(ToolError, match="`i-1` is no volume"):
        facts(FakeData([bill_row(TODAY, "1", ResourceId="i-1")]), "delete_volume", "i-1")


def test_an_unknown_volume_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="unknown resource `vol-2`; did you mean `vol-1`"):
        facts(GP2, "delete_volume", "vol-2")


@pytest.mark.parametrize("until", [2, 45], ids=["lately", "long ago"])
def test_a_volume_that_is_billed_no_more_is_gone(until: int) -> None:
    rows = [*volume_rows(until=TODAY - timedelta(days=until)), *volume_rows("vol-2")]
    with pytest.raises(ToolError, match="it is gone"):
        facts(FakeData(rows), "delete_volume")


def test_an_idle_address_saves_what_it_costs() -> None:
    found = facts(FakeData(address_rows()), "release_address", "eipalloc-1")
    assert (found.monthly_cost_before, found.monthly_saving, found.peak_fits) == (
        Decimal("3.60"),
        Decimal("3.60"),
        True,
    )
    assert (found.risk, found.undo_certain, found.owner) == ("medium", False, "ann")


def test_an_address_in_use_is_needed() -> None:
    data = FakeData(address_rows(meter="PublicIPv4:InUseAddress"))
    assert facts(data, "release_address", "eipalloc-1").peak_fits is False


def test_an_address_is_not_taken_for_one_whose_id_begins_alike() -> None:
    with pytest.raises(UnknownName, match="unknown resource `eipalloc-`"):
        facts(FakeData(address_rows()), "release_address", "eipalloc-")


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ToolError, match="`vol-1` is no address"):
        facts(GP2, "release_address")
