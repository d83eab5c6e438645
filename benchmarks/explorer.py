"""How long does a person wait at the explorer? Measured in a real browser, page and server in one.

The server is started as `rankings explore` starts it, a headless Chromium opens the page, moves
sliders by keys and reads the page's own clock: from the key to numbers and marker on the screen.
Beside it, in the same run, what the marker would cost as a picture drawn anew for every move.
"""

import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from rankings.errors import InputError

MOVES = 20
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LONG = 60_000


def _browser() -> str:
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    raise InputError("no Chromium found: install the package chromium")


@contextmanager
def _served(*options: str) -> Iterator[tuple[str, float]]:
    """The address with its token, and when the command was given; options of `rankings explore`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    begun = time.perf_counter()
    command = [sys.executable, "-m", "rankings", "explore", "--no-browser"]
    process = subprocess.Popen([*command, *options, f"--port={port}", f"--token={token}"])
    try:
        while True:
            try:
                urlopen(f"http://127.0.0.1:{port}/login", timeout=5).close()
                break
            except URLError:
                if process.poll() is not None or time.perf_counter() - begun > 60:
                    raise InputError("the explorer did not start: see above") from None
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}/explore?token={token}", begun
    finally:
        process.terminate()
        process.wait()


def _moved(page: Any, lever: str, key: str) -> list[float]:
    """Milliseconds of each of `MOVES` moves of a slider, by the page's clock."""
    slider = page.locator(f"#rk-lever-{lever}")
    slider.focus()
    before = page.evaluate("window.explorer.times.length")
    for count in range(1, MOVES + 1):
        slider.press(key)
        page.wait_for_function(
            "count => window.explorer.times.length >= count", arg=before + count, timeout=LONG
        )
    return [float(each) for each in page.evaluate("window.explorer.times")[before:]]


def _views(page: Any) -> dict[str, float]:
    """Seconds until each view was on the page, one after the other."""
    found = {}
    for card in page.locator(".view").all():
        card.scroll_into_view_if_needed()
        page.wait_for_function(
            "card => card.dataset.filled", arg=card.element_handle(), timeout=LONG
        )
        found[card.get_attribute("data-name")] = round(
            float(card.get_attribute("data-milliseconds")) / 1000, 3
        )
    return found


def _own(browser: Any) -> list[float]:
    """Milliseconds of moves of an indicator of ASEM's 49, with one of another pillar set, too."""
    with _served("--own", "examples/asem") as (address, _begun):
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(f"{address}&unit=VNM")
        page.wait_for_selector(".tile strong", timeout=LONG)
        _views(page)
        for group, lever in (("Instit", "Visa"), ("Physical", "LPI")):
            page.locator(f'details[data-key="group-{group}"] summary').click()
            found = _moved(page, lever, "ArrowRight")
        page.close()
    return found


def _pictures() -> float:
    """Median seconds to draw the strip alone, as a picture, in a warm process."""
    import rankings
    from rankings.report import pictures

    story = rankings.ask()
    times = []
    for _time in range(6):
        begun = time.perf_counter()
        pictures.strip(story, "EGDI", story.edition).render("png")
        times.append(time.perf_counter() - begun)
    return median(times[1:])


def measure() -> dict[str, Any]:
    """Seconds of everything a person waits for, and the ratio against drawing a picture.

    Raises:
        InputError: there is no Chromium.
    """
    from playwright.sync_api import sync_playwright

    path = _browser()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        with _served() as (address, begun):
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.goto(address)
            page.wait_for_selector(".tile strong", timeout=LONG)
            started = time.perf_counter() - begun
            begun = time.perf_counter()
            page.reload()
            page.wait_for_selector(".tile strong", timeout=LONG)
            opened = time.perf_counter() - begun
            first = _views(page)
            page.locator("#rk-economy").select_option("EST")
            page.wait_for_function(
                "() => window.explorer.page.values.economy === 'EST'", timeout=LONG
            )
            views = _views(page)
            part = _moved(page, "tii", "ArrowLeft")
            page.locator('details[data-key="drivers-hci"] summary').click()
            driver_moves = _moved(page, "mean_years_schooling", "ArrowLeft")
        own = _own(browser)
        browser.close()
    picture = _pictures()
    slowest = max(median(part), median(driver_moves)) / 1000
    return {
        "moves": MOVES,
        "command_to_first_view_seconds": round(started, 2),
        "page_to_first_view_seconds": round(opened, 2),
        "sub_index_to_screen_seconds": round(median(part) / 1000, 3),
        "sub_index_to_screen_slowest_seconds": round(max(part) / 1000, 3),
        "driver_to_screen_seconds": round(median(driver_moves) / 1000, 3),
        "driver_to_screen_slowest_seconds": round(max(driver_moves) / 1000, 3),
        "own_indicator_to_screen_seconds": round(median(own) / 1000, 3),
        "own_indicator_to_screen_slowest_seconds": round(max(own) / 1000, 3),
        "views_first_seconds": first,
        "views_of_another_economy_seconds": views,
        "picture_seconds": round(picture, 3),
        "picture_over_slider": round(picture / slowest, 2),
    }


def main(as_json: bool = False) -> None:
    """Measure and print."""
    found = measure()
    if as_json:
        print(json.dumps(found, indent=1))
    else:
        print("\n".join(f"{key}: {value}" for key, value in found.items()))
