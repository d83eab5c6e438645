"""What tests of pages and servers in a real headless Chromium are given.

A test asks for these:

- ``page``: a Playwright page in a fresh context (1280 x 900). When the test ends, every request of
  the context must have stayed on 127.0.0.1 or in a file, and no page of it may have written an
  error to the console.
- ``open_page(**options)``: a page in one more context with the options of
  `playwright.sync_api.Browser.new_context`, watched likewise: ``open_page(locale="vi-VN")``,
  ``open_page(viewport={"width": 390, "height": 844})``, or at 200 %
  ``open_page(viewport={"width": 640, "height": 450}, device_scale_factor=2)``.
- ``recorder``: ``recorder.requests`` and ``recorder.errors`` of the test so far.
- ``screenshot(name, page=None)``: a picture of the whole page in ``build/browser``, named by test
  and name; its path comes back. A test that fails leaves pictures of its pages by itself.
- ``server(command, url, cwd=None, env=None)``: starts a command, waits until the
  address answers, and ends it with all it started when the module's tests are over. It gives
  ``url``, ``log`` (what it wrote) and ``process``; what it wrote stays in ``build/browser``. Ask
  `browsing.free_port` for a port.

The browser is that of ``RANKINGS_CHROMIUM``, else chromium, chromium-browser or google-chrome of
the PATH; never one that Playwright downloads. Without one these tests are skipped, and where
``CI`` is set they fail.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import browsing
import pytest
from browsing import Recorder, Served
from playwright.sync_api import Browser, Page, expect, sync_playwright

VIEWPORT = {"width": 1280, "height": 900}

OpenPage = Callable[..., Page]
Screenshot = Callable[..., Path]
Server = Callable[..., Served]

FAILED = pytest.StashKey[bool]()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Which browser and which font for Vietnamese this run had, and how they were found."""
    found = browsing.find_chromium()
    browser = f"{found.path} ({found.how})" if found else f"none found; {browsing.HOW}"
    fonts = browsing.vietnamese_fonts()
    if fonts is None:
        named = "not known, there is no fc-list"
    elif fonts:
        named = f"{len(fonts)} families, as {fonts[0]} (fc-list :lang=vi)"
    else:
        named = "none (fc-list :lang=vi); as root: apt-get install -y fonts-dejavu-core"
    terminalreporter.write_line(f"browser: {browser}")
    terminalreporter.write_line(f"installed fonts with Vietnamese: {named}")
    terminalreporter.write_line(f"screenshots: {browsing.SHOTS.relative_to(browsing.ROOT)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report: Any = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = browsing.find_chromium()
    if found is None:
        missing = f"no Chromium found; {browsing.HOW}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        expect.set_options(timeout=browsing.LONG)
        running = playwright.chromium.launch(
            executable_path=found.path, args=[*browsing.FLAGS], headless=True
        )
        yield running
        running.close()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def open_page(
    browser: Browser, recorder: Recorder, request: pytest.FixtureRequest
) -> Iterator[OpenPage]:
    contexts = []

    def opened(**options: Any) -> Page:
        context = browser.new_context(
            **{"viewport": VIEWPORT, "locale": "en-GB", "service_workers": "block"} | options
        )
        context.set_default_timeout(browsing.LONG)
        contexts.append(context)
        recorder.watch(context)
        return context.new_page()

    yield opened
    pages = [page for context in contexts for page in context.pages]
    if request.node.stash.get(FAILED, False):
        for number, page in enumerate(pages):
            _shoot(page, request, f"failed-{number}")
    for context in contexts:
        context.close()
    recorder.check()


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Screenshot:
    def shoot(name: str, page: Page | None = None) -> Path:
        return _shoot(page or request.getfixturevalue("page"), request, name)

    return shoot


def _shoot(page: Page, request: pytest.FixtureRequest, name: str) -> Path:
    test = re.sub(r"\W+", "-", request.node.name.removeprefix("test_")).strip("-")
    path = browsing.SHOTS / f"{request.path.stem.removeprefix('test_')}-{test}-{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    running: list[Served] = []

    def start(
        command: Sequence[str],
        url: str,
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Served:
        written = browsing.SHOTS / f"{request.path.stem.removeprefix('test_')}-{len(running)}.log"
        served = browsing.serve(command, url, written, cwd=cwd, env=env)
        running.append(served)
        return served

    yield start
    for served in running:
        served.stop()
