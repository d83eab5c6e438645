"""The command line as a user meets it: answers, refusals in one line, exit codes."""

import json

import pytest
from click.testing import CliRunner, Result

from rankings import store
from rankings.cli import main
from rankings.data import world
from rankings.panel.measures import measures

KEYS = {
    "index",
    "component",
    "edition",
    "vintage",
    "value",
    "published_rank",
    "competition_rank",
    "dense_rank",
    "of_economies",
}


def call(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def rows(*words: str) -> dict[tuple[str, str], dict[str, object]]:
    result = call("show", *words, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert all(set(row) >= KEYS for row in found)
    return {(row["index"], row["component"]): row for row in found}


def test_viet_nam_as_of_2018() -> None:
    found = rows("VNM", "--as-of", "2018")
    egdi = found["EGDI", "egdi"]
    assert (egdi["value"], egdi["published_rank"], egdi["of_economies"]) == (0.5931, 88, 193)
    ranks = {part: found["EGDI", part]["competition_rank"] for part in ("osi", "tii", "hci", "epi")}
    assert ranks == {"osi": 59, "tii": 100, "hci": 120, "epi": 72}
    gci = found["GCI", "overall"]
    assert (gci["edition"], gci["value"]) == (2017, 0.245)
    assert (gci["published_rank"], gci["competition_rank"], gci["dense_rank"]) == (100, 112, 100)
    idi = found["IDI", "overall"]
    assert (idi["edition"], idi["value"]) == (2017, 4.43)
    assert (idi["competition_rank"], idi["of_economies"]) == (108, 176)


def test_sub_indices_have_no_published_rank() -> None:
    assert rows("VNM", "--as-of", "2018")["EGDI", "tii"]["published_rank"] is None


def test_every_edition_on_request() -> None:
    found = call("show", "VNM", "--index", "EGDI", "--all-editions", "--json")
    ranks = [
        (row["edition"], row["published_rank"], row["of_economies"])
        for row in json.loads(found.stdout)
        if row["component"] == "egdi"
    ]
    assert [rank for _, rank, _ in ranks] == [97, 112, 105, 91, 90, 83, 99, 89, 88, 86, 86, 71]
    assert [of for _, _, of in ranks] == [173, 178, 179, 182, 183, 190, *[193] * 6]


def test_a_table_for_people() -> None:
    result = call("show", "NAM", "--as-of", "2018")
    assert result.exit_code == 0
    assert "EGDI" in result.stdout


@pytest.mark.parametrize("measure", measures())
@pytest.mark.parametrize("command", ["show", "whatif"])
def test_every_measure_has_an_answer_or_a_line(command: str, measure: str) -> None:
    for more in ([], ["--json"], ["--as-of", "2018"]):
        result = call(command, "VNM", "--measure", measure, *more)
        assert result.exit_code in (0, 2), result.output
        assert isinstance(result.exception, SystemExit | None)
        if result.exit_code:
            assert len(result.stderr.strip().splitlines()) == 1


def test_the_chain_tells_the_rank_in_whole_numbers() -> None:
    assert "rank by score  100 of 193 economies" in call("trace", "VNM", "tii", "2018").stdout
    (fact,) = json.loads(call("trace", "VNM", "tii", "2018", "--json").stdout)
    assert isinstance(fact["of_economies"], int)
    empty = world.load().placeholders.iloc[0]
    told = call("trace", empty["iso3"], empty["component"], str(empty["edition"])).stdout
    assert "rank by score  none" in told


def test_a_value_alone_has_no_rank() -> None:
    """The publisher prints the pillars of every economy; one of them is held."""
    pillar = rows("VNM", "--index", "IDI")["IDI", "universal_connectivity"]
    assert (pillar["of_economies"], pillar["competition_rank"], pillar["dense_rank"]) == (
        *(1, None, None),
    )
    assert "1 of 1" not in call("trace", "VNM", "universal_connectivity", "2025").stdout
    refused = call("whatif", "VNM", "--measure", "IDI:universal_connectivity")
    assert "held of one economy alone" in refused.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "VNM", "--measure", "cyber"], "did you mean GCI?"),
        (["show", "VNM", "--measure", "GTMI", "--as-of", "2018"], "first was published in 2021"),
        (["show", "XKX", "--measure", "EGDI"], "XKX is in no edition of EGDI"),
        (["show", " "], "no economy is given"),
        (["show", "VNN"], "VNN is not an economy; did you mean VNM, Viet Nam?"),
        (["show", "Estonai"], "did you mean EST, Estonia?"),
        (["show", "VNM", "--as-of", "1999"], "the first is EGDI 2003, published in 2003"),
        (["show", "VNM", "--as-of", "2050"], "use 2025 or earlier"),
        (["show", "VNM", "--as-of", "soon"], "as_of is a year or 'newest'"),
        (["show", "VNM", "--index", "EGDX"], "did you mean EGDI?"),
        (["show", "VNM", "--index", "EGDI", "--edition", "2019"], "edition of this economy"),
        (["show", "HKG", "--index", "EGDI"], "'EGDI' is not a known index of this economy"),
        (["report", "--economy", "HKG"], "HKG (Hong Kong, China) is not ranked in EGDI 2024"),
        (["report", "--band", "50:30"], "the wrong way round: did you mean 30:50?"),
        (["report", "--band", "30:250"], "reaches beyond rank 193"),
        (["report", "--band", "0:50"], "the best rank there is is 1"),
        (["report", "--band", "top"], "'top' is not a band of ranks as 30:50"),
        (["report", "--language", "xx"], "'xx' is not a known language"),
        (["report", "--peers", "ASIAN"], "did you mean ASEAN?"),
        (["report", "--as-of", "2018", "--by", "2019"], "the next one is due in 2020"),
        (["report", "--as-of", "2018", "--by", "2016"], "the next one is due in 2020"),
        (["batch", "no-such.toml"], "no-such.toml"),
    ],
)
def test_a_refusal_is_one_line_and_exit_code_2(words: list[str], said: str) -> None:
    result = call(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_a_refused_report_writes_nothing(tmp_path) -> None:
    out = tmp_path / "report"
    assert call("report", "--economy", "VNN", "--out", str(out)).exit_code == 2
    assert not out.exists()


def test_the_chain_behind_a_number_as_json() -> None:
    (fact,) = json.loads(call("trace", "VNM", "tii", "2018", "--json").stdout)
    assert (fact["economy"], fact["index"], fact["component"]) == ("VNM", "EGDI", "tii")
    assert (fact["value"], fact["competition_rank"], fact["of_economies"]) == (0.389, 100, 193)
    assert fact["published_rank"] is None
    assert fact["correction"] is None
    # The cell it names holds the number, and the text says the same.
    line = (store.root() / fact["file"]).read_text(encoding="utf-8").splitlines()[fact["line"] - 1]
    assert "0.389" in line.split(",")
    text = call("trace", "VNM", "tii", "2018").stdout
    assert f"cell           {fact['file']}, line {fact['line']}" in text
    assert f"address        {fact['address']}" in text


def test_a_corrected_number_says_what_the_file_holds_and_why() -> None:
    corrected = world.load().corrections.iloc[0]
    where = f"{corrected['index'].lower()}:{corrected['component']}"
    if corrected["component"] == corrected["index"].lower():
        where = corrected["component"]
    words = (corrected["iso3"], where, str(corrected["edition"]))
    facts = json.loads(call("trace", *words, "--json").stdout)
    (fact,) = [each for each in facts if each["vintage"] == corrected["vintage"]]
    assert fact["correction"] == {
        "reason": corrected["reason"],
        "document": corrected["document"],
    }
    assert fact["stored_value"] != fact["value"]
    assert f"the file holds {fact['stored_value']:g}" in call("trace", *words).stdout
