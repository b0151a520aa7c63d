"""The web app's outer door: host, origin, person, headers."""

import re

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.web.door import Door
from app.web.sessions import LinkExchange, Links, Sessions
from finops.errors import Unauthenticated
from finops.people import Principal

HOST = "127.0.0.1:8321"
HTML = {"accept": "text/html"}


def known(token: str) -> Principal:
    if token != "good":
        raise Unauthenticated("the session does not hold")
    return Principal(name="ada", role="approver")


async def page(request: Request) -> HTMLResponse:
    name = request.scope["toll.principal"].name
    return HTMLResponse(f"<script>1</script><p>{name}{request.headers.get('x-forwarded-prefix', '')}</p>")


async def login(_: Request) -> PlainTextResponse:
    return PlainTextResponse("sign in", headers={"access-control-allow-origin": "*"})


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


class World:
    """A door before a small app; `links` are the one-time tokens announced."""

    def __init__(self) -> None:
        self.links: list[str] = []
        sessions = Sessions(known, cookie_name="toll_8321")
        links = Links(lambda: "good", self.links.append)
        links.renew()
        app = Starlette(
            routes=[Route("/", page, methods=["GET", "POST"]), Route("/login", login), WebSocketRoute("/ws", socket)]
        )

        async def person(token: str) -> Principal:
            return sessions.person(token)

        door = Door(LinkExchange(app, links, sessions), hosts=[HOST], cookie_name="toll_8321", authenticate=person)
        self.stranger = TestClient(door, base_url=f"http://{HOST}", follow_redirects=False)
        self.ada = TestClient(door, base_url=f"http://{HOST}", follow_redirects=False, cookies={"toll_8321": "good"})


@pytest.fixture
def world() -> World:
    return World()


def test_a_page_needs_a_credential_and_says_where_to_get_one(world: World) -> None:
    response = world.stranger.get("/", headers=HTML)
    assert (response.status_code, response.headers["location"]) == (303, "/login")
    assert world.stranger.get("/").status_code == 401
    assert world.stranger.get("/login").status_code == 200


def test_a_forged_cookie_is_no_credential(world: World) -> None:
    assert world.stranger.get("/", headers={"cookie": "toll_8321=forged"}).status_code == 401


def test_a_signed_in_person_is_served_by_name(world: World) -> None:
    assert "ada" in world.ada.get("/").text


@pytest.mark.parametrize("host", ["evil.example:8321", "127.0.0.1:80", "127.0.0.1", ""])
def test_another_host_name_is_refused_even_with_a_credential(world: World, host: str) -> None:
    assert world.ada.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8321"])
def test_a_request_from_another_origin_is_refused(world: World, origin: str) -> None:
    assert world.ada.post("/", headers={"origin": origin}).status_code == 403
    with (
        pytest.raises(WebSocketDisconnect),
        world.ada.websocket_connect("/ws", headers={"origin": origin, "host": HOST}),
    ):
        pass


def test_a_post_that_says_it_comes_from_elsewhere_is_refused(world: World) -> None:
    assert world.ada.post("/", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert world.ada.post("/", headers={"origin": f"http://{HOST}"}).status_code == 200


def test_a_socket_needs_the_credential_too(world: World) -> None:
    with pytest.raises(WebSocketDisconnect), world.stranger.websocket_connect("/ws", headers={"host": HOST}):
        pass
    with world.ada.websocket_connect("/ws", headers={"host": HOST}) as connection:
        assert connection.receive_text() == "hello"


def test_every_inline_script_carries_the_nonce_of_its_response(world: World) -> None:
    response = world.ada.get("/")
    policy = response.headers["content-security-policy"]
    found = re.search(r"'nonce-([^']+)'", policy)
    assert found is not None
    assert f'<script nonce="{found[1]}">' in response.text
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert found[1] not in world.ada.get("/").headers["content-security-policy"]


def test_the_policy_names_no_other_site(world: World) -> None:
    policy = world.ada.get("/").headers["content-security-policy"]
    assert "http:" not in policy
    assert "https:" not in policy
    assert "*" not in policy


def test_no_other_site_is_let_in_by_cors_and_pages_are_not_stored(world: World) -> None:
    assert "access-control-allow-origin" not in world.stranger.get("/login").headers
    response = world.ada.get("/")
    assert (response.headers["cache-control"], response.headers["x-frame-options"]) == ("no-store", "DENY")


def test_a_forwarded_prefix_never_reaches_the_page(world: World) -> None:
    assert "evil" not in world.ada.get("/", headers={"x-forwarded-prefix": "evil"}).text


def test_a_one_time_link_becomes_a_cookie_and_leaves_the_address(world: World) -> None:
    response = world.stranger.get("/", params={"token": world.links[0]}, headers=HTML)
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert "toll_8321=good" in response.headers["set-cookie"]
    assert "ada" in world.stranger.get("/").text


def test_a_used_link_is_refused_to_a_stranger_and_harmless_to_its_owner(world: World) -> None:
    first = world.links[0]
    world.ada.get("/", params={"token": first})
    refused = world.stranger.get("/", params={"token": first}, headers=HTML)
    assert refused.status_code == 401
    assert "set-cookie" not in refused.headers
    assert world.ada.get("/", params={"token": first}).headers["location"] == "/"
