"""Signing in and out in a real browser."""

import re

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Served, Watched


def test_the_one_time_link_signs_in_and_leaves_the_address(chromium: Browser, served: Served) -> None:
    view = Watched(chromium)
    served.enter(view)
    expect(view.page).to_have_url(f"{served.address}/")
    expect(view.page.locator(".person")).to_contain_text("local mode")
    (cookie,) = [one for one in view.context.cookies() if one.get("name") == f"toll_{served.port}"]
    assert cookie.get("httpOnly")
    assert cookie.get("sameSite") == "Strict"
    view.context.close()


def test_a_used_link_does_not_sign_a_second_browser_in_and_the_next_one_does(chromium: Browser, served: Served) -> None:
    first, second = Watched(chromium), Watched(chromium)
    used = served.link
    served.enter(first)
    second.page.goto(used)
    expect(second.page.get_by_role("alert")).to_contain_text("used already")
    served.enter(second)
    first.context.close()
    second.context.close()


def test_every_page_asks_a_stranger_to_sign_in(chromium: Browser, served_to_people: Served) -> None:
    view = Watched(chromium)
    for path in ("/", "/proposals", "/audit", "/chat/c-1", "/evidence/ev-1"):
        view.page.goto(served_to_people.address + path)
        expect(view.page).to_have_url(re.compile(r"/login$"))
    view.context.close()


def test_a_person_signs_in_with_a_secret_and_out_again(chromium: Browser, served_to_people: Served) -> None:
    view = Watched(chromium)
    view.page.goto(served_to_people.address)
    view.page.get_by_label("Name").fill("ada")
    view.page.get_by_label("Secret").fill("wrong")
    view.page.get_by_role("button", name="Sign in").click()
    expect(view.page.get_by_role("alert")).to_have_text("Name or secret is wrong; ask an admin for a new secret.")
    view.shot("login-wrong")
    view.page.get_by_label("Secret").fill("correct horse")
    view.page.get_by_role("button", name="Sign in").click()
    expect(view.page.locator(".person")).to_contain_text("approver")
    kept = view.context.cookies()
    view.page.get_by_role("button", name="Sign out").click()
    expect(view.page.get_by_role("heading", name="Sign in")).to_be_visible()
    # A copy of the cookie, taken before, opens nothing.
    view.context.add_cookies(kept)  # pyright: ignore[reportArgumentType] - cookies read are cookies that can be set
    view.page.goto(served_to_people.address)
    expect(view.page.get_by_role("heading", name="Sign in")).to_be_visible()
    view.context.close()
