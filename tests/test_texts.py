"""A user's text is read however it was saved, or refused with file, line and column."""

import unicodedata

import pandas as pd
import pytest

from rankings import texts
from rankings.errors import DataError, InputError
from rankings.panel import economies, names

GROUPS = "group,iso3\nMé,THA\nMé,MYS\n"
NAMES = {"THA": "Thailand", "MYS": "Malaysia", "VNM": "Viet Nam", "KOR": "Republic of Korea"}
KNOWN = names.book(pd.DataFrame(NAMES.items(), columns=["iso3", "name_en"]))


@pytest.mark.parametrize(
    "data",
    [
        GROUPS.encode(),
        GROUPS.encode("utf-8-sig"),
        GROUPS.encode("utf-16"),
        "\ufeff".encode("utf-16-be") + GROUPS.encode("utf-16-be"),
        GROUPS.encode("cp1252"),
        unicodedata.normalize("NFD", GROUPS).encode(),
        GROUPS.replace("\n", "\r\n").encode(),
        GROUPS.replace(",", ";").encode(),
        GROUPS.replace("\n", ",,\n").encode(),
        b"\n" + GROUPS.replace("\n", "\n\n").encode() + b" , \n",
        GROUPS.replace("THA", " tha\u00a0")
        .replace("Mé,M", '"Mé ","M')
        .replace("YS", 'YS"')
        .encode(),
        GROUPS.replace("THA", "Thailand").replace("MYS", "malaysia").encode(),
        GROUPS.replace("iso3", "iso3,name").replace("THA", "THA,Thailand").encode(),
    ],
)
def test_groups_are_read_as_meant(tmp_path, data):
    path = tmp_path / "groups.csv"
    path.write_bytes(data)
    assert economies.own_groups(path, KNOWN) == {"Mé": ["THA", "MYS"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("group,iso3\nG1,THA,Thailand\n", "line 2, column 3: expected 2 cells, found 'Thailand'"),
        ("group,code\nG1,THA\n", "line 1, column iso3: expected the columns group and iso3"),
        ("group,iso3\nG1\n", "line 2, column iso3: expected a text, found nothing"),
        ("group,iso3\nG1,VNN\n", "line 2, column iso3: expected an economy, found 'VNN'; did you"),
        (
            "group,iso3\nG1,Vietnan\n",
            "line 2, column iso3: expected an economy, found 'Vietnan'; did",
        ),
        ('group,iso3\n"G1,THA\n', "line 2: expected cells separated by commas and quoted"),
        ("group,iso3,iso3\nG1,THA,MYS\n", "line 1, column iso3"),
        ("", "line 1: expected the columns group and iso3, found nothing"),
    ],
)
def test_groups_that_cannot_be_read_are_refused_with_their_place(tmp_path, text, said):
    path = tmp_path / "groups.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        economies.own_groups(path, KNOWN)
    assert f"groups.csv, {said}" in str(caught.value)


@pytest.mark.parametrize(
    "text", ["Nước nghèo", "Những nền kinh tế ở Đông Á", "đường", "Việt Nam ở"]
)
def test_vietnamese_of_windows(text):
    stored = text
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tones = [part for part in parts if part in texts.TONES]
        if tones and letter not in "àáèéìíòóùúýÀÁÈÉÌÍÒÓÙÚÝ":
            base = "".join(part for part in parts if part not in texts.TONES)
            stored = stored.replace(letter, unicodedata.normalize("NFC", base) + tones[0])
    data = stored.encode("cp1258")
    assert texts.decode(data, "a.csv") == texts.Decoded(text, "cp1258")


@pytest.mark.parametrize("text", ["México y más", "São Tomé", "Señor", "Curaçao, Réunion"])
def test_western_letters_of_windows(text):
    assert texts.decode(text.encode("cp1252"), "a.csv").text == text


def test_what_may_be_read_in_two_ways_is_refused():
    with pytest.raises(DataError, match=r"line 2.*'perciò' or 'percị'; save the file as UTF-8"):
        texts.decode("group\nperciò".encode("cp1252"), "a.csv")


def test_a_damaged_letter_is_refused():
    data = "Türkiye\nCôte".encode()
    with pytest.raises(DataError, match=r"a.csv, line 2: .* found the byte 0xc3"):
        texts.decode(data.replace("ô".encode(), b"\xc3"), "a.csv")


def test_toml_of_an_editor_of_windows(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes('title = "Đông Á"\r\n'.encode("utf-16"))
    assert texts.read_toml(path) == {"title": "Đông Á"}
    path.write_text("title =", encoding="utf-8")
    with pytest.raises(InputError, match="expected TOML, found: "):
        texts.read_toml(path)
