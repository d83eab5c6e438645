"""The browser tests' own tools: what they must notice, they notice."""

import http.server
import os
import sys
from pathlib import Path

import browsing
import pytest
from playwright.sync_api import Browser, Page
from waiting import until


def test_the_browser_named_in_the_environment_comes_first(tmp_path: Path) -> None:
    for name in ("mine", "chromium", "google-chrome"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    path = {"PATH": str(tmp_path)}
    mine = str(tmp_path / "mine")
    assert browsing.find_chromium(path | {browsing.VARIABLE: mine}) == browsing.Found(
        mine, "named by RANKINGS_CHROMIUM"
    )
    assert browsing.find_chromium(path) == browsing.Found(
        str(tmp_path / "chromium"), "chromium on the PATH"
    )
    (tmp_path / "chromium").unlink()
    assert browsing.find_chromium(path) == browsing.Found(
        str(tmp_path / "google-chrome"), "google-chrome on the PATH"
    )
    assert browsing.find_chromium(path | {browsing.VARIABLE: "not-there"}) is None
    assert browsing.find_chromium({"PATH": str(tmp_path / "none")}) is None


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("file:///a/b.html", True),
        ("data:text/plain,x", True),
        ("http://127.0.0.1:8888/lab", True),
        ("ws://127.0.0.1:8888/api/kernels", True),
        ("https://example.org/a.js", False),
        ("http://127.0.0.1.example.org/", False),
        ("http://192.0.2.1/", False),
        ("wss://example.org/", False),
    ],
)
def test_what_leaves_the_machine(url: str, local: bool) -> None:
    assert browsing.is_local(url) is local


def test_a_page_that_asks_outside_or_complains_is_noticed(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(
        '<img src="http://example.org/x.png"><script>'
        "console.error('told'); setTimeout(() => { throw new Error('thrown') });"
        "new WebSocket('ws://example.org/y'); window.open('child.html')</script>"
    )
    (tmp_path / "child.html").write_text("<script>console.error('by the child')</script>")
    recorder = browsing.Recorder()
    context = browser.new_context()
    recorder.watch(context)
    opened = context.new_page()
    with context.expect_page() as child:
        opened.goto(file.as_uri())
    child.value.wait_for_load_state()
    asked = {"http://example.org/x.png", "ws://example.org/y"}
    # Each wait lets the browser tell what has happened.
    until(lambda: opened.wait_for_timeout(20) or asked <= set(recorder.outside))
    for word in ("told", "thrown", "by the child"):
        until(lambda word=word: opened.wait_for_timeout(20) or word in str(recorder.complaints))
    context.close()
    with pytest.raises(AssertionError, match="leave the machine"):
        recorder.check()


def test_a_server_is_waited_for_and_ended(tmp_path: Path) -> None:
    port = browsing.free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-u", "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    served = browsing.serve(command, url, tmp_path / "log", cwd=tmp_path)
    assert browsing.status(url) == http.HTTPStatus.OK
    assert browsing.status(f"{url}none") == http.HTTPStatus.NOT_FOUND
    assert "GET /" in served.log
    served.stop()
    assert browsing.status(url) is None
    with pytest.raises(ProcessLookupError):
        os.kill(served.process.pid, 0)


def test_a_server_that_fails_says_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such notebook')"]
    with pytest.raises(AssertionError, match="no such notebook"):
        browsing.serve(command, "http://127.0.0.1:9/", tmp_path / "log")


def test_vietnamese_letters_are_drawn_and_are_no_empty_boxes(page: Page) -> None:
    """Each letter is drawn in its own way, and not as the sign for a letter no font has."""
    page.set_content("<canvas width=60 height=60></canvas>")
    drawn = """letter => {
        const canvas = document.querySelector("canvas"), pen = canvas.getContext("2d");
        pen.clearRect(0, 0, 60, 60);
        pen.font = "40px system-ui, sans-serif";
        pen.fillText(letter, 5, 45);
        return canvas.toDataURL();
    }"""
    unknown = page.evaluate(drawn, "\u0378")
    seen = [page.evaluate(drawn, letter) for letter in "ếộửđỹễ"]
    assert unknown not in seen
    assert len(set(seen)) == len(seen)
