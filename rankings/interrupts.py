"""Can a command be interrupted, whoever started it?"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interruptible() -> Iterator[None]:
    """Within the block Ctrl-C (SIGINT) raises `KeyboardInterrupt`.

    Python leaves the signal ignored where its parent does, as a shell does for what it starts in
    the background of a script: a batch could then only be killed, and would leave halves behind.
    """
    ignored = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    )
    if ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
