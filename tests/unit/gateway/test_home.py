from pathlib import Path

import pytest

from finops.errors import BadInput
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
