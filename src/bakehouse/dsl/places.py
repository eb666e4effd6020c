"""Where the author's code stands: `FILE:LINE` of the innermost frame that is not Bakehouse's own."""

from __future__ import annotations

import contextlib
import os
import sys
from types import FrameType

#: `with` blocks of ours run through it.
_BETWEEN = contextlib.__file__
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def here() -> str:
    """`FILE:LINE` of the author's code that is running now; empty where there is none."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # the one way to see who calls, and a cheap one
    while frame is not None and (frame.f_code.co_filename.startswith(_OURS) or frame.f_code.co_filename == _BETWEEN):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else ""
