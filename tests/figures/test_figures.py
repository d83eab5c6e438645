"""Figures: nothing overlaps or leaves the page, and what is drawn is what the table says."""

import base64
import itertools
import warnings
from collections.abc import Callable

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox

from rankings import figures
from rankings.errors import DataError, InputError
from rankings.figures import check, frame, layout, placing, style
from rankings.figures.picture import Picture

ENGLISH = [
    "United Kingdom of Great Britain and Northern Ireland",
    "Democratic People's Republic of Korea",
    "Saint Vincent and the Grenadines",
    "Lao People's Democratic Republic",
    "Micronesia (Federated States of)",
    "Democratic Republic of the Congo",
    "United Republic of Tanzania",
    "Bolivia (Plurinational State of)",
    "Venezuela (Bolivarian Republic of)",
    "The former Yugoslav Republic of Macedonia",
    "Central African Republic",
    "United States of America",
    "Iran (Islamic Republic of)",
    "Bosnia and Herzegovina",
    "Saint Kitts and Nevis",
    "Sao Tome and Principe",
    "Syrian Arab Republic",
    "United Arab Emirates",
    "Antigua and Barbuda",
    "Trinidad and Tobago",
]
VIETNAMESE = [
    "Vương quốc Liên hiệp Anh và Bắc Ireland",
    "Cộng hòa Dân chủ Nhân dân Triều Tiên",
    "Đặc khu Hành chính Hồng Kông, Trung Quốc",
    "Các Tiểu Vương quốc Ả Rập Thống nhất",
    "Đặc khu Hành chính Macao, Trung Quốc",
    "Cộng hòa Dân chủ Nhân dân Lào",
    "Saint Vincent và Grenadines",
    "Liên bang Micronesia",
    "Cộng hòa Dân chủ Congo",
    "Cộng hòa Thống nhất Tanzania",
    "Nhà nước Đa dân tộc Bolivia",
    "Cộng hòa Bolivar Venezuela",
    "Cộng hòa Hồi giáo Iran",
    "Hợp chúng quốc Hoa Kỳ",
    "Cộng hòa Ả Rập Syria",
    "Cộng hòa Trung Phi",
    "Bosnia và Herzegovina",
    "São Tomé và Príncipe",
    "Myanmar (Miến Điện)",
    "Trinidad và Tobago",
]
EDITIONS = [2003, 2004, 2005, 2008, 2010, 2012, 2014, 2016, 2018, 2020, 2022, 2024]
BREAKS = pd.DataFrame(
    {
        "edition": [2003, 2012, 2018, 2020, 2026],
        "label": [
            "before all",
            "2012: new weights",
            "2018: 140 new questions on services",
            "2020: broadband replaces telephones",
            "after all",
        ],
    }
)
BAND = (30, 50)
SUBINDICES = [
    "Online services (OSI 2024)",
    "Telecommunication infrastructure (TII 2024)",
    "Chỉ số cơ sở hạ tầng viễn thông, khảo sát năm 2024",
]
SOURCE = "Source: " + "United Nations E-Government Survey 2024, UN DESA, knowledgebase. " * 4
ADDRESS = "https://publicadministration.un.org/egovkb/" + "en-us/data-center/" * 6


def world(names: list[str], *, rank: int = 100, of: int = 193) -> pd.DataFrame:
    """One ranked world: the named economies in between, VNM at the rank asked for."""
    codes = ["VNM", *(f"P{i:02}" for i in range(len(names) - 1))]
    ranks = [rank, *(r for r in range(3, 3 + 8 * len(names), 8) if r != rank)][: len(names)]
    others = [r for r in range(1, of + 1) if r not in ranks]
    return pd.DataFrame(
        {
            "iso3": [*codes, *(f"X{r:03}" for r in others)],
            "name": [*names, *(f"Economy {r}" for r in others)],
            "rank": [*ranks, *others],
            "of": of,
        }
    )


def standings(names: list[str], *, rank: int = 100) -> pd.DataFrame:
    """Rows of different length: 193, 175 and 193 economies."""
    tables = [
        world(names, rank=rank, of=of).assign(label=label)
        for label, of in zip(SUBINDICES, (193, max(175, rank), 193), strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


def history(names: list[str], *, editions: list[int] = EDITIONS) -> pd.DataFrame:
    """A climbing economy, and peers that all end at about its rank."""
    rng = np.random.default_rng(3)
    rows = []
    for i, name in enumerate(names):
        ranks = 70 + i // 2 + rng.integers(-25, 25, len(editions)).cumsum() * (i > 0) // 2
        ranks = np.clip(ranks - ranks[-1] + 70 + i // 2, 1, 193)
        if i == 0:
            ranks = np.array([97, 112, 105, 91, 90, 83, 99, 89, 88, 86, 86, 71])[: len(editions)]
        iso3 = "VNM" if i == 0 else f"P{i:02}"
        rows += [
            {"edition": e, "iso3": iso3, "name": name, "rank": r, "of": 193, "value": 1 - r / 193}
            for e, r in zip(editions, ranks, strict=True)
        ]
    return pd.DataFrame(rows)


def standing_series(name: str) -> pd.DataFrame:
    rows = [
        (code, label, line, words, edition, base + 0.02 * i)
        for code, label in zip(["osi", "tii", "hci"], SUBINDICES, strict=True)
        for line, words, base in (
            ("economy", name, 0.1),
            ("rank50", "rank 50", 0.12),
            ("rank30", "rank 30", 0.9),
        )
        for i, edition in enumerate(EDITIONS)
    ]
    columns = ["component", "label", "line", "line_label", "edition", "value"]
    return pd.DataFrame(rows, columns=columns)


def gaps() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": SUBINDICES,
            "own": [0.650, 0.700, 0.912],
            "at_worst": [0.652, 0.840, 0.840],
            "at_best": [0.655, 0.900, 0.911],
            "label_worst": "rank 50",
            "label_best": "rank 30",
        }
    )


def parts() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": ["Viet Nam, 2024", *SUBINDICES, "rank 50"],
            "places": [71, -7.5, 3.5, -17, 50],
            "kind": ["start", "part", "part", "part", "end"],
        }
    )


def forecast() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "edition": [2026, 2028, 2030],
            "median": [68, 65, 42],
            "low95": [50, 40, 33],
            "low80": [57, 49, 40],
            "high80": [79, 80, 44],
            "high95": [85, 90, 46],
        }
    )


def changes() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(5)
    marks = pd.DataFrame(
        {
            "label": ["required for a 50 % chance", "required for an 80 % chance", "best ever"],
            "value": [0.110, 0.112, 0.111],
        }
    )
    return pd.DataFrame({"change": rng.normal(0.03, 0.05, 193)}), marks


def interval_table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": ["As published", *SUBINDICES],
            "low": [71, 60, 66, 1],
            "middle": [71, 73, 79, 71],
            "high": [71, 90, 85, 193],
            "highlighted": [True, False, False, False],
        }
    )


def chance_table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": ["2026", *SUBINDICES],
            "probability": [0.0, 0.004, 0.221, 1.0],
            "highlighted": [False, False, True, False],
        }
    )


Draw = Callable[[list[str]], Figure]


def draw_strip(names: list[str]) -> Figure:
    figure, ax = figures.canvas(figures.row_height(3, each=0.6, rest=1.3), title=names[0])
    peers = [f"P{i:02}" for i in range(len(names) - 1)]
    figures.strip(standings(names), economy="VNM", band=BAND, peers=peers, ax=ax)
    return figure


def draw_rank_history(names: list[str]) -> Figure:
    figure, ax = figures.canvas(4.5, title=f"{names[0]}: " + "a long title " * 9)
    figures.rank_history(history(names[:7]), economy="VNM", band=BAND, breaks=BREAKS, ax=ax)
    return figure


def draw_standing(names: list[str]) -> Figure:
    figure, axes = figures.canvas(3.0, 2, 2)  # too low: it grows
    figures.standing_lines(standing_series(names[0]), breaks=BREAKS, axes=axes)
    return figure


def draw_dumbbell(names: list[str]) -> Figure:
    figure, ax = figures.canvas(figures.row_height(3, each=0.7, rest=1.4))
    figures.dumbbell(gaps(), economy_label=names[0], ax=ax)
    return figure


def draw_waterfall(names: list[str]) -> Figure:
    figure, ax = figures.canvas(3.8)
    table = parts()
    table.loc[0, "label"] = names[0]
    figures.waterfall(table, ax=ax)
    return figure


def draw_fan(names: list[str]) -> Figure:
    figure, ax = figures.canvas(4.0)
    came = pd.DataFrame({"edition": [2026, 2028], "rank": [69, 61]})
    figures.fan(history(names[:3]), forecast(), economy="VNM", band=BAND, hindsight=came, ax=ax)
    return figure


def draw_growth(names: list[str]) -> Figure:
    figure, ax = figures.canvas(3.8)
    observed, marks = changes()
    marks.loc[2, "label"] = f"best ever of {names[0]}"
    figures.growth(observed, marks, ax=ax)
    return figure


def draw_intervals(names: list[str]) -> Figure:
    figure, ax = figures.canvas(figures.row_height(4, each=0.45))
    figures.interval_rows(interval_table(), economy_label=names[0], ax=ax)
    return figure


def draw_chance(names: list[str]) -> Figure:
    figure, ax = figures.canvas(figures.row_height(4, rest=0.6), title=names[0])
    figures.chance(chance_table(), ax=ax)
    return figure


DRAWS: list[Draw] = [
    draw_strip,
    draw_rank_history,
    draw_standing,
    draw_dumbbell,
    draw_waterfall,
    draw_fan,
    draw_growth,
    draw_intervals,
    draw_chance,
]
every_figure = pytest.mark.parametrize("draw", DRAWS, ids=lambda draw: draw.__name__[5:])


def finish(figure: Figure) -> Figure:
    """The figure as a reader gets it."""
    return Picture(figure, "What is seen.", SOURCE).figure


def assert_readable(figure: Figure) -> None:
    """No text overlaps another or leaves the figure; none is smaller than 10 points."""
    assert layout.unreadable(figure) == []


def texts_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in layout.words(figure)]


def by_id(ax: Axes, gid: str) -> list:
    return ax.findobj(lambda artist: artist.get_gid() == gid)


# What holds for every figure


@every_figure
@pytest.mark.parametrize("names", [ENGLISH, VIETNAMESE], ids=["en", "vi"])
def test_text_can_be_read_and_has_all_its_glyphs(draw: Draw, names: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_readable(finish(draw(names)))


@pytest.mark.parametrize("draw", [draw_strip, draw_rank_history, draw_fan, draw_growth])
def test_short_names_too_and_no_text_twice(draw: Draw) -> None:
    figure = finish(draw(["Chad", *(f"Peer {i}" for i in range(6))]))
    assert_readable(figure)
    assert sum("UN DESA" in text for text in texts_of(figure)) == 1


def settings() -> dict[str, object]:
    """All settings; asking for the backend by its name would already choose one."""
    named = {key: mpl.rcParams[key] for key in mpl.rcParams if key != "backend"}
    return {**named, "backend": mpl.get_backend(auto_select=False)}


@pytest.mark.parametrize("draw", [draw_strip, draw_standing, draw_growth])
def test_pyplot_and_the_settings_are_left_alone(draw: Draw) -> None:
    before, open_figures = settings(), plt.get_fignums()
    plain = Picture(draw(ENGLISH), "alt", "s").render("png")
    assert settings() == before
    assert plt.get_fignums() == open_figures
    strange = {"font.size": 19, "font.family": "monospace", "axes.grid": True, "lines.marker": "x"}
    with mpl.rc_context(strange):
        assert Picture(draw(ENGLISH), "alt", "s").render("png") == plain


# The picture


def test_mimebundle_holds_image_alt_and_width() -> None:
    picture = Picture(draw_chance(ENGLISH), "The chance is 22 %\nby 2030.", SOURCE)
    data, metadata = picture._repr_mimebundle_()
    assert set(data) == {"image/png", "text/plain"}
    assert data["text/plain"] == "The chance is 22 % by 2030." == repr(picture)
    assert metadata == {"image/png": {"alt": "The chance is 22 % by 2030.", "width": 691}}
    image = base64.b64decode(data["image/png"])
    assert image.startswith(b"\x89PNG")
    assert int.from_bytes(image[16:20], "big") == round(style.WIDTH * style.DPI)
    assert b"Software" not in image


def test_ipython_shows_it_once() -> None:
    formatters = pytest.importorskip("IPython.core.formatters")
    data, metadata = formatters.DisplayFormatter().format(Picture(draw_chance(ENGLISH), "a", "s"))
    assert set(data) == {"image/png", "text/plain"}
    assert metadata["image/png"]["alt"] == data["text/plain"] == "a"


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_bytes_are_the_same_every_time(kind: str, tmp_path) -> None:
    picture, again = (Picture(draw_fan(VIETNAMESE), "alt", SOURCE) for _twice in range(2))
    first = picture.render(kind)
    assert again.save(tmp_path / f"figure.{kind}").read_bytes() == first
    if kind == "png":
        assert picture.render(kind) == first


def test_source_stands_once_at_the_foot_however_long() -> None:
    figure = draw_chance(ENGLISH)
    before = figure.axes[0].get_position().height * figure.get_figheight()
    for _again in range(2):
        Picture(figure, "alt", SOURCE + ADDRESS)
    found = [text for text in figure.texts if text.get_gid() == "source"]
    assert len(found) == 1
    assert len(found[0].get_text()) > 300
    assert found[0].get_color() == style.SOFT
    assert_readable(figure)
    lowest = min(layout.words(figure), key=lambda text: text.get_window_extent().y0)
    assert lowest is found[0]
    assert figure.axes[0].get_position().height * figure.get_figheight() >= 0.9 * before


def test_a_figure_of_ones_own_gets_a_source_too() -> None:
    figure = Figure(figsize=(5, 3))
    FigureCanvasAgg(figure)
    figures.chance(chance_table(), ax=figure.subplots())
    assert_readable(finish(figure))


def test_picture_refuses_in_one_line() -> None:
    with pytest.raises(InputError, match="alt text"):
        Picture(draw_chance(ENGLISH), " ", "s")
    with pytest.raises(InputError, match=r"'gif'; known: png, svg, pdf"):
        Picture(draw_chance(ENGLISH), "alt", "s").save("figure.gif")


# The style


def test_roles_differ_in_grey_too() -> None:
    def grey(colour: str) -> float:
        return float(np.dot(to_rgb(colour), [0.299, 0.587, 0.114]))

    roles = [style.ECONOMY, style.PEER, style.TINT, style.WORLD, style.BAND]
    assert all(b - a > 0.07 for a, b in itertools.pairwise(map(grey, roles)))


def test_canvas_gives_one_axes_or_a_list() -> None:
    figure, ax = figures.canvas(3.0)
    assert figure.get_size_inches().tolist() == [7.2, 3.0]
    assert isinstance(ax, Axes)
    figure, axes = figures.canvas(3.0, 2, 2, title="Seen")
    assert len(axes) == 4
    assert figure.get_figheight() > 3.0


def test_wrapping_keeps_every_letter_and_the_width() -> None:
    lines = style.wrap("Telecommunication infrastructure", 60).split("\n")
    assert "".join(lines).replace("-", "") == "Telecommunicationinfrastructure"
    assert all(style.text_width(line) <= 60 for line in lines)
    assert style.wrap(ADDRESS, 200).replace("\n", "") == ADDRESS


def test_labels_move_as_little_as_needed() -> None:
    sizes = np.full(3, 10.0)
    free = placing.apart(np.array([50.0, 5.0, 90.0]), sizes, gap=2, low=0, high=100)
    assert free.tolist() == [50, 5, 90]
    tight = placing.apart(np.array([50.0, 50.0, 51.0]), sizes, gap=2, low=0, high=100)
    assert np.diff(tight).tolist() == [12, 12]
    assert tight.mean() == pytest.approx(np.mean([50, 50, 51]))
    assert placing.apart(np.array([1.0]), sizes[:1], gap=2, low=0, high=100).tolist() == [5]


def test_no_pole_crosses_a_flag() -> None:
    anchors = np.column_stack([[10.0, 60.0, 130.0, 160.0], np.zeros(4)])
    room, page = Bbox([[0, 0], [200, 100]]), Bbox([[0, 0], [300, 300]])
    sizes = np.array([[80.0, 10.0], [75.0, 20.0], [50.0, 10.0], [90.0, 10.0]])
    for x in (anchors, anchors * [-1, 1] + [300, 0]):  # flying right, then left
        boxes = placing.Boxes(x, sizes, room, page, 1.0, np.empty((0, 2)))
        flags = [
            Bbox.from_bounds(*(centre - size / 2), *size)
            for centre, size in zip(placing.flags(boxes), sizes, strict=True)
        ]
        for i, j in itertools.permutations(range(4), 2):
            crossed = flags[j].x0 < x[i, 0] < flags[j].x1 and flags[j].y0 < flags[i].y1
            assert not crossed
        assert all(page.x0 <= flag.x0 and flag.x1 <= page.x1 for flag in flags)


@pytest.mark.parametrize("worst", [5, 29, 46, 193])
def test_ranks_start_at_one(worst: int) -> None:
    ticks = frame.rank_ticks(1, worst)
    assert ticks[0] == 1
    assert ticks == sorted(set(ticks))
    assert 3 <= len(ticks) <= 9


# Figure by figure


def test_strip_draws_everyone_where_they_stand() -> None:
    figure, ax = figures.canvas(3.0)
    table = standings(ENGLISH[:6], rank=100)
    assert figures.strip(table, economy="VNM", band=BAND, peers=["P00", "P03"], ax=ax) is ax
    own = by_id(ax, "economy")
    assert [line.get_xdata().tolist() for line in own] == [[100], [100], [100]]
    assert {line.get_color() for line in own} == {style.ECONOMY}
    ticks = sum(len(lines.get_segments()) for lines in ax.collections)
    assert ticks == len(table) - 3
    assert ax.get_xlim()[0] < 1 < 193 < ax.get_xlim()[1]  # the best rank is at the left
    assert ax.yaxis_inverted()  # rows from the top down
    band = by_id(ax, "band")[0].get_extents().transformed(ax.transData.inverted())
    assert (band.x0, band.x1) == pytest.approx((29.5, 50.5))
    found = texts_of(figure)
    assert found.count("100") == 3 + 1  # three dots and the axis
    assert {"of 193", "of 175", "target band 30–50", ENGLISH[0]} <= set(found)
    assert any(ENGLISH[1] in text and ENGLISH[4] in text for text in found)


@pytest.mark.parametrize("rank", [1, 193])
def test_strip_at_either_end(rank: int) -> None:
    figure, ax = figures.canvas(3.0)
    figures.strip(standings(ENGLISH[:2], rank=rank), economy="VNM", band=(1, 20), ax=ax)
    assert_readable(finish(figure))


def test_strip_says_where_there_is_no_rank() -> None:
    table = standings(ENGLISH[:2])
    here = (table["iso3"] == "VNM") & (table["label"] == SUBINDICES[1])
    table["rank"] = table["rank"].astype(float).mask(here)
    figure, ax = figures.canvas(3.0)
    figures.strip(table, economy="VNM", band=BAND, ax=ax)
    assert texts_of(figure).count("not ranked") == 1
    assert_readable(finish(figure))


def test_rank_history_has_the_best_on_top() -> None:
    figure, ax = figures.canvas(4.0)
    figures.rank_history(history(ENGLISH[:5]), economy="VNM", band=BAND, breaks=BREAKS, ax=ax)
    assert ax.yaxis_inverted()
    (own,) = by_id(ax, "economy")
    assert own.get_color() == style.ECONOMY
    assert own.get_ydata()[-1] == 71
    others = [line for line in ax.lines if len(line.get_xdata()) == len(EDITIONS)]
    assert len(others) == 5
    assert own.get_linewidth() > 2 * max(o.get_linewidth() for o in others if o is not own)
    # Between 2010 and 2012 and so on; breaks outside the editions separate nothing.
    assert [line.get_xdata()[0] for line in by_id(ax, "break")] == [2011, 2017, 2019]
    strip = next(p for p in by_id(ax, "band") if isinstance(p, Rectangle))
    assert sorted([strip.get_y(), strip.get_y() + strip.get_height()]) == [29.5, 50.5]
    found = [text.replace("\n", " ") for text in texts_of(figure)]
    assert {"97", "112", "105", "86", "2012: new weights"} <= set(found)
    assert f"{ENGLISH[0]}\N{NO-BREAK SPACE}71" in found


def test_rank_history_of_one_edition_and_with_a_gap() -> None:
    figure, ax = figures.canvas(4.0)
    figures.rank_history(history(ENGLISH[:3], editions=[2024]), economy="VNM", band=BAND, ax=ax)
    assert_readable(finish(figure))
    table = history(ENGLISH[:1])
    table["rank"] = table["rank"].where(table["edition"] != 2010).astype(float)
    figure, ax = figures.canvas(4.0)
    figures.rank_history(table, economy="VNM", band=BAND, ax=ax)
    assert np.isnan(by_id(ax, "economy")[0].get_ydata()).sum() == 1


def test_labels_stay_apart_when_the_axes_shrinks_afterwards() -> None:
    figure, ax = figures.canvas(3.6)
    figures.rank_history(history(ENGLISH[:6]), economy="VNM", band=BAND, ax=ax)
    ax.set_title("A title given late\nof two lines")
    assert_readable(finish(figure))


def test_standings_are_dashed_across_a_break() -> None:
    _figure, axes = figures.canvas(5.0, 2, 2)
    figures.standing_lines(standing_series("Viet Nam"), breaks=BREAKS, axes=axes)
    across = {tuple(line.get_xdata()) for line in by_id(axes[0], "across")}
    assert across == {(2010, 2012), (2016, 2018), (2018, 2020)}
    assert all(line.is_dashed() for line in by_id(axes[0], "across"))


def test_standing_panels_share_one_scale() -> None:
    figure, axes = figures.canvas(5.0, 2, 2)
    figures.standing_lines(standing_series("Viet Nam"), breaks=BREAKS, axes=axes)
    titles = [ax.get_title(loc="left").replace("\n", " ") for ax in axes[:3]]
    assert titles == SUBINDICES
    assert len({ax.get_ylim() for ax in axes[:3]}) == 1
    assert not axes[3].axison
    assert by_id(axes[0], "world")[0].get_ydata() == [0, 0]
    found = texts_of(figure)
    assert found.count("world mean") == 3
    assert any("2018: 140 new questions" in text for text in found)
    assert not any("after all" in text for text in found)
    with pytest.raises(InputError, match="3 components, 1 axes"):
        figures.standing_lines(standing_series("Viet Nam"), axes=axes[:1])


def test_dumbbell_writes_values_and_gaps() -> None:
    figure, ax = figures.canvas(3.5)
    figures.dumbbell(gaps(), economy_label="Viet Nam", ax=ax)
    assert [line.get_xdata()[0] for line in by_id(ax, "economy")] == [0.650, 0.700, 0.912]
    found = texts_of(figure)
    assert {"0.650", "0.652", "+0.002", "+0.140", "−0.072", "Viet Nam", "rank 50"} <= set(found)


def test_waterfall_climbs_for_fewer_places() -> None:
    figure, ax = figures.canvas(3.5)
    figures.waterfall(parts(), ax=ax)
    assert ax.yaxis_inverted()
    better, worse = by_id(ax, "better"), by_id(ax, "worse")
    assert [(bar.get_y(), bar.get_height()) for bar in better] == [(71, -7.5), (67, -17)]
    assert len(worse) == 1
    assert worse[0].get_hatch()
    assert not better[0].get_hatch()
    assert [line.get_ydata()[0] for line in by_id(ax, "rank")] == [71, 50]
    assert {"▲ 7.5", "▼ 3.5", "▲ 17.0", "71", "50"} <= set(texts_of(figure))


def test_waterfall_must_add_up() -> None:
    table = parts()
    table.loc[1, "places"] = -8
    _figure, ax = figures.canvas(3.5)
    with pytest.raises(DataError, match=r"leads from 71 to 49.5, not to the end rank 50"):
        figures.waterfall(table, ax=ax)
    with pytest.raises(DataError, match="'kind' must hold one 'start'"):
        figures.waterfall(table.iloc[1:], ax=ax)


def test_waterfall_shows_steps_that_lead_beyond_the_first_rank() -> None:
    table = parts().assign(places=[4, -7.5, 3.5, 3, 3])
    table["kind"] = ["start", "part", "part", "part", "end"]
    figure, ax = figures.canvas(3.5)
    figures.waterfall(table, ax=ax)
    assert ax.get_ylim()[1] < 4 - 7.5
    assert {"▲ 7.5", "▼ 3.5", "▼ 3.0"} <= set(texts_of(figure))
    assert_readable(finish(figure))


def test_ranks_of_a_leader_stand_clear_of_the_flags_of_breaks() -> None:
    table = history(ENGLISH[:4])
    table.loc[table["iso3"] == "VNM", "rank"] = [12, 8, 7, 23, 11, 10, 3, 4, 7, 11, 12, 3]
    figure, ax = figures.canvas(4.5)
    figures.rank_history(table, economy="VNM", band=BAND, breaks=BREAKS, ax=ax)
    assert_readable(finish(figure))


def test_long_names_of_low_rows_keep_to_one_line() -> None:
    names = [*VIETNAMESE, *ENGLISH]
    table = pd.DataFrame(
        {"label": names, "low": 1, "middle": 2, "high": range(3, 3 + len(names))}
    ).assign(highlighted=False)
    figure, ax = figures.canvas(figures.row_height(len(names), each=0.24, rest=1.0))
    figures.interval_rows(table, ax=ax)
    assert_readable(finish(figure))


def test_fan_opens_from_the_last_known_rank() -> None:
    figure, ax = figures.canvas(4.0)
    came = pd.DataFrame({"edition": [2026], "rank": [60]})
    figures.fan(history(["Viet Nam"]), forecast(), economy="VNM", band=BAND, hindsight=came, ax=ax)
    assert ax.yaxis_inverted()
    assert by_id(ax, "median")[0].get_xdata().tolist() == [2024, 2026, 2028, 2030]
    assert by_id(ax, "median")[0].get_ydata().tolist() == [71, 68, 65, 42]
    (wide,), (narrow,) = by_id(ax, "95"), by_id(ax, "80")
    for shade, low, high in ((wide, 33, 90), (narrow, 40, 80)):
        extent = shade.get_paths()[0].get_extents()
        assert (extent.x0, extent.y0, extent.y1) == (2024, low, high)
    (hollow,) = by_id(ax, "hindsight")
    assert hollow.get_markerfacecolor() == "white"
    found = texts_of(figure)
    assert {"Viet Nam 71", "median 42", "what came", "60"} <= set(found)
    assert any("40–44" in text for text in found)
    assert any("33–46" in text for text in found)


def test_fan_of_one_economy_needs_no_code() -> None:
    figure, ax = figures.canvas(4.0)
    known = history(["Viet Nam"])[["edition", "rank"]]
    figures.fan(known, forecast(), economy="Việt Nam", band=BAND, ax=ax)
    assert "Việt Nam 71" in texts_of(figure)
    assert by_id(ax, "hindsight") == []


def test_growth_counts_all_changes_and_marks() -> None:
    figure, ax = figures.canvas(3.6)
    observed, marks = changes()
    figures.growth(observed, marks, ax=ax)
    assert sum(bar.get_height() for bar in ax.patches) == len(observed)
    assert [line.get_xdata()[0] for line in by_id(ax, "mark")] == marks["value"].tolist()
    assert "best ever: +0.111" in [text.replace("\n", " ") for text in texts_of(figure)]


def test_interval_rows_have_the_best_at_the_left() -> None:
    figure, ax = figures.canvas(3.0)
    figures.interval_rows(interval_table(), economy_label="Viet Nam", ax=ax)
    assert not ax.xaxis_inverted()
    assert list(by_id(ax, "interval")[1].get_xdata()) == [60, 90]
    assert by_id(ax, "middle")[0].get_markerfacecolor() == style.ECONOMY
    assert {"71", "73 (60–90)", "rank of Viet Nam (1 is best)"} <= set(texts_of(figure))


def test_chance_bars_end_at_their_share() -> None:
    figure, ax = figures.canvas(2.6)
    figures.chance(chance_table(), ax=ax)
    bars = [bar for bar in ax.patches if bar.get_gid() == "chance"]
    assert [bar.get_width() for bar in bars] == [0.0, 0.004, 0.221, 1.0]
    assert [to_rgb(bar.get_facecolor()) == to_rgb(style.ECONOMY) for bar in bars] == [
        False,
        False,
        True,
        False,
    ]
    percents = {text.replace("\N{NO-BREAK SPACE}", " ") for text in texts_of(figure)}
    assert {"< 1 %", "22 %"} <= percents


def test_numbers_follow_the_language(monkeypatch) -> None:
    monkeypatch.setattr("rankings.language.messages.language", lambda: "vi")
    figure, ax = figures.canvas(3.5)
    figures.dumbbell(gaps(), ax=ax)
    assert {"0,650", "+0,140"} <= set(texts_of(figure))


# Bad input


def test_bad_input_is_named_in_one_line() -> None:
    _figure, ax = figures.canvas(3.0)
    good = standings(ENGLISH[:3])
    with pytest.raises(DataError, match="strip: no column 'of'; it has"):
        figures.strip(good.drop(columns="of"), economy="VNM", band=BAND, ax=ax)
    with pytest.raises(DataError, match="strip: the table is empty"):
        figures.strip(good.iloc[:0], economy="VNM", band=BAND, ax=ax)
    with pytest.raises(InputError, match="'VNN' is not a known economy; did you mean VNM"):
        figures.strip(good, economy="VNN", band=BAND, ax=ax)
    with pytest.raises(InputError, match="band 50:30"):
        figures.strip(good, economy="VNM", band=(50, 30), ax=ax)
    with pytest.raises(DataError, match="two rows for label Online services"):
        figures.strip(pd.concat([good, good]), economy="VNM", band=BAND, ax=ax)
    with pytest.raises(InputError, match="'ZZZ' is not a known economy"):
        figures.rank_history(history(ENGLISH[:2]), economy="ZZZ", band=BAND, ax=ax)
    table = history(ENGLISH[:2])
    with pytest.raises(DataError, match="two rows for edition 2003, iso3 VNM"):
        figures.rank_history(pd.concat([table, table]), economy="VNM", band=BAND, ax=ax)
    with pytest.raises(DataError, match="column 'own', row 1: a number expected, not nan"):
        figures.dumbbell(gaps().assign(own=[0.1, np.nan, 0.3]), ax=ax)
    with pytest.raises(DataError, match="chance: column 'probability', row 0"):
        figures.chance(chance_table().assign(probability="likely"), ax=ax)
    with pytest.raises(DataError, match="ranks of VNM: the table is empty"):
        figures.rank_history(
            history(ENGLISH[:2]).assign(rank=np.nan), economy="VNM", band=BAND, ax=ax
        )
    with pytest.raises(DataError, match="fan forecast: no column 'low80'"):
        figures.fan(
            history(ENGLISH[:1]),
            forecast().drop(columns="low80"),
            economy="VNM",
            band=BAND,
            ax=ax,
        )


def test_a_band_may_be_any_object_with_best_and_worst() -> None:
    class Band:
        best, worst = 30, 50

    assert check.need_band(Band()) == check.need_band((30, 50)) == (30, 50)


def test_every_break_of_the_same_part_is_drawn() -> None:
    editions = sorted(set(history(ENGLISH[:5])["edition"]))
    breaks = pd.DataFrame({"edition": editions[1:], "label": "TII"})
    _figure, ax = figures.canvas(4.0)
    figures.rank_history(history(ENGLISH[:5]), economy="VNM", band=BAND, breaks=breaks, ax=ax)
    assert len(by_id(ax, "break")) == len(editions) - 1
