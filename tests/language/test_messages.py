"""Which words and number formats does a reader see?"""

import threading

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from hypothesis import given
from hypothesis import strategies as st

from rankings.errors import InputError
from rankings.language import messages
from rankings.language.messages import _, listing, number, percent, plural, speaking

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@pytest.fixture
def vietnamese(tmp_path, monkeypatch):
    """A compiled Vietnamese catalogue of three messages."""
    catalogue = Catalog(locale="vi")
    catalogue.add("rank {rank}", "hạng {rank}")
    catalogue.add(("{count} edition", "{count} editions"), ("{count} kỳ",))
    folder = tmp_path / "vi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / f"{messages.DOMAIN}.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(messages, "LOCALES", tmp_path)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0, 0, "0"),
        (88, 0, "88"),
        (1234.5, 1, "1,234.5"),
        (0.5931, 4, "0.5931"),
        (0.5931, 2, "0.59"),
        (2, 3, "2.000"),
        (-0.136, 3, f"{MINUS}0.136"),
        (-0.0004, 3, "0.000"),
        (0.0004, 3, "0.000"),
        (-1234, 0, f"{MINUS}1,234"),
    ],
)
def test_numbers(value, digits, text):
    assert number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.136, "+0.14"), (-0.136, f"{MINUS}0.14"), (0.001, "0.00"), (0, "0.00")]
)
def test_signed_numbers(value, text):
    assert number(value, 2, signed=True) == text


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_a_number_reads_back(value, digits):
    text = number(value, digits, signed=True)
    back = float(text.replace(",", "").replace(MINUS, "-").replace("+", ""))
    assert back == pytest.approx(value, abs=0.5001 * 10**-digits)
    assert text[0] in "+-" + MINUS or back >= 0
    assert "-" not in text
    assert len(text.partition(".")[2]) == digits


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0, 0, "0 %"),
        (1, 0, "100 %"),
        (0.0129, 0, "1 %"),
        (0.004, 0, "< 1 %"),
        (0.9999, 0, "> 99 %"),
        (0.5, 0, "50 %"),
        (0.0129, 1, "1.3 %"),
        (0.0004, 1, "< 0.1 %"),
        (0.99, 0, "99 %"),
        (0.01, 0, "1 %"),
    ],
)
def test_percentages(share, digits, text):
    assert percent(share, digits) == text.replace(" ", NBSP)


@given(st.floats(0, 1, exclude_min=True, exclude_max=True), st.integers(0, 2))
def test_what_is_possible_is_not_called_impossible_or_sure(share, digits):
    text = percent(share, digits)
    assert text not in (percent(0, digits), percent(1, digits))
    shown = float(text.strip("<>%" + NBSP))
    assert shown == pytest.approx(100 * share, abs=1.0001 * 10**-digits)


def test_lists():
    assert listing(["Serbia"]) == "Serbia"
    assert listing(["Serbia", "Slovakia"]) == "Serbia and Slovakia"
    assert listing(iter(["Malta", "Serbia", "Slovakia"])) == "Malta, Serbia, and Slovakia"


def test_a_message_fills_its_fields():
    assert _("rank {rank} of {of}", rank=88, of=193) == "rank 88 of 193"
    assert _("100 % {as it stands}") == "100 % {as it stands}"
    assert _("{message}", message="a field of that name") == "a field of that name"


def test_a_missing_field_is_an_error():
    with pytest.raises(KeyError, match="of"):
        _("rank {rank} of {of}", rank=88)


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 editions"), (1, "1 edition"), (3, "3 editions")]
)
def test_plurals(count, text):
    assert plural("{count} edition", "{count} editions", count) == text


def test_english_is_always_there():
    assert "en" in messages.languages()
    assert messages.language() == "en"


def test_an_unknown_language():
    with pytest.raises(InputError, match="'xx' is not a known language; known: en"):
        messages.check_language("xx")
    with pytest.raises(InputError, match="not a known language"), speaking("tlh"):
        pass
    assert messages.language() == "en"


def test_a_catalogue_is_a_language(vietnamese):
    assert messages.languages() == ["en", "vi"]
    with speaking("vi"):
        assert _("rank {rank}", rank=88) == "hạng 88"
        assert plural("{count} edition", "{count} editions", 3) == "3 kỳ"
        assert plural("{count} edition", "{count} editions", 1) == "1 kỳ"
        assert _("not translated {rank}", rank=88) == "not translated 88"
        assert number(1234.5, 1) == "1.234,5"
        assert percent(0.0129, 1) == "1,3%"
        assert listing(["Serbia", "Slovakia"]) == "Serbia và Slovakia"
    assert _("rank {rank}", rank=88) == "rank 88"


def test_a_language_lasts_as_long_as_its_block(vietnamese):
    with pytest.raises(KeyError), speaking("vi"):
        _("{of}", rank=messages.language())
    assert messages.language() == "en"
    with speaking("vi"):
        assert messages.language() == "vi"
        with speaking("en"):
            assert messages.language() == "en"
        assert messages.language() == "vi"
    assert messages.language() == "en"


def test_a_thread_speaks_for_itself(vietnamese):
    spoken = []
    with speaking("vi"):
        thread = threading.Thread(target=lambda: spoken.append(messages.language()))
        thread.start()
        thread.join()
    assert spoken == ["en"]


@pytest.mark.parametrize(
    ("given_", "known", "text"),
    [
        ("EGDl", ["EGDI", "IDI"], "'EGDl' is not a known index; did you mean EGDI?"),
        ("egdi", ["EGDI", "IDI"], "'egdi' is not a known index; did you mean EGDI"),
        ("zzz", ["EGDI", "IDI"], "'zzz' is not a known index; known: EGDI, IDI"),
        (2019, [2018, 2020], "'2019' is not a known index; did you mean 20"),
        ("qqq", [f"word{n}" for n in range(20)], "known: word0, "),
    ],
)
def test_suggestions(given_, known, text):
    said = str(InputError.suggest("index", given_, known))
    assert text in said
    assert len(known) <= 12 or said.endswith("word11, ...")


def test_a_simulated_chance_is_never_certain() -> None:
    assert (
        messages.simulated(0.0)
        == messages.simulated(0.004)
        == "<\N{NO-BREAK SPACE}1\N{NO-BREAK SPACE}%"
    )
    assert messages.simulated(1.0) == ">\N{NO-BREAK SPACE}99\N{NO-BREAK SPACE}%"
    assert messages.simulated(0.0852) == messages.percent(0.0852)
