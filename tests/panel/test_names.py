"""Which economy is meant by a name or a code?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rankings.panel import names
from rankings.panel.names import Book
from rankings.sources.names import known_names


@pytest.fixture(scope="module")
def book(held) -> Book:
    return names.book(held.economies)


@pytest.mark.parametrize(
    ("given_", "iso3"),
    [
        *(("Turkey", "TUR"), ("Türkiye", "TUR"), ("Thổ Nhĩ Kỳ", "TUR"), ("tho nhi ky", "TUR")),
        *(("South Korea", "KOR"), ("Hàn Quốc", "KOR"), ("Czechia", "CZE"), ("Ivory Coast", "CIV")),
        *(("CÔTE D\N{RIGHT SINGLE QUOTATION MARK}IVOIRE", "CIV"), ("Lao PDR", "LAO")),
        *(("SE", "SWE"), ("se", "SWE"), ("EE", "EST"), ("NA", "NAM"), ("US", "USA"), ("in", "IND")),
        *(("UK", "GBR"), ("uk", "GBR"), ("EL", "GRC"), ("Anh", "GBR"), ("Đức", "DEU")),
        *(("Bỉ", "BEL"), ("bi", "BDI"), ("Nga", "RUS"), ("NGA", "NGA"), ("Burma", "MMR")),
        *(("Holland", "NLD"), ("Hongkong", "HKG"), ("Bosnia", "BIH"), ("Chinese Taipei", "TWN")),
    ],
)
def test_understood(book, given_, iso3):
    assert book.find(given_) == iso3


@pytest.mark.parametrize(
    ("given_", "iso3"),
    [
        *(("ROM", "ROU"), ("rom", "ROU"), ("ZAR", "COD"), ("TMP", "TLS"), ("UAE", "ARE")),
        *(("GER", "DEU"), ("SUI", "CHE"), ("Germny", "DEU"), ("Phillipines", "PHL")),
        *(("ROK", "KOR"), ("PRC", "CHN")),
    ],
)
def test_suggested_first(book, given_, iso3):
    assert book.find(given_) is None
    assert book.near(given_)[0] == iso3


def test_a_doubtful_word_is_never_read(book):
    assert book.find("nga") is None
    assert set(book.several("nga")) == {"RUS", "NGA"}
    assert book.several("Korea") == ("KOR", "PRK")
    assert book.find("Saint Martin") is None
    assert book.several("Vietnam") == ()
    assert book.find("England") is None
    assert book.several("England") == ("GBR",)


def test_every_code_and_every_name_of_the_table_is_its_own_economy(held, book):
    for row in held.economies.itertuples():
        assert book.find(row.iso3) == row.iso3
        assert book.find(row.name_en) == row.iso3
        assert book.find(row.name_vi) == row.iso3
        if isinstance(row.iso2, str):
            assert book.find(row.iso2) == row.iso3


def test_other_codes_are_nobody_elses(book):
    for code in [*names.facts()["other_codes"], *names.facts()["mistaken_codes"]]:
        assert code not in book.names


def test_file_readers_and_people_share_the_book(held, book):
    assert known_names().spelled == book.spelled
    assert known_names().codes == book.codes


def test_nearest_codes():
    codes = ["AUT", "AUS", "TUA", "ABC"]
    assert names.nearest_codes("AUX", codes) == ["AUT", "AUS"]
    assert names.nearest_codes("ATU", codes) == ["AUT", "TUA"]
    assert names.nearest_codes("aut", codes) == ["AUT"]
    assert names.nearest_codes("QQQ", codes) == []


@given(st.text(max_size=6))
def test_few_codes_are_suggested_whatever_is_given(text):
    codes = [a + b + "X" for a in "ABCDE" for b in "ABCDE"]
    near = names.nearest_codes(text, codes)
    assert len(near) <= 3
    assert set(near) <= set(codes)
