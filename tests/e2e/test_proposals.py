"""Proposals in a real browser: approve, run, undo, reject, refused."""

from playwright.sync_api import Browser, Locator, expect

from tests.e2e.conftest import Served, Watched

RESIZE = "Resize i-0a4f2c19be77d0312 from m5.2xlarge to m5.xlarge"
STOP = "Stop i-0prod9912aa44fe01"


def card(view: Watched, name: str) -> Locator:
    return view.page.get_by_role("article", name=name)


def test_a_card_says_cost_verdict_undo_and_expiry(watched: Watched) -> None:
    watched.ask("What saving is there?")
    resize = card(watched, RESIZE)
    for words in (
        "Waiting for approval",
        "USD 276.48",
        "USD 138.24",
        "approval_needed",
        "about two minutes",
        "expires in 23 hours",
    ):
        expect(resize).to_contain_text(words)
    watched.shot("proposal-pending")
    resize.get_by_text("What will be called").click()
    expect(resize).to_contain_text("ec2:ModifyInstanceAttribute InstanceType=m5.xlarge")
    watched.shot("proposal-plan")


def test_approve_runs_and_shows_the_calls_then_undo_brings_it_back(acting: Watched) -> None:
    acting.ask("What saving is there?")
    resize = card(acting, RESIZE)
    resize.get_by_role("button", name="Approve…").click()
    acting.shot("approve-dialog")
    acting.page.get_by_label("Reason (optional)").fill("quiet for a month")
    acting.page.get_by_role("button", name="Approve and run").click()
    expect(resize).to_contain_text("Done and verified")
    expect(resize).to_contain_text("quiet for a month")
    expect(resize).to_contain_text("ec2:ModifyInstanceAttribute InstanceType=m5.xlarge")
    expect(resize).to_contain_text("m5.2xlarge → m5.xlarge")
    expect(resize.get_by_role("button", name="Approve…")).to_have_count(0)
    acting.shot("proposal-executed")
    resize.get_by_role("button", name="Undo").click()
    acting.page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    expect(resize.locator(".badge")).to_have_text("Undone")
    expect(resize).to_contain_text("m5.xlarge → m5.2xlarge")
    acting.shot("proposal-undone")


def test_a_refused_action_gives_its_reasons_and_no_button(watched: Watched) -> None:
    watched.ask("What saving is there?")
    stop = card(watched, STOP)
    expect(stop).to_contain_text("Refused by policy")
    expect(stop).to_contain_text("the environment production is protected")
    expect(stop).to_contain_text("protected_environment")
    expect(stop.get_by_role("button")).to_have_count(0)
    stop.scroll_into_view_if_needed()
    watched.shot("proposal-refused")


def test_rejecting_asks_for_a_reason(acting: Watched) -> None:
    page = acting.page
    page.get_by_role("link", name="Proposals").click()
    resize = card(acting, RESIZE)
    resize.get_by_role("button", name="Reject…").click()
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Say why in a few words.")).to_be_visible()
    page.get_by_role("dialog").get_by_role("textbox").fill("not this quarter")
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(resize.locator(".badge")).to_have_text("Rejected")


def test_proposals_are_filtered_by_state(watched: Watched) -> None:
    page = watched.page
    page.get_by_role("link", name="Proposals").click()
    expect(page.locator(".card")).to_have_count(2)
    watched.shot("proposals-page")
    page.get_by_role("link", name="Refused by policy 1").click()
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".card")).to_contain_text(STOP)


def test_a_card_that_went_stale_says_so_and_refreshes(chromium: Browser, fresh: Served, acting: Watched) -> None:
    other = Watched(chromium)
    other.context.add_cookies(acting.context.cookies())  # pyright: ignore[reportArgumentType] - read, then set
    for view in (acting, other):
        view.page.goto(f"{fresh.address}/proposals")
        card(view, RESIZE).get_by_role("button", name="Approve…").click()
    acting.page.get_by_role("button", name="Approve and run").click()
    expect(card(acting, RESIZE)).to_contain_text("Done and verified")
    other.page.get_by_role("button", name="Approve and run").click()
    expect(card(other, RESIZE).get_by_role("alert")).to_contain_text("only a pending one can be approved")
    expect(card(other, RESIZE)).to_contain_text("Done and verified")
    other.context.close()


def test_an_analyst_cannot_approve(chromium: Browser, served_to_people: Served) -> None:
    view = Watched(chromium)
    view.page.goto(served_to_people.address)
    view.page.get_by_label("Name").fill("ben")
    view.page.get_by_label("Secret").fill("battery staple")
    view.page.get_by_role("button", name="Sign in").click()
    view.page.get_by_role("link", name="Proposals").click()
    expect(card(view, RESIZE)).to_contain_text("Your role, analyst, may not approve.")
    expect(card(view, RESIZE).get_by_role("button")).to_have_count(0)
    view.context.close()


def test_the_audit_page_says_whether_the_log_holds(watched: Watched) -> None:
    watched.page.get_by_role("link", name="Audit log").click()
    expect(watched.page.get_by_role("status")).to_contain_text("The log is whole")
    expect(watched.page.locator("tbody tr")).to_have_count(12)
    watched.shot("audit")
