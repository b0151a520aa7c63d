"""A real Chromium before the app in a process of its own. Screenshots go to `screenshots/`, which git ignores."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "screenshots"
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP = (1280, 860)
PHONE = (390, 844)


class Served:
    """The app in a process of its own; `link` is the one-time link it printed last, or its address."""

    def __init__(self, *, local: bool) -> None:
        self.port = free_port()
        mode = "local" if local else "people"
        command = [sys.executable, "-W", "error", "-m", "tests.e2e.fake_services", str(self.port), mode]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.link = self.next_link()
        self.address = f"http://127.0.0.1:{self.port}"

    def enter(self, view: "Watched") -> None:
        """Sign a page in by the one-time link, and take note of the next one."""
        view.page.goto(self.link)
        self.link = self.next_link()
        view.page.locator(".chip").first.wait_for()

    def next_link(self) -> str:
        """Return the next address it prints."""
        out = self.process.stdout
        if out is None:
            raise RuntimeError("the app has no output")
        line = out.readline().strip()
        if not line:
            raise RuntimeError("the app did not start; run `python -m tests.e2e.fake_services 8321 local` to see why")
        return line

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return a Chromium; skip where the machine has none."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: install Chromium to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(chromium: Browser) -> Iterator[Served]:
    """Return the app in local mode, one for all tests that only ask."""
    app = Served(local=True)
    yield app
    app.stop()


@pytest.fixture
def fresh(chromium: Browser) -> Iterator[Served]:
    """Return the app in local mode, for one test that changes proposals."""
    app = Served(local=True)
    yield app
    app.stop()


@pytest.fixture(scope="session")
def served_to_people(chromium: Browser) -> Iterator[Served]:
    """Return the app where each person signs in."""
    app = Served(local=False)
    yield app
    app.stop()


class Watched:
    """A page that notes every fault of its scripts and every request that leaves this machine."""

    def __init__(self, browser: Browser, *, size: tuple[int, int] = DESKTOP, dark: bool = False) -> None:
        self.faults: list[str] = []
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)
        self.page.on("request", lambda request: self._leaves(request.url))

    def _leaves(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
            self.faults.append(f"left this machine: {url}")

    def ask(self, question: str, *, until: str = ".turn-meta") -> None:
        """Ask one question and wait until its answer shows `until`."""
        turns = self.page.locator(".turn").count()
        self.page.locator(".ask-box textarea").fill(question)
        self.page.keyboard.press("Enter")
        self.page.locator(".turn").nth(turns).locator(until).first.wait_for()

    def shot(self, name: str) -> None:
        """Take a screenshot to look at, after movement has ended."""
        SHOTS.mkdir(exist_ok=True)
        self.page.wait_for_timeout(500)
        self.page.screenshot(path=SHOTS / f"{name}.png")


@pytest.fixture
def watched(chromium: Browser, served: Served) -> Iterator[Watched]:
    """Return a page of local mode's person, signed in by the one-time link; it must end without a fault."""
    yield from _watch(chromium, served)


@pytest.fixture
def acting(chromium: Browser, fresh: Served) -> Iterator[Watched]:
    """Return the same over an app of its own."""
    yield from _watch(chromium, fresh)


def _watch(browser: Browser, app: Served) -> Iterator[Watched]:
    view = Watched(browser)
    app.enter(view)
    yield view
    view.context.close()
    assert view.faults == []
