"""The scripted endpoint: what it says by itself. How it behaves under the planner is in the integration tests."""

import http.client
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evals.scripted_endpoint import Call, Fault, Reply, ScriptedEndpoint, closed_base_url, load_script
from finops.errors import BadFile


def send(endpoint: ScriptedEndpoint, body: dict[str, Any], *, path: str = "/v1/chat/completions") -> tuple[int, str]:
    connection = http.client.HTTPConnection(endpoint.base_url.removeprefix("http://").removesuffix("/v1"), timeout=10)
    try:
        connection.request("POST", path, json.dumps(body))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_steps_are_served_in_order_and_recorded() -> None:
    with ScriptedEndpoint([Reply(text="one"), Reply(calls=(Call(name="f", arguments={"a": 1}),))]) as endpoint:
        first, second = (json.loads(send(endpoint, {"n": n})[1])["choices"][0] for n in (1, 2))
        assert endpoint.requests == [{"n": 1}, {"n": 2}]
        assert endpoint.left == 0
    assert (first["message"]["content"], first["finish_reason"]) == ("one", "stop")
    assert second["message"]["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"a": 1}'}
    assert second["finish_reason"] == "tool_calls"


def test_stream_ends_with_usage_only_where_asked_for() -> None:
    with ScriptedEndpoint([Reply(text="hello")] * 2) as endpoint:
        plain = send(endpoint, {"stream": True})[1]
        counted = send(endpoint, {"stream": True, "stream_options": {"include_usage": True}})[1]
    assert plain.endswith("data: [DONE]\n\n")
    assert '"usage"' not in plain
    assert '"prompt_tokens": 100' in counted


def test_script_that_has_run_out_says_so() -> None:
    with ScriptedEndpoint([]) as endpoint:
        assert send(endpoint, {}) == (
            500, '{"error": {"message": "the script has no step left", "type": "scripted", "param": null, "code": null}}'
        )  # fmt: skip


def test_step_may_be_a_function_of_the_request() -> None:
    with ScriptedEndpoint([lambda body: Reply(text=f"you said {body['said']}")]) as endpoint:
        assert "you said hi" in send(endpoint, {"said": "hi"})[1]


def test_other_paths_are_not_found_and_not_recorded() -> None:
    with ScriptedEndpoint([Reply(text="one")]) as endpoint:
        assert send(endpoint, {}, path="/v1/embeddings")[0] == 404
        assert (endpoint.requests, endpoint.left) == ([], 1)


def test_closed_address_refuses() -> None:
    connection = http.client.HTTPConnection(closed_base_url().removeprefix("http://").removesuffix("/v1"), timeout=5)
    with pytest.raises(ConnectionRefusedError):
        connection.request("GET", "/")


def test_script_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "script.json"
    file.write_text('[{"kind": "reply", "text": "hi"}, {"kind": "fault", "fault": "status", "status": 429}]')
    assert load_script(file) == (Reply(text="hi"), Fault(fault="status", status=429))


@pytest.mark.parametrize(
    ("text", "why"),
    [("[", "Expecting value"), ('[{"kind": "reply", "txt": 1}]', r"step 0\.reply\.txt"), ("{}", "step ")],
)
def test_script_that_is_none_is_refused_in_one_sentence(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "script.json"
    file.write_text(text)
    with pytest.raises(BadFile, match=why) as refused:
        load_script(file)
    assert "\n" not in str(refused.value)


def test_script_can_be_served_by_hand(tmp_path: Path) -> None:
    file = tmp_path / "script.json"
    file.write_text('[{"kind": "reply", "text": "hi"}]')
    with subprocess.Popen(
        [sys.executable, "-m", "evals.scripted_endpoint", str(file)], stdout=subprocess.PIPE, text=True
    ) as process:  # fmt: skip
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
    assert line.startswith("OPENAI_BASE_URL=http://127.0.0.1:")


def test_missing_script_is_bad_input() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evals.scripted_endpoint", "absent.json"], capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("`absent.json` is no script")
