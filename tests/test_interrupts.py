"""Ctrl-C ends a command, also where whoever started Python ignores the signal."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

from rankings import store
from rankings.cli import main
from rankings.faults import interruptible


@pytest.fixture
def ignored() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ignored")
def test_a_block_can_be_interrupted_and_the_signal_is_ignored_again_after_it() -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_handler_of_ones_own_stays() -> None:
    def own(number: int, frame: object) -> None: ...

    before = signal.signal(signal.SIGINT, own)  # which may be to ignore it, as the shell said
    try:
        with interruptible():
            assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ignored")
def test_another_thread_leaves_the_signal_alone() -> None:
    def within() -> object:
        with interruptible():
            return signal.getsignal(signal.SIGINT)

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(within).result() is signal.SIG_IGN


@pytest.mark.usefixtures("ignored")
def test_every_command_can_be_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "is_fresh", lambda: signal.raise_signal(signal.SIGINT))
    done = CliRunner().invoke(main, ["build"])
    assert done.exit_code == 130
    assert "interrupted" in done.output
