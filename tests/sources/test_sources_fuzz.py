"""Whatever happens to a publisher's file: it is read rightly, or refused in one line.

A damaged file that is accepted may only say what the undamaged one says, or must tell in its
``differences`` which figures are others than those held. Where a figure itself was changed and the
publisher's file has no arithmetic that ties it to others (one series of the World Bank or ITU),
no reader can notice: there the delivery must equal what the damaged file literally states.
"""

import csv
import io
import json
import random
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
import strategies as made
from beside import shared
from hypothesis import HealthCheck, Phase, given, settings

from rankings.errors import DataError, InputError
from rankings.sources import Delivery, plain, read

EGOV, WIDE, GCI, API, BULK = made.EGOV, made.WIDE, made.GCI, made.API, made.BULK
DATAHUB, OLD_WORKBOOK = made.DATAHUB, made.OLD_WORKBOOK
HDR, PLAIN = "hdr", "plain"
WHOLE, OWID, DATABANK, ANSWER, WORKBOOK = "whole", "owid", "databank", "answer", "workbook"
EXAMPLES = {EGOV: 150, WIDE: 60, GCI: 70, API: 130, BULK: 40, DATAHUB: 60, HDR: 20, PLAIN: 70}
EXAMPLES |= {WHOLE: 40, OWID: 80, DATABANK: 80, ANSWER: 130, WORKBOOK: 40, OLD_WORKBOOK: 40}
MADE = {
    HDR: made.hdr_file,
    OWID: made.owid_file,
    DATABANK: made.databank_file,
    ANSWER: made.datahub_answer,
    WORKBOOK: made.bulk_workbook,
}
VALUE_KEY = ["series", "iso3", "year"]
counted: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def count(request: pytest.FixtureRequest) -> Iterator[None]:
    """Say at the end how many files were tried, and what became of them."""
    yield
    plugins = request.config.pluginmanager
    reporter, capture = plugins.getplugin("terminalreporter"), plugins.getplugin("capturemanager")
    if reporter is not None and capture is not None and counted:
        told = ", ".join(f"{number} {what}" for what, number in sorted(counted.items()))
        with capture.global_and_fixture_disabled():
            reporter.write_line(f"\ndamaged files: {sum(counted.values())} ({told})")


@cache
def original(name: str) -> bytes:
    """A publisher's file: with a sample of its layout, or made from the committed tables."""
    if name in MADE:
        return MADE[name]()
    if name == PLAIN:
        return made.raw("postal").to_csv(index=False, lineterminator="\n").encode()
    if name == WHOLE:
        return whole_database()
    if name == OLD_WORKBOOK:
        return shared("formats", name, reason="nothing here writes an .xls file").read_bytes()
    return made.publisher_file(name)


def whole_database() -> bytes:
    """The wide file of a database: two indicators of ours, one of none, and columns besides."""
    overall = made.publisher_file(WIDE).decode("utf-8").splitlines()
    telecom = made.publisher_file(made.TII).decode("utf-8").splitlines()
    other = [line.replace("UN_EGDI_EGDI", "UN_EGDI_NEW") for line in overall[1:20]]
    lines = [f"{line},x" for line in [*overall[1:], *telecom[1:], *other]]
    return "\n".join([f"{overall[0]},UPDATE_DATE", *lines, ""]).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged")


def delivered(data: bytes, folder: Path) -> Delivery:
    path = folder / "file.csv"
    path.write_bytes(data)
    return read(path)


Figures = dict[tuple[object, ...], tuple[float, object]]


class Truths(dict[str, Figures]):
    """What the undamaged files hold, read when first asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def __missing__(self, name: str) -> Figures:
        self[name] = cells(delivered(original(name), self.folder))
        return self[name]


@pytest.fixture(scope="module")
def truths(folder: Path) -> Truths:
    return Truths(folder)


def cells(delivery: Delivery) -> Figures:
    """Every figure of a delivery: key -> value and published rank."""
    ranks = delivery.index["published_rank"].astype(object)
    keys = rows(delivery.index, plain.KEY)
    found = dict(zip(keys, zip(delivery.index["value"], ranks, strict=True), strict=True))
    keys = rows(delivery.series, VALUE_KEY)
    return found | {
        key: (value, pd.NA) for key, value in zip(keys, delivery.series["value"], strict=True)
    }


def rows(table: pd.DataFrame, columns: list[str]) -> list[tuple[object, ...]]:
    """The rows of these columns; texts of Arrow are slow to go through one by one."""
    return list(zip(*(table[name].astype(object) for name in columns), strict=True))


def stated(data: bytes, name: str) -> dict[tuple[str, int], str]:
    """What a file of a series literally says, read in the plainest way: (code, year) -> text."""
    if name == ANSWER:
        listed = json.loads(data.decode("utf-8-sig"))
        return {
            (e["isoCode"], int(e["dataYear"])): str(e["answer"][0]["value"])
            for e in listed
            if e["answer"]
        }
    if name == API:
        entries = json.loads(data.decode("utf-8-sig"))[1]
        return {(e["countryiso3code"], int(e["date"])): str(e["value"]) for e in entries}
    text = data.decode("latin-1" if name == HDR else "utf-8-sig", "replace")
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    if name == DATAHUB:
        return {(row[6].strip(), int(row[9])): row[8] for row in rows[1:]}
    if name == OWID:
        return {(row[1].strip(), int(row[2])): row[3] for row in rows[1:]}
    top = next(place for place, row in enumerate(rows) if row[0] == "Country Name")
    found = {}
    for row in rows[top + 1 :]:
        for label, cell in zip(rows[top][4:], row[4:], strict=False):
            if label and cell.strip() and len(row) > 4:
                found[row[1].strip(), int(label[:4])] = cell
    return found


def check(name: str, delivery: Delivery, harm: made.Harm, known: Figures) -> str:
    """What became of an accepted file; an assertion fails if it says what it must not."""
    found = cells(delivery)
    wrong = {
        key
        for key, (value, rank) in found.items()
        if key not in known or value != known[key][0] or str(rank) != str(known[key][1])
    }
    if not wrong:
        return "accepted, equal"
    if not delivery.index.empty:
        told = set(delivery.differences[plain.KEY].itertuples(index=False, name=None))
        # A figure of an edition that nobody holds is new, and is said to be.
        if not any("none held" in note or "not listed" in note for note in delivery.notes):
            assert wrong <= told, f"{harm.what}: {sorted(map(str, wrong - told))[:3]}"
        return "accepted, differences told"
    assert harm.figures, f"{harm.what}: {sorted(map(str, wrong))[:3]}"
    if name in (API, BULK, DATAHUB, OWID, DATABANK, ANSWER):
        literal = stated(harm.data, name)
        for _, iso3, year in wrong:
            value = next(found[key][0] for key in found if key[1:] == (iso3, year))
            assert float(literal[str(iso3), int(str(year))]) == value
    return "accepted, a figure that nothing ties to others"


def one_case(name: str, damage: tuple[made.Damage, int], folder: Path, truths: Truths) -> None:
    harm = damage[0](original(name), random.Random(damage[1]))
    try:
        delivery = delivered(harm.data, folder)
    except (DataError, InputError) as refusal:
        message = str(refusal)
        assert "\n" not in message
        assert message.startswith("file.csv"), message
        assert len(message) < 700, message
        counted["refused"] += 1
        return
    counted[check(name, delivery, harm, truths[name])] += 1


def examples(name: str) -> settings:
    return settings(
        max_examples=EXAMPLES[name],
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],  # a seed has no smaller seed that fails alike
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@examples(EGOV)
@given(damage=made.damages())
def test_damaged_egov(damage: tuple[made.Damage, int], folder: Path, truths: Truths) -> None:
    one_case(EGOV, damage, folder, truths)


@examples(WIDE)
@given(damage=made.damages())
def test_damaged_data360_wide(
    damage: tuple[made.Damage, int], folder: Path, truths: Truths
) -> None:
    one_case(WIDE, damage, folder, truths)


@examples(GCI)
@given(damage=made.damages())
def test_damaged_data360_long(
    damage: tuple[made.Damage, int], folder: Path, truths: Truths
) -> None:
    one_case(GCI, damage, folder, truths)


@examples(API)
@given(damage=made.damages(as_json=True))
def test_damaged_api(damage: tuple[made.Damage, int], folder: Path, truths: Truths) -> None:
    one_case(API, damage, folder, truths)


@examples(BULK)
@given(damage=made.damages())
def test_damaged_bulk(damage: tuple[made.Damage, int], folder: Path, truths: Truths) -> None:
    one_case(BULK, damage, folder, truths)


@examples(DATAHUB)
@given(damage=made.damages())
def test_damaged_datahub(damage: tuple[made.Damage, int], folder: Path, truths: Truths) -> None:
    one_case(DATAHUB, damage, folder, truths)


@examples(HDR)
@given(damage=made.damages())
def test_damaged_hdr(damage: tuple[made.Damage, int], folder: Path, truths: Truths) -> None:
    one_case(HDR, damage, folder, truths)


@examples(PLAIN)
@given(damage=made.damages())
def test_damaged_plain(damage: tuple[made.Damage, int], folder: Path, truths: Truths) -> None:
    one_case(PLAIN, damage, folder, truths)


@examples(WHOLE)
@given(damage=made.damages())
def test_damaged_data360_of_a_whole_database(
    damage: tuple[made.Damage, int], folder: Path, truths: Truths
) -> None:
    one_case(WHOLE, damage, folder, truths)


@examples(OWID)
@given(damage=made.damages())
def test_damaged_owid(damage: tuple[made.Damage, int], folder: Path, truths: Truths) -> None:
    one_case(OWID, damage, folder, truths)


@examples(DATABANK)
@given(damage=made.damages())
def test_damaged_databank(damage: tuple[made.Damage, int], folder: Path, truths: Truths) -> None:
    one_case(DATABANK, damage, folder, truths)


@examples(ANSWER)
@given(damage=made.damages(as_json=True))
def test_damaged_datahub_answer(
    damage: tuple[made.Damage, int], folder: Path, truths: Truths
) -> None:
    one_case(ANSWER, damage, folder, truths)


@examples(WORKBOOK)
@given(damage=made.damages(binary=True))
def test_damaged_workbook(damage: tuple[made.Damage, int], folder: Path, truths: Truths) -> None:
    pytest.importorskip("python_calamine")
    one_case(WORKBOOK, damage, folder, truths)


@examples(OLD_WORKBOOK)
@given(damage=made.damages(binary=True))
def test_damaged_old_workbook(
    damage: tuple[made.Damage, int], folder: Path, truths: Truths
) -> None:
    pytest.importorskip("python_calamine")
    one_case(OLD_WORKBOOK, damage, folder, truths)
