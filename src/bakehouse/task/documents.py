"""JSON documents on disk: read whole, written aside and renamed.

The interpreter's own scanner and encoder are used directly: importing `json` compiles half a dozen regular expressions,
which takes longer than a short step runs. Where an interpreter has no such scanner, `json` does the same.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

_json: Any
try:
    import _json
except ImportError:
    _json = None  # `json` then

_CONSTANTS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


class _Reading:
    """What the scanner asks of its owner."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = _CONSTANTS.__getitem__
    memo: "dict[str, str]" = {}  # noqa: RUF012  # asked for by some versions of the scanner, which clear it themselves


def parsed(text: str) -> Any:
    """The value of a JSON text. Raises `ValueError` when it is none."""
    text = text.strip(" \t\r\n")
    if _json is None:
        import json

        return json.loads(text)
    try:
        value, end = _json.make_scanner(_Reading())(text, 0)
    except StopIteration as stop:
        raise ValueError(f"no JSON value at character {stop.value}") from None
    if end != len(text):
        raise ValueError(f"more than one JSON value: the first ends at character {end}")
    return value


def text_of(value: Any, default: Optional[Callable[[Any], Any]] = None) -> str:
    """A value as JSON text; NaN and infinity are written as such. `default` turns what JSON does not know into what it knows.

    Raises `TypeError` for other values, `ValueError` for a value that contains itself, `RecursionError` for very deep ones.
    """
    if _json is None:
        import json

        return json.dumps(value, default=default)
    encode = _json.make_encoder({}, default or _refused, _json.encode_basestring_ascii, None, ": ", ", ", False, False, True)
    return "".join(encode(value, 0))


def read(path: str) -> Any:
    """The value of the document in this file. Raises `OSError`, and `ValueError` when it is not JSON in UTF-8."""
    with open(path, "rb") as file:
        return parsed(file.read().decode("utf-8"))


def write(path: str, text: str) -> None:
    """Put a text into place in one move: whoever reads this path sees all of it or nothing. Raises `OSError`."""
    aside = f"{path}.{os.getpid()}"
    with open(aside, "wb") as file:
        file.write(text.encode("utf-8"))
    os.replace(aside, path)


def _refused(value: Any) -> Any:
    raise TypeError(f"{type(value).__name__} is not a JSON value")
