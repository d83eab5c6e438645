"""What tests of runs share: one warm process, where it is not what is tested."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from rankings.batch import fork_server


@pytest.fixture(scope="module")
def one_warm_process() -> Iterator[None]:
    """All runs of a module ask one warm process for kernels: starting it takes most of their time.

    Each kernel is a fork of its own all the same, with the environment it was asked for with.
    """
    with fork_server.Warm() as warm, pytest.MonkeyPatch.context() as patch:
        patch.setattr(fork_server, "Warm", lambda: nullcontext(warm))
        yield
