"""Do the raw tables hold what the publishers printed, with a source for every row?"""

import functools
import hashlib
import re
from pathlib import Path

import beside
import pandas as pd
import pytest

RAW = Path(__file__).resolve().parents[2] / "data" / "raw"
CHECKSUMS = RAW / "CHECKSUMS.sha256"

INDEX_KEY = "index,edition,vintage,iso3,component"
INDEX_COLUMNS = f"{INDEX_KEY},value,printed_value,published_rank,reference_year,source_id,note"
INDICATOR_COLUMNS = (
    "index,edition,vintage,iso3,parent,indicator,value,unit,check,reference_year,source_id,note"
)
SERIES_COLUMNS = "series,iso3,year,vintage,value,source_id,note"
INDICATOR_KEY = "index,edition,vintage,iso3,parent,indicator"
SERIES_KEY = "series,iso3,year,vintage"

# table: columns, key, rows
TABLES = {
    "egdi": (INDEX_COLUMNS, INDEX_KEY, 11442),
    "idi": (INDEX_COLUMNS, INDEX_KEY, 3652),
    "gci": (INDEX_COLUMNS, INDEX_KEY, 3085),
    "postal": (INDEX_COLUMNS, INDEX_KEY, 172),
    "gtmi": (INDEX_COLUMNS, INDEX_KEY, 1980),
    "not_measured": (
        "index,edition,vintage,iso3,component,value_in_file,rank_in_file,why,source_id",
        INDEX_KEY,
        138,
    ),
    "egdi_indicators": (INDICATOR_COLUMNS, INDICATOR_KEY, 15525),
    "idi_indicators": (INDICATOR_COLUMNS, INDICATOR_KEY, 3026),
    "telecom": (SERIES_COLUMNS, SERIES_KEY, 28340),
    "human_capital": (SERIES_COLUMNS, SERIES_KEY, 21675),
    "telecom_2026": (SERIES_COLUMNS, SERIES_KEY, 10808),
    "human_capital_2025": (SERIES_COLUMNS, SERIES_KEY, 24809),
    "price_baskets": (SERIES_COLUMNS, SERIES_KEY, 6312),
    "telecom_then": (SERIES_COLUMNS, SERIES_KEY, 24219),
    "human_capital_then": (SERIES_COLUMNS, SERIES_KEY, 5342),
    "gtmi_partial": (INDEX_COLUMNS, INDEX_KEY, 155),
    "facts": (
        "index,period,component,value,rank,of,source_url,note,source_id",
        "index,period,component",
        47,
    ),
    "economies": (
        "iso3,iso2,name_en,name_vi,name_vi_source,un_member_since,un_subregion,continent,asean_member_since,source_id",
        "iso3",
        232,
    ),
    "editions": (
        "index,edition,vintage,published_year,reference_year,report,scale_min,scale_max,rank_rule,comparable_group,note,source_id",
        "index,edition,vintage",
        34,
    ),
    "breaks": (
        "index,component,edition,previous_edition,what_changed,comparable,source_id",
        "index,component,edition",
        19,
    ),
    "editions_not_held": (
        "index,edition,published_year,is_out,evidence,what_is_known,source_id",
        "index,edition",
        11,
    ),
    "targets": (
        "id,economy,area,index,component,rank_best,rank_worst,value_low,value_high,unit,series,"
        "deadline,set_in,document,address,source_id",
        "id",
        16,
    ),
    "claims": ("id,economy,rank,of,said_in,said_by,about,index_named,document,source_id", "id", 1),
    "anchors": (
        "index,edition,vintage,component,value,rank,of,of_counts,source_url,note,source_id",
        "index,edition,vintage,component,source_id,source_url",
        46,
    ),
    "corrections": (
        "index,edition,vintage,iso3,component,expected,corrected,reason,document,source_id",
        INDEX_KEY,
        3,
    ),
    "sources": ("source_id,publisher,document,address,terms,how_checked", "source_id", 64),
}
INDEX_TABLES = ["egdi", "idi", "gci", "postal", "gtmi"]
TABLE_OF_INDEX = {"EGDI": "egdi", "IDI": "idi", "GCI": "gci", "2IPD": "postal", "GTMI": "gtmi"}
WITH_ISO3 = [
    *INDEX_TABLES,
    "not_measured",
    "egdi_indicators",
    "idi_indicators",
    "telecom",
    "human_capital",
    "telecom_2026",
    "human_capital_2025",
    "price_baskets",
    "telecom_then",
    "human_capital_then",
    "gtmi_partial",
]


@functools.cache
def read(name: str) -> pd.DataFrame:
    """A raw table as text, blanks as empty strings."""
    return pd.read_csv(RAW / f"{name}.csv", dtype=str, keep_default_na=False)


@functools.cache
def read_figures(name: str) -> pd.DataFrame:
    """A table of the compilation the raw tables were made from, as text."""
    reason = "the tables are not compared with the compilation they were made from"
    path = beside.shared("figures", f"{name}.csv", reason=reason)
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@functools.cache
def wide(name: str, edition: str, vintage: str) -> pd.DataFrame:
    """Economies by components of one edition, as numbers."""
    table = read(name).query("edition == @edition and vintage == @vintage")
    return table.pivot(index="iso3", columns="component", values="value").astype(float)


def published(name: str, edition: str, vintage: str, component: str) -> pd.DataFrame:
    """The rows of one component with value, printed value and published rank as numbers."""
    table = (
        read(name)
        .query("edition == @edition and vintage == @vintage and component == @component")
        .set_index("iso3")
    )
    return table[["value", "printed_value", "published_rank"]].apply(pd.to_numeric)


def cells(table: pd.DataFrame, key: list[str], column: str) -> dict:
    """Key to number, for the rows where the column is filled."""
    filled = table[table[column] != ""]
    return dict(
        zip(
            zip(*(filled[part] for part in key), strict=True),
            filled[column].astype(float),
            strict=True,
        )
    )


# Files, keys, sources


def listed_checksums() -> dict[str, str]:
    lines = CHECKSUMS.read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"[0-9a-f]{64}  \S+", line) for line in lines), (
        "a line is not `<hash>  <name>`"
    )
    names = [line.split("  ")[1] for line in lines]
    assert names == sorted(set(names)), "names are not sorted or not unique"
    return {line.split("  ")[1]: line.split("  ")[0] for line in lines}


def test_checksums_list_every_file():
    files = {path.name for path in RAW.glob("*.csv")} | {"SOURCES.md"}
    different = sorted(files ^ set(listed_checksums()))
    assert not different, f"{different}: data/raw changed: if meant, run `make checksums`"


@pytest.mark.parametrize("name", [*(f"{table}.csv" for table in TABLES), "SOURCES.md"])
def test_checksum(name):
    found = hashlib.sha256((RAW / name).read_bytes()).hexdigest()
    assert listed_checksums().get(name) == found, (
        f"{name}: data/raw changed: if meant, run `make checksums`"
    )


def test_every_table_is_described_here():
    assert {path.stem for path in RAW.glob("*.csv")} == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_layout(name):
    columns, key, rows = TABLES[name]
    raw = (RAW / f"{name}.csv").read_bytes()
    assert len(raw) < 2_000_000
    assert b"\r" not in raw
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\n")
    table = read(name)
    assert ",".join(table.columns) == columns
    assert len(table) == rows
    keys = list(table[key.split(",")].itertuples(index=False, name=None))
    assert len(set(keys)) == len(keys), "keys are not unique"
    assert keys == sorted(keys), "rows are not sorted by key"


@pytest.mark.parametrize(
    ("name", "column"),
    [
        *(
            (name, column)
            for name in INDEX_TABLES
            for column in ("value", "printed_value", "published_rank")
        ),
        *(
            (name, "value")
            for name in (
                *("egdi_indicators", "idi_indicators", "telecom", "human_capital", "anchors"),
                *("telecom_2026", "human_capital_2025", "price_baskets", "telecom_then"),
                *("human_capital_then", "gtmi_partial", "facts"),
            )
        ),
        *((name, column) for name in ("anchors", "claims") for column in ("rank", "of")),
        *(("not_measured", column) for column in ("value_in_file", "rank_in_file")),
    ],
)
def test_numbers_are_short_decimals(name, column):
    numbers = read(name)[column]
    numbers = numbers[numbers != ""]
    bad = numbers[~numbers.str.fullmatch(r"(0|[1-9]\d*)(\.\d*[1-9])?")]
    assert bad.empty, bad.head().to_dict()


@pytest.mark.parametrize(
    "name",
    [
        "egdi",
        "idi",
        "gci",
        "postal",
        "gtmi",
        "egdi_indicators",
        "idi_indicators",
        "telecom",
        "human_capital",
    ],
)
def test_every_row_has_a_value(name):
    assert (read(name)["value"] != "").all()


@pytest.mark.parametrize("name", [name for name in TABLES if name != "sources"])
def test_source_ids_are_explained(name):
    used = set(read(name)["source_id"])
    assert used <= set(read("sources")["source_id"])


def test_sources_are_used_and_named():
    sources = read("sources")
    used = set().union(*(read(name)["source_id"] for name in TABLES if name != "sources"))
    assert set(sources["source_id"]) == used
    text = (RAW / "SOURCES.md").read_text(encoding="utf-8")
    assert [source for source in sources["source_id"] if f"| `{source}` |" not in text] == []
    assert (sources[["publisher", "document", "terms", "how_checked"]] != "").all(axis=None)


@pytest.mark.parametrize("name", WITH_ISO3)
def test_iso3_known(name):
    assert set(read(name)["iso3"]) <= set(read("economies")["iso3"])


def test_economies():
    economies = read("economies")
    assert economies["iso3"].str.fullmatch("[A-Z]{3}").all()
    assert economies["iso2"].str.fullmatch("[A-Z]{2}").all()
    for column in ("iso2", "name_en", "name_vi"):
        assert economies[column].is_unique, column
    assert (economies["un_member_since"] != "").sum() == 193
    assert (economies["asean_member_since"] != "").sum() == 11
    assert set(economies["name_vi_source"]) == {"cldr", "official use"}
    assert economies.set_index("iso3").loc["NAM", "iso2"] == "NA"


# Counts, as printed for each edition (2003 to 2024: EGDI, OSI, TII, HCI, EPI)

EGDI_COUNTS = {
    "2003": (173, 191, 191, 188, 191),
    "2004": (178, 191, 191, 187, 191),
    "2005": (179, 191, 191, 187, 191),
    "2008": (182, 192, 191, 182, 192),
    "2010": (183, 192, 190, 183, 192),
    "2012": (190, 193, 193, 193, 193),
    **dict.fromkeys(("2014", "2016", "2018", "2020", "2022", "2024"), (193,) * 5),
}
IDI_COUNTS = {
    ("2008", "MIS2011"): {"overall": 152},
    ("2010", "MIS2011"): {"overall": 152},
    ("2010", "MISR2015"): {"overall": 166, "access": 166, "use": 166, "skills": 166},
    ("2011", "MIS2013"): {"overall": 157},
    ("2012", "MIS2013"): {"overall": 155},
    ("2012", "MIS2014"): {"overall": 166},
    ("2013", "MIS2014"): {"overall": 166},
    ("2015", "MISR2015"): {"overall": 167, "access": 167, "use": 167, "skills": 167},
    ("2015", "MISR2016"): {"overall": 175},
    ("2016", "MISR2017"): {"overall": 176},
    ("2017", "MISR2017"): {"overall": 176},
    ("2023", "IDI2023"): {"overall": 169},
    ("2024", "IDI2024"): {
        "overall": 170,
        "universal_connectivity": 170,
        "meaningful_connectivity": 170,
    },
    ("2025", "IDI2025"): {
        "overall": 164,
        "universal_connectivity": 1,
        "meaningful_connectivity": 1,
    },
}
PILLARS = ("legal", "technical", "organizational", "capacity", "cooperation")
GCI_COUNTS = {
    ("2014", "GCIv1"): {"overall": 194},
    ("2017", "GCIv2"): {"overall": 195},
    ("2018", "GCIv3"): {"overall": 193},
    ("2020", "GCIv4"): {
        "overall": 194,
        "legal": 191,
        "technical": 191,
        "organizational": 191,
        "capacity": 190,
        "cooperation": 188,
    },
    ("2024", "GCIv5"): {"overall": 194, "tier": 194} | dict.fromkeys(PILLARS, 194),
}
GTMI_PARTS = ("cgsi", "psdi", "dcei", "gtei")
COUNTS = {
    **{
        ("egdi", e, e): dict(zip(("egdi", "osi", "tii", "hci", "epi"), n, strict=True))
        for e, n in EGDI_COUNTS.items()
    },
    **{("idi", *key): counts for key, counts in IDI_COUNTS.items()},
    **{("gci", *key): counts for key, counts in GCI_COUNTS.items()},
    ("postal", "2019", "2019"): {"overall": 172},
    **{("gtmi", e, e): dict.fromkeys(("overall", *GTMI_PARTS), 198) for e in ("2020", "2022")},
}


@pytest.mark.parametrize(("name", "edition", "vintage"), COUNTS)
def test_counts(name, edition, vintage):
    held = read(name).query("edition == @edition and vintage == @vintage")
    assert held["component"].value_counts().to_dict() == COUNTS[name, edition, vintage]


def test_no_edition_beyond_those_counted():
    held = {
        (name, *key)
        for name in INDEX_TABLES
        for key in zip(read(name)["edition"], read(name)["vintage"], strict=True)
    }
    assert held == set(COUNTS)


def test_editions_are_those_held():
    editions = read("editions")
    found = {
        (TABLE_OF_INDEX[i], e, v)
        for i, e, v in zip(editions["index"], editions["edition"], editions["vintage"], strict=True)
    }
    assert found == set(COUNTS)


def test_egdi_rows_and_not_measured_are_all_members():
    key = ["edition", "component"]
    total = (
        read("egdi").groupby(key).size().add(read("not_measured").groupby(key).size(), fill_value=0)
    )
    assert len(total) == 60
    assert (total == 193).all()
    assert not set(read("egdi")[["iso3", *key]].itertuples(index=False)) & set(
        read("not_measured")[["iso3", *key]].itertuples(index=False)
    )


# Economies per indicator, in the order of the editions that have it
INDICATOR_COUNTS = {
    "e_consultation": {"2022": 193},
    "e_decision_making": {"2022": 193},
    "e_information": {"2022": 193},
    "adult_literacy": {
        "2010": 183,
        "2012": 192,
        "2014": 193,
        "2016": 193,
        "2018": 193,
        "2020": 193,
        "2022": 190,
    },
    "expected_years_schooling": {"2014": 193, "2016": 192, "2018": 193, "2020": 193, "2022": 190},
    "gross_enrolment": {
        "2010": 183,
        "2012": 192,
        "2014": 193,
        "2016": 193,
        "2018": 193,
        "2020": 193,
        "2022": 190,
    },
    "mean_years_schooling": {"2014": 193, "2018": 193, "2020": 193, "2022": 190},
    "content_provision": {"2022": 193},
    "institutional_framework": {"2022": 193},
    "points_connected": {"2010": 189},
    "points_emerging_information": {"2010": 189},
    "points_enhanced_information": {"2010": 189},
    "points_transaction": {"2010": 189},
    "services_provision": {"2022": 193},
    "technology": {"2022": 193},
    "web_measure_annex": {"2004": 191, "2005": 191, "2008": 192},
    "active_mobile_broadband_subs": {"2018": 193, "2020": 193, "2022": 193},
    "fixed_broadband_subs": {
        "2010": 182,
        "2012": 192,
        "2016": 193,
        "2018": 193,
        "2020": 193,
        "2022": 193,
    },
    "fixed_internet_subs": {"2012": 192},
    "fixed_telephone_subs": {
        "2004": 189,
        "2005": 191,
        "2010": 182,
        "2012": 192,
        "2016": 193,
        "2018": 193,
    },
    "index_broadband": {"2008": 185},
    "index_cellular": {"2008": 190},
    "index_internet": {"2008": 191},
    "index_main_telephone": {"2008": 191},
    "index_pc": {"2008": 182},
    "internet_users": {
        "2004": 189,
        "2005": 191,
        "2010": 182,
        "2012": 192,
        "2016": 193,
        "2018": 193,
        "2020": 193,
        "2022": 193,
    },
    "mobile_cellular_subs": {
        "2004": 189,
        "2005": 191,
        "2010": 182,
        "2012": 192,
        "2016": 193,
        "2018": 193,
        "2020": 70,
        "2022": 193,
    },
    "online_population": {"2004": 189, "2005": 191},
    "personal_computers": {"2004": 189, "2005": 191, "2010": 182},
    "tv_sets": {"2004": 189, "2005": 191},
    "wireless_broadband_subs": {"2014": 193},
}
IDI_INDICATOR_COUNTS = {
    "ind_cov_3g_pct": 170,
    "ind_cov_4g_pct": 170,
    "ind_mobile_broadband_per100": 170,
    "ind_mobile_basket_pct_gni": 168,
    "ind_internet_users_pct": 165,
    "ind_own_mobile_phone_pct": 164,
    "ind_fixed_basket_pct_gni": 162,
    "ind_households_internet_pct": 156,
    "ind_mobile_traffic_gb": 152,
    "ind_fixed_traffic_gb": 121,
    "score_coverage": 170,
    "score_mobile_broadband": 170,
    "score_mobile_affordability": 168,
    "score_internet_users": 165,
    "score_own_mobile_phone": 164,
    "score_fixed_affordability": 162,
    "score_households_internet": 156,
    "score_mobile_traffic": 152,
    "score_fixed_traffic": 121,
}


def test_egdi_indicator_counts():
    held = read("egdi_indicators").groupby(["indicator", "edition"]).size()
    assert {i: held[i].to_dict() for i in held.index.levels[0]} == INDICATOR_COUNTS


def test_egdi_indicator_checks():
    counts = {
        "verified": 13520,
        "consistent": 1719,
        "unverified_1_of_5": 193,
        "inferred_at_cap_120": 70,
        "mismatch": 23,
    }
    assert read("egdi_indicators")["check"].value_counts().to_dict() == counts


def test_idi_indicator_counts():
    table = read("idi_indicators")
    assert table["indicator"].value_counts().to_dict() == IDI_INDICATOR_COUNTS
    assert set(table["edition"]) == {"2024"}
    assert set(table["reference_year"]) == {"2022"}
    assert table["note"].value_counts()[["estimate by ITU", "value of 2021"]].to_list() == [254, 78]


@pytest.mark.parametrize(
    ("name", "series", "rows", "economies", "first", "last", "sources"),
    [
        (
            "telecom",
            "fixed_broadband_per100",
            4416,
            218,
            "2000",
            "2024",
            {"itu-datahub-2025_wb-wdi"},
        ),
        ("telecom", "fixed_telephone_per100", 4062, 212, "2000", "2019", {"wb-wdi_itu-2019"}),
        ("telecom", "households_internet_pct", 3963, 222, "2000", "2025", {"itu-datahub-2025"}),
        ("telecom", "internet_users_pct", 4686, 205, "2000", "2024", {"wb-wdi_itu-2019"}),
        ("telecom", "mobile_broadband_per100", 3147, 218, "2002", "2024", {"itu-datahub-2025"}),
        (
            "telecom",
            "mobile_cellular_per100",
            5186,
            227,
            "2000",
            "2024",
            {"itu-datahub-2025_wb-wdi"},
        ),
        ("telecom", "pop_coverage_4g_pct", 2213, 218, "2012", "2024", {"itu-datahub-2025"}),
        ("telecom", "pop_coverage_5g_pct", 667, 219, "2018", "2024", {"itu-datahub-2025"}),
        ("human_capital", "adult_literacy_pct", 903, 157, "2000", "2025", {"unesco-uis"}),
        (
            "human_capital",
            "expected_years_schooling",
            4416,
            194,
            "2000",
            "2022",
            {"undp-hdr-2023-24"},
        ),
        ("human_capital", "ger_tertiary_pct", 3255, 204, "2000", "2024", {"unesco-uis"}),
        ("human_capital", "gni_pc_2017ppp", 4426, 193, "2000", "2022", {"undp-hdr-2023-24"}),
        ("human_capital", "hdi", 4328, 193, "2000", "2022", {"undp-hdr-2023-24"}),
        ("human_capital", "mean_years_schooling", 4347, 193, "2000", "2022", {"undp-hdr-2023-24"}),
    ],
)
def test_series_coverage(name, series, rows, economies, first, last, sources):
    held = read(name).query("series == @series")
    assert (len(held), held["iso3"].nunique(), held["year"].min(), held["year"].max()) == (
        rows,
        economies,
        first,
        last,
    )
    assert set(held["source_id"]) == sources


def test_lone_spikes_are_marked():
    marked = read("telecom").query("note != ''")
    assert set(marked[["iso3", "year", "series"]].itertuples(index=False, name=None)) == {
        ("POL", "2014", "mobile_broadband_per100"),
        ("FJI", "2017", "mobile_broadband_per100"),
        ("KNA", "2017", "fixed_broadband_per100"),
        ("CYM", "2019", "fixed_broadband_per100"),
    }


# Identities

OLD_WEIGHTS = {"osi": 0.34, "tii": 0.33, "hci": 0.33}
EQUAL_WEIGHTS = {"osi": 1 / 3, "tii": 1 / 3, "hci": 1 / 3}


@pytest.mark.parametrize("edition", EGDI_COUNTS)
def test_egdi_is_the_weighted_mean(edition):
    table = wide("egdi", edition, edition).dropna(subset="egdi")
    weights = OLD_WEIGHTS if edition in ("2008", "2010") else EQUAL_WEIGHTS
    recomputed = sum(table[component] * weight for component, weight in weights.items())
    assert recomputed.notna().all()
    off = (recomputed - table["egdi"]).abs() > 1e-4
    assert set(off[off].index) == ({"KHM", "CMR"} if edition == "2008" else set())


@pytest.mark.parametrize(("iso3", "component_printed"), [("KHM", 0.0118), ("CMR", 0.0266)])
def test_printed_tii_of_2008_repairs_the_mean(iso3, component_printed):
    assert published("egdi", "2008", "2008", "tii").loc[iso3, "printed_value"] == component_printed
    row = wide("egdi", "2008", "2008").loc[iso3]
    assert 0.34 * row["osi"] + 0.33 * component_printed + 0.33 * row["hci"] == pytest.approx(
        row["egdi"], abs=1e-4
    )


@pytest.mark.parametrize(
    ("edition", "mean"), [("2008", 0.4514), ("2020", 0.5988), ("2024", 0.6382)]
)
def test_egdi_world_mean(edition, mean):
    assert round(wide("egdi", edition, edition)["egdi"].mean(), 4) == mean


@pytest.mark.parametrize(("edition", "exceptions"), [("2015", set()), ("2010", {"CPV"})])
def test_idi_is_the_weighted_mean_of_its_sub_indices(edition, exceptions):
    table = wide("idi", edition, "MISR2015")
    gap = (
        0.4 * table["access"] + 0.4 * table["use"] + 0.2 * table["skills"] - table["overall"]
    ).abs()
    assert set(gap[~(gap <= 0.01)].index) == exceptions


@pytest.mark.parametrize(("edition", "economies"), [("2024", 170), ("2025", 1)])
def test_idi_is_the_mean_of_its_pillars(edition, economies):
    table = wide("idi", edition, f"IDI{edition}").dropna()
    assert len(table) == economies
    gap = (table["universal_connectivity"] + table["meaningful_connectivity"]) / 2 - table[
        "overall"
    ]
    assert gap.abs().max() <= 0.1 + 1e-9


@pytest.mark.parametrize("pillar", ["universal_connectivity", "meaningful_connectivity"])
def test_idi_pillar_is_the_mean_of_its_scores(pillar):
    scores = read("idi_indicators").query(
        "parent == @pillar and indicator.str.startswith('score_')"
    )
    scores = scores.pivot(index="iso3", columns="indicator", values="value").astype(float).dropna()
    assert scores.shape[1] == {"universal_connectivity": 3, "meaningful_connectivity": 6}[pillar]
    assert len(scores) > 100
    gap = scores.mean(axis=1) - wide("idi", "2024", "IDI2024").loc[scores.index, pillar]
    assert gap.abs().max() <= 0.11


@pytest.mark.parametrize(
    ("edition", "tolerance", "exceptions"), [("2020", 0.02, {"FIN"}), ("2024", 0.002, set())]
)
def test_gci_pillars_sum_to_overall(edition, tolerance, exceptions):
    table = wide("gci", edition, {"2020": "GCIv4", "2024": "GCIv5"}[edition])[
        [*PILLARS, "overall"]
    ].dropna()
    assert len(table) == {"2020": 188, "2024": 194}[edition]
    gap = (table[list(PILLARS)].sum(axis=1) - table["overall"]).abs()
    assert set(gap[gap > tolerance].index) == exceptions


def test_gci_tiers_follow_the_thresholds():
    table = wide("gci", "2024", "GCIv5")
    tier = 1 + sum((table["overall"] < threshold).astype(int) for threshold in (95, 85, 55, 20))
    assert (tier == table["tier"]).all()
    assert tier.value_counts().sort_index().to_list() == [46, 29, 49, 56, 14]


@pytest.mark.parametrize("edition", ["2020", "2022"])
def test_gtmi_is_the_mean_of_its_parts(edition):
    table = wide("gtmi", edition, edition)
    assert (table[list(GTMI_PARTS)].mean(axis=1) - table["overall"]).abs().max() < 1e-4


# Published ranks


def test_published_ranks_stand_only_where_printed():
    held = {
        (name, edition, vintage, component)
        for name in INDEX_TABLES
        for edition, vintage, component in read(name)
        .query("published_rank != ''")[["edition", "vintage", "component"]]
        .drop_duplicates()
        .itertuples(index=False)
    }
    assert held == (
        {("egdi", edition, edition, "egdi") for edition in EGDI_COUNTS}
        | {
            ("idi", edition, "MISR2015", component)
            for edition in ("2010", "2015")
            for component in ("overall", "access", "use", "skills")
        }
        | {("idi", "2012", "MIS2013", "overall")}
        | {
            ("gci", edition, vintage, "overall")
            for edition, vintage in GCI_COUNTS
            if edition != "2024"
        }
        | {("postal", "2019", "2019", "overall")}
    )
    assert {name: (read(name)["published_rank"] != "").sum() for name in INDEX_TABLES} == {
        "egdi": 2243,
        "idi": 1487,
        "gci": 774,
        "postal": 172,
        "gtmi": 0,
    }


SECOND_OF_PAIR = {"HUN": 52, "MKD": 72, "AND": 80, "TLS": 134}


@pytest.mark.parametrize("edition", EGDI_COUNTS)
def test_egdi_ranks_are_competition_ranks(edition):
    table = published("egdi", edition, edition, "egdi")
    off = table[table["published_rank"] != table["value"].rank(method="min", ascending=False)][
        "published_rank"
    ]
    assert off.to_dict() == (SECOND_OF_PAIR if edition == "2020" else {})


@pytest.mark.parametrize(
    ("edition", "vintage", "component"),
    [
        ("2012", "MIS2013", "overall"),
        *(
            (e, "MISR2015", c)
            for e in ("2010", "2015")
            for c in ("overall", "access", "use", "skills")
        ),
    ],
)
def test_idi_published_ranks_follow_the_values(edition, vintage, component):
    table = published("idi", edition, vintage, component)
    # values as ITU prints them; the suspect cell is left out
    table["printed"] = table["value"].round(2)
    if (edition, component) == ("2010", "use"):
        table = table.drop("CPV")
    table = table.sort_values("published_rank")
    assert table["published_rank"].notna().all()
    assert table["printed"].is_monotonic_decreasing


@pytest.mark.parametrize(
    ("edition", "vintage", "ranks", "free"),
    [
        ("2014", "GCIv1", 29, {2}),
        ("2017", "GCIv2", 164, set()),
        ("2018", "GCIv3", 175, set()),
        ("2020", "GCIv4", 182, set()),
    ],
)
def test_gci_printed_ranks_are_dense(edition, vintage, ranks, free):
    table = published("gci", edition, vintage, "overall")
    assert set(table[table["published_rank"].isna()].index) == (
        {"CAN"} if edition in ("2017", "2020") else set()
    )
    printed = table["printed_value"].fillna(table["value"].round(3 if edition != "2020" else 2))
    dense = printed.rank(method="dense", ascending=False)
    dense += sum((dense >= rank).astype(int) for rank in free)
    held = table["published_rank"].dropna()
    assert held.max() == ranks
    assert (held == dense[held.index]).all()


def test_gci_2020_exchanged_rows():
    table = published("gci", "2020", "GCIv4", "overall")
    exchanged = table["printed_value"].sub(table["value"]).abs() > 0.005
    off_rank = table["published_rank"].notna() & (
        table["published_rank"] != table["value"].round(2).rank(method="dense", ascending=False)
    )
    assert set(table[exchanged].index) <= set(table[off_rank].index) | {"ROU"}
    assert {"VNM", "SWE", "KWT", "DOM", "NER", "GAB"} <= set(table[off_rank].index)
    assert table.loc["VNM"].to_list() == [94.5516, 94.59, 25]
    assert table.loc["SWE"].to_list() == [94.5878, 94.55, 26]


def test_printed_values_stand_only_where_needed():
    held = {name: (read(name)["printed_value"] != "").sum() for name in INDEX_TABLES}
    assert held == {"egdi": 2, "idi": 0, "gci": 193, "postal": 0, "gtmi": 0}


def test_postal_ranks_break_two_ties():
    table = published("postal", "2019", "2019", "overall")
    off = table[table["published_rank"] != table["value"].rank(method="min", ascending=False)]
    assert off["published_rank"].to_dict() == {"VNM": 45, "QAT": 65}


# Reference years, editions, breaks


@pytest.mark.parametrize("name", INDEX_TABLES)
def test_reference_years(name):
    found = read(name)[["index", "edition", "vintage", "reference_year"]].drop_duplicates()
    editions = read("editions").rename(columns={"reference_year": "of_edition"})
    found = found.merge(editions, on=["index", "edition", "vintage"], how="left", validate="1:1")
    assert (found["reference_year"] == found["of_edition"]).all()
    assert (found["reference_year"] != "").all() == (name == "idi")


@pytest.mark.parametrize(
    ("edition", "vintage", "year"),
    [
        ("2013", "MIS2014", "2013"),
        ("2015", "MISR2015", "2014"),
        ("2015", "MISR2016", "2014"),
        ("2016", "MISR2017", "2015"),
        ("2017", "MISR2017", "2016"),
        ("2023", "IDI2023", "2021"),
        ("2024", "IDI2024", "2022"),
        ("2025", "IDI2025", "2023"),
    ],
)
def test_idi_label_and_data_year(edition, vintage, year):
    assert set(
        read("idi").query("edition == @edition and vintage == @vintage")["reference_year"]
    ) == {year}


def test_values_lie_on_the_scale_of_the_edition():
    editions = read("editions").set_index(["index", "edition", "vintage"])
    outside = []
    for name in INDEX_TABLES:
        table = read(name).query("component in ('overall', 'egdi', 'osi', 'tii', 'hci', 'epi')")
        low, high = (
            table.join(editions[column], on=editions.index.names)[column].astype(float)
            for column in ("scale_min", "scale_max")
        )
        value = table["value"].astype(float)
        outside += (
            table[(value < low) | (value > high)][["iso3", "edition", "component"]]
            .to_numpy()
            .tolist()
        )
    assert outside == [["FSM", "2003", "hci"], ["TUV", "2003", "hci"]]


@pytest.mark.parametrize(
    ("index", "edition", "rule"),
    [
        ("EGDI", "2018", {"competition"}),
        ("GCI", "2018", {"dense"}),
        ("GCI", "2024", {"none"}),
        ("IDI", "2024", {"none"}),
        ("IDI", "2017", {""}),
        ("IDI", "2015", {"competition", ""}),
    ],
)
def test_rank_rules(index, edition, rule):
    assert (
        set(read("editions").query("index == @index and edition == @edition")["rank_rule"]) == rule
    )


def test_ranks_are_held_where_the_rule_says_so():
    editions = read("editions")
    for index, edition, vintage, rule in editions[
        ["index", "edition", "vintage", "rank_rule"]
    ].itertuples(index=False):
        held = (
            read(TABLE_OF_INDEX[index]).query("edition == @edition and vintage == @vintage")[
                "published_rank"
            ]
            != ""
        ).any()
        assert held == (rule in ("competition", "dense")), (index, edition, vintage)


def test_breaks_name_held_editions_in_order():
    breaks = read("breaks")
    held = {index: sorted(set(read(name)["edition"])) for index, name in TABLE_OF_INDEX.items()}
    for index, edition, previous in breaks[["index", "edition", "previous_edition"]].itertuples(
        index=False
    ):
        assert held[index].index(edition) == held[index].index(previous) + 1, (index, edition)


def test_comparable_groups_change_where_breaks_say():
    editions = read("editions").drop_duplicates(["index", "edition"])
    broken = set(read("breaks")[["index", "edition"]].itertuples(index=False, name=None))
    for index in ("EGDI", "IDI", "GCI"):
        rows = editions.query("index == @index").sort_values("edition")
        changes = rows["comparable_group"] != rows["comparable_group"].shift()
        assert set(rows["edition"][changes][1:]) == {
            edition for found, edition in broken if found == index
        }, index


def test_editions_not_held_are_not_held():
    held = {
        (row.index_, row.edition)
        for row in read("editions").rename(columns={"index": "index_"}).itertuples()
    }
    both = {
        (row.index_, row.edition)
        for row in read("editions_not_held").rename(columns={"index": "index_"}).itertuples()
    } & held
    # held in a later vintage only
    assert both == {("IDI", "2011"), ("IDI", "2016")}


# Viet Nam

VIET_NAM = {
    "2003": (97, 173),
    "2004": (112, 178),
    "2005": (105, 179),
    "2008": (91, 182),
    "2010": (90, 183),
    "2012": (83, 190),
    "2014": (99, 193),
    "2016": (89, 193),
    "2018": (88, 193),
    "2020": (86, 193),
    "2022": (86, 193),
    "2024": (71, 193),
}


@pytest.mark.parametrize("edition", VIET_NAM)
def test_viet_nam_egdi_ranks(edition):
    table = published("egdi", edition, edition, "egdi")
    assert (table.loc["VNM", "published_rank"], len(table)) == VIET_NAM[edition]
    anchor = read("anchors").query(
        "source_id == @source", local_dict={"source": f"un-egov-{edition}"}
    )
    assert anchor[["rank", "of", "of_counts"]].to_numpy().tolist() == [
        [*map(str, VIET_NAM[edition]), "economies"]
    ]


def test_rank_100_is_tii_2018():
    table = published("egdi", "2018", "2018", "tii")
    assert table["value"].rank(method="min", ascending=False)["VNM"] == 100


# Ranks that no held edition gives: a first printing, and a count that is not the publisher's
NOT_OURS = {("GCI", "2017", "101"), ("GCI", "2024", "17")}


def anchors_held() -> list:
    """The anchors that a held edition must agree with."""
    anchors = read("anchors")
    anchors = anchors.assign(table=anchors["index"].map(TABLE_OF_INDEX))
    held = [
        row
        for row in anchors.to_dict("records")
        if (row["table"], row["edition"], row["vintage"]) in COUNTS
        and (row["index"], row["edition"], row["rank"]) not in NOT_OURS
    ]
    words = ("index", "edition", "component", "source_id")
    return [pytest.param(row, id="-".join(row[word] for word in words)) for row in held]


def test_most_anchors_are_tested():
    assert len(anchors_held()) == 36


@pytest.mark.parametrize("anchor", anchors_held())
def test_anchor(anchor):
    table = published(anchor["table"], anchor["edition"], anchor["vintage"], anchor["component"])
    row = table.loc["VNM"]
    if anchor["value"]:
        decimals = len(anchor["value"].partition(".")[2])
        value = row["value"] if pd.isna(row["printed_value"]) else row["printed_value"]
        assert round(value, decimals) == float(anchor["value"])
    if anchor["rank"]:
        computed = table["value"].rank(method="min", ascending=False)["VNM"]
        rank = computed if pd.isna(row["published_rank"]) else row["published_rank"]
        assert rank == float(anchor["rank"])


def test_gci_2017_before_its_correction():
    """With the score first printed for Spain, Viet Nam stands where the press of 2017 put it."""
    scores = published("gci", "2017", "GCIv2", "overall")["value"].copy()
    assert scores["ESP"] == 0.718
    scores["ESP"] = 0.519
    first = scores.rank(method="dense", ascending=False)
    assert first["VNM"] == 101


def test_anchors_count_economies_or_ranks():
    anchors = read("anchors").query("index == 'GCI' and of != ''")
    found = (
        anchors[["edition", "of", "of_counts"]].drop_duplicates().itertuples(index=False, name=None)
    )
    assert set(found) == {
        ("2017", "193", "economies"),
        ("2018", "175", "ranks"),
        ("2020", "182", "ranks"),
        ("2020", "194", "economies"),
        ("2024", "194", "economies"),
    }
    for edition, vintage, of in (("2018", "GCIv3", 175), ("2020", "GCIv4", 182)):
        assert published("gci", edition, vintage, "overall")["published_rank"].max() == of
    assert ((read("anchors")["of"] == "") == (read("anchors")["of_counts"] == "")).all()


# Cell by cell against the compilation, where it stands beside the project


def named(table: pd.DataFrame, **columns: str) -> pd.DataFrame:
    """The table with columns filled by a constant or by another column (`=name`)."""
    return table.assign(
        **{
            name: table[text[1:]] if text.startswith("=") else text
            for name, text in columns.items()
        }
    )


def figures_of(name: str) -> pd.DataFrame:
    """The rows of the compilation that one index table was made from, with index and vintage."""
    if name == "egdi":
        return named(read_figures("egdi"), index="EGDI", vintage="=edition")
    if name == "postal":
        return named(read_figures("postal_2ipd"), index="2IPD", vintage="=edition")
    if name == "gtmi":
        return named(read_figures("gtmi"), index="GTMI", vintage="=edition")
    if name == "gci":
        versions = {
            "2014": "GCIv1",
            "2017": "GCIv2",
            "2018": "GCIv3",
            "2020": "GCIv4",
            "2024": "GCIv5",
        }
        table = read_figures("gci")
        return table.assign(index="GCI", vintage=table["edition"].map(versions))
    new = read_figures("idi_2023_2025")
    new = new[~new["component"].str.match("ind_|score_")]
    return pd.concat(
        [read_figures("idi_2008_2017"), new.assign(vintage="IDI" + new["edition"])]
    ).assign(index="IDI")


@pytest.mark.parametrize("name", INDEX_TABLES)
def test_index_cells(name):
    key, ours, theirs = INDEX_KEY.split(","), read(name), figures_of(name)
    assert cells(ours, key, "value") == cells(theirs, key, "value")
    ranks = (
        theirs.rename(columns={"rank_printed": "printed"})
        if name == "gci"
        else theirs.assign(printed=theirs["rank"].where(theirs["rank_basis"] == "published", ""))
    )
    assert cells(ours, key, "published_rank") == cells(ranks, key, "printed")
    if name == "idi":
        assert cells(ours, key, "reference_year") == cells(theirs, key, "reference_year")
    if name == "gci":
        assert cells(ours, key, "printed_value") == cells(
            theirs[theirs["edition"] == "2020"], key, "value_printed"
        )


def test_not_measured_cells():
    ours, theirs = read("not_measured"), read_figures("egdi_not_measured")
    for column in ("value_in_file", "rank_in_file"):
        assert cells(ours, ["iso3", "edition", "component"], column) == cells(
            theirs, ["iso3", "edition", "component"], column
        )
    first = ours.merge(theirs, on=["iso3", "edition", "component"], validate="1:1")[
        ["why_x", "why_y"]
    ].drop_duplicates()
    assert len(first) == 3 == first["why_x"].nunique()


def test_egdi_indicator_cells():
    ours, theirs, key = (
        read("egdi_indicators"),
        read_figures("egdi_indicators"),
        ["iso3", "edition", "parent", "indicator"],
    )
    assert cells(ours, key, "value") == cells(theirs, key, "value")
    text = [*key, "unit", "check"]
    assert set(ours[text].itertuples(index=False, name=None)) == set(
        theirs[text].itertuples(index=False, name=None)
    )


def test_idi_indicator_cells():
    theirs = read_figures("idi_2023_2025")
    theirs = theirs[theirs["component"].str.match("ind_|score_")].rename(
        columns={"component": "indicator"}
    )
    words = {"": "", "ITU estimate": "estimate by ITU", "lagged value 2021": "value of 2021"}
    theirs = theirs.assign(note=theirs["note"].map(words))
    ours, key = read("idi_indicators"), ["iso3", "edition", "indicator"]
    assert cells(ours, key, "value") == cells(theirs, key, "value")
    text = [*key, "reference_year", "note"]
    assert set(ours[text].itertuples(index=False, name=None)) == set(
        theirs[text].itertuples(index=False, name=None)
    )


@pytest.mark.parametrize("name", ["telecom", "human_capital"])
def test_series_cells(name):
    key = ["iso3", "year", "series"]
    assert cells(read(name), key, "value") == cells(read_figures(name), key, "value")


def test_economies_cells():
    columns = [
        "iso3",
        "iso2",
        "name_en",
        "un_member_since",
        "un_subregion",
        "continent",
        "asean_member_since",
    ]
    ours = read("economies")
    theirs = read_figures("economies").set_index("iso3")
    # M49 puts Nauru into Micronesia
    theirs.loc["NRU", "un_subregion"] = "Micronesia"
    theirs = theirs.reset_index()
    assert (
        ours[ours["iso3"].isin(theirs["iso3"])][columns].to_numpy().tolist()
        == theirs.sort_values("iso3")[columns].to_numpy().tolist()
    )
    both = ours.merge(theirs[["iso3", "name_vi_cldr"]], on="iso3", validate="1:1")
    assert ((both["name_vi"] == both["name_vi_cldr"]) == (both["name_vi_source"] == "cldr")).all()


@pytest.mark.parametrize(
    ("name", "figures", "columns"),
    [
        ("editions", "editions", ["index", "edition", "vintage", "published_year", "report"]),
        (
            "targets",
            "targets",
            [
                "id",
                "economy",
                "area",
                "index",
                "component",
                "rank_best",
                "rank_worst",
                "deadline",
                "set_in",
            ],
        ),
    ],
)
def test_text_cells(name, figures, columns):
    ours, theirs = (
        table[columns].sort_values(columns).to_numpy().tolist()
        for table in (read(name), read_figures(figures))
    )
    assert ours == theirs


def test_anchor_cells():
    ours = read("anchors")
    ours = ours[~ours["source_id"].str.startswith("un-egov-")]
    theirs = read_figures("viet_nam_as_published")
    key = ["index", "edition", "component", "source_url"]
    assert len(ours) == len(theirs) == 34
    for column in ("value", "rank", "of"):
        assert cells(ours, key, column) == cells(theirs, key, column)
