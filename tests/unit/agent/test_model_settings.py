"""`ModelSettings`: what configures a model, and what is refused."""

import pytest

from agent.planners.model_settings import ModelSettings
from finops.errors import BadInput


def settings(**environment: str) -> ModelSettings:
    found = ModelSettings.from_environment(environment)
    assert found is not None
    return found


def test_a_key_alone_configures_no_model() -> None:
    assert (
        ModelSettings.from_environment({"OPENAI_API_KEY": "sk-1", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}) is None
    )


def test_model_and_address_are_enough_for_an_endpoint_without_a_key() -> None:
    found = settings(TOLL_MODEL="m", OPENAI_BASE_URL="http://127.0.0.1:8000/v1/")
    assert (found.model, found.base_url, found.api_key) == ("m", "http://127.0.0.1:8000/v1", "none")


def test_key_without_address_means_the_public_endpoint() -> None:
    assert settings(TOLL_MODEL="m", OPENAI_API_KEY="sk-1").host == "api.openai.com"


def test_model_without_any_endpoint_is_refused_with_the_fix() -> None:
    with pytest.raises(BadInput, match=r"^`TOLL_MODEL` is `m`, but no endpoint is given; set OPENAI_API_KEY"):
        ModelSettings.from_environment({"TOLL_MODEL": "m"})


def test_key_is_in_no_representation() -> None:
    assert "sk-secret" not in repr(settings(TOLL_MODEL="m", OPENAI_API_KEY="sk-secret"))


def test_newline_at_the_end_of_a_key_file_is_dropped() -> None:
    assert settings(TOLL_MODEL="m", OPENAI_API_KEY="sk-1\n").api_key == "sk-1"


@pytest.mark.parametrize("key", ["sk secret", "sk-sécret", "sk-\x00secret"])
def test_key_that_no_header_can_carry_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(BadInput) as refused:
        ModelSettings.from_environment({"TOLL_MODEL": "m", "OPENAI_API_KEY": key})
    assert "cret" not in str(refused.value)


@pytest.mark.parametrize("url", ["localhost:8000/v1", "ftp://x/v1", "http://", "http://x:port/v1", "http://[::1/v1"])
def test_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="not the address of a model endpoint"):
        ModelSettings.from_environment({"TOLL_MODEL": "m", "OPENAI_BASE_URL": url})


def test_credentials_in_an_address_are_never_shown() -> None:
    assert settings(TOLL_MODEL="m", OPENAI_BASE_URL="https://me:pw@host:9/v1").host == "host:9"
    with pytest.raises(BadInput) as refused:
        ModelSettings.from_environment({"TOLL_MODEL": "m", "OPENAI_BASE_URL": "ftp://me:pw@host/v1"})
    assert "pw" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOLL_MODEL_TIMEOUT", "soon"),
        ("TOLL_MODEL_TIMEOUT", "0"),
        ("TOLL_MODEL_RETRIES", "99"),
        ("TOLL_MODEL_STREAM", "maybe"),
    ],
)
def test_setting_out_of_range_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=f"`{value}` is no value for {name}"):
        ModelSettings.from_environment({"TOLL_MODEL": "m", "OPENAI_API_KEY": "k", name: value})


def test_streaming_can_be_switched_off() -> None:
    assert settings(TOLL_MODEL="m", OPENAI_API_KEY="k").stream
    assert not settings(TOLL_MODEL="m", OPENAI_API_KEY="k", TOLL_MODEL_STREAM="0").stream


@pytest.mark.parametrize(("url", "local"), [("http://127.0.0.1:1/v1", True), ("http://localhost/v1", True), ("http://[::1]:8/v1", True),
                                            ("https://127.0.0.1.example.com/v1", False)])  # fmt: skip
def test_only_this_machine_is_loopback(url: str, local: bool) -> None:  # noqa: FBT001
    assert ModelSettings("m", url).loopback is local
