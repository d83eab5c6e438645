"""Files that stand beside the project, in ../shared: too large, or not ours to give away.

A clone has none of them. What needs them is then skipped and says why; where ``CI`` is set it
fails, so that nobody takes a run for whole that is not.
"""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared(*parts: str, reason: str) -> Path:
    """A file or folder of ../shared.

    Args:
        parts: its path in there.
        reason: what cannot be tested without it.
    """
    path = SHARED.joinpath(*parts)
    if not path.exists():
        told = f"{reason}: ../shared/{'/'.join(parts)} is not here"
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    return path
