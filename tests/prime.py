"""Draws and records that many tests ask for, computed once before several processes need them.

    python tests/prime.py

They are kept beside the built tables, as those of a report are.
"""

import rankings
from rankings.report import models, target


def main() -> None:
    """Ask Viet Nam's question of 2018 and of the newest year."""
    for given in ({"as_of": 2018, "target_year": 2020}, {}):
        story = rankings.ask(**given)
        target.answer(story)
        models.record_answer(story)


if __name__ == "__main__":
    main()
