"""The chat in a real browser."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import PHONE, Served, Watched


def test_an_answer_streams_and_then_links_each_figure(watched: Watched) -> None:
    page = watched.page
    watched.shot("welcome-light")
    page.get_by_role("button", name="What did each provider cost last month?").click()
    expect(page.locator(".steps")).to_be_visible()
    expect(page.locator(".fig")).to_have_text(["USD 18.01", "USD 1.98", "USD 0.54"])
    expect(page.locator(".fig").first).to_have_attribute("title", re.compile(r"AWS .*exactly USD 18\.00663861840"))
    expect(page.locator(".turn-meta")).to_have_text("rules · no model used, USD 0.00 · 612 ms")
    expect(page.locator(".notes")).to_contain_text("rounded to integers")
    expect(page.locator(".prose")).to_have_attribute("aria-busy", "false")
    watched.shot("breakdown-light")


def test_a_breakdown_has_a_chart_and_the_exact_values_beneath(watched: Watched) -> None:
    watched.ask("What did each provider cost?")
    chart = watched.page.locator(".chart")
    expect(chart.locator("svg")).to_contain_text("USD 18.01")
    expect(chart).to_have_attribute("aria-label", re.compile("Bars of BilledCost in USD by ProviderName"))
    expect(watched.page.locator(".exhibit .grid tbody tr").first).to_contain_text("18.00663861840")
    expect(watched.page.locator(".exhibit .grid tfoot")).to_contain_text("20.52022672899")


def test_a_series_is_stacked_areas(watched: Watched) -> None:
    watched.ask("Show the cost of each month by service")
    expect(watched.page.locator(".chart svg")).to_contain_text("Amazon EC2")
    watched.shot("series-light")


def test_tool_calls_fold_and_show_their_input(watched: Watched) -> None:
    watched.ask("What did each provider cost? retry")
    page = watched.page
    expect(page.locator(".steps > summary")).to_have_text("2 tool calls, planned by rules")
    page.locator(".steps > summary").click()
    page.locator(".call summary").first.click()
    expect(page.locator(".call pre").first).to_contain_text('"group_by"')
    expect(page.locator(".call").first).to_contain_text("1,000 rows read · 148 ms")
    page.locator(".call summary").nth(1).click()
    expect(page.locator(".call").nth(1)).to_contain_text("do not divide")


def test_a_figure_opens_its_evidence_by_keyboard_and_escape_returns(watched: Watched) -> None:
    watched.ask("What did each provider cost?")
    page = watched.page
    page.locator(".fig").first.focus()
    page.keyboard.press("Enter")
    drawer = page.locator(".drawer-body")
    expect(drawer).to_contain_text("read_parquet")
    expect(drawer.locator(".ev-figure")).to_contain_text("USD 18.00663861840")
    drawer.get_by_role("button", name="Run it again").click()
    expect(drawer.get_by_role("status")).to_have_text("Same: the result is identical, byte for byte.")
    watched.shot("evidence-drawer")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_evidence_has_a_page_and_files_of_its_own(watched: Watched) -> None:
    watched.ask("What did each provider cost?")
    page = watched.page
    address = page.locator(".fig").first.get_attribute("href") or ""
    page.goto(page.url.split("/chat")[0] + address)
    expect(page.get_by_role("heading", name="BilledCost by ProviderName, September 2024")).to_be_visible()
    expect(page.locator("tr.hit")).to_contain_text("AWS")
    watched.shot("evidence-page")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert Path(download.value.path()).read_text(encoding="utf-8").splitlines()[1].startswith("AWS,18.00663861840,")


def test_markup_in_a_tag_stays_text_everywhere(watched: Watched) -> None:
    watched.ask("What does the tag cost?")
    page = watched.page
    expect(page.locator(".prose")).to_contain_text("<img src=x onerror=")
    page.locator(".chart svg").hover(position={"x": 420, "y": 62})
    expect(page.locator(".tip-title")).to_contain_text("<img src=x")
    watched.shot("markup-stays-text")
    page.locator(".fig").first.click()
    expect(page.locator(".drawer-body")).to_contain_text("<script>window.hacked=1</script>")
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator(".notes")).to_contain_text("<script>")
    assert page.evaluate("window.hacked") is None
    assert page.locator(".main img, .main script").count() == 0


def test_an_error_is_one_clear_sentence(watched: Watched) -> None:
    watched.ask("Is the endpoint up?", until=".notice")
    expect(watched.page.get_by_role("alert")).to_have_text(
        "The model endpoint http://127.0.0.1:9/v1 does not answer; start it or unset OPENAI_BASE_URL."
    )
    watched.ask("Is there a bug?", until=".notice")
    expect(watched.page.locator(".turn").last).not_to_contain_text("ZeroDivisionError")
    expect(watched.page.locator(".turn").last).not_to_contain_text("secret detail")
    watched.shot("errors")


def test_a_conversation_is_listed_and_comes_back(watched: Watched) -> None:
    watched.ask("What did each provider cost?")
    page = watched.page
    expect(page).to_have_url(re.compile("/chat/c-"))
    expect(page.locator(".talk[aria-current=page]")).to_have_text("What did each provider cost?")
    page.get_by_role("link", name="New chat", exact=True).click()
    expect(page.locator(".chip").first).to_be_visible()
    page.locator(".talk").first.click()
    expect(page.locator(".fig")).to_have_text(["USD 18.01", "USD 1.98", "USD 0.54"])


def test_a_conversation_of_another_person_cannot_be_opened_or_continued(
    chromium: Browser, served_to_people: Served
) -> None:
    views: list[Watched] = []
    for name, secret in (("ada", "correct horse"), ("ben", "battery staple")):
        views.append(Watched(chromium))
        views[-1].page.goto(served_to_people.address)
        views[-1].page.get_by_label("Name").fill(name)
        views[-1].page.get_by_label("Secret").fill(secret)
        views[-1].page.get_by_role("button", name="Sign in").click()
        views[-1].page.locator(".chip").first.wait_for()
    ada, ben = views
    ada.ask("What did each provider cost?")
    ben.page.goto(ada.page.url)
    expect(ben.page.get_by_role("alert")).to_contain_text("Unknown conversation")
    expect(ben.page.locator(".composer")).to_be_hidden()
    for view in views:
        view.context.close()


def test_two_browsers_are_answered_side_by_side(chromium: Browser, served: Served, watched: Watched) -> None:
    other = Watched(chromium)
    other.context.add_cookies(watched.context.cookies())  # pyright: ignore[reportArgumentType] - as above
    other.page.goto(served.address)
    other.page.locator(".chip").first.wait_for()
    watched.page.locator(".ask-box textarea").fill("A slow question on each provider")
    watched.page.keyboard.press("Enter")
    expect(watched.page.locator(".working")).to_contain_text("Running")
    other.ask("What did each provider cost?")
    expect(watched.page.locator(".turn-meta")).to_have_count(0)
    watched.page.locator(".turn-meta").wait_for()
    other.context.close()


def test_a_question_can_be_stopped(watched: Watched) -> None:
    watched.ask("A slow question", until=".working")
    watched.page.get_by_role("button", name="Stop").click()
    watched.page.get_by_text("Stopped; ask again when you like.").wait_for()
    expect(watched.page.get_by_role("button", name="Ask", exact=True)).to_be_visible()


def test_a_phone_fits_without_scrolling_sideways(chromium: Browser, served: Served) -> None:
    view = Watched(chromium, size=PHONE, dark=True)
    served.enter(view)
    expect(view.page.locator(".rail")).to_be_hidden()
    view.ask("What did each provider cost, and what saving is there?")
    view.shot("mobile-dark")
    assert view.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    view.page.get_by_role("button", name="Menu").click()
    expect(view.page.locator(".rail")).to_be_visible()
    view.shot("mobile-menu-dark")
    view.page.keyboard.press("Escape")
    expect(view.page.locator(".rail")).to_be_hidden()
    assert view.faults == []
    view.context.close()


def test_the_theme_is_remembered(watched: Watched) -> None:
    page = watched.page
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("body")).to_have_class(re.compile("body--dark"))
    page.reload()
    page.locator(".chip").first.wait_for()
    expect(page.locator("body")).to_have_class(re.compile("body--dark"))
    watched.ask("What did each provider cost?")
    watched.shot("breakdown-dark")


def test_a_conversation_is_taken_away_and_deleted_after_asking(acting: Watched) -> None:
    acting.ask("What did each provider cost?")
    page = acting.page
    expect(page.get_by_role("link", name="Export as Markdown")).to_be_visible()
    acting.shot("conversation-tools")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as Markdown").click()
    assert "| 18.00663861840 | USD | AWS | `ev-" in Path(download.value.path()).read_text(encoding="utf-8")
    page.get_by_role("button", name="Delete conversation").click()
    expect(page.locator(".ask")).to_contain_text("gone for good")
    acting.shot("delete-conversation")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".talk")).to_have_count(1)
    page.get_by_role("button", name="Delete conversation").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".chip").first).to_be_visible()
    expect(page.locator(".talk")).to_have_count(0)


def test_a_stated_fact_is_kept_by_a_button(acting: Watched) -> None:
    acting.ask("Our fiscal year starts in April")
    page = acting.page
    expect(page.get_by_role("group", name="fiscal year starts in April")).to_be_visible()
    acting.shot("stated-fact")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("Kept: fiscal year starts in April.")).to_be_visible()
    page.reload()
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.get_by_role("button", name="Keep", exact=True)).to_have_count(0)
