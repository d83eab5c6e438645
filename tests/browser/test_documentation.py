"""The documentation as a reader opens it: from a file, wide and narrow, light and dark."""

from collections.abc import Callable
from pathlib import Path

import documentation
import pytest
from playwright.sync_api import Page

OpenPage = Callable[..., Page]
Screenshot = Callable[..., Path]

PAGES = ["index", "reading", "methods", "data", "limits", "commands", "notebooks/20-why"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return documentation.built(tmp_path_factory.mktemp("docs"))


# Every request of these pages is recorded, and checked to stay on the machine, by the fixtures.
@pytest.mark.parametrize("name", PAGES)
def test_a_page_on_a_phone_does_not_scroll_sideways(
    site: Path, open_page: OpenPage, screenshot: Screenshot, name: str
) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    page.goto((site / f"{name}.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot("phone", page)


LUMINANCES = """
() => {
  const light = colour => {
    const parts = colour.match(/[\\d.]+/g).map(Number).slice(0, 3).map(each => {
      const part = each / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const under = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("article p, article td, article th, article caption")]
    .filter(each => each.innerText && each.innerText.trim())
    .map(each => {
      const pair = [light(getComputedStyle(each).color), light(under(each))].sort((a, b) => a - b);
      return [(pair[1] + 0.05) / (pair[0] + 0.05), each.innerText.slice(0, 40)];
    });
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "data", "notebooks/20-why"])
def test_text_can_be_read_in_light_and_dark(
    site: Path, open_page: OpenPage, screenshot: Screenshot, name: str, scheme: str
) -> None:
    page = open_page(color_scheme=scheme)
    page.goto((site / f"{name}.html").as_uri())
    contrasts = page.evaluate(LUMINANCES)
    assert len(contrasts) > 10
    # 4.5 to 1 is what WCAG 2.2 asks of text of this size.
    assert [text for contrast, text in contrasts if contrast < 4.5] == []
    papers = page.locator("article img").evaluate_all(
        "all => all.map(each => getComputedStyle(each).backgroundColor)"
    )
    assert set(papers) == ({"rgb(255, 255, 255)"} if name != "data" else set())
    screenshot(scheme, page)


def test_formulas_are_drawn_without_a_script(site: Path, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto((site / "methods.html").as_uri())
    boxes = page.locator("math").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect()).map(box => [box.width, box.height])"
    )
    assert len(boxes) > 40
    assert min(min(box) for box in boxes) > 3


def test_the_search_finds_a_word_from_a_file(site: Path, open_page: OpenPage) -> None:
    page = open_page()
    page.goto((site / "search.html").as_uri() + "?q=vintage")
    page.locator("#search-results a", has_text="How to read the numbers").first.wait_for()
