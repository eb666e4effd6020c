"""Where the author's code stands: `FILE:LINE` of the innermost frame that is neither Bakehouse's nor of Python's library.

What is installed counts where nothing else does: a library that the author calls is not where the mistake is.
"""

from __future__ import annotations

import dis
import linecache
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import FrameType

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
#: Python's own: `with` blocks run through it, `os.path.join` and `json.dumps` ask values of the author for something.
_LIBRARY = os.path.dirname(os.__file__) + os.sep
#: The folders of installed packages, whatever their interpreter.
LIBRARIES = ("site-packages", "dist-packages")
_INSTALLED = tuple(os.sep + folder + os.sep for folder in LIBRARIES)
#: What the byte code of `raise` and `assert` ends with.
_RAISE = dis.opmap["RAISE_VARARGS"]


@dataclass(frozen=True)
class Frame:
    """A line that was being run when an exception rose. `raises`: by a `raise` or `assert` that stands in it, not by what it asked of something."""

    file: str
    line: int
    function: str
    module: str
    raises: bool

    @property
    def place(self) -> str:
        """`FILE:LINE`."""
        return f"{self.file}:{self.line}"

    @property
    def source(self) -> str:
        """The line, without indentation; empty if it cannot be read."""
        return linecache.getline(self.file, self.line).strip()


def is_installed(file: str) -> bool:
    """Whether a file belongs to an installed package, of whatever interpreter."""
    return any(folder in file for folder in _INSTALLED)


def frames(error: BaseException) -> Iterator[Frame]:
    """Where an exception came through, outermost first."""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        raises = code.co_code[trace.tb_lasti] == _RAISE
        yield Frame(code.co_filename, trace.tb_lineno, code.co_name, str(trace.tb_frame.f_globals.get("__name__", "")), raises)
        trace = trace.tb_next


def here() -> str:
    """`FILE:LINE` of the author's code that is running now; empty where there is none."""
    return _authors(_callers(sys._getframe(1)))  # noqa: SLF001  # the one way to see who calls, and a cheap one


def of_exception(error: BaseException) -> str:
    """`FILE:LINE` of the author's code in which an exception rose; empty where there is none."""
    return _authors((frame.file, frame.line) for frame in reversed(list(frames(error))))


def is_ours() -> bool:
    """Whether the function that calls the caller is Bakehouse's own, and not the author's."""
    return sys._getframe(2).f_code.co_filename.startswith(_OURS)  # noqa: SLF001  # as above


def _callers(frame: FrameType | None) -> Iterator[tuple[str, int]]:
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back


def _authors(frames: Iterable[tuple[str, int]]) -> str:
    """The author's place among frames, the innermost first. Beyond a frame of ours stands who called us, not who is called."""
    found = ""
    for file, line in frames:
        if file.startswith(_OURS):
            if found:
                break
        elif is_installed(file):
            found = found or f"{file}:{line}"
        elif not file.startswith((_LIBRARY, "<frozen ")):
            return f"{file}:{line}"
    return found
