"""The meaning of YAML scalars: PyYAML's, which KFP's SDK uses, but for dates (they stay text) and `1e-3` (a number).

PyYAML's resolver takes `1e-3` for a text, and so writes such a text without quotes. `pyyaml=True` reads it so: right for
files that its dumper wrote.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from bakehouse.ir.values import Json

_NUMERIC = frozenset("-+.0123456789")
_INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0[0-7_]+|0x[0-9a-fA-F_]+|(?:0|[1-9][0-9_]*)|[1-9][0-9_]*(?::[0-5]?[0-9])+)")
_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*"
)
_SCIENTIFIC = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+")
_LONGEST_NUMBER = 4000  # characters; Python itself converts no more digits

_WORDS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
#: What Python's and protobuf's JSON call the floats that JSON has no name for.
JSON_WORDS: dict[str, Json] = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def json_number(value: float) -> float | str:
    """A float as JSON can say it: those that JSON has no name for as texts, as in the JSON of protocol buffers."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def json_value(value: Json) -> Json:
    """A value in which JSON can say every float, as `json_number` says them."""
    if isinstance(value, float):
        return json_number(value)
    if isinstance(value, Mapping):
        return {name: json_value(one) for name, one in value.items()}
    return [json_value(one) for one in value] if isinstance(value, (list, tuple)) else value


def is_text(value: str) -> bool:
    """Whether UTF-8 has all of a text: half a character (a lone surrogate) is none."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def plain(text: str, *, pyyaml: bool = False) -> Json:
    """The value of a scalar without quotes: null, bool, int, float or text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC or len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text.replace("_", ""))
    if _FLOAT.fullmatch(text):
        return _float(text.replace("_", ""))
    if not pyyaml and is_scientific(text):
        return float(text)
    return text


def is_scientific(text: str) -> bool:
    """Whether a text is a number such as `1e-3` that PyYAML takes for a text."""
    return text[:1] in _NUMERIC and len(text) <= _LONGEST_NUMBER and _SCIENTIFIC.fullmatch(text) is not None


def _integer(text: str) -> Json:
    sign, digits = (-1, text[1:]) if text[0] == "-" else (1, text.lstrip("+"))
    try:
        if ":" in digits:
            return sign * int(_sixties(digits))
        if digits.startswith(("0b", "0x")):
            return sign * int(digits, 0)
        return sign * int(digits, 8 if digits[0] == "0" else 10)
    except ValueError:  # nothing but underscores after the prefix
        return text


def _float(text: str) -> Json:
    sign, digits = (-1.0, text[1:]) if text[0] == "-" else (1.0, text.lstrip("+"))
    try:
        return sign * (_sixties(digits) if ":" in digits else float(digits))
    except ValueError:
        return text


def _sixties(digits: str) -> float:
    """`1:30` is 90: YAML 1.1's numbers to the base of 60."""
    value = 0.0
    for part in digits.split(":"):
        value = value * 60 + float(part)
    return value
