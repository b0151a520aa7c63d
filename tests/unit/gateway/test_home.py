from pathlib import Path

import pytest

from finops.actions import StopInstance, Target
from finops.errors import BadInput, Refused
from finops.ports import Observation
from gateway.acting import open_proposals
from gateway.home import Home


def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot be made; set TOLL_HOME to a folder you may write to"):
        Home.open({"TOLL_HOME": str(tmp_path / "file" / "home")})


def test_a_new_home_is_its_owners_alone(tmp_path: Path) -> None:
    home = Home.open({"TOLL_HOME": str(tmp_path / "home")})
    assert home.path.stat().st_mode & 0o777 == 0o700


def test_the_environment_goes_before_the_demo_for_the_endpoint(tmp_path: Path) -> None:
    home = Home.open({"TOLL_HOME": str(tmp_path)})
    home.endpoint_file.write_text("http://127.0.0.1:1", encoding="utf-8")
    assert home.aws_endpoint == "http://127.0.0.1:1"
    assert Home.open({"TOLL_HOME": str(tmp_path), "AWS_ENDPOINT_URL": "http://a"}).aws_endpoint == "http://a"


@pytest.mark.parametrize(("text", "minutes"), [("", 60), ("5", 5), ("240", 240)])
def test_a_snapshot_has_an_hour_unless_told_otherwise(tmp_path: Path, text: str, minutes: int) -> None:
    assert Home(tmp_path, {"TOLL_AWS_SNAPSHOT_MINUTES": text}).aws_snapshot_minutes == minutes


@pytest.mark.parametrize("text", ["0", "-5", "1.5", "an hour", "99999", "٣"])
def test_what_is_no_number_of_minutes_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match="is not a number of minutes; set TOLL_AWS_SNAPSHOT_MINUTES"):
        _ = Home(tmp_path, {"TOLL_AWS_SNAPSHOT_MINUTES": text}).aws_snapshot_minutes


@pytest.mark.parametrize(
    ("given", "without"), [({}, False), ({"TOLL_AWS_WITHOUT_ROLE": "0"}, False), ({"TOLL_AWS_WITHOUT_ROLE": "1"}, True)]
)
def test_aws_is_called_without_a_role_only_where_told_so(
    tmp_path: Path,
    given: dict[str, str],
    without: bool,  # noqa: FBT001
) -> None:
    home = Home.open({"TOLL_HOME": str(tmp_path), "TOLL_LIVE": "1", **given})
    action = StopInstance(target=Target(account="123456789012", region="eu-central-1", resource_id="i-1"))
    executor, before = open_proposals(home).executor(action), Observation(exists=True, attributes={"state": "running"})
    if without:
        executor.ready(action, before)
    else:
        with pytest.raises(Refused, match="without a role"):
            executor.ready(action, before)
