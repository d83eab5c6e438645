"""The explorer of an index of one's own as a person uses it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import OpenPage, Screenshot, Server
from exploring import Explored, opened, started, tile
from playwright.sync_api import Page, expect

from rankings.explorer import own_views
from rankings.language.messages import number, speaking
from rankings.own import whatif
from rankings.own.question import ask_own


@pytest.fixture(scope="module")
def explorer(server: Server) -> Explored:
    """`make explore` with the folder of an own index."""
    return started(server, "--own", "examples/asem")


def moved(page: Page, lever: str, key: str, times: int) -> float:
    """Move a slider by keys and wait for the last answer; the figure it is at."""
    slider = page.locator(f"#rk-lever-{lever}")
    slider.scroll_into_view_if_needed()
    slider.focus()
    for _time in range(times):
        slider.press(key)
    value = f"{float(slider.input_value()):.6g}"
    page.wait_for_function(
        "([name, value]) => window.explorer.now.query.set?.includes(`${name}:${value}`)",
        arg=[lever, value],
    )
    return float(value)


def test_a_unit_is_chosen_its_figures_moved_and_the_address_sent_on(
    explorer: Explored, page: Page, open_page: OpenPage, screenshot: Screenshot
) -> None:
    opened(page, explorer.address())
    page.locator("#rk-unit").select_option("VNM")
    expect(page.locator("div.answer")).to_contain_text("Vietnam is 36 of 51")
    page.locator("#rk-best").fill("10")
    page.locator("#rk-best").press("Tab")
    expect(page.locator(".status")).to_contain_text("smaller number")
    page.locator("#rk-worst").fill("20")
    page.locator("#rk-worst").press("Tab")
    expect(page.locator(".strip .band-ink")).to_contain_text("10–20")

    page.locator('details[data-key="group-Physical"] summary').click()
    settings = {
        "LPI": moved(page, "LPI", "PageUp", 3),
        "Cov4G": moved(page, "Cov4G", "End", 1),
        "ConSpeed": moved(page, "ConSpeed", "End", 1),
    }
    rows = whatif.what_if(ask_own("examples/asem", "VNM"), settings)
    head, physical = rows.iloc[0], rows.set_index("code").loc["Physical"]
    assert tile(page, "score") == number(head["after"], 2)
    assert tile(page, "rank") == f"{head['rank_after']} of {head['of']}"
    assert head["rank_after"] != head["rank_before"]
    assert page.locator(".strip .after").get_attribute("data-rank") == str(head["rank_after"])
    expect(page.locator('details[data-key="group-Physical"] summary .value')).to_have_text(
        f"{number(physical['after'], 2)} · {int(physical['rank_after'])} of {int(physical['of'])}"
    )
    page.locator('details[data-key="whatif-table"] summary').click()
    expect(page.locator('details[data-key="whatif-table"] caption')).to_contain_text(
        "Logistics Performance Index ="
    )
    screenshot("own-moved")

    sent = page.url
    query = {key: values[0] for key, values in parse_qs(urlsplit(sent).query).items()}
    assert query["own"] == "asem"
    assert query["unit"] == "VNM"
    assert "token" not in query
    said = page.locator(".tiles").inner_text()
    other = open_page(locale="vi-VN")
    opened(other, explorer.address(urlsplit(sent).query))
    assert other.locator(".tiles").inner_text() == said
    other.locator("#rk-language").select_option("vi")
    expect(other.locator("div.answer")).to_contain_text("Việt Nam xếp hạng 36/51")
    with speaking("vi"):
        assert tile(other, "score") == number(head["after"], 2)
    screenshot("own-vietnamese", other)

    page.locator(".reset").click()
    expect(page.locator('.tile[data-name="rank"] strong')).to_have_text("36 of 51")
    assert "set=" not in page.url


def test_every_view_is_drawn_with_its_alt_text_and_code(
    explorer: Explored, page: Page, screenshot: Screenshot
) -> None:
    opened(page, explorer.address("unit=VNM"))
    for view in own_views.VIEWS:
        card = page.locator(f"#rk-view-{view.name}")
        card.scroll_into_view_if_needed()
        expect(card).to_have_attribute("data-filled", "true", timeout=120_000)
        assert "ask_own(" in (card.locator("pre").text_content() or "")
        for image in card.locator("img").all():
            assert len(image.get_attribute("alt") or "") > 40
            assert image.evaluate("node => node.complete && node.naturalWidth > 0")
    screenshot("own-views")


def test_an_address_of_another_index_is_refused_and_the_page_stays(
    explorer: Explored, page: Page
) -> None:
    opened(page, explorer.address("own=provinces&unit=VNM"))
    expect(page.locator(".status")).to_contain_text("is of the index provinces")
    assert tile(page, "rank").endswith("of 51")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_it_fits_a_phone(
    explorer: Explored, open_page: OpenPage, screenshot: Screenshot, language: str
) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    opened(page, explorer.address(f"unit=VNM&language={language}&set=LPI:3.5"))
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    for control in page.locator("select, input").all():
        named = control.evaluate("node => node.labels?.length && node.labels[0].textContent.trim()")
        assert named, control.get_attribute("id")
    screenshot(f"own-phone-{language}")
