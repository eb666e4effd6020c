"""JSON that clients put inside a text: a filter, tags, a token. Pure."""

from __future__ import annotations

import json
from typing import NoReturn

from bakehouse.ir.values import Json

_LARGEST = 1 << 63


def loaded(text: str | bytes) -> Json:
    """The value. Raises `ValueError` for what is no JSON, and for what nothing here can keep or compare.

    That is half a character, a number beyond 64 bits, NaN, infinity, and what is nested too deeply.
    """
    try:
        value: Json = json.loads(text, parse_int=whole, parse_constant=_refused)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # half a character, and a float that became infinite
    except UnicodeEncodeError as error:
        raise ValueError("half a character (a lone surrogate) stands in it") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return value


def is_unicode(value: Json) -> bool:
    """Whether all texts in it are made of whole characters."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def whole(text: str) -> int:
    """A whole number of 64 bits. Raises `ValueError`."""
    number = int(text)
    if not -_LARGEST <= number < _LARGEST:
        raise ValueError(f"the number {text[:40]} has more than 64 bits")
    return number


def _refused(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
