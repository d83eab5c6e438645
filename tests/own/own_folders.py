"""Folders of an index of one's own for the tests, and COINr's files as it bundles them."""

from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
ASEM = EXAMPLES / "asem"
PROVINCES = EXAMPLES / "provinces"
# Ranks and scores that COINr computes.
COMPUTED = ROOT / "tests" / "reference" / "asem"
TOML = """
[table]
unit = "agency"

[indicators]
speed = {}
cost = { direction = "less" }
"""
TABLE = "agency,speed,cost\nCục A,1,5\nCục B,2,7\nCục C,4,6\n"


def write(folder: Path, table: str | bytes = TABLE, toml: str = TOML) -> Path:
    """A folder with a table and a TOML."""
    folder.mkdir(exist_ok=True)
    data = table if isinstance(table, bytes) else table.encode()
    (folder / "table.csv").write_bytes(data)
    (folder / "index.toml").write_text(toml, encoding="utf-8")
    return folder


def read(path: Path) -> pd.DataFrame:
    """A CSV, Namibia's code being no missing value."""
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


MADE_UP_TOML = """
title = "Made-up panel"
source = "made up by a test"

[table]
unit = "province"
year = "year"
groups = ["region"]

[pillars.government]
weight = 0.5
[pillars.society]
weight = 0.5

[indicators]
a1 = { parent = "government" }
a2 = { parent = "government", direction = "less" }
a3 = { parent = "government", weight = 2 }
a4 = { parent = "government", error = "a4_error" }
b1 = { parent = "society" }
b2 = { parent = "society" }
b3 = { parent = "society", denominator = "people" }
b4 = { parent = "society" }

[denominators]
people = {}

[method]
missing = ["linear", "group mean", "mean"]
outliers = "winsorise"
range = [1, 100]

[varied]
draws = 512
weight_sets = 20
"""


def made_up(folder: Path, seed: int = 7) -> Path:
    """63 units x 8 indicators x 6 years with gaps through everything; nobody has b4 in 2021."""
    generator = np.random.default_rng(seed)
    units, years = 63, range(2019, 2025)
    codes = ["a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4"]
    level = generator.normal(size=(units, 1)) + 0.5 * generator.normal(size=(units, len(codes)))
    rows = []
    for year in years:
        level = level + 0.25 * generator.normal(size=level.shape)
        figures = 50 + 10 * level + (year - 2019)
        gaps = generator.uniform(size=figures.shape) < 0.08
        for unit in range(units):
            cells = [
                ""
                if gaps[unit, at] or (code == "b4" and year == 2021)
                else f"{figures[unit, at]:.3f}"
                for at, code in enumerate(codes)
            ]
            # Some have no row in a year, one nothing at all in its last.
            if generator.uniform() < 0.02:
                continue
            if unit == 5 and year == 2024:
                cells = [""] * len(codes)
            people = "" if generator.uniform() < 0.02 else str(1000 + 10 * unit)
            rows.append(
                [f"Tỉnh {unit + 1:02}", year, "Bắc" if unit % 3 else "Nam", *cells, people, "1.5"]
            )
    columns = ["province", "year", "region", *codes, "people", "a4_error"]
    text = pd.DataFrame(rows, columns=columns).to_csv(index=False, lineterminator="\n")
    return write(folder, text, MADE_UP_TOML)
