"""The whole product in a real browser: the demo estate, its simulated cloud, the rules planner, policy, approval, undo."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import ROOT, Watched, free_port

# Neighbouring sizes, so that a change from one to the next halves an instance: what policy allows in one step.
SIZES = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge")


@pytest.fixture(scope="module")
def demo(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Return a page of a demo that was made for these tests alone, signed in."""
    pytest.importorskip("moto", reason="the demo's cloud needs the extra `tollkeeper[demo]`")
    home = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-c", "from app.cli.main import main; main()", "demo", "--port", str(free_port())]
    environment = {**os.environ, "TOLL_HOME": str(home)}
    for name in ("AWS_ENDPOINT_URL", "OPENAI_BASE_URL", "OPENAI_API_KEY", "TOLL_LIVE"):
        environment.pop(name, None)
    log = (home / "demo.log").open("w", encoding="utf-8")
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    view = Watched(chromium)
    try:
        view.page.goto(_address(process, home))
        view.page.locator(".chip").first.wait_for()
        yield view
        assert view.faults == []
    finally:
        view.context.close()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        log.close()


def _address(process: subprocess.Popen[str], home: Path) -> str:
    """Return the one-time link."""
    for line in process.stdout or ():
        if found := re.search(r"http://127\.0\.0\.1:\S+", line):
            return found[0]
    raise RuntimeError((home / "demo.log").read_text(encoding="utf-8"))


def _half(change: str) -> bool:
    sizes = re.findall(r"\.(\w+)", change)
    return len(sizes) == 2 and set(sizes) <= set(SIZES) and SIZES.index(sizes[0]) - SIZES.index(sizes[1]) == 1


def _instances(view: Watched) -> list[list[str]]:
    """Return the rows of the right-sizing table: instance, name, environment, change and so on."""
    view.ask("Which instances are too large?")
    rows = view.page.locator(".turn").last.locator(".exhibit tbody tr")
    return [row.locator("td").all_inner_texts() for row in rows.all()]


def test_a_question_about_the_estate_is_answered_with_figures_that_replay(demo: Watched) -> None:
    demo.page.locator(".chip").first.click()
    demo.page.locator(".turn-meta").wait_for()
    demo.page.locator(".fig").first.click()
    drawer = demo.page.locator(".drawer-body")
    drawer.get_by_role("button", name="Run it again").click()
    expect(drawer.get_by_role("status")).to_contain_text("Same:")
    demo.page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_a_saving_is_proposed_approved_executed_verified_and_undone(demo: Watched) -> None:
    found = next(row for row in _instances(demo) if row[2] not in ("production", "prod") and _half(row[3]))
    demo.ask(f"Propose {found[0]}")
    card = demo.page.get_by_role("article", name=f"Resize {found[0]}")
    card.get_by_role("button", name="Approve…").click()
    demo.page.get_by_role("button", name="Approve and run").click()
    expect(card).to_contain_text("Done and verified", timeout=30_000)
    expect(card).to_contain_text("modify_instance_attribute")
    demo.shot("demo-executed")
    card.get_by_role("button", name="Undo").click()
    demo.page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    expect(card.locator(".badge")).to_have_text("Undone", timeout=30_000)


def test_a_production_instance_is_refused_with_the_rule(demo: Watched) -> None:
    found = next(row for row in _instances(demo) if row[2] == "production")
    demo.ask(f"Propose {found[0]}")
    card = demo.page.locator(".turn").last.locator(".card")
    expect(card).to_contain_text("Refused by policy")
    expect(card).to_contain_text("protected_environment")
    expect(card.get_by_role("button")).to_have_count(0)
    demo.shot("demo-refused")


def test_the_audit_log_of_all_this_is_whole(demo: Watched) -> None:
    demo.page.get_by_role("link", name="Audit log").click()
    expect(demo.page.locator(".notice.good")).to_contain_text("The log is whole")
    expect(demo.page.locator("tbody")).to_contain_text("execution.undo_ended")
