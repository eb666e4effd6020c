"""Where the author's code stands: `FILE:LINE` of the innermost frame that is neither Bakehouse's nor of Python's library."""

from __future__ import annotations

import os
import sys
from types import FrameType

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
#: Python's own: `with` blocks run through it, `os.path.join` and `json.dumps` ask values of the author for something.
_LIBRARY = os.path.dirname(os.__file__) + os.sep
#: What is installed below it is somebody's.
_INSTALLED = tuple(_LIBRARY + folder for folder in ("site-packages" + os.sep, "dist-packages" + os.sep))


def here() -> str:
    """`FILE:LINE` of the author's code that is running now; empty where there is none."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # the one way to see who calls, and a cheap one
    while frame is not None and _is_between(frame.f_code.co_filename):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else ""


def is_ours() -> bool:
    """Whether the function that calls the caller is Bakehouse's own, and not the author's."""
    return sys._getframe(2).f_code.co_filename.startswith(_OURS)  # noqa: SLF001  # as above


def _is_between(file: str) -> bool:
    """Whether a frame of this file stands between the author and us."""
    if file.startswith(_OURS):
        return True
    return file.startswith((_LIBRARY, "<frozen ")) and not file.startswith(_INSTALLED)
