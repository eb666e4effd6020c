"""Points of metrics as a step logs them: one line of JSON each, `[OUTPUT, METRIC, STEP, VALUE, SECONDS]`, in the file `series` of its attempt.

All processes of a step append to it, each line in one write. docs/reference/step.md describes the file.
"""

from __future__ import annotations

import os
import time

from . import documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

#: The variable that says where the file lies: other processes of the step inherit it. Where it is not set no points are kept.
VARIABLE = "BAKEHOUSE_SERIES"
#: Bytes of a file after which nothing is added but the mark that it was cut: about a million points.
LIMIT = 64 << 20
_CUT = '{"cut": true}\n'
#: Larger ones would become others where numbers have 53 bits, as in a browser.
_LARGEST_STEP = (1 << 53) - 1
_LONGEST_NAME = 250  # characters


class _Told:
    """What this process has said already, and whether its last line is only half in the file."""

    cut = False
    trouble = False
    torn = False


def log(output: str, metric: str, value: Any, step: Any) -> Union[int, float]:
    """Append a point to the series of a metric of this output; the value as a number.

    A file that takes no more is told on standard error, once. Raises `TypeError` for a value that is no number, a step that is no integer
    and a name that is no text; `ValueError` for those that are too large or too long.
    """
    for name in (output, metric):
        if not isinstance(name, str):
            raise TypeError(f"log_metric: a name is a text, not {_shown(name)}")
        if len(name) > _LONGEST_NAME:
            raise ValueError(f"log_metric: a metric with a step has a name of at most {_LONGEST_NAME} characters, not {len(name)}: {name[:60]}…")
    number, place = _number(metric, value), _whole(metric, step)
    path = os.environ.get(VARIABLE)
    if path and not _Told.cut:
        line = documents.text_of([output, metric, place, number, round(time.time(), 3)])
        try:
            _append(path, line + "\n")
        except OSError as error:
            _warn(f"points of metrics cannot be kept: {error.strerror or error}: {path}")
    return number


def _number(metric: str, value: Any) -> Union[int, float]:
    """A number of whatever library as Python's own."""
    if type(value) is float:
        return value
    try:
        number = None if isinstance(value, (str, bytes, bytearray, bool)) else float(value)
    except OverflowError:
        raise ValueError(f"log_metric({metric!r}, …): the value is too large for a float") from None
    except (TypeError, ValueError, RuntimeError):
        number = None
    if number is None:
        raise TypeError(f"log_metric({metric!r}, …): a value with a step is one number, not {_shown(value)}")
    return int(value) if isinstance(value, int) else number


def _whole(metric: str, step: Any) -> int:
    try:
        whole = None if isinstance(step, bool) else int(step.__index__())
    except (AttributeError, TypeError, ValueError, RuntimeError):
        whole = None
    if whole is None:
        raise TypeError(f"log_metric({metric!r}, …): a step is a whole number, such as that of an epoch, not {_shown(step)}")
    if not -_LARGEST_STEP <= whole <= _LARGEST_STEP:
        raise ValueError(f"log_metric({metric!r}, …): a step lies between -(2**53 - 1) and 2**53 - 1; {whole} does not")
    return whole


def _append(path: str, line: str) -> None:
    """Add a line, unless the file is as long as it may become. Opened each time: a step may close any descriptor, and give its number to a file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(descriptor).st_size >= LIMIT:
            _Told.cut = True
            _warn(f"{LIMIT >> 20} MiB of points of metrics are kept, and no more: log them less often")
            line = _CUT
        data = ("\n" + line if _Told.torn else line).encode("ascii")
        # Where the disk is full, half a line may be all that fits: what comes next must not become a part of it.
        _Told.torn = os.write(descriptor, data) != len(data)
    finally:
        os.close(descriptor)


def _warn(text: str) -> None:
    """Say it in the step's log, the first time."""
    if _Told.trouble:
        return
    _Told.trouble = True
    try:
        os.write(2, f"bakehouse: {text}\n".encode("utf-8", "backslashreplace"))
    except OSError:
        pass  # the step has closed it: nobody is left to be told


def _shown(value: Any) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 80 else text[:80] + '…'}"  # noqa: PLR2004  # enough to tell what it is
