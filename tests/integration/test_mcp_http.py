"""`toll mcp --http` over loopback: who may in, by what session, and what a foreign site is told."""

import json
import subprocess
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from mcp.client.streamable_http import streamable_http_client

from finops.people import Principal
from gateway.clock import utc_now
from gateway.home import Home
from gateway.session import LIFE, forget, save, sign
from tests.integration.mcp_homes import ANA, BEN, GONE, MODERN, ROOT, Bench, Talk, bench, talk_over

__all__ = ["bench"]
BOTH = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Served:
    """A server in a process of its own."""

    bench: Bench
    address: str

    def post(
        self, body: Any, *, person: Principal | None = ANA, method: str = "POST", **headers: str
    ) -> httpx2.Response:
        """Send one request as a person, or as nobody."""
        token = {"authorization": f"Bearer {self.bench.token(person)}"} if person else {}
        given = {**BOTH, **token, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return httpx2.request(method, self.address, json=body, headers=given, timeout=60)

    def open_session(self) -> str:
        return self.post(INITIALIZE).headers["mcp-session-id"]

    @contextmanager
    def talk(self, mode: str, person: Principal = ANA) -> Generator[Talk]:
        client = httpx2.AsyncClient(headers={"authorization": f"Bearer {self.bench.token(person)}"}, timeout=60)
        with talk_over(streamable_http_client(self.address, http_client=client), mode) as talk:
            yield talk
            talk.do(client.aclose)


@pytest.fixture(scope="module")
def served(bench: Bench) -> Generator[Served]:
    command = bench.command("mcp", "--http", "--port", "0")
    process = subprocess.Popen(command, env=bench.environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Served(bench, process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def test_it_listens_on_this_machine_only(served: Served) -> None:
    assert urlsplit(served.address).hostname == "127.0.0.1"
    assert urlsplit(served.address).path == "/mcp"


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_the_sdks_client_asks_and_proposes_as_the_person_of_its_token(served: Served, mode: str) -> None:
    with served.talk(mode) as talk:
        assert talk.modern == (mode == "auto")
        assert (
            talk.tool("cost_query", {"period": "2026-10"}).structured_content["figures"]["total"]["value"] == "548.142"
        )
        given = talk.tool("propose_action", served.bench.resize(served.bench.instance)).structured_content["proposal"]
        assert given["state"] == "pending"
        shown = served.bench.toll("proposals", "show", given["id"])
        assert shown["proposal"]["on_behalf_of"] == "ana"
        assert shown["approvals"] == []


def test_an_approver_cannot_approve_through_it_either(served: Served) -> None:
    with served.talk("legacy", BEN) as talk:
        proposal = talk.tool("propose_action", served.bench.resize(served.bench.instance)).structured_content[
            "proposal"
        ]["id"]
        for name in ("approve", "execute", "proposals_approve"):
            assert talk.code(talk.client.call_tool, name, {"id": proposal}) == -32602
    assert served.bench.toll("proposals", "show", proposal)["proposal"]["state"] == "pending"


def test_who_the_records_do_not_know_may_read_and_not_propose(served: Served) -> None:
    with served.talk("auto", GONE) as talk:
        assert not talk.tool("cost_query", {"period": "2026-10"}).is_error
        result = talk.tool("propose_action", served.bench.resize(served.bench.instance))
        assert result.is_error
        assert "`gone` is not in the records" in result.content[0].text


def test_several_clients_are_served_at_once(served: Served) -> None:
    def one(number: int) -> str:
        with served.talk("auto" if number % 2 else "legacy", (ANA, BEN)[number % 2]) as talk:
            given = [
                talk.tool("cost_query", {"period": "2026-10", "top": top, "group_by": ["ResourceId"]}) for top in (1, 2)
            ]
            return str([answer.structured_content["figures"]["total"]["value"] for answer in given])

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(one, range(4))) == {"['548.142', '548.142']"}


def test_a_bill_that_is_loaded_meanwhile_is_seen(served: Served) -> None:
    with served.talk("legacy") as talk:
        assert talk.tool("cost_query", {"period": "2026-01"}).structured_content is None
        served.bench.load("meanwhile", "1.25")
        given = talk.tool("cost_query", {"period": "2026-01"}).structured_content
        assert given["figures"]["total"] == {"value": "1.25", "unit": "USD"}


def _tokens(bench: Bench) -> dict[str, str]:
    other = Home.open({"TOLL_HOME": str(bench.home.path.parent / "other")})
    good = bench.token(ANA)
    payload, _, signature = good.partition(".")
    # Logged in and out again at the command line.
    kept = bench.home.session.read_text(encoding="utf-8")
    out = bench.token(ANA)
    save(bench.home, out)
    forget(bench.home)
    save(bench.home, kept)
    return {
        "missing": "",
        "no bearer": f"Basic {good}",
        "empty": "Bearer",
        "wrong": "Bearer x.y",
        "cut": f"Bearer {payload}.{signature[:-4]}",
        "expired": f"Bearer {bench.token(ANA, life=timedelta(seconds=-1))}",
        "of another home": f"Bearer {sign(other, ANA, expires=utc_now() + LIFE)}",
        "logged out": f"Bearer {out}",
    }


@pytest.mark.parametrize(
    "which", ["missing", "no bearer", "empty", "wrong", "cut", "expired", "of another home", "logged out"]
)
@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
def test_without_a_token_that_holds_there_is_nothing(served: Served, which: str, method: str) -> None:
    given = _tokens(served.bench)[which]
    answer = served.post(INITIALIZE, person=None, method=method, **({"authorization": given} if given else {}))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="tollkeeper"')
    assert ("invalid_token" in answer.headers["www-authenticate"]) == (which not in ("missing", "no bearer", "empty"))
    assert "mcp-session-id" not in answer.headers
    assert "toll mcp --token" in answer.text


def test_a_token_in_the_address_is_none(served: Served) -> None:
    token = served.bench.token(ANA)
    answer = httpx2.post(f"{served.address}?access_token={token}", json=PING, headers=BOTH)
    assert answer.status_code == 401


def test_the_command_line_prints_its_own_token(served: Served) -> None:
    token = served.bench.toll("mcp", "--token")["token"]
    assert served.post(INITIALIZE, person=None, authorization=f"Bearer {token}").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", ""])
def test_a_name_that_is_not_ours_may_be_rebound_dns(served: Served, host: str) -> None:
    assert served.post(INITIALIZE, host=host).status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://localhost"])
def test_a_foreign_site_is_refused_whatever_it_sends(served: Served, origin: str) -> None:
    assert served.post(INITIALIZE, origin=origin).status_code == 403


def test_our_own_origin_and_other_names_of_this_machine_are_served(served: Served) -> None:
    port = urlsplit(served.address).port
    assert served.post(INITIALIZE, origin=f"http://127.0.0.1:{port}").status_code == 200
    assert served.post(INITIALIZE, host=f"localhost:{port}").status_code == 200


def test_nothing_else_is_served(served: Served) -> None:
    token = {"authorization": f"Bearer {served.bench.token(ANA)}"}
    for path in ("/", "/sse", "/proposals", "/mcp/approve", "/docs", "/.well-known/oauth-authorization-server"):
        assert httpx2.get(served.address.removesuffix("/mcp") + path, headers=token).status_code == 404


def test_a_session_ends_by_delete_and_is_then_unknown(served: Served) -> None:
    session = served.open_session()
    assert served.post(PING, mcp_session_id=session).status_code == 200
    assert served.post(None, method="DELETE", mcp_session_id=session).status_code in (200, 204)
    assert served.post(PING, mcp_session_id=session).status_code == 404
    assert served.post(PING, mcp_session_id="0" * 32).status_code == 404


def test_a_session_is_for_who_opened_it(served: Served) -> None:
    session = served.open_session()
    assert served.post(PING, person=BEN, mcp_session_id=session).status_code == 404
    assert served.post(PING, person=None, mcp_session_id=session).status_code == 401
    # The same person with another token is the same person.
    assert served.post(PING, mcp_session_id=session).status_code == 200


def test_a_request_without_a_session_other_than_the_handshake_is_refused(served: Served) -> None:
    assert served.post(PING).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": "text/plain"}, 400), ({"accept": "text/html"}, 406), ({"mcp_protocol_version": "1999-01-01"}, 400),
    ],
)  # fmt: skip
def test_what_does_not_speak_the_protocol_is_told_so(served: Served, headers: dict[str, Any], status: int) -> None:
    assert served.post(INITIALIZE, **headers).status_code == status


def test_a_body_that_is_too_large_is_refused(served: Served) -> None:
    assert served.post({**PING, "params": {"x": "y" * 1_000_001}}).status_code == 413


@pytest.mark.parametrize("body", [[], [PING, PING], "text", {"jsonrpc": "1.0", "id": 1, "method": "ping"}, {}])
def test_what_is_no_message_is_an_error(served: Served, body: Any) -> None:
    answer = served.post(body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in (-32600, -32602, -32700)


def test_a_request_of_the_newest_revision_needs_no_session(served: Served) -> None:
    meta = {
        "io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
    }  # fmt: skip
    body = {"jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": {"_meta": meta}}
    answer = served.post(body, mcp_protocol_version=MODERN, mcp_method="tools/list")
    assert answer.status_code == 200
    assert "mcp-session-id" not in answer.headers
    found = answer.json()["result"]
    assert (len(found["tools"]), found["resultType"], found["ttlMs"]) == (9, "complete", 3_600_000)


def test_a_port_that_is_taken_is_said_in_one_sentence(served: Served) -> None:
    port = str(urlsplit(served.address).port)
    done = subprocess.run(
        served.bench.command("mcp", "--http", "--port", port, "--json"), env=served.bench.environment, cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["kind"] == "Unavailable"
    assert f"port `{port}` of `127.0.0.1` cannot be had" in done.stderr
