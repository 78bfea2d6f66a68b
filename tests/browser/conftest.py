"""Debian's Chromium before a real server; every test also holds that nothing else was asked.

Each visit records the hosts of all requests, what the content policy refused and every error of a
script; any of them fails the test that caused it, when the visit ends.
"""

import os
import shutil
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Download, Page, Request, sync_playwright

from cami.server.release import Build

CHROMIUM = shutil.which("chromium")
OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic", "--no-first-run"),
]
SCREENSHOTS = os.environ.get("CAMI_SCREENSHOTS")


@pytest.fixture(scope="session")
def site(
    built: Build, serve: Callable[..., AbstractContextManager[httpx.Client]]
) -> Generator[str]:
    """The address of a server as users start it, that waits long enough for a busy machine."""
    options = ("--build", str(built.folder.parent), "--timeout", "20", "--workers", "2")
    with serve(*options, "--cache", "64") as client:
        yield str(client.base_url).rstrip("/")


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """A browser for the tests of a module; not longer, since it holds the thread's event loop."""
    if not CHROMIUM:
        pytest.skip("no Chromium: install Debian's package 'chromium'")
    launch = {"executable_path": CHROMIUM, "args": OPTIONS}
    with sync_playwright() as playwright, playwright.chromium.launch(**launch) as launched:
        yield launched


@dataclass
class Visit:
    """A page of one's own on the site, and what was seen of it."""

    page: Page
    site: str
    width: int
    hosts: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Record hosts, and what goes wrong without anybody seeing it."""
        self.page.context.on("request", self._asked)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("console", self._said)

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).scheme in ("http", "https", "ws", "wss"):
            self.hosts.add(urlsplit(request.url).netloc)

    def _said(self, message: Any) -> None:
        icon = message.location["url"].endswith("/favicon.ico")  # asked for where a file is shown
        if message.type in ("error", "warning") and not icon:
            self.faults.append(f"{self.page.url}: {message.text}")

    def open(self, path: str) -> Page:
        """Go to a path of the site."""
        response = self.page.goto(self.site + path)
        assert response and response.ok, (path, response and response.status)
        return self.page

    def download(self, locator: Any) -> str:
        """Return the text of the file that a link gives."""
        with self.page.expect_download() as waiting:
            locator.click()
        found: Download = waiting.value
        return Path(found.path()).read_text(encoding="utf-8-sig")

    def shot(self, name: str) -> None:
        """Keep a picture of the page for review, if `CAMI_SCREENSHOTS` names a folder for them."""
        if SCREENSHOTS:
            self.page.evaluate("for (const one of document.images) one.loading = 'eager'")
            self.page.wait_for_load_state("networkidle")
            path = Path(SCREENSHOTS) / f"{name}-{self.width}.png"
            self.page.screenshot(path=path, full_page=True)

    def end(self) -> None:
        """Fail if another host was asked, a script failed, or the content policy refused a thing."""
        assert self.hosts <= {urlsplit(self.site).netloc}
        assert self.faults == []


@contextmanager
def visiting(browser: Browser, site: str, width: int = 1600, **more: Any) -> Generator[Visit]:
    """Yield a visit in a context of its own; hold at its end that nothing else was asked."""
    size = {"width": width, "height": 900 if width > 500 else 740}
    context = browser.new_context(viewport=size, accept_downloads=True, **more)
    try:
        page = context.new_page()
        page.set_default_timeout(20_000)
        visit = Visit(page, site, width)
        visit.watch()
        yield visit
    finally:
        context.close()
    visit.end()


@pytest.fixture
def visit(browser: Browser, site: str) -> Generator[Visit]:
    """A visit in a wide window."""
    with visiting(browser, site) as made:
        yield made


@pytest.fixture
def visitor(browser: Browser, site: str) -> Callable[..., AbstractContextManager[Visit]]:
    """Begin a visit: `with visitor(width=360, java_script_enabled=False) as visit`."""
    return lambda **more: visiting(browser, site, **more)
