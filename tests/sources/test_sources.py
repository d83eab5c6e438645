"""Publishers' real files are read as they are; anything else is refused in one clear line."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import strategies as made
from beside import shared

from rankings import store
from rankings.errors import DataError, InputError, RankingsError
from rankings.sources import Delivery, plain, read, resolve_name
from rankings.sources.delivery import NOT_MEASURED

EGOV, WIDE, GCI, API, BULK = made.EGOV, made.WIDE, made.GCI, made.API, made.BULK
DATAHUB = made.DATAHUB
File = Callable[[str], Path]


@pytest.fixture(params=["sample", "whole"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> File:
    """A file of a kind: with a sample of the layout, and the publisher's own whole one."""

    def path(name: str) -> Path:
        if request.param == "sample":
            return given(tmp_path_factory.mktemp("sample"), made.publisher_file(name), name)
        reason = "only samples of the publishers' layouts are read, no whole file"
        return shared("formats", made.WHOLE[name], reason=reason)

    return path


def given(folder: Path, data: bytes | str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(RankingsError) as caught:
        read(path)
    message = str(caught.value)
    assert type(caught.value) in (DataError, InputError)
    assert "\n" not in message
    assert "\r" not in message
    assert len(message) < 700
    return message


def held(name: str) -> pd.DataFrame:
    return plain.load_index(store.raw_folder() / f"{name}.csv")


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Equal in every column but the source, which names the file."""
    columns = [column for column in expected.columns if column != "source_id"]
    pd.testing.assert_frame_equal(
        found[columns].reset_index(drop=True), expected[columns].reset_index(drop=True)
    )


# The real files.


def test_the_egov_file_is_the_held_edition_cell_for_cell(file: File) -> None:
    delivery = read(file(EGOV))
    every = held("egdi")
    same(delivery.index, every.loc[every["edition"] == 2018])
    assert delivery.kind == "un-egov"
    assert set(delivery.index["source_id"]) == {f"un-egov:{delivery.sha256[:12]}:un-egov-2018"}
    assert delivery.not_measured.empty
    assert delivery.differences.empty
    assert delivery.series.empty
    assert list(delivery.not_measured.columns) == NOT_MEASURED


def test_the_data360_mirror_of_the_egdi_equals_every_held_edition(file: File) -> None:
    delivery = read(file(WIDE))
    every = held("egdi").loc[lambda rows: rows["component"] == "egdi"]
    columns = [*plain.KEY, "value"]
    pd.testing.assert_frame_equal(
        delivery.index[columns], every[columns].reset_index(drop=True), rtol=0, atol=5e-6
    )
    listed = made.raw("not_measured").loc[lambda rows: rows["component"] == "egdi"]
    found = delivery.not_measured[["edition", "iso3", "why"]].astype(str)
    assert set(found.itertuples(index=False, name=None)) == set(
        listed[["edition", "iso3", "why"]].itertuples(index=False, name=None)
    )
    assert delivery.index["published_rank"].isna().all()


def test_the_gci_of_data360_equals_what_is_held(file: File) -> None:
    delivery = read(file(GCI))
    both = delivery.index.merge(held("gci"), on=plain.KEY, suffixes=("", "_held"))
    assert len(both) == len(delivery.index) >= 48
    assert (both["value"] - both["value_held"]).abs().max() < 6e-5
    assert set(delivery.index["vintage"]) == {"GCIv4", "GCIv5"}


def test_the_api_gives_the_value_and_the_date_of_the_release(file: File) -> None:
    path = file(API)
    delivery = read(path)
    entries = json.loads(path.read_text(encoding="utf-8"))[1]
    stated = {(e["countryiso3code"], int(e["date"])): e["value"] for e in entries}
    found = {(r.iso3, r.year): r.value for r in delivery.series.itertuples()}
    assert found == {key: value for key, value in stated.items() if value is not None}
    assert set(delivery.series["vintage"]) == {"2026-04-08"}
    assert set(delivery.series["series"]) == {"fixed_broadband_per100"}


def test_the_bulk_file_leaves_out_aggregates_by_name(file: File) -> None:
    path = file(BULK)
    delivery = read(path)
    table = pd.read_csv(path, skiprows=4, keep_default_na=False, dtype=str)
    codes = set(made.raw("economies")["iso3"])
    stated = {
        (row["Country Code"], int(year)): float(row[year])
        for _, row in table.iterrows()
        for year in map(str, range(1960, 2020))
        if row["Country Code"] in codes and row[year]
    }
    assert {(r.iso3, r.year): r.value for r in delivery.series.itertuples()} == stated
    assert "WLD World" in delivery.dropped
    assert "CHI Channel Islands" in delivery.dropped
    assert len(delivery.dropped) == len(set(table["Country Code"]) - codes) >= 7
    assert set(delivery.series["vintage"]) == {"2020-03-18"}


def test_the_datahub_export_is_read_by_its_code(file: File) -> None:
    path = file(DATAHUB)
    delivery = read(path)
    table = pd.read_csv(path, keep_default_na=False, dtype=str, encoding="utf-8-sig")
    kept = table.loc[table["entityIso"] != "ASC"]
    stated = {(r.entityIso, int(r.dataYear)): float(r.dataValue) for r in kept.itertuples()}
    assert {(r.iso3, r.year): r.value for r in delivery.series.itertuples()} == stated
    assert delivery.dropped == ["ASC Ascension"]
    assert delivery.series["vintage"].isna().all()


@pytest.mark.parametrize("name", [EGOV, WIDE, GCI, BULK, DATAHUB])
def test_the_name_of_a_file_and_its_packing_do_not_matter(
    name: str, file: File, tmp_path: Path
) -> None:
    data = file(name).read_bytes()
    plainly = read(file(name))
    beside = {"x.csv": data, "Metadata_Country_x.csv": b"a", "__MACOSX/._x.csv": b"b"}
    for packed in (
        gzip.compress(data),
        made.archive(beside),
        b"\xef\xbb\xbf" + data.lstrip(b"\xef\xbb\xbf"),
        data.replace(b"\n", b"\r\n"),
    ):
        again = read(given(tmp_path, packed, "anything.bin"))
        assert again.kind == plainly.kind
        same(again.index, plainly.index)
        same(again.series, plainly.series)
        assert again.dropped == plainly.dropped


# Files made from the committed tables.


@pytest.mark.parametrize("former", [False, True], ids=["names of today", "names of the time"])
@pytest.mark.parametrize("edition", made.EDITIONS)
def test_every_edition_of_the_portal_comes_back(edition: int, former: bool, tmp_path: Path) -> None:
    text = made.portal_file(edition, former=former)
    delivery = read(given(tmp_path, text.replace("\n", "\r\n") if former else text))
    every = held("egdi")
    same(delivery.index, every.loc[every["edition"] == edition])
    listed = made.raw("not_measured").loc[lambda rows: rows["edition"] == str(edition)]
    columns = ["iso3", "component", "rank_in_file", "why"]
    found = delivery.not_measured[columns].astype(object).where(lambda cells: cells.notna(), "")
    expected = listed[columns].fillna("")
    assert {tuple(map(str, row)) for row in found.to_numpy()} == {
        tuple(map(str, row)) for row in expected.to_numpy()
    }
    assert delivery.differences.empty


def test_a_new_edition_is_taken_with_a_note(tmp_path: Path) -> None:
    delivery = read(given(tmp_path, made.portal_file(2024, label=2026)))
    assert set(delivery.index["edition"]) == {2026}
    assert set(delivery.index["vintage"]) == {"2026"}
    assert any("not listed" in note for note in delivery.notes)
    assert set(delivery.index["source_id"]) == {f"un-egov:{delivery.sha256[:12]}"}


def test_values_above_one_are_kept_and_told(tmp_path: Path) -> None:
    delivery = read(given(tmp_path, made.portal_file(2003)))
    assert delivery.index["value"].max() == 1.422
    assert any("FSM, TUV" in note for note in delivery.notes)


def test_a_single_other_figure_of_a_held_edition_is_told(tmp_path: Path) -> None:
    text = made.portal_file(2018).replace(
        '"Viet Nam ",88,0.59310,0.69100', '"Viet Nam ",88,0.59310,0.69900'
    )
    delivery = read(given(tmp_path, text))
    assert delivery.differences[
        ["iso3", "component", "value", "held_value"]
    ].to_numpy().tolist() == [["VNM", "epi", 0.699, 0.691]]
    assert any("VNM epi 0.699 (held 0.691)" in note for note in delivery.notes)


def test_the_hdr_file_is_latin_and_its_regions_are_left_out(tmp_path: Path) -> None:
    delivery = read(given(tmp_path, made.hdr_file()))
    table = made.raw("human_capital")
    names = ["hdi", "expected_years_schooling", "mean_years_schooling", "gni_pc_2017ppp"]
    kept = table.loc[table["series"].isin(names)]
    stated = {(r.series, r.iso3, int(r.year)): float(r.value) for r in kept.itertuples()}
    assert {(r.series, r.iso3, r.year): r.value for r in delivery.series.itertuples()} == stated
    assert delivery.dropped == ["ZZA.VHHD Very high human development", "ZZK.WORLD World"]


def test_dollars_of_another_year_are_not_delivered(tmp_path: Path) -> None:
    text = made.hdr_file().decode("latin-1").replace("_2022", "_2023").replace("_2000", "_2022")
    for year in range(2001, 2022):
        text = text.replace(f"_{year},", f"_{year + 1}x,")
    text = text.replace("_2022,", "_2001,").replace("x,", ",")
    delivery = read(given(tmp_path, text.encode("latin-1")))
    assert "gni_pc_2017ppp" not in set(delivery.series["series"])


@pytest.mark.parametrize("name", ["gci", "gtmi", "idi", "postal"])
def test_committed_index_tables_are_the_plain_layout(name: str) -> None:
    delivery = read(store.raw_folder() / f"{name}.csv")
    assert delivery.kind == "plain-index"
    same(delivery.index, held(name).sort_values(plain.KEY))
    assert delivery.differences.empty


def test_a_new_index_comes_in_the_plain_layout(tmp_path: Path) -> None:
    header = ",".join(plain.INDEX_TABLE.columns)
    rows = [
        f"PCI,2024,2024,{c},overall,{60 - n},,{n + 1},,own," for n, c in enumerate(["VNM", "LAO"])
    ]
    delivery = read(given(tmp_path, "\n".join([header, *rows, ""])))
    assert delivery.index["value"].tolist() == [59.0, 60.0]
    assert set(delivery.index["source_id"]) == {f"plain-index:{delivery.sha256[:12]}:own"}
    assert delivery.notes == ["PCI 2024 (2024) is not listed in editions.csv yet"]


def test_series_and_indicators_in_the_plain_layout(tmp_path: Path) -> None:
    header = ",".join(plain.SERIES_TABLE.columns)
    delivery = read(given(tmp_path, f"{header}\nfibre,VNM,2024,,71.5,own,\n"))
    assert delivery.kind == "plain-series"
    assert delivery.series["value"].tolist() == [71.5]
    header = ",".join(plain.INDICATOR_TABLE.columns)
    delivery = read(given(tmp_path, f"{header}\nPCI,2024,2024,VNM,overall,a,1.5,%,,,own,\n"))
    assert delivery.kind == "plain-indicators"
    assert delivery.indicators["unit"].tolist() == ["%"]


def egov_rows(edition: int = 2018) -> list[list[object]]:
    header, *lines = (line.split(",") for line in made.portal_file(edition).splitlines())
    return [list(header)] + [
        [int(y), n.strip('"'), int(r) if r else None, *map(float, v)] for y, n, r, *v in lines
    ]


def test_a_workbook_holds_the_same_edition(tmp_path: Path) -> None:
    rows = egov_rows()
    rows[1][3] = 0.25849999999999995 + 5e-17  # a double as spreadsheets store it
    delivery = read(given(tmp_path, made.workbook(rows)))
    every = held("egdi")
    both = delivery.index.merge(every, on=plain.KEY, suffixes=("", "_held"))
    assert len(both) == 965
    assert (both["value"] - both["value_held"]).abs().max() < 1e-9


def long_rows(**changes: str) -> str:
    cells = dict.fromkeys(made_long_header(), "") | {
        "OBS_VALUE": "97.5",
        "UNIT_MULT": "0",
        "OBS_STATUS": "A",
        "DATABASE_ID": "ITU_GCI",
        "INDICATOR": "ITU_GCI_GCI_OVRL_SCRE",
        "REF_AREA": "VNM",
        "REF_AREA_LABEL": "Viet Nam",
        "SEX": "_T",
        "AGE": "_T",
        "URBANISATION": "_T",
        "COMP_BREAKDOWN_1": "_Z",
        "COMP_BREAKDOWN_2": "_Z",
        "COMP_BREAKDOWN_3": "_Z",
        "TIME_PERIOD": "2026",
        "FREQ": "A",
        "UNIT_MEASURE": "0_TO_100",
    }
    return ",".join((cells | changes).values()) + "\n"


def made_long_header() -> list[str]:
    return [
        *("FREQ", "FREQ_LABEL", "REF_AREA", "REF_AREA_LABEL", "INDICATOR", "INDICATOR_LABEL"),
        *("SEX", "SEX_LABEL", "AGE", "URBANISATION", "COMP_BREAKDOWN_1", "COMP_BREAKDOWN_2"),
        *("COMP_BREAKDOWN_3", "TIME_PERIOD", "OBS_VALUE", "UNIT_MULT", "UNIT_MEASURE"),
        *("OBS_STATUS", "DATABASE_ID"),
    ]


def long_file(*rows: str) -> str:
    return ",".join(made_long_header()) + "\n" + "".join(rows)


def test_the_bulk_long_file_has_labels_aggregates_and_pillars(tmp_path: Path) -> None:
    legal = {"INDICATOR": "ITU_GCI_LEGL_SCRE", "OBS_VALUE": "20"}
    world = {"REF_AREA": "WLD", "REF_AREA_LABEL": "World"}
    delivery = read(given(tmp_path, long_file(long_rows(), long_rows(**legal), long_rows(**world))))
    assert delivery.index["component"].tolist() == ["legal", "overall"]
    assert delivery.dropped == ["WLD World"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"REF_AREA": "QQQ", "REF_AREA_LABEL": "Atlantis"}, "QQQ Atlantis"),
        ({"DATABASE_ID": "ITU_DH", "INDICATOR": "ITU_DH_X"}, "not of this suite and are left: ITU"),
        ({"INDICATOR": "ITU_GCI_NEW"}, "not of this suite and are left: ITU_GCI_NEW"),
    ],
)
def test_what_is_none_of_ours_in_a_long_file_is_told_and_left(
    changes: dict[str, str], told: str, tmp_path: Path
) -> None:
    delivery = read(given(tmp_path, long_file(long_rows(), long_rows(**changes))))
    assert len(delivery.index) == 1
    assert told in " ".join([*delivery.dropped, *delivery.notes])


def test_a_file_of_which_nothing_is_ours_is_refused(tmp_path: Path) -> None:
    message = refusal(given(tmp_path, long_file(long_rows(INDICATOR="ITU_GCI_LEGAL_SCRE"))))
    assert "did you mean ITU_GCI_LEGL_SCRE" in message
    message = refusal(given(tmp_path, long_file(long_rows(DATABASE_ID="ITU_DH"))))
    assert "'ITU_DH' is not a known database" in message


def test_count_and_rate_of_the_datahub_are_told_apart(tmp_path: Path) -> None:
    header = (
        "seriesID,seriesCode,seriesName,seriesParent,seriesUnits,entityID,entityIso,entityName,"
        "dataValue,dataYear,dataNote,dataSource,seriesDescription\n"
    )
    line = '178,"{}","Mobile-cellular subscriptions",,"count",4,"{}","{}","{}",2024,"","",""\n'
    rows = [("i271", "VNM", "Viet Nam", "1.2e+008"), ("i911", "VNM", "Viet Nam", "127.6")]
    text = header + "".join(line.format(*row) for row in rows)
    found = read(given(tmp_path, text)).series.set_index("series")["value"].to_dict()
    assert found == {"mobile_cellular_count": 1.2e8, "mobile_cellular_per100": 127.6}
    swapped = header + line.format("i911", "VNM", "Viet Nam", "1.2e+008")
    assert "expected a number from 0 to 1000, found '1.2e+008'" in refusal(given(tmp_path, swapped))


# Names.


@pytest.mark.parametrize(
    ("name", "iso3"),
    [
        ("Viet Nam ", "VNM"),
        ("Vietnam", "VNM"),
        ("Türkiye", "TUR"),
        ("Turkey", "TUR"),
        ("The former Yugoslav Republic of Macedonia", "MKD"),
        ("Swaziland", "SWZ"),
        ("Cape Verde", "CPV"),
        ("Czechia", "CZE"),
        ("Côte d’Ivoire", "CIV"),
        ("Congo, Dem. Rep.", "COD"),
        ("Congo (Rep. of the)", "COG"),
        ("Congo", "COG"),
        ("Korea, Dem. People’s Rep.", "PRK"),
        ("Korea (Rep. of)", "KOR"),
        ("Niger", "NER"),
        ("Nigeria", "NGA"),
        ("Guinea", "GIN"),
        ("Guinea-Bissau", "GNB"),
        ("Dominica", "DMA"),
        ("Dominican Rep.", "DOM"),
        ("West Bank and Gaza", "PSE"),
        ("St. Vincent and the Grenadines", "VCT"),
        ("GAMBIA, THE", "GMB"),
    ],
)
def test_names_of_today_and_of_the_time(name: str, iso3: str) -> None:
    assert resolve_name(name) == iso3


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Korea", "Republic of Korea (KOR) or Democratic People's Republic of Korea (PRK)"),
        ("Congos", "Congo (COG) or Democratic Republic of the Congo (COD)"),
        ("Nigerr", "Niger (NER)"),
        ("Virgin Islands", "(VGB) or Virgin Islands, U.S. (VIR)"),
        ("Dominican", "Dominica (DMA) or Dominican Republic (DOM)"),
        ("Guinea Bissao", "Guinea-Bissau (GNB)"),
        ("Atlantis", "write its English name"),
        ("", "write its English name"),
    ],
)
def test_other_names_are_refused_with_suggestions(name: str, hint: str) -> None:
    with pytest.raises(InputError, match=re.escape(hint)):
        resolve_name(name)


def test_every_name_held_is_one_economy() -> None:
    for row in made.raw("economies").itertuples():
        assert resolve_name(row.name_en) == row.iso3


# Refusals.

BASE = made.portal_file(2018)
VIET_NAM = next(line for line in BASE.splitlines() if "Viet Nam" in line)
LAOS = next(line for line in BASE.splitlines() if "Lao" in line)
AT = BASE.splitlines().index(VIET_NAM) + 1


def instead(old: str, new: str, count: int = 1) -> Callable[[], str]:
    assert old in BASE
    return lambda: BASE.replace(old, new, count)


def reordered(*places: int) -> str:
    rows = [line.split(",") for line in BASE.splitlines()]
    return "\n".join(",".join(row[place] for place in places) for row in rows) + "\n"


def exchanged(one: int, two: int) -> str:
    """Two columns change places below the header, which stays."""
    rows = [line.split(",") for line in BASE.splitlines()]
    for row in rows[1:]:
        row[one], row[two] = row[two], row[one]
    return "\n".join(map(",".join, rows)) + "\n"


REFUSED: dict[str, tuple[Callable[[], str | bytes], str]] = {
    "empty": (lambda: b"", "expected a table, found an empty file"),
    "blank": (lambda: b" \n\n", "found an empty file"),
    "web page": (lambda: "<!DOCTYPE html><html><body>503</body></html>", "line 1: .*a web page"),
    "web page with mark": (lambda: "\ufeff\n<html>", "a web page"),
    "web page inside": (lambda: BASE[:3000] + "<html>\n</html>\n", "line"),
    "pdf": (lambda: b"%PDF-1.7", "a PDF document"),
    "half a letter": (lambda: BASE.encode("utf-16")[:-1], "UTF-16"),
    "a letter damaged": (
        lambda: BASE.encode().replace("ô".encode(), b"\xf4"),
        "expected text in UTF-8, found the byte 0xf4",
    ),
    "zero byte": (lambda: BASE.encode()[:500] + b"\0" + BASE.encode()[500:], "a zero byte"),
    "semicolons": (lambda: BASE.replace(",", ";"), "separated by commas, found semicolons"),
    "tabs": (lambda: BASE.replace(",", "\t"), "found tabs"),
    "decimal comma": (instead("0.59310", '"0,59310"'), f"line {AT}.*write decimals with a point"),
    "text in a number": (
        instead("0.59310", "n.a."),
        f"line {AT}, column E-Government Index: .*n.a.",
    ),
    "no number": (instead("0.59310", ""), f"line {AT}.*found nothing"),
    "not a number": (instead("0.59310", "nan"), "found 'nan'"),
    "fewer decimals": (instead("0.59310", "0.5931"), "with 5 decimals"),
    "negative": (instead("0.69100", "-0.69100"), "from 0 to 1, found '-0.69100'"),
    "above one": (instead("0.69100", "1.69100"), "from 0 to 1, found '1.69100'"),
    "rank 0": (instead('"Viet Nam ",88', '"Viet Nam ",0'), "from 1 to 193, found '0'"),
    "rank above n": (instead('"Viet Nam ",88', '"Viet Nam ",194'), "from 1 to 193, found '194'"),
    "rank with decimals": (instead('"Viet Nam ",88', '"Viet Nam ",88.0'), "whole number"),
    "no rank": (instead('"Viet Nam ",88', '"Viet Nam ",'), "a rank beside scores"),
    "another rank": (instead('"Viet Nam ",88', '"Viet Nam ",87'), "rank 8[78]"),
    "another overall": (instead("0.59310", "0.59410"), "0.59313, the mean of its three parts"),
    "another part": (instead("0.73610,0.65430", "0.73610,0.66430"), "the mean of its three parts"),
    "a zero": (instead("0.59310", "0.00000"), f"line {AT}.*a score above 0"),
    "doubled economy": (instead(VIET_NAM, f"{VIET_NAM}\n{VIET_NAM}"), f"VNM is in line {AT}"),
    "missing economy": (instead(VIET_NAM + "\n", ""), "193 economies, found 192, without Viet Nam"),
    "unknown name": (instead("Viet Nam ", "Viet Nan "), r"did you mean Viet Nam \(VNM\)"),
    "ambiguous name": (instead("Republic of Korea ", "Korea "), "may be Republic of Korea"),
    "not a member": (instead("Viet Nam ", "Hong Kong "), "a member state of the UN"),
    "two editions": (instead(VIET_NAM, VIET_NAM.replace("2018", "2020", 1)), "2018 as in line 2"),
    "no such edition": (lambda: BASE.replace("2018,", "2017,"), "an edition of the EGDI"),
    "another edition": (lambda: BASE.replace("2018,", "2016,"), "they are those of .* 2018"),
    "no edition": (lambda: BASE.replace("2018,", ","), "a whole number from 2003"),
    "renamed column": (instead("Human Capital Index", "Human Index"), "column Human Capital Index"),
    "missing column": (lambda: reordered(0, 1, 2, 3, 5, 6, 7), "column E-Participation Index"),
    "doubled column": (lambda: reordered(0, 1, 2, 3, 4, 4, 5, 6, 7), "every column once"),
    "other order": (lambda: reordered(0, 1, 2, 3, 5, 4, 6, 7), "column 5: expected E-Part"),
    "more columns": (lambda: reordered(0, 1, 2, 3, 4, 5, 6, 7).replace("\n", ",\n"), "column"),
    "osi and tii exchanged": (lambda: exchanged(5, 7), "columns are exchanged"),
    "osi and hci exchanged": (lambda: exchanged(5, 6), "columns are exchanged"),
    "hci and tii exchanged": (lambda: exchanged(6, 7), "columns are exchanged"),
    "osi and epi exchanged": (lambda: exchanged(4, 5), "the mean of its three parts"),
    "cut in a number": (lambda: BASE[:-3], "it is cut off"),
    "cut in a line": (lambda: BASE[:-30], "cells|cut off"),
    "cut in a name": (lambda: BASE[: BASE.index("Viet Nam") + 3], "quoted in pairs"),
    "no rows": (lambda: BASE.splitlines()[0] + "\n", "expected rows, found none"),
    "blank line": (instead(VIET_NAM, "\n" + VIET_NAM), "a blank line"),
    "one cell more": (instead(VIET_NAM, VIET_NAM + ",1"), f"line {AT}.*8 cells, found 9"),
    "unknown table": (lambda: "a,b\n1,2\n", "the columns of a known publisher"),
    "broken json": (lambda: '[{"page":1', "whole JSON"),
    "other json": (lambda: '{"a":1}', "list of two elements"),
    "deep json": (lambda: "[" * 100000, "JSON|list of two"),
    "error of the api": (
        lambda: '[{"message":[{"id":"120","value":"no"}]}]',
        "an error of the API",
    ),
    "not a number in json": (lambda: '[{"page":NaN},[1]]', "NaN is no number"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_refused(case: str, tmp_path: Path) -> None:
    make, words = REFUSED[case]
    message = refusal(given(tmp_path, make()))
    assert message.startswith("file.csv")
    assert re.search(words, message), message


def test_two_rows_that_trade_names_are_told(tmp_path: Path) -> None:
    """Nothing inside the file shows it; against a held edition every cell of both rows differs."""
    vietnam, laos = VIET_NAM.split('"')[1], LAOS.split('"')[1]
    text = BASE.replace(vietnam, "@").replace(laos, vietnam).replace("@", laos)
    delivery = read(given(tmp_path, text))
    assert set(delivery.differences["iso3"]) == {"VNM", "LAO"}
    assert len(delivery.differences) == 10


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"REF_AREA": "VNN"}, r"did you mean Viet Nam \(VNM\)"),
        ({"REF_AREA": "BHM", "REF_AREA_LABEL": ""}, r"did you mean Bahamas \(BHS\)"),
        ({"REF_AREA": "LAO"}, "code and name must agree"),
        ({"REF_AREA": "WLD"}, "code and name must agree"),
        ({"OBS_VALUE": "100.5"}, "from 0 to 100"),
        ({"OBS_VALUE": ""}, "found nothing"),
        ({"TIME_PERIOD": "26"}, "from 2003 to 2100"),
        ({"SEX": "F"}, "column SEX: expected '_T', found 'F'"),
        ({"FREQ": "M"}, "column FREQ"),
        ({"UNIT_MULT": "3"}, "column UNIT_MULT"),
        ({"UNIT_MEASURE": "RANK"}, "column UNIT_MEASURE"),
    ],
)
def test_long_rows_refused(changes: dict[str, str], words: str, tmp_path: Path) -> None:
    message = refusal(
        given(
            tmp_path,
            long_file(
                long_rows(),
                long_rows(TIME_PERIOD="2027", **changes)
                if "TIME_PERIOD" not in changes
                else long_rows(**changes),
            ),
        )
    )
    assert "line 3" in message
    assert re.search(words, message), message


def test_a_doubled_row_of_a_long_file_is_refused(tmp_path: Path) -> None:
    message = refusal(given(tmp_path, long_file(long_rows(), long_rows(OBS_VALUE="1"))))
    assert "line 3" in message
    assert "overall 2026 VNM is in line 2" in message


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        (WIDE, ",VNM,Viet Nam,", ",VNM,Malaysia,", "code and name must agree"),
        (WIDE, ",VNM,Viet Nam,", ",LAO,Viet Nam,", "the name of LAO|is in line"),
        (WIDE, "2018,2020,2022", "2020,2018,2022", "the years in their order"),
        (WIDE, "2018,2020,2022", "2018,2018,2022", "every column once"),
        (WIDE, "0.2585,", "0,", "a score above 0"),
        (
            BULK,
            '"Last Updated Date","2020-03-18"',
            '"Last Updated Date","4.3.2020"',
            "the date of",
        ),
        (BULK, '"VNM"', '"VNN"', r"did you mean Viet Nam \(VNM\)"),
        (BULK, '"2017","2018"', '"2018","2017"', "years as columns in their order"),
        (BULK, '"Country Code"', '"Code"', "the line of column names"),
        (BULK, "IT.CEL.SETS.P2", "IT.CEL.SETS.P9", "did you mean IT.CEL.SETS.P2"),
        (DATAHUB, '"12345",2013', '"12345",13', "from 1960 to 2100"),
        (DATAHUB, '"12345",2013', '"-12345",2013', "from 0 to 1e"),
        (
            DATAHUB,
            '"dataValue","dataYear"',
            '"dataYear","dataValue"',
            "column 9: expected dataValue",
        ),
        (API, '"total":52', '"total":53', "expected 53 entries on page 1, found 52"),
        (API, '"lastupdated":"2026-04-08"', '"lastupdated":null', "field lastupdated"),
        (API, '"id":"AE"', '"id":"AF"', "the code of ARE"),
        (API, '"date":"2024"', '"date":"2024Q1"', "column date: expected a whole number"),
        (API, '"date":"2024"', '"date":"2023"', "every value once"),
        (API, '"countryiso3code":"ARE"', '"countryiso3code":""', "did you mean United Arab"),
    ],
)
def test_files_with_one_change_are_refused(
    name: str, old: str, new: str, words: str, tmp_path: Path
) -> None:
    text = made.publisher_file(name).decode()
    assert old in text
    message = refusal(given(tmp_path, text.replace(old, new, 1)))
    assert re.search(words, message), message


def test_figures_that_no_life_allows_are_refused(tmp_path: Path) -> None:
    """The HDI ties schooling and income together: a value ten times too high shows."""
    rows = [line.split(",") for line in made.hdr_file().decode("latin-1").splitlines()]
    place = rows[0].index("gnipc_2022")
    row = next(row for row in rows if row[0] == "VNM")
    row[place] = "900"
    message = refusal(given(tmp_path, "\r\n".join(map(",".join, rows)).encode("latin-1") + b"\r\n"))
    assert "column hdi_2022: expected an HDI that fits" in message


PLAIN = {
    "text": ("PCI,2024,2024,VNM,overall,much,,,,own,", "column value"),
    "comma": ('PCI,2024,2024,VNM,overall,"1,5",,,,own,', "decimals with a point"),
    "negative": ("PCI,2024,2024,VNM,overall,-1,,,,own,", "from 0"),
    "rank 0": ("PCI,2024,2024,VNM,overall,1,,0,,own,", "from 1 to 250"),
    "rank above n": ("PCI,2024,2024,VNM,overall,1,,9,,own,", "a rank from 1 to 5"),
    "aggregate": ("PCI,2024,2024,WLD,overall,1,,,,own,", "not an aggregate"),
    "unknown": ("PCI,2024,2024,VNN,overall,1,,,,own,", "did you mean"),
    "no source": ("PCI,2024,2024,VNM,overall,1,,,,,", "column source_id: expected a text"),
    "doubled": ("PCI,2024,2024,LAO,overall,1,,,,own,", "is in line 2"),
    "off the scale": ("GCI,2024,GCIv5,VNM,overall,101,,,,own,", "from 0 to 100"),
}


@pytest.mark.parametrize("case", list(PLAIN))
def test_plain_rows_refused(case: str, tmp_path: Path) -> None:
    row, words = PLAIN[case]
    lines = [",".join(plain.INDEX_TABLE.columns), "PCI,2024,2024,LAO,overall,2,,1,,own,", row, ""]
    message = refusal(given(tmp_path, "\n".join(lines)))
    assert "line 3" in message
    assert re.search(words, message), message


# Files and archives.


def test_nothing_and_a_folder(tmp_path: Path) -> None:
    assert "found nothing" in refusal(tmp_path / "absent.csv")
    assert "found a folder" in refusal(tmp_path)
    assert "cannot be opened" in refusal(tmp_path / ("x" * 300))


def test_a_name_with_a_line_break_stays_one_line(tmp_path: Path) -> None:
    refusal(given(tmp_path, "a,b\n1,2\n", "two\nlines\x1b[31m.csv"))


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as stream:
        stream.truncate(201 << 20)
    assert "expected at most 200 MB" in refusal(path)


def test_bombs_are_refused(tmp_path: Path) -> None:
    zeros = b"0" * (40 << 20)
    assert "times its packed size" in refusal(given(tmp_path, gzip.compress(zeros)))
    assert "times its packed size" in refusal(given(tmp_path, made.archive({"x.csv": zeros})))
    many = {f"{n}.csv": b"1,2\n" * 300000 for n in range(3)}
    assert "times its packed size" in refusal(given(tmp_path, made.archive(many)))


def test_a_directory_that_lies_about_a_size_does_not_help(tmp_path: Path) -> None:
    packed = made.archive({"x.csv": b"0" * (40 << 20)})
    lying = packed.replace((40 << 20).to_bytes(4, "little"), (4000).to_bytes(4, "little"))
    refusal(given(tmp_path, lying))


def test_archives_hold_one_data_file(tmp_path: Path) -> None:
    two = made.archive({"a.csv": b"1", "b.csv": b"2"})
    assert "found 2 (a.csv, b.csv)" in refusal(given(tmp_path, two))
    assert "found 0 (none)" in refusal(given(tmp_path, made.archive({"Metadata_x.csv": b"1"})))
    nested = made.archive({"a.zip": made.archive({"b.csv": BASE.encode()})})
    assert "an archive in an archive" in refusal(given(tmp_path, nested))
    assert "an archive in an archive" in refusal(given(tmp_path, gzip.compress(nested)))
    assert "damaged" in refusal(given(tmp_path, nested[:-40]))
    assert "damaged" in refusal(given(tmp_path, gzip.compress(BASE.encode())[:-40]))
    assert "empty file" in refusal(given(tmp_path, made.archive({"a.csv": b""})))


def test_workbooks_with_formulas_or_several_sheets_are_refused(tmp_path: Path) -> None:
    message = refusal(given(tmp_path, made.workbook(egov_rows(), formula="D7")))
    assert "sheet1.xml, cell D7: expected a plain value, found a formula" in message
    message = refusal(given(tmp_path, made.workbook(egov_rows(), more=True)))
    assert "one sheet with data, found 2 (Data, More)" in message
    rows = egov_rows()
    rows[7][3] = "0,5"
    message = refusal(given(tmp_path, made.workbook(rows)))
    assert "sheet Data, row 8, column E-Government Index" in message


def test_nothing_is_left_out_silently(tmp_path: Path) -> None:
    delivery: Delivery = read(given(tmp_path, made.portal_file(2012)))
    assert len(delivery.index) + len(delivery.not_measured) == 193 * 5


# Official files of other dates and kinds.


def datahub_export(rows: list[tuple[str, str, str, str, str]]) -> str:
    """An export: series, code, name, value, year."""
    header = (
        '"seriesID","seriesCode","seriesName","seriesParent","seriesUnits","entityID","entityIso",'
        '"entityName","dataValue","dataYear","dataNote","dataSource","seriesDescription"\n'
    )
    return (
        "\ufeff"
        + header
        + "".join(
            f'178,"{series}","Mobile","","count",4,"{code}","{name}","{value}",{year},"","",""\n'
            for series, code, name, value, year in rows
        )
    )


def test_a_datahub_export_of_any_date_leaves_what_is_none_of_ours(tmp_path: Path) -> None:
    text = datahub_export(
        [
            ("i271", "VNM", "Viet Nam", "1.64e+008", "2022"),
            ("i271", "KSO", "Kosovo", "562000", "2022"),
            ("i271", "WBG", "State of Palestine", "4.1e+006", "2022"),
            ("i271", "GBJ", "Jersey", "1", "2022"),
            ("i271", "QQQ", "Atlantis", "1", "2022"),
            ("i271", "THA", "Thailand", "", "2022"),
            ("iNEW", "VNM", "Viet Nam", "7", "2022"),
        ]
    )
    delivery = read(given(tmp_path, text, "mobile_1711147050645.csv"))
    assert dict(zip(delivery.series["iso3"], delivery.series["value"], strict=True)) == {
        "VNM": 1.64e8,
        "XKX": 562000.0,
        "PSE": 4.1e6,
    }
    assert delivery.dropped == ["GBJ Jersey", "QQQ Atlantis"]
    assert "series in the file that are not of this suite and are left: iNEW" in delivery.notes
    assert set(delivery.series["vintage"]) == {"2024-03-22"}
    twice = datahub_export(
        [("i271", "KSO", "Kosovo", "1", "2022"), ("i271", "XKX", "Kosovo", "2", "2022")]
    )
    assert "every value once" in refusal(given(tmp_path, twice))


def bulk_rows(years: range = range(2000, 2004)) -> list[list[object]]:
    """The rows of a World Bank download, all member states and an aggregate."""
    economies = made.raw("economies")
    listed = economies.loc[economies["un_member_since"].notna(), ["iso3", "name_en"]]
    label = ["Fixed broadband subscriptions (per 100 people)", "IT.NET.BBND.P2"]
    rows: list[list[object]] = [
        ["Data Source", "World Development Indicators"],
        [],
        ["Last Updated Date", "2021-03-19"],
        [],
        ["Country Name", "Country Code", "Indicator Name", "Indicator Code", *map(str, years)],
        ["World", "WLD", *label, *[9.5 for _ in years]],
    ]
    for iso3, name in listed.itertuples(index=False):
        rows.append([name, iso3, *label, *[None if iso3 == "AFG" else 2.5 for _ in years]])
    return rows


def as_csv(rows: list[list[object]], end: str = ",") -> str:
    return "".join(
        ",".join("" if cell is None else f'"{cell}"' for cell in row) + (end if row else "") + "\n"
        for row in rows
    )


def test_the_world_banks_excel_is_its_csv(tmp_path: Path) -> None:
    calamine = pytest.importorskip("python_calamine")
    assert calamine
    rows = bulk_rows()
    plain_text = read(given(tmp_path, as_csv(rows)))
    rows[2][1] = pd.Timestamp("2021-03-19").to_pydatetime()
    excel = read(
        given(tmp_path, made.workbook(rows, beside={"Metadata - Countries": [["a", "b"]]}))
    )
    same(excel.series, plain_text.series)
    assert set(excel.series["vintage"]) == {"2021-03-19"}
    assert "sheets besides Data are not read: Metadata - Countries" in excel.notes


def test_an_old_workbook_of_the_world_bank_is_read() -> None:
    delivery = read(shared("formats", made.OLD_WORKBOOK, reason="nothing here writes an .xls file"))
    cells = delivery.series.set_index(["iso3", "year"])["value"]
    assert cells["AFG", 2017] == 11.44768809
    assert set(delivery.series["vintage"]) == {"2021-03-19"}


def test_a_copy_that_a_spreadsheet_saved_is_told_or_refused(tmp_path: Path) -> None:
    rows = bulk_rows()
    width = len(rows[4])
    rows[2][1] = "19/03/2021"
    saved = [[*row, *[None] * (width - len(row))] for row in rows]
    delivery = read(given(tmp_path, as_csv(saved, end="").replace('"', "")))
    assert set(delivery.series["vintage"]) == {"2021-03-19"}
    assert any("another program than the publisher's saved the file" in n for n in delivery.notes)
    saved[2][1] = "3/4/2021"
    message = refusal(given(tmp_path, as_csv(saved, end="").replace('"', "")))
    assert "expected the date of the release" in message


def test_a_table_of_the_databank_ends_with_footnotes(tmp_path: Path) -> None:
    text = (
        "Country Name,Country Code,Series Name,Series Code,2021 [YR2021],2023 [YR2023]\n"
        "Viet Nam,VNM,Fixed broadband,IT.NET.BBND.P2,19.8,..\n"
        "Thailand,THA,Fixed broadband,IT.NET.BBND.P2,..,17.5\n"
        "Thailand,THA,Population,SP.POP.TOTL,71000000,71500000\n"
        ",,,,,\n\n"
        "Data from database: World Development Indicators,,,,,\n"
        "Last Updated: 10/07/2025,,,,,\n"
    )
    delivery = read(given(tmp_path, text))
    found = delivery.series[["iso3", "year", "value", "vintage"]].to_numpy().tolist()
    assert found == [["THA", 2023, 17.5, "2025-10-07"], ["VNM", 2021, 19.8, "2025-10-07"]]
    assert any("left: SP.POP.TOTL" in note for note in delivery.notes)


def test_the_answer_of_the_datahub_for_a_series(tmp_path: Path) -> None:
    def entry(code: str, iso3: str, name: str, value: list[object]) -> dict[str, object]:
        return {
            **{"codeID": 1, "code": code, "isoCode": iso3, "countryID": 2, "shortName": name},
            **{"dataYear": 2020, "answer": value, "dataSource": "ITU", "dataNote": ""},
        }

    answer = [
        entry("i99H", "USA", "United States", [{"value": "43.079", "id": 1}]),
        entry("i99H", "VNM", "Viet Nam", []),
        entry("i99H", "GBJ", "Jersey", [{"value": "1", "id": 1}]),
        entry("iNEW", "VNM", "Viet Nam", [{"value": "1", "id": 1}]),
    ]
    delivery = read(given(tmp_path, json.dumps(answer)))
    assert delivery.kind == "itu-datahub-api"
    assert delivery.series[["series", "iso3", "year", "value"]].to_numpy().tolist() == [
        ["internet_users_pct", "USA", 2020, 43.079]
    ]
    assert delivery.dropped == ["GBJ Jersey"]
    two = [entry("i99H", "USA", "United States", [{"value": "1"}, {"value": "2"}])]
    assert "expected one value, found 2 values" in refusal(given(tmp_path, json.dumps(two)))
    names = [{"CountryID": 1, "IsoCode": "USA", "ShortName": "United States"}]
    assert "a list of the DataHub without them" in refusal(given(tmp_path, json.dumps(names)))


def test_our_world_in_data_names_its_source_and_its_date(tmp_path: Path) -> None:
    column = "Individuals using the Internet (% of population)"
    text = (
        f"Entity,Code,Year,{column},Other\n"
        "Viet Nam,VNM,2021,74.2,1\nKosovo,OWID_KOS,2021,90,1\nWorld,OWID_WRL,2021,60,1\n"
        "Asia,,2021,60,1\nThailand,THA,2021,,1\n"
    )
    about = {
        "columns": {
            column: {"lastUpdated": "2025-01-24", "citationShort": "World Bank (2025), from ITU"}
        }
    }
    packed = made.archive(
        {
            "internet.csv": text.encode(),
            "internet.metadata.json": json.dumps(about).encode(),
            "readme.md": b"# about",
        }
    )
    for path in [given(tmp_path, packed, "internet.zip"), given(tmp_path, text, "internet.csv")]:
        (tmp_path / "internet.metadata.json").write_text(json.dumps(about), encoding="utf-8")
        delivery = read(path)
        found = delivery.series[["iso3", "value", "vintage"]].to_numpy().tolist()
        assert found == [["VNM", 74.2, "2025-01-24"], ["XKX", 90.0, "2025-01-24"]]
        assert "figures of World Bank (2025), from ITU" in delivery.notes
        assert "OWID_WRL World" in delivery.dropped
    (tmp_path / "internet.metadata.json").unlink()
    assert read(given(tmp_path, text, "internet.csv")).series["vintage"].isna().all()


def test_the_report_of_2025_counts_incomes_in_dollars_of_2021(file: File) -> None:
    delivery = read(file(made.HDR25))
    cells = delivery.series.set_index(["series", "iso3", "year"])["value"]
    assert round(cells["expected_years_schooling", "VNM", 2022], 2) == 15.46
    assert set(delivery.series["vintage"]) == {"HDR 2025"}
    assert "gni_pc_2021ppp" in set(delivery.series["series"])


@pytest.mark.parametrize("name", made.WHOLE)
def test_every_kind_of_file_is_taken(name: str, file: File) -> None:
    delivery = read(file(name))
    assert len(delivery.index) + len(delivery.series)


def test_every_file_of_a_publisher_is_taken() -> None:
    """Also those that no sample stands for."""
    for path in sorted(shared("formats", reason="only samples are read").glob("*")):
        if path.suffix != ".md":
            delivery = read(path)
            assert len(delivery.index) + len(delivery.series), path.name


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_a_survey_saved_in_another_encoding_is_the_survey(tmp_path: Path, encoding: str) -> None:
    delivery = read(given(tmp_path, made.portal_file(2018).encode(encoding)))
    every = held("egdi")
    same(delivery.index, every.loc[every["edition"] == 2018])
    assert any("another program" in note for note in delivery.notes) == (encoding != "utf-8-sig")
