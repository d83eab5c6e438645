"""What is said when not the input but the machine is at fault? One line: where, why, what helps.

No space, no permission, a file open elsewhere, a closed output: whoever starts the program is told
the cause by its own name, once, by `rankings.cli`.
"""

import codecs
import contextlib
import errno
import io
import os
import signal
import sys
import threading
import unicodedata
from collections.abc import Iterator
from typing import TextIO

# What Windows says by a number of its own: another program has the file open.
IN_USE = {32, 33}
TOO_LONG = {206}
_CAUSES = {
    "ENOSPC": ("no space is left", "make room"),
    "EDQUOT": ("the quota is used up", "make room"),
    "EFBIG": ("a file may not be so large here", "raise the limit or make room"),
    "EROFS": ("the file system is read-only", "choose another folder"),
    "EACCES": ("permission denied", "choose another folder, or ask its owner"),
    "EPERM": ("permission denied", "choose another folder, or ask its owner"),
    "ENOENT": ("it is not there", "look at the path; a folder may have been removed meanwhile"),
    "ENOTDIR": ("a part of the path is a file", "choose another path"),
    "EISDIR": ("it is a folder", "choose another path"),
    "ENAMETOOLONG": ("the path is too long for this system", "choose a shorter folder"),
    "EMFILE": ("too many files are open", "raise the limit of open files, as by ulimit -n"),
    "ENFILE": ("too many files are open", "close other programs"),
    "ENOMEM": ("no memory is left", "close other programs, or run fewer at a time"),
    "EAGAIN": ("no more processes are allowed", "close other programs, or raise the limit"),
    "EIO": ("the disk or drive fails", "look after it, or choose another folder"),
    "ENOLCK": ("the file system has no locks", "choose a folder on a local disk"),
    "EADDRINUSE": ("the address is in use", "choose another port"),
}
# Not every system knows all of these numbers.
CAUSES = {getattr(errno, name): said for name, said in _CAUSES.items() if hasattr(errno, name)}
# Letters and signs that have a near sign of ASCII; what has none becomes a question mark.
NEAR = {"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{EM DASH}": "-", "\N{HYPHEN}": "-"} | {
    **{"\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\N{THIN SPACE}": " "},
    **{"\N{LESS-THAN OR EQUAL TO}": "<=", "\N{GREATER-THAN OR EQUAL TO}": ">="},
    **{
        "\N{RIGHTWARDS ARROW}": "->",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{HORIZONTAL ELLIPSIS}": "...",
    },
    **{"\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{RIGHT SINGLE QUOTATION MARK}": "'"},
    **{"\N{LEFT DOUBLE QUOTATION MARK}": '"', "\N{RIGHT DOUBLE QUOTATION MARK}": '"'},
    **{"đ": "d", "Đ": "D", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "ß": "ss"},
}
NEAREST = "rankings-nearest"


def cause(error: OSError) -> tuple[str, str]:
    """Why the machine refused, and what helps, each without a full stop."""
    number = getattr(error, "winerror", None)
    if number in IN_USE:
        return "it is open in another program", "close it there "
    if number in TOO_LONG:
        return CAUSES[errno.ENAMETOOLONG]
    if error.errno in CAUSES:
        return CAUSES[error.errno]
    said = " ".join(str(error.strerror or error).split()) or type(error).__name__
    return said, "see what the system says of it"


def told(error: OSError, where: object = None) -> str:
    """A fault in one line: where, why, what helps."""
    why, help_ = cause(error)
    place = error.filename if isinstance(error.filename, str | os.PathLike) else where
    return f"{os.fspath(place)}: {why}; {help_}" if place else f"{why}; {help_}"  # type: ignore[call-overload]


def _nearest(error: UnicodeError) -> tuple[str, int]:
    """What a console cannot show, as near as it can: accents go, a dash becomes a hyphen."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    near = (_near(letter, error.encoding) for letter in error.object[error.start : error.end])
    return "".join(near), error.end


def _near(letter: str, encoding: str) -> str:
    if letter in NEAR:
        return NEAR[letter]
    base = unicodedata.normalize("NFKD", letter)
    kept = "".join(each for each in base if not unicodedata.combining(each))
    try:
        kept.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return "?"
    return kept or ("" if unicodedata.combining(letter) else "?")


codecs.register_error(NEAREST, _nearest)


def prepare_streams() -> None:
    """Let standard streams that are closed lead nowhere, and let no letter stop the others.

    A console of code page 1252 or 1258 shows letters it lacks without their accents. A closed
    stream would otherwise give its number to the next file that is opened.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, _Nowhere())
        elif hasattr(stream, "reconfigure") and stream.errors != "surrogateescape":
            stream.reconfigure(errors=NEAREST)


class _Nowhere(io.TextIOWrapper):
    """In place of a stream that is closed: it remembers whether anything was to be said."""

    lost = False

    def __init__(self) -> None:
        super().__init__(io.FileIO(os.devnull, "w"), encoding="utf-8")

    def write(self, text: str) -> int:
        """Take note that something was said."""
        self.lost = self.lost or bool(text)
        return len(text)


def is_unicode(stream: TextIO | None) -> bool:
    """Whether a stream takes every letter."""
    named = getattr(stream, "encoding", None) or "utf-8"
    return codecs.lookup(named).name.startswith("utf")


def close_streams(code: int) -> int:
    """Write out what is still to be said; the exit code, 1 where it could not be written.

    A reader that has gone away (``| head``) is no fault to speak of; a full disk is.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        try:
            stream.flush()
        except (OSError, ValueError) as error:
            _lead_nowhere(stream)
            code = code or 1
            if isinstance(error, OSError) and not is_gone(error) and name == "stdout":
                _say(f"rankings: standard output: {'; '.join(cause(error))}")
    if getattr(sys.stdout, "lost", False):
        code = code or 1
        _say("rankings: standard output is closed: the answer could not be written")
    return code


def is_gone(error: OSError) -> bool:
    """Whether the reader of a pipe has gone away."""
    return isinstance(error, BrokenPipeError) or (
        # Windows says so of a pipe whose reader has ended.
        sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None
    )


def _lead_nowhere(stream: TextIO) -> None:
    """Let a stream that cannot be written swallow what is left, so that its end is silent."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)


def _say(line: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)


@contextlib.contextmanager
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
