"""Figures of the longest names: what is read, who is found, and in which order.

Every figure is drawn for each of the twenty longest names of economies in each language, as the
economy itself and among its peers.
"""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from sampling import sampled
from test_figures import BREAKS, by_id, changes, forecast, gaps, history, parts, standings
from test_figures import standing_series as series

import rankings
from rankings import figures
from rankings.errors import DataError, InputError
from rankings.figures import layout, style
from rankings.figures.picture import Picture
from rankings.figures.tiles import SHADES
from rankings.language import messages
from rankings.panel import economies
from rankings.panel import map as panel_map

BAND = (30, 50)
LANGUAGES = ("en", "vi")
MANY = 20
SOURCE = "Source: United Nations E-Government Survey 2024, UN DESA."


@pytest.fixture(scope="module")
def longest(held: rankings.World) -> dict[str, list[str]]:
    """The names that take most room, by language; those with a tile only."""
    table = held.economies.loc[held.economies["iso3"].isin(panel_map.places())]
    named = {each: economies.names(table, each) for each in LANGUAGES}
    return {
        each: sorted(names, key=lambda name: (-style.text_width(name), name))[:MANY]
        for each, names in named.items()
    }


def finish(figure: Figure) -> Figure:
    return Picture(figure, "What is seen.", SOURCE).figure


def own_text(figure: Figure, name: str) -> list[Text]:
    """The texts in the economy's colour, or of the title or key, that hold its whole name."""
    found = [t for t in layout.words(figure) if name in joined(t.get_text())]
    return [t for t in found if to_rgb(t.get_color()) == to_rgb(style.ECONOMY)]


def joined(text: str) -> str:
    """Wrapped lines as one; a word cut at the end of a line is whole again."""
    return " ".join(re.sub(r"(?<=\w)-\n", "", text).split())


def strip(names: list[str]) -> Figure:
    figure, ax = figures.canvas(figures.row_height(3, each=0.6, rest=1.3), title=names[0])
    peers = [f"P{i:02}" for i in range(5)]
    figures.strip(standings(names[:6]), economy="VNM", band=BAND, peers=peers, ax=ax)
    return figure


def rank_history(names: list[str]) -> Figure:
    figure, ax = figures.canvas(4.5, title=names[0])
    figures.rank_history(history(names[:7]), economy="VNM", band=BAND, breaks=BREAKS, ax=ax)
    return figure


def slope_rows(names: list[str], own: tuple[int, int] = (86, 71)) -> pd.DataFrame:
    """Two editions: the economy, and peers all about it; one passes it, one enters, one leaves."""
    peers = [(80, 75), (90, 70), (72, 72), (73, 60), (140, None), (None, 88), (191, 193)]
    rows = []
    for i, (name, ranks) in enumerate(zip(names, [own, *peers], strict=False)):
        iso3 = "VNM" if i == 0 else f"P{i:02}"
        rows += [
            {"edition": edition, "iso3": iso3, "name": name, "rank": rank}
            for edition, rank in zip((2022, 2024), ranks, strict=True)
        ]
    return pd.DataFrame(rows)


def slope(names: list[str]) -> Figure:
    figure, ax = figures.canvas(4.0, title=names[0])
    figures.slope(slope_rows(names), economy="VNM", band=BAND, ax=ax)
    return figure


def tile_grid(name: str, *, rank: float = 71, lacking: int = 2) -> pd.DataFrame:
    """All tiles; the economy at a rank, the last codes without one."""
    places = panel_map.places()
    grid = pd.DataFrame.from_dict(places, orient="index", columns=["row", "column"])
    grid = grid.rename_axis("iso3").reset_index().sort_values("iso3", ignore_index=True)
    others = [r for r in range(1, len(grid) + 1) if r != rank]
    grid["rank"] = pd.Series(others[: len(grid)], dtype=float)
    grid.loc[grid.index[-lacking:], "rank"] = np.nan
    grid.loc[grid["iso3"] == "VNM", "rank"] = rank
    shade = [None if np.isnan(r) else panel_map.shade(int(r), len(grid)) for r in grid["rank"]]
    grid = grid.assign(name="Economy", code=grid["iso3"].str[:2], shade=shade)
    grid.loc[grid["iso3"] == "VNM", "name"] = name
    return grid


def tiles(names: list[str]) -> Figure:
    grid = tile_grid(names[0])
    figure, ax = figures.canvas(figures.tiles_height(grid), title=names[0])
    figures.tiles(grid, economy="VNM", band=BAND, ax=ax)
    return figure


def cells(names: list[str]) -> pd.DataFrame:
    """Four measures of many economies, one value missing, one economy without a rank."""
    rows = []
    labels = ["EGDI", "Dịch vụ công trực tuyến (OSI)", "Telecom (TII)", "Human capital (HCI)"]
    for i, name in enumerate(names[:12]):
        for j, label in enumerate(labels):
            value = np.nan if (i, j) == (1, 2) else 1 - 0.04 * i - 0.02 * j
            iso3 = "VNM" if i == 0 else f"P{i:02}"
            rank = np.nan if i == 11 else 3 + 17 * i
            rows.append((iso3, name, rank, label, value, 1.0))
    return pd.DataFrame(rows, columns=["iso3", "name", "rank", "label", "value", "full"])


def bar_table(names: list[str]) -> Figure:
    figure, ax = figures.canvas(figures.row_height(12, each=0.36, rest=0.7), title=names[0])
    figures.bar_table(cells(names), economy="VNM", band=BAND, ax=ax)
    return figure


def interval_rows(names: list[str]) -> Figure:
    table = pd.DataFrame({"label": names[:12], "middle": range(60, 72)})
    table = table.assign(low=table["middle"] - 9, high=table["middle"] + 30)
    table["highlighted"] = table.index == 0
    figure, ax = figures.canvas(figures.row_height(12, each=0.26, rest=1.0), title=names[0])
    figures.interval_rows(table, band=BAND, ax=ax)
    return figure


def driver_values(name: str) -> pd.DataFrame:
    """Three indicators of 60 economies; ours has no value of the last."""
    rng = np.random.default_rng(7)
    rows = [
        {
            "label": label,
            "iso3": "VNM" if i == 0 else f"X{i:02}",
            "name": name if i == 0 else "Economy",
            "value": rng.uniform(0, 120),
            "inside": 10 <= i < 25,
        }
        for j, label in enumerate(["Băng rộng di động, trên 100 dân", "Adult literacy, %", "Last"])
        for i in range(60)
        if (i, j) != (0, 2)
    ]
    return pd.DataFrame(rows)


def drivers(names: list[str]) -> Figure:
    figure, ax = figures.canvas(figures.row_height(3, each=0.42, rest=1.1), title=names[0])
    figures.drivers(driver_values(names[0]), economy="VNM", ax=ax)
    return figure


def standing_lines(names: list[str]) -> Figure:
    figure, axes = figures.canvas(5.0, 2, 2, title=names[0])
    figures.standing_lines(series(names[0]), breaks=BREAKS, axes=axes)
    return figure


def dumbbell(names: list[str]) -> Figure:
    figure, ax = figures.canvas(figures.row_height(3, each=0.7, rest=1.4), title=names[0])
    figures.dumbbell(gaps(), economy_label=names[0], ax=ax)
    return figure


def waterfall(names: list[str]) -> Figure:
    figure, ax = figures.canvas(3.8, title=names[0])
    table = parts()
    table.loc[0, "label"] = names[0]
    figures.waterfall(table, ax=ax)
    return figure


def fan(names: list[str]) -> Figure:
    figure, ax = figures.canvas(4.0, title=names[0])
    came = pd.DataFrame({"edition": [2026, 2028], "rank": [69, 61]})
    figures.fan(history(names[:1]), forecast(), economy="VNM", band=BAND, hindsight=came, ax=ax)
    return figure


def growth(names: list[str]) -> Figure:
    figure, ax = figures.canvas(3.8, title=names[0])
    observed, marks = changes()
    marks.loc[2, "label"] = f"best ever of {names[0]}"
    figures.growth(observed, marks, ax=ax)
    return figure


# How many of the longest names each figure is drawn for: fewer where the name is but in the key.
DRAWS: dict[Callable[[list[str]], Figure], int] = {
    strip: 6,
    rank_history: MANY,
    slope: MANY,
    tiles: 2,
    bar_table: 6,
    interval_rows: MANY,
    drivers: 6,
    standing_lines: 6,
    dumbbell: 6,
    waterfall: MANY,
    fan: MANY,
    growth: 6,
}
FEW = 2
NAMES_ITS_OWN = (rank_history, slope, bar_table, interval_rows, standing_lines, fan)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("draw", DRAWS, ids=lambda draw: draw.__name__)
@pytest.mark.parametrize("many", sampled([True, False], lambda many: not many))
def test_long_names_are_read(
    draw: Callable[[list[str]], Figure], language: str, many: bool, longest: dict[str, list[str]]
) -> None:
    """The very longest names at every run, all of the longest in `make whole`."""
    names = longest[language]
    with messages.speaking(language):
        for i in range(DRAWS[draw] if many else FEW):
            turned = names[i:] + names[:i]
            figure = finish(draw(turned))
            assert layout.unreadable(figure) == [], turned[0]
            seen = [joined(text) for text in map(Text.get_text, layout.words(figure))]
            assert any(turned[0] in text for text in seen), turned[0]
            if draw in NAMES_ITS_OWN:
                assert own_text(figure, turned[0]), turned[0]


def test_the_check_finds_what_is_wrong() -> None:
    figure, ax = figures.canvas(2.0)
    ax.text(0.5, 0.5, "one")
    ax.text(0.5, 0.5, "two")
    ax.text(0.2, 0.2, "tiny", size=6)
    ax.text(1.2, 0.9, "outside", clip_on=False)
    figure.set_layout_engine(None)
    said = layout.unreadable(figure)
    assert "'one' overlaps 'two'" in said
    assert "'tiny' is smaller than 10 points" in said
    assert "'outside' leaves the figure" in said


# What each new figure draws


@pytest.mark.parametrize("own", [(86, 71), (1, 1), (193, 40), (40, 193)])
def test_slope_has_the_best_on_top_and_tells_who_passed(
    own: tuple[int, int], longest: dict[str, list[str]]
) -> None:
    figure, ax = figures.canvas(4.0)
    table = slope_rows(longest["en"], own)
    figures.slope(table, economy="VNM", band=BAND, ax=ax)
    assert layout.unreadable(finish(figure)) == []
    assert ax.yaxis_inverted()
    (line,) = by_id(ax, "economy")
    assert line.get_color() == style.ECONOMY
    assert tuple(line.get_ydata()) == own
    dark = {tuple(line.get_ydata()) for line in by_id(ax, "peer") if line.get_color() == style.INK}
    both = [(80, 75), (90, 70), (72, 72), (73, 60), (191, 193)]
    assert dark == {each for each in both if (each[0] - own[0]) * (each[1] - own[1]) < 0}
    edge = {(round(b.get_y(), 1), round(b.get_y() + b.get_height(), 1)) for b in by_id(ax, "band")}
    assert edge == {(29.5, 50.5)}
    moved = {text.get_text().replace("\N{NO-BREAK SPACE}", " ") for text in layout.words(figure)}
    sign = {(86, 71): "71  ▲ 15", (1, 1): "1", (193, 40): "40  ▲ 153", (40, 193): "193  ▼ 153"}
    assert sign[own] in moved


def test_slope_refuses_in_one_line(longest: dict[str, list[str]]) -> None:
    _figure, ax = figures.canvas(3.0)
    table = slope_rows(longest["en"])
    with pytest.raises(DataError, match="two editions expected in column 'edition', not 2022"):
        figures.slope(table.loc[table["edition"] == 2022], economy="VNM", band=BAND, ax=ax)
    with pytest.raises(InputError, match="'XYZ' is not a known economy"):
        figures.slope(table, economy="XYZ", band=BAND, ax=ax)
    unranked = table.assign(rank=table["rank"].where(table["iso3"] != "VNM"))
    with pytest.raises(DataError, match="slope: ranks of VNM"):
        figures.slope(unranked, economy="VNM", band=BAND, ax=ax)


@pytest.mark.parametrize("rank", [1, 40, 193, np.nan])
def test_tiles_shade_by_rank_and_show_the_economy(rank: float) -> None:
    grid = tile_grid("Viet Nam", rank=rank)
    figure, ax = figures.canvas(figures.tiles_height(grid))
    figures.tiles(grid, economy="VNM", band=BAND, ax=ax)
    (own,) = by_id(ax, "economy")
    assert to_rgb(own.get_facecolor()) == to_rgb(style.ECONOMY)
    centre = own.get_x() + own.get_width() / 2, own.get_y() + own.get_height() / 2
    assert centre == pytest.approx(panel_map.places()["VNM"][::-1])
    inside = grid["rank"].between(*BAND) & (grid["iso3"] != "VNM")
    band = by_id(ax, "band")
    assert len(band) == inside.sum()
    assert {to_rgb(tile.get_facecolor()) for tile in band} == {to_rgb(style.BAND)}
    others = len(grid) - 1 - inside.sum()
    empty = by_id(ax, "unranked")
    assert len(by_id(ax, "tile")) + len(empty) == others
    assert len(empty) == 2
    shown = {text.get_text() for text in layout.words(finish(figure))}
    assert ("Viet Nam: not ranked" if np.isnan(rank) else f"Viet Nam: {rank:g}") in shown
    assert "not ranked" in shown
    if rank == 40:
        assert "1–39" in shown  # the classes of the key are those of the table


def test_table_has_rows_in_order_and_bars_to_scale() -> None:
    table = cells([f"Economy {i}" for i in range(12)])
    _figure, ax = figures.canvas(5.0)
    figures.bar_table(table, economy="VNM", band=BAND, ax=ax)
    names = [t for t in ax.texts if t.get_gid() in ("economy", "name")]
    assert [t.get_text() for t in names] == [f"Economy {i}" for i in range(12)]
    down = [t.get_position()[1] for t in names]
    assert down == sorted(down)
    assert ax.yaxis_inverted()
    tracks, bars = by_id(ax, "track"), by_id(ax, "bar")
    assert len(bars) == len(tracks) == 12 * 4 - 1
    shares = [b.get_width() / t.get_width() for b, t in zip(bars, tracks, strict=True)]
    assert shares == pytest.approx(table["value"].dropna().tolist())
    blue = [b for b in bars if to_rgb(b.get_facecolor()) == to_rgb(style.ECONOMY)]
    assert len(blue) == 4
    shaded = sorted(round(b.get_y() + b.get_height() / 2) for b in by_id(ax, "band"))
    assert shaded == [2]  # the third row only: rank 37
    assert "target band" in " ".join(t.get_text() for t in ax.texts)


@pytest.mark.parametrize(
    ("ranks", "arrow"), [((1, 2), "\N{UPWARDS ARROW}"), ((200, 210), "\N{DOWNWARDS ARROW}")]
)
def test_a_table_says_on_which_side_a_band_beyond_its_rows_lies(
    ranks: tuple[int, int], arrow: str
) -> None:
    _figure, ax = figures.canvas(5.0)
    table = cells([f"Economy {i}" for i in range(12)])
    figures.bar_table(table, economy="VNM", band=ranks, ax=ax)
    assert not by_id(ax, "band")
    assert [t.get_text()[0] for t in ax.texts].count(arrow) == 1
    assert [t.get_text() for t in ax.texts].count("–") == 2


def test_intervals_show_the_band_where_it_is_asked_for() -> None:
    table = pd.DataFrame({"label": ["a"], "low": [90], "middle": [95], "high": [99]})
    table["highlighted"] = True
    figure, ax = figures.canvas(2.0)
    figures.interval_rows(table, band=BAND, ax=ax)
    left, right = ax.get_xlim()
    assert left < 29.5 < 99 < right
    assert "target band 30–50" in {text.get_text() for text in layout.words(figure)}


def test_drivers_say_where_a_value_is_lacking() -> None:
    figure, ax = figures.canvas(3.0)
    figures.drivers(driver_values("Viet Nam"), economy="VNM", ax=ax)
    assert len(by_id(ax, "economy")) == 2
    assert len(by_id(ax, "band")) == 3
    assert [text.get_text() for text in layout.words(figure)].count("–") == 1


# What a reader with other eyes, or a grey printer, sees (Machado, Oliveira and Fernandes 2009)

EYES = {
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "grey": [[0.2126, 0.7152, 0.0722]] * 3,
}


def seen(colour: str, eyes: str) -> tuple[np.ndarray, float]:
    """The colour as linear light for these eyes, and its relative luminance."""
    light = np.array(
        [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    )
    got = np.clip(np.array(EYES[eyes]) @ light, 0, 1)
    return got, float(got @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str, eyes: str) -> float:
    """The contrast ratio of WCAG for these eyes."""
    low, high = sorted([seen(one, eyes)[1], seen(other, eyes)[1]])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("eyes", EYES)
def test_colours_are_told_apart_by_all_eyes(eyes: str) -> None:
    shades = SHADES
    for one, other in [
        (style.ECONOMY, "white"),
        (style.ECONOMY, style.BAND),
        (style.BAND_INK, style.BAND),
        (style.INK, style.BAND),
        (style.SOFT, "white"),
        (style.LOSS, "white"),
    ]:
        assert contrast(one, other, eyes) >= 4.4, (one, other)
    assert contrast(style.ECONOMY, style.PEER, eyes) >= 1.8
    for shade in shades:
        assert contrast(style.INK, shade, eyes) >= 4.5  # the letters in a tile
        assert contrast(style.ECONOMY, shade, eyes) >= 2.3  # the economy among tiles
        assert contrast(style.BAND_INK, shade, eyes) >= 1.5  # the edge of the band's tiles
    darkness = [seen(shade, eyes)[1] for shade in shades]
    assert darkness == sorted(darkness)
    assert min(np.diff(darkness)) > 0.08
