"""Fetching: a good file comes whole, a bad one never takes its place."""

import hashlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import badserver
import pytest
from badserver import GOOD, NEWER, Server
from waiting import LONG, until

from rankings.data import fetch as fetching
from rankings.data.fetch import Entry, Fetched, Limits, catalogue, fetch
from rankings.errors import DataError, InputError

LIMITS = Limits(connect=LONG, read=LONG, total=LONG, size=1_000_000, retries=2, wait=0.02)


@pytest.fixture(autouse=True)
def only_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but 127.0.0.1 is ever spoken to."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        assert isinstance(address, tuple)
        assert address[0] == "127.0.0.1", address
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    with badserver.running() as server:
        yield server


@pytest.fixture
def server(elsewhere: Server) -> Iterator[Server]:
    with badserver.running(elsewhere.root) as server:
        yield server


Get = Callable[..., Fetched]


@pytest.fixture
def get(server: Server, tmp_path: Path) -> Get:
    """Fetch one path of the server as ``thing``, under short limits."""

    def get(
        path: str, *, refresh: bool = False, limits: Limits = LIMITS, **facts: object
    ) -> Fetched:
        among = [thing(f"{server.root}/{path}", **facts)]
        return fetch(
            "thing", folder=tmp_path, refresh=refresh, progress=False, limits=limits, among=among
        )

    return get


def thing(address: str, **facts: object) -> Entry:
    told = {"file": "thing.csv", "kind": "csv", "expects": ["iso3", "value"]} | facts
    return Entry(name="thing", title="A thing", publisher="P", address=address, **told)


def seen(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too, with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"a folder"
        for path in folder.rglob("*")
        if path.is_file() or path.name.startswith(".")
    }


def remembered(folder: Path) -> dict[str, str]:
    rows: dict[str, dict[str, str]] = json.loads((folder / "downloads/remembered.json").read_text())
    return rows["thing"]


# Good files


@pytest.mark.parametrize("path", ["good", "chunked", "gzip", "moved", "moved-at-length"])
def test_a_good_file_lands_whole_and_is_remembered(get: Get, tmp_path: Path, path: str) -> None:
    days = {date.today().isoformat()}
    got = get(path)
    days.add(date.today().isoformat())
    assert got.path == tmp_path / "downloads/thing.csv"
    assert got.path.read_bytes() == GOOD
    assert got.sha256 == hashlib.sha256(GOOD).hexdigest() == remembered(tmp_path)["sha256"]
    assert (got.changed, got.from_cache, got.verified_live, got.kept) == (False,) * 3 + (None,)
    assert remembered(tmp_path)["fetched"] in days
    assert set(seen(tmp_path)) == {"downloads/thing.csv", "downloads/remembered.json"}
    assert got.path.stat().st_mode & 0o777 == 0o644


def test_a_held_file_is_not_asked_for_again(get: Get, server: Server) -> None:
    first, second = get("good"), get("good")
    assert server.asked["good"] == 1
    assert (second.from_cache, second.changed) == (True, False)
    assert second.sha256 == first.sha256


@pytest.mark.parametrize("path", ["tagged", "dated"])
def test_refresh_asks_whether_the_file_is_newer(
    get: Get, server: Server, tmp_path: Path, path: str
) -> None:
    get(path)
    before = remembered(tmp_path)
    got = get(path, refresh=True)
    assert server.asked[path] == 2
    assert (got.from_cache, got.changed) == (True, False)
    assert got.path.read_bytes() == GOOD
    assert remembered(tmp_path) == before


def test_refresh_of_the_same_content_is_no_change(get: Get, tmp_path: Path) -> None:
    get("good")
    got = get("good", refresh=True)
    assert (got.changed, got.from_cache, got.kept) == (False, False, None)
    assert len(seen(tmp_path)) == 2


def test_changed_content_is_said_and_the_old_file_kept(get: Get, tmp_path: Path) -> None:
    old = get("changing")
    new = get("changing", refresh=True)
    assert new.changed
    assert new.path.read_bytes() == NEWER
    assert new.kept == tmp_path / f"downloads/thing.{old.sha256[:12]}.csv"
    assert new.kept.read_bytes() == GOOD
    assert remembered(tmp_path)["sha256"] == new.sha256


def test_a_file_harmed_on_disk_is_fetched_again_and_kept_beside(get: Get) -> None:
    path = get("good").path
    path.write_bytes(b"edited by hand")
    got = get("good")
    assert (got.from_cache, got.changed) == (False, False)
    assert path.read_bytes() == GOOD
    assert got.kept is not None
    assert got.kept.read_bytes() == b"edited by hand"


def test_a_file_that_was_lost_is_fetched_without_conditions(get: Get, server: Server) -> None:
    get("tagged").path.unlink()
    assert get("tagged", refresh=True).path.read_bytes() == GOOD
    assert not any("If-None-Match" in each for each in server.headers)


def test_a_new_address_is_not_answered_from_the_old_file(get: Get, server: Server) -> None:
    get("tagged")
    assert not get("good").from_cache
    assert server.asked["good"] == 1


def test_json_and_zip_are_taken(get: Get, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    json_facts = {"kind": "json", "file": "thing.json", "expects": ["countryiso3code"], "page": 3}
    assert get("json", **json_facts).path.read_bytes() == badserver.JSON
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data.csv", GOOD)
    monkeypatch.setattr(
        badserver.Handler, "get_zip", lambda self: self.send(packed.getvalue()), raising=False
    )
    assert get("zip", kind="zip", file="thing.zip").path.read_bytes() == packed.getvalue()
    with pytest.raises(DataError, match="archive that is not the XLSX"):
        get("zip", kind="xlsx", file="thing.xlsx")


def test_a_progress_bar_is_drawn_on_a_terminal_only(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    among = [thing(f"{server.root}/good")]
    fetch("thing", folder=tmp_path, limits=LIMITS, among=among)
    assert capsys.readouterr() == ("", "")


# Attempts


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited between two attempts, in seconds; nobody really waits."""
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


def test_500_is_asked_again_with_growing_waits(
    get: Get, server: Server, waits: list[float]
) -> None:
    assert get("twice-500", limits=replace(LIMITS, retries=3, wait=0.1)).path.read_bytes() == GOOD
    assert server.asked["twice-500"] == 3
    assert waits == [0.2]  # none before the second attempt


def test_the_waits_grow_with_every_attempt(get: Get, waits: list[float]) -> None:
    with pytest.raises(DataError, match="HTTP 500"):
        get("always-500", limits=replace(LIMITS, retries=4, wait=0.1))
    assert waits == pytest.approx([0.2, 0.4, 0.8])


def test_a_broken_answer_is_asked_again(get: Get, server: Server) -> None:
    assert get("cut-once").path.read_bytes() == GOOD
    assert server.asked["cut-once"] == 2


def test_the_server_may_ask_for_patience_but_not_for_a_day(
    get: Get, server: Server, waits: list[float]
) -> None:
    server.patience = "1"
    assert get("busy").path.read_bytes() == GOOD
    assert waits == [1.0]
    server.patience = "86400"
    server.asked.clear()
    with pytest.raises(DataError, match="HTTP 429 Too Many Requests; try again later"):
        get("busy", refresh=True)
    assert server.asked["busy"] == 1


@pytest.mark.parametrize(
    ("path", "attempts"),
    [("always-500", 3), ("cut", 3), ("missing", 1), ("forbidden", 1), ("page", 1), ("loop", 6)],
)
def test_only_what_may_pass_is_tried_again(
    get: Get, server: Server, path: str, attempts: int
) -> None:
    with pytest.raises(DataError):
        get(path)
    assert server.asked[path] == attempts


# Bad files

BAD = {
    "always-500": "HTTP 500 Internal Server Error; try again later",
    "missing": "HTTP 404 Not Found; look on the publisher's site",
    "forbidden": "HTTP 403 Forbidden; open the address in a browser",
    "cut": "breaks off .*100 bytes read",
    "cut-chunks": "breaks off",
    "cut-gzip": "breaks off",
    "cut-unsaid": f"100 bytes where {len(GOOD)} are held; if that is right, move thing.csv away",
    "slow": r"only [\d,]+ bytes within 0.7 seconds",
    "silent": "breaks off .*Read timed out",
    "deaf": "no answer .*Read timed out",
    "page": r"a web page \(HTML or XML\) instead of CSV",
    "empty": "an empty file",
    "blank": "an empty file",
    "header-only": "CSV without a single row",
    "other-layout": "CSV without iso3, value: country;score Viet Nam",
    "binary": "a binary file instead of CSV",
    "elsewhere": r"a redirect to another host \(127.0.0.1:\d+\), not followed",
    "lookalike": r"a redirect to another host \(127.0.0.1:\d+\), not followed",
    "nowhere": "a redirect to no address",
    "loop": "more than 5 redirects",
    "huge": "more than the 1,000,000 bytes",
    "endless": "more than the 1,000,000 bytes",
    "bomb": "more than the 1,000,000 bytes",
}
SHORT = {"slow": Limits(total=0.7), "silent": Limits(read=0.2, retries=1)}
SHORT["deaf"] = SHORT["silent"]


@pytest.mark.parametrize("path", BAD)
def test_a_bad_answer_leaves_the_good_file_alone(
    get: Get,
    server: Server,
    elsewhere: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    held = get("good").path
    bad = getattr(badserver.Handler, f"get_{path.replace('-', '_')}")
    monkeypatch.setattr(badserver.Handler, "get_good", bad)
    monkeypatch.setattr(badserver.Handler, "get_loop", lambda self: self.go("/good"))
    before = seen(tmp_path)
    with pytest.raises(DataError, match=BAD[path]) as refused:
        get("good", refresh=True, limits=SHORT.get(path, LIMITS))
    assert seen(tmp_path) == before
    assert held.read_bytes() == GOOD
    said = str(refused.value)
    assert said.startswith(f"thing: asked for {server.root}/good, came ")
    assert said.endswith(f"; {held} is as it was")
    assert "\n" not in said
    assert not elsewhere.asked
    assert get("good").from_cache


@pytest.mark.parametrize("path", ["missing", "page", "cut"])
def test_a_bad_first_answer_leaves_nothing(get: Get, tmp_path: Path, path: str) -> None:
    with pytest.raises(DataError, match=r"; nothing was written$"):
        get(path)
    assert seen(tmp_path) == {}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("half-json", "no readable JSON"),
        ("error-json", r'JSON without countryiso3code: \[\{"message"'),
        ("page", "a web page .* instead of JSON"),
        ("json", "2 rows, as many as one page holds; the rest would be on a next page"),
    ],
)
def test_json_that_is_not_the_answer(get: Get, tmp_path: Path, path: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        get(path, kind="json", file="thing.json", expects=["countryiso3code"], page=2)
    assert seen(tmp_path) == {}


@pytest.mark.parametrize("kind", ["zip", "xlsx"])
def test_an_archive_that_is_none(get: Get, kind: str) -> None:
    with pytest.raises(DataError, match=f"no readable {kind.upper()}"):
        get("half-zip", kind=kind)
    with pytest.raises(DataError, match=f"a web page .* instead of {kind.upper()}"):
        get("page", kind=kind)


def test_a_full_page_of_csv_may_lack_the_rest(get: Get) -> None:
    assert get("good", page=26).path.read_bytes() == GOOD
    with pytest.raises(DataError, match="25 rows, as many as one page holds"):
        get("good", page=25, refresh=True)


def test_another_host_is_followed_if_the_entry_names_it(
    get: Get, server: Server, elsewhere: Server
) -> None:
    assert get("elsewhere", also=[elsewhere.host]).path.read_bytes() == GOOD
    assert elsewhere.asked["good"] == 1


def test_no_server_at_all(tmp_path: Path) -> None:
    with badserver.running() as gone:
        address = f"{gone.root}/good"
    with pytest.raises(DataError, match=r"no answer .*refused.*; check the connection"):
        fetch("thing", folder=tmp_path, limits=LIMITS, among=[thing(address)])
    assert seen(tmp_path) == {}


def test_a_memory_that_cannot_be_read_is_not_written_over(get: Get, tmp_path: Path) -> None:
    get("good")
    (tmp_path / "downloads/remembered.json").write_text("{half")
    before = seen(tmp_path)
    with pytest.raises(DataError, match=r"remembered.json cannot be read: move it away"):
        get("good")
    assert seen(tmp_path) == before


def test_a_disk_that_refuses_is_said_in_one_line(
    get: Get, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    get("good")
    before = seen(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetching._Get, "_stream", full)
    with pytest.raises(DataError, match=r"cannot be used \(No space left on device\): make room"):
        get("good", refresh=True)
    assert seen(tmp_path) == before


# Encryption


@pytest.fixture
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate nobody vouches for, and its key, in one file."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test"
    files = f"-addext subjectAltName=IP:127.0.0.1 -keyout {path} -out {path}.crt"
    subprocess.run(["openssl", *words.split(), *files.split()], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def test_only_a_vouched_certificate_is_taken(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with badserver.running(certificate=certificate) as server:
        among = [thing(f"{server.root}/good")]
        with pytest.raises(DataError, match=r"a refused certificate .*; .* is not safe"):
            fetch("thing", folder=tmp_path, limits=LIMITS, among=among)
        assert not server.asked
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", f"{certificate}.crt")
        assert fetch("thing", folder=tmp_path, limits=LIMITS, among=among).path.read_bytes() == GOOD


@pytest.mark.parametrize("named", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", ""])
def test_a_missing_certificate_bundle_is_said_by_its_own_cause(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(each, raising=False)
    gone = str(tmp_path / "gone.pem")
    if named:
        monkeypatch.setenv(named, gone)
    else:
        monkeypatch.setattr("requests.utils.DEFAULT_CA_BUNDLE_PATH", gone)
    said = named or "certifi"
    with pytest.raises(DataError, match=rf"certificate bundle .*{said}.*gone\.pem; .*nothing was"):
        fetch("thing", folder=tmp_path / "store", among=[thing("https://127.0.0.1:9/good")])
    assert not (tmp_path / "store").exists()


def test_https_is_never_left(
    certificate: Path, tmp_path: Path, elsewhere: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", f"{certificate}.crt")
    with badserver.running(elsewhere.root, certificate) as server:
        among = [thing(f"{server.root}/elsewhere", also=[elsewhere.host])]
        with pytest.raises(DataError, match="a redirect from https to http, not followed"):
            fetch("thing", folder=tmp_path, limits=LIMITS, among=among)
    assert not elsewhere.asked


# A killed run

RUN = """
import sys
from pathlib import Path
from rankings.data.fetch import Entry, fetch
entry = Entry.model_validate_json(sys.argv[2])
fetch("thing", folder=Path(sys.argv[1]), refresh=True, among=[entry])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_a_killed_run_leaves_the_old_file_and_the_next_one_works(
    get: Get, server: Server, tmp_path: Path
) -> None:
    held = get("good-then-steady").path
    before = seen(tmp_path)
    entry = thing(f"{server.root}/good-then-steady").model_dump_json()
    run = subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path), entry])
    try:
        until(lambda: any(each.stat().st_size for each in scratch(tmp_path)))
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait(LONG)
    assert held.read_bytes() == GOOD
    (left,) = held.parent.glob(".fetching-*")
    assert {name: seen(tmp_path)[name] for name in before} == before
    assert get("good-then-steady").from_cache
    os.utime(left, (0, 0))
    got = get("good-then-steady", refresh=True)
    assert got.path.read_bytes() == NEWER
    assert got.kept is not None
    assert {path.name for path in held.parent.iterdir()} == {
        "thing.csv",
        "remembered.json",
        got.kept.name,
    }


def scratch(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".fetching-*/*") if path.is_file()]


# The catalogue


def test_the_catalogue_says_for_each_thing_where_it_is_or_what_to_click() -> None:
    entries = catalogue()
    assert {"egdi-wide", "gci-overall", "wdi-mobile", "hdr-series"} <= {e.name for e in entries}
    served = [entry for entry in entries if entry.address]
    assert len({entry.file for entry in served}) == len(served) > 8
    for entry in served:
        assert entry.address.startswith("https://")
        assert entry.expects
        assert entry.file.endswith(f".{entry.kind}")


@pytest.mark.parametrize("name", [each.name for each in catalogue() if each.where])
def test_what_has_no_address_is_told_how_to_get(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=rf"^{name} cannot be fetched: .*open https://"):
        fetch(name, folder=tmp_path)
    assert seen(tmp_path) == {}


def test_an_unknown_name_is_answered_with_near_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a known download; did you mean egdi-wide"):
        fetch("egdi-wid", folder=tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[a]\ntitle="t"\npublisher="p"', "a needs either an address or a where"),
        ("[a", "faulty entry"),
        ("a = 1", "faulty entry"),
        ('[a]\ntitle="t"\npublisher="p"\nwhere="w"\ncolour="red"', "Extra inputs"),
        ('[a]\ntitle="t"\npublisher="p"\nwhere="w"\nverified_live=true', "with verified_on"),
        (
            '[a]\ntitle="t"\npublisher="p"\nkind="csv"\nfile="a.csv"\naddress="http://example.org/"',
            "an address of https",
        ),
        (
            '[a]\ntitle="t"\npublisher="p"\nkind="csv"\nfile="../a.csv"\naddress="https://example.org/"',
            "not a plain file name",
        ),
    ],
)
def test_a_faulty_entry_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "addresses.toml"
    path.write_text(text)
    with pytest.raises(DataError, match=words):
        catalogue(path)


def test_a_verified_entry_says_so(get: Get) -> None:
    assert get("good", verified_live=True, verified_on=date(2026, 1, 2)).verified_live
