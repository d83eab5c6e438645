"""Draws and records that many tests ask for, computed once before several processes need them.

    python tests/prime.py

They are kept beside the built tables, as those of a report are.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import rankings
from rankings.report import models, record, target

# Viet Nam's question of 2018 and of the newest year, and other measures that tests ask about.
ASKED: list[dict[str, Any]] = [
    {},
    {"as_of": 2018, "target_year": 2020},
    *({"measure": code} for code in ("ICT", "TII", "GCI")),
    {"measure": "TII", "as_of": 2018, "target_year": 2020},
]
AT_ONCE = 2


def prime(given: dict[str, Any]) -> None:
    """Compute what the answers to a question rest on."""
    story = rankings.ask(**given)
    target.answer(story)
    models.record_answer(story)
    record.calibration_table(story)


def main() -> None:
    """The questions, two at a time."""
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        list(pool.map(prime, ASKED))


if __name__ == "__main__":
    main()
