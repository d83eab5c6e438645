"""Twenty questions whose answers are kept: did a change of the code change a number?

    python tools/frozen.py write      # keep what the commands answer now, below tests/frozen
    python tools/frozen.py compare    # ask again; each number that differs is printed, exit code 1

Every answer comes from the command line of the tree this file stands in, in processes of their
own, so that it does not matter where a module lies. Kept are numbers, rounded to ten significant
digits, and the codes that say of what they are; words a reader sees are left out. One file per
question, one for each record of forecasts, one for each pipeline's `results.json`.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[1]
FROZEN = ROOT / "tests" / "frozen"
DIGITS = 10

# One thread and a fixed hash seed, as the Makefile has it; no files of one's own.
SURROUNDINGS = {
    "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    "RANKINGS_HOME": str(ROOT),
    "RANKINGS_STORE": "",
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JUPYTER_PLATFORM_DIRS": "1",
}

# What is said in words, by the command that says it: it may be said better.
WORDS = {
    "show": set[str](),
    "levers": {"label", "unit", "why_not"},
    "whatif": {"label", "note", "source"},
    "trace": {"note", "correction", "publisher", "document", "address", "terms", "how_checked"},
    "backtest": set[str](),
    "results": {"name", "source"},
}
# The fields that say which row of a table a row is.
NAMES = (
    *("story", "economy", "index", "component", "edition", "vintage", "lever", "others"),
    *("label", "model", "information", "origin", "h"),
)


@dataclass(frozen=True)
class Question:
    """What is asked of the commands.

    Attributes:
        economy: ISO3.
        as_of: a year, or "newest".
        band: best and worst rank, as "30:50".
        target_year: the deadline.
        settings: of ``whatif``, as "tii=0.6".
        traces: of ``trace``: component and edition.
    """

    economy: str
    as_of: str
    band: str
    target_year: int
    settings: tuple[str, ...]
    traces: tuple[tuple[str, int], ...]

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{self.economy}-{self.as_of}-{self.band.replace(':', '-')}-{self.target_year}"


def _question(line: str) -> Question:
    economy, as_of, band, year, settings, traces = line.split()
    pairs = [each.rsplit("@", 1) for each in traces.split(",")]
    return Question(
        economy,
        as_of,
        band,
        int(year),
        tuple(settings.split(",")),
        tuple((component, int(edition)) for component, edition in pairs),
    )


# Chosen for what goes wrong at the edges: ties (SVK and SRB at 49, HUN at 51, AND at 79, ISL at 5,
# LBN at 74 in 2008), leaders and a band of one rank (DNK, KOR, USA), last ones (SOM, CAF, NRU), a
# restated index (VNM's IDI), the first editions, of which no model of parts is held (USA, NRU),
# sub-indices that are placeholders or zero (NRU, SOM, CAF), small economies that series leave out.
QUESTIONS = [
    _question(line)
    for line in """
    VNM 2018   30:50   2020 tii=0.6                          egdi@2018,gci@2018,idi@2017
    VNM newest 30:50   2030 tii=0.95,mean_years_schooling=9  egdi@2024,tii@2024,idi@2025
    VNM 2010   50:80   2014 osi=0.6                          egdi@2010,osi@2010
    DNK 2025   1:1     2026 osi=0.9                          egdi@2024
    KOR 2025   1:1     2030 hci=1                            egdi@2024,gci@2024
    HUN 2020   1:28    2024 osi=0.9,internet_users=95        egdi@2020,egdi@2018
    SVK 2018   30:50   2024 tii=0.7,osi=0.8                  egdi@2018
    SRB 2018   30:50   2020 expected_years_schooling=16      egdi@2018
    LIE 2025   1:20    2030 osi=0.9,e_information=0.9        egdi@2024,osi@2024
    AND 2020   30:50   2022 osi=0.7                          egdi@2020
    SOM 2025   100:150 2030 hci=0.3                          egdi@2024,hci@2024
    EST 2012   1:20    2014 tii=0.8,internet_users=85        egdi@2012
    LAO 2014   100:150 2020 osi=0.3,adult_literacy=90        egdi@2014
    THA 2016   30:50   2020 fixed_broadband_subs=20          egdi@2016,idi@2016
    SGP 2010   1:10    2012 tii=0.7                          egdi@2010
    USA 2003   1:10    2005 osi=1                            egdi@2003,osi@2003
    NRU 2005   100:150 2010 osi=0.1                          egdi@2005,osi@2005
    LBN 2010   50:74   2014 gross_enrolment=95               egdi@2008
    CAF 2025   150:190 2030 tii=0.2,osi=0.2                  egdi@2024
    ISL 2022   1:5     2024 services_provision=1             egdi@2022
    """.strip().splitlines()
]
# EGDI, the quick models: a record takes seconds for each of its origins.
RECORDS = ["2018", "newest"]
PIPELINES = ["report", "asean"]
# The rows of results.json do not depend on which notebooks run.
NOTEBOOK = "90-report"


def _said(*words: str) -> Any:
    """What a command says as JSON; its exit code if it refuses.

    Raises:
        RuntimeError: it ended otherwise than well or by a refusal.
    """
    done = subprocess.run(
        [sys.executable, "-m", "rankings", *words],
        cwd=ROOT,
        env=os.environ | SURROUNDINGS,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode == 2:
        return {"exit": 2}
    if done.returncode:
        told = "\n".join(filter(None, [done.stdout.strip(), done.stderr.strip()]))
        raise RuntimeError(f"rankings {' '.join(words)} ended with {done.returncode}: {told}")
    return json.loads(done.stdout) if done.stdout.lstrip()[:1] in ("[", "{") else done.stdout


def _plain(value: Any, without: set[str]) -> Any:
    """An answer without its words, each number of ten significant digits."""
    if isinstance(value, dict):
        return {key: _plain(each, without) for key, each in value.items() if key not in without}
    if isinstance(value, list):
        return [_plain(each, without) for each in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def _answers(question: Question) -> dict[str, Any]:
    """What the commands say to a question."""
    asked = [question.economy, "--as-of", question.as_of]
    aim = ["--band", question.band, "--by", str(question.target_year)]
    settings = [word for each in question.settings for word in ("--set", each)]
    every = ["--all-editions"] if question.as_of == "newest" else []
    return {
        "show": _plain(_said("show", *asked, *every, "--json"), WORDS["show"]),
        "levers": _plain(_said("whatif", *asked, *aim, "--json"), WORDS["levers"]),
        "whatif": _plain(_said("whatif", *asked, *aim, *settings, "--json"), WORDS["whatif"]),
        "trace": [
            row
            for component, edition in question.traces
            for row in _plain(
                _said("trace", question.economy, component, str(edition), "--json"), WORDS["trace"]
            )
        ],
    }


def _record(as_of: str) -> dict[str, Any]:
    """How good forecasts were, as of a year."""
    rows = _said("backtest", "--index", "egdi", "--as-of", as_of, "--quick", "--json")
    return {"backtest": _plain(rows, WORDS["backtest"])}


def _results(pipeline: str) -> dict[str, Any]:
    """The rows of a pipeline's results.json, from a run of one of its notebooks."""
    text = (ROOT / "pipelines" / f"{pipeline}.toml").read_text(encoding="utf-8")
    less, found = re.subn(r"(?m)^notebooks = .*$", f'notebooks = ["{NOTEBOOK}"]', text)
    if found != 1:
        raise RuntimeError(f"pipelines/{pipeline}.toml: expected one line of notebooks: {found}")
    with tempfile.TemporaryDirectory() as folder:
        wanted, out = Path(folder) / f"{pipeline}.toml", Path(folder) / "out"
        wanted.write_text(less, encoding="utf-8")
        _said("batch", str(wanted), "--out", str(out))
        rows = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return {"results": _plain(rows, WORDS["results"])}


def _asked() -> dict[str, Callable[[], dict[str, Any]]]:
    """How to get the content of each frozen file, by its name."""
    return {
        **{each.name: partial(_answers, each) for each in QUESTIONS},
        **{f"backtest-egdi-{as_of}": partial(_record, as_of) for as_of in RECORDS},
        **{f"results-{pipeline}": partial(_results, pipeline) for pipeline in PIPELINES},
    }


def asked_again(only: str = "", jobs: int = 2) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is answered now, by the name of its file, as it comes.

    Args:
        only: a part of the names of those wanted.
        jobs: commands at the same time.
    """
    _said("build")
    wanted = {name: ask for name, ask in _asked().items() if only in name}
    with ThreadPoolExecutor(jobs) as pool:
        yield from zip(wanted, pool.map(lambda ask: ask(), wanted.values()), strict=True)


def written(answer: Mapping[str, Any]) -> str:
    """An answer as the text of its file: JSON, a line for each row of a table."""
    blocks = []
    for command, value in answer.items():
        if isinstance(value, list):
            rows = ",\n".join(json.dumps(row) for row in value)
            blocks.append(f"{json.dumps(command)}: [\n{rows}\n]")
        else:
            fields = ",\n".join(f"{json.dumps(k)}: {json.dumps(each)}" for k, each in value.items())
            blocks.append(f"{json.dumps(command)}: {{\n{fields}\n}}")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Every single number or code of an answer by its path, as "whatif.chances[held 2018].of".

    Rows are named by what they are about, not by their place, so that their order says nothing.
    """
    found: dict[str, Any] = {}
    if isinstance(value, dict):
        for key, each in value.items():
            found |= leaves(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for name, row in zip(_row_names(value), value, strict=True):
            found |= leaves(row, f"{path}[{name}]")
    else:
        found[path] = value
    return found


def _row_names(rows: Sequence[Any]) -> list[str]:
    names: list[str] = []
    for row in rows:
        told = [str(row[key]) for key in NAMES if key in row] if isinstance(row, dict) else []
        name = " ".join(told) or "row"
        twice = sum(each.partition(" #")[0] == name for each in names)
        names.append(f"{name} #{twice + 1}" if twice else name)
    return names


def differences(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """A line for each leaf of one file that is not as it was; absent is said so."""
    old, new = leaves(before), leaves(now)
    return [
        f"{name}: {path}: {_told(old, path)} -> {_told(new, path)}"
        for path in dict.fromkeys([*old, *new])
        if path not in old or path not in new or old[path] != new[path]
    ]


def _told(held: Mapping[str, Any], path: str) -> str:
    return json.dumps(held[path]) if path in held else "absent"


@click.group()
def main() -> None:
    """Keep the answers to twenty questions, or compare them with those of today."""


ONLY = click.option("--only", default="", help="Files whose name holds this, as VNM or backtest.")
JOBS = click.option("--jobs", type=click.IntRange(1, 16), default=2, show_default=True)


@main.command()
@ONLY
@JOBS
def write(only: str, jobs: int) -> None:
    """Keep what is answered now: after a correction that is meant."""
    FROZEN.mkdir(parents=True, exist_ok=True)
    for name, answer in asked_again(only, jobs):
        (FROZEN / f"{name}.json").write_text(written(answer), encoding="utf-8")
        click.echo(f"wrote {name}")


@main.command()
@ONLY
@JOBS
def compare(only: str, jobs: int) -> None:
    """Print each number that is not as it was kept; exit code 1 if there is one."""
    count = 0
    for name, answer in asked_again(only, jobs):
        kept = json.loads((FROZEN / f"{name}.json").read_text(encoding="utf-8"))
        found = differences(name, kept, answer)
        for line in found:
            click.echo(line)
        count += len(found)
        click.echo(f"{name}: {len(found) or 'nothing'} differs", err=True)
    click.echo(f"{count} differ" if count else "nothing differs")
    sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
