"""Tests wait for what happens, not for a time; the limit only ends what hangs."""

import time
from collections.abc import Callable

# Far more than anything takes on a machine that does much else.
LONG = 600.0


def until(happened: Callable[[], object], seconds: float = LONG) -> None:
    """Wait until it is true.

    Raises:
        AssertionError: it is not after so many seconds.
    """
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"still waited for after {seconds:g} s"
        time.sleep(0.02)
