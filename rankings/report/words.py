"""Words every notebook shares: names of measures, kinds of rank, source lines."""

from collections.abc import Iterable

import pandas as pd

from rankings import tables
from rankings.data.world import World
from rankings.language.messages import _, fact, listing, number, plural, simulated
from rankings.memo import remembered
from rankings.panel.definitions import definition
from rankings.panel.economies import UNITED_NATIONS
from rankings.panel.measures import measures
from rankings.panel.trees import is_published, tree
from rankings.story.question import Story
from rankings.story.standing import is_certain

# So many peers are named one by one.
NAMED = 6


def measure(index: str, component: str) -> str:
    """The short name of a measure: "EGDI", "Telecom (TII)", "IDI access"."""
    defined = tree(index)
    if component in indicators() and component not in defined.labels:
        return indicator(component)
    label = defined.labels.get(component)
    return fact(label) if label else f"{index} {fact(defined.titles[component])}"


def called(story: Story) -> str:
    """What the measure of a story is called in a sentence: "EGDI", "TII", "GCI legal measures"."""
    return code_called(story.measure)


def code_called(code: str) -> str:
    """What the code of a measure or an index is called in a sentence: a pillar by its name."""
    found = measures().get(code) if ":" in code else None
    return measure(found.index, found.component) if found else code


def indicator(name: str) -> str:
    """The short name of an indicator, in the reader's language."""
    return indicators().get(name, name.replace("_", " "))


def indicators() -> dict[str, str]:
    """The short names of indicators, by the names tables have."""
    return {
        "internet_users": _("Internet users, per 100"),
        "fixed_telephone_subs": _("Fixed telephone, per 100"),
        "mobile_cellular_subs": _("Mobile cellular, per 100"),
        "fixed_broadband_subs": _("Fixed broadband, per 100"),
        "fixed_internet_subs": _("Fixed internet, per 100"),
        "active_mobile_broadband_subs": _("Mobile broadband, per 100"),
        "adult_literacy": _("Adult literacy, %"),
        "gross_enrolment": _("Gross enrolment, %"),
        "expected_years_schooling": _("Expected years of schooling"),
        "mean_years_schooling": _("Mean years of schooling"),
        "institutional_framework": _("Institutional framework, 0-1"),
        "services_provision": _("Services provision, 0-1"),
        "content_provision": _("Content provision, 0-1"),
        "technology": _("Technology, 0-1"),
        "e_information": _("E-information, 0-1"),
        "e_consultation": _("E-consultation, 0-1"),
        "e_decision_making": _("E-decision-making, 0-1"),
        "score_internet_users": _("Internet users, score 0-100"),
        "score_households_internet": _("Households with internet, score 0-100"),
        "score_mobile_broadband": _("Mobile broadband, score 0-100"),
        "score_coverage": _("Mobile coverage, score 0-100"),
        "score_mobile_traffic": _("Mobile traffic, score 0-100"),
        "score_fixed_traffic": _("Fixed traffic, score 0-100"),
        "score_mobile_affordability": _("Affordable mobile data, score 0-100"),
        "score_fixed_affordability": _("Affordable fixed broadband, score 0-100"),
        "score_own_mobile_phone": _("Own mobile phone, score 0-100"),
        "ind_internet_users_pct": _("Internet users, %"),
        "ind_households_internet_pct": _("Households with internet, %"),
        "ind_mobile_broadband_per100": _("Mobile broadband, per 100"),
        "ind_cov_3g_pct": _("Covered by 3G, %"),
        "ind_cov_4g_pct": _("Covered by 4G, %"),
        "ind_mobile_traffic_gb": _("Mobile traffic, GB per subscription"),
        "ind_fixed_traffic_gb": _("Fixed traffic, GB per subscription"),
        "ind_mobile_basket_pct_gni": _("Mobile basket, % of GNI per head"),
        "ind_fixed_basket_pct_gni": _("Fixed basket, % of GNI per head"),
        "ind_own_mobile_phone_pct": _("Own mobile phone, %"),
        "index_internet": _("Internet users, index 0-1"),
        "index_pc": _("Personal computers, index 0-1"),
        "index_cellular": _("Mobile cellular, index 0-1"),
        "index_main_telephone": _("Main telephone lines, index 0-1"),
        "index_broadband": _("Fixed broadband, index 0-1"),
        "personal_computers": _("Personal computers, per 100"),
        "online_population": _("Online population, %"),
        "tv_sets": _("Television sets, per 1,000"),
        "wireless_broadband_subs": _("Wireless broadband, per 100"),
        "web_measure_annex": _("Web measure, 0-1"),
        "points_emerging_information": _("Emerging information, points"),
        "points_enhanced_information": _("Enhanced information, points"),
        "points_transaction": _("Transactions, points"),
        "points_connected": _("Connected presence, points"),
    }


def digits(index: str, edition: int) -> int:
    """Decimals a score of an edition is shown with: as many as its publisher prints."""
    return tree(index).digits(edition)


def place(rank: object, of: object) -> str:
    """A rank with its count, as "88 of 193" reads."""
    return _("{rank} of {of}", rank=int(str(rank)), of=int(str(of)))


def span(low: float, high: float) -> str:
    """Ranks from one to another, "51-53"; the one rank if they are the same."""
    return str(int(low)) if low == high else f"{int(low)}-{int(high)}"


def between(low: float, high: float) -> str:
    """Where ranks lie, in a sentence: "between 51 and 53", or "all at 51"."""
    if low == high:
        return _("all at {rank}", rank=int(low))
    return _("between {low} and {high}", low=int(low), high=int(high))


def band(story: Story) -> str:
    """The target band, "30-50"; the one rank of a band of one."""
    return span(story.band.best, story.band.worst)


def climbed(places: float, digits: int = 1) -> str:
    """A change of rank with its sign: plus is a climb, towards the first rank."""
    return number(-float(places), digits, signed=True)


def places_told(count: int) -> str:
    """So many places: "1 place", "39 places"."""
    return plural("{count} place", "{count} places", count) if count else _("no place")


def points(value: float, digits: int = 3, *, signed: bool = True) -> str:
    """Points that are lacking, with the decimals that tell them from nothing: +0.133, +0.0004."""
    while digits < 6 and value and not round(value, digits):
        digits += 1
    return number(value, digits, signed=signed)


def reach(story: Story, row: pd.Series) -> str:
    """The chance of the band's worst rank or better in a row of a forecast, as a percentage."""
    return simulated(row["reach"], certain=is_certain(story))


def reach_column(story: Story) -> tables.Column:
    """The column of that chance."""
    worst = story.band.worst
    return tables.simulated(_("Chance of rank ≤ {worst}", worst=worst), certain=is_certain(story))


def report_name(story: Story, index: str, edition: int) -> str:
    """The report that printed an edition as known in the story, and who publishes it."""
    index = tree(index).printed_in
    return vintage_name(story.world, index, edition, vintage(story.panel, index, edition))


def report_later(story: Story, index: str, edition: int) -> str:
    """The report that printed an edition as known today."""
    panel = story.world.known(story.world.newest_year)
    return vintage_name(story.world, index, edition, vintage(panel, index, edition))


@remembered(most=64)
def vintage(panel: pd.DataFrame, index: str, edition: int) -> str:
    """The vintage of an edition in the panel."""
    rows = panel.loc[(panel["index"] == index) & (panel["edition"] == edition)]
    return str(rows["vintage"].iloc[0])


def vintage_name(world: World, index: str, edition: int, vintage: str) -> str:
    """The report that printed a vintage, who publishes it, when, and with data of which year."""
    editions = world.editions
    row = editions.loc[
        (editions["index"] == index)
        & (editions["edition"] == edition)
        & (editions["vintage"] == vintage)
    ].iloc[0]
    if definition(index).computed_from:
        return f"{_publisher(index)}, {row['report']}"
    publisher = definition(index).publisher
    # Some reports carry their publisher's name in front: it is said once.
    title = str(row["report"]).removeprefix(publisher).lstrip(" ,")
    named = f"{fact(publisher)}, {title}"
    # A restated edition, or one whose report has a title of its own, is named beside it.
    if str(edition) not in title:
        named += f" ({index} {edition})"
    dated = _("{report}, published {year}", report=named, year=row["published_year"])
    if pd.notna(row["reference_year"]):
        return _("{report}, data of {year}", report=dated, year=row["reference_year"])
    return dated


def _publisher(index: str) -> str:
    """Who publishes an index; of one that an analyst computed, whose figures it is made of."""
    facts = definition(index)
    if facts.computed_from:
        return _("computed by the analyst from figures of {source}", source=facts.computed_from)
    return fact(facts.publisher)


def source(story: Story, rows: Iterable[tuple[str, int]], *notes: str) -> str:
    """The line under a table or figure: the reports behind it, then what is our arithmetic.

    Args:
        story: which vintages are meant.
        rows: (index, edition) pairs; many editions of one index are named by their span.
        notes: sentences that follow.
    """
    parts, asked = [], list(rows)
    pairs = pd.DataFrame(sorted(_printed(story, asked)), columns=["index", "edition"])
    for index, group in pairs.groupby("index", sort=False):
        editions = list(group["edition"])
        if len(editions) <= 2:
            parts += [report_name(story, str(index), edition) for edition in editions]
        elif editions != _between(story, str(index), editions[0], editions[-1]):
            parts.append(
                _(
                    "{publisher}, {index}, editions {editions}",
                    publisher=_publisher(str(index)),
                    index=fact(definition(str(index)).title),
                    editions=listing(str(each) for each in editions),
                )
            )
        else:
            parts.append(
                _(
                    "{publisher}, {index}, editions {first} to {last}",
                    publisher=_publisher(str(index)),
                    index=fact(definition(str(index)).title),
                    first=min(editions),
                    last=max(editions),
                )
            )
    ours = [our_composite()] if any(not is_published(tree(i).printed_in) for i, _e in asked) else []
    return " ".join([_("Source: {reports}.", reports="; ".join(parts)), *ours, *notes])


def our_composite() -> str:
    """The note under figures of our composite."""
    return _(
        "The ICT composite is ours: the mean of the standard scores of its four parts, 100 the "
        "mean of all economies and 10 a standard deviation."
    )


def _printed(story: Story, rows: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """The same pairs by the indices whose reports print them; a composite's are those of its parts.

    At a year-end a part counts with the newest edition known then.
    """
    found: set[tuple[str, int]] = set()
    for index, edition in rows:
        name = tree(index).printed_in
        if is_published(name):
            found.add((name, int(edition)))
        else:
            end = story.as_of if edition == story.edition else int(edition)
            found |= set(editions_behind(story.world, name, end))
    return found


def editions_behind(world: World, index: str, end: int) -> list[tuple[str, int]]:
    """The newest editions known at the end of a year of the indices a composite is made of."""
    parts = dict.fromkeys(measures()[code].index for code in measures()[index].children)
    newest = newest_editions(world, end)
    return [(part, newest[part]) for part in parts if part in newest]


@remembered(most=32)
def newest_editions(world: World, as_of: int) -> dict[str, int]:
    """The newest edition of each index known at the end of a year."""
    known = world.known(as_of)
    return {
        str(name): int(edition) for name, edition in known.groupby("index")["edition"].max().items()
    }


def _between(story: Story, index: str, first: int, last: int) -> list[int]:
    """The editions of an index held from one to another."""
    held = story.world.editions
    mine = held["index"].eq(index) & held["edition"].between(first, last)
    return sorted({int(each) for each in held.loc[mine, "edition"]})


def derived() -> str:
    """The note under ranks the publisher did not print."""
    return _("Competition and dense ranks are derived here from the scores.")


def our_model() -> str:
    """The note under simulated numbers."""
    return _("Forecasts are calculations of this project, not of the publisher.")


def economies(story: Story, codes: Iterable[str]) -> str:
    """Names of economies as a list in a sentence."""
    return listing(str(story.names[code]) for code in codes)


def group(story: Story) -> str:
    """What the peers are called."""
    if not story.peers:
        return _("nobody else")
    known = {UNITED_NATIONS: _("UN")}
    if story.peer_group in known:
        return known[story.peer_group]
    codes = set(story.names.index)
    asked = [part.strip() for part in story.peer_group.split(",")]
    if any(code.upper() in codes for code in asked):
        if len(story.peers) > NAMED:
            return _("{count} chosen economies", count=len(story.peers))
        return economies(story, story.peers)
    return fact(story.peer_group)


def at_rank(rank: int) -> str:
    """How a rank is called, as "rank 50"."""
    return _("rank {rank}", rank=rank)


def score(value: float, index: str, edition: int) -> str:
    """A score with the decimals of its edition."""
    return number(value, digits(index, edition))


def break_labels(story: Story, index: str, components: Iterable[str]) -> pd.DataFrame:
    """Method breaks of some components known by then.

    Returns:
        Columns edition and label (short names of the components that broke there).
    """
    breaks = story.breaks if index == story.index.name else story.world.breaks
    editions = story.panel.loc[story.panel["index"] == index, "edition"]
    rows = breaks.loc[
        (breaks["index"] == index)
        & breaks["component"].isin(list(components))
        & (breaks["edition"] <= editions.max())
    ]
    labels = rows.groupby("edition")["component"].agg(
        lambda parts: ", ".join(
            index if part == tree(index).overall else part.upper() for part in parts
        )
    )
    return labels.rename("label").reset_index()
