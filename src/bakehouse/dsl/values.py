"""Constants that an author writes: whether they can travel as JSON, and which type of parameter they are."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.errors import WrongValue
from bakehouse.dsl.meanings import PARAMETERS, WORDS
from bakehouse.ir.scalars import is_text
from bakehouse.ir.spec import ParameterType

_TRUE, _FALSE = frozenset(("y", "yes", "t", "true", "on", "1")), frozenset(("n", "no", "f", "false", "off", "0"))
#: What is wrong with a text that UTF-8 does not have.
_HALF = "holds half a character (a lone surrogate)"
#: The types of whole and of other numbers.
NUMBERS = frozenset((ParameterType.NUMBER_INTEGER, ParameterType.NUMBER_DOUBLE))


def kind_of(value: Any) -> ParameterType | None:
    """The type of a constant; `None` for what cannot be one."""
    return PARAMETERS.get(type(value)) or next((kind for cls, kind in PARAMETERS.items() if isinstance(value, cls)), None)  # type: ignore[arg-type]  # keys are classes


def fits(value: Any, wanted: ParameterType) -> bool:
    """Whether a constant can be given where a type is asked for. A whole number is a number of either kind."""
    found = kind_of(value)
    if found is ParameterType.NUMBER_INTEGER and wanted is ParameterType.NUMBER_DOUBLE:
        return True
    return found is wanted


def flaws(value: Any, path: str = "") -> Iterator[str]:
    """What keeps a value from being JSON, each as the rest of a sentence that begins with the value's name."""
    where = f"{path} " if path else ""
    if isinstance(value, PipelineChannel) or (value is None and path):
        return
    if isinstance(value, float) and not math.isfinite(value):
        yield f"{where}is {value}, which JSON does not have"
    elif isinstance(value, str) and not is_text(value):
        yield f"{where}is {value!r}, which {_HALF}"
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _of_key(where, key)
            yield from flaws(item, f"{path}[{key!r}]")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from flaws(item, f"{path}[{index}]")
    elif type(value) not in PARAMETERS and kind_of(value) is None:
        yield f"{where}is a {type(value).__name__}, which JSON does not have"


def _of_key(where: str, key: Any) -> Iterator[str]:
    if not isinstance(key, str):
        yield f"{where}has the key {key!r}: keys are texts"
    elif not is_text(key):
        yield f"{where}has the key {key!r}, which {_HALF}"


def halved(what: str, text: str | None, place: str | None = None) -> list[WrongValue]:
    """What is wrong with a text that UTF-8 does not have all of: one error, or none."""
    if text is None or is_text(text):
        return []
    return [WrongValue(f"{what} {_HALF}: {spelled(text)}", place=place, remedy="Write a text that can be written as UTF-8.")]


def writable(what: str, text: str) -> str:
    """A text that UTF-8 has all of. Raises `WrongValue` (without place)."""
    for error in halved(what, text):
        raise error
    return text


def converted(given: Any, kind: ParameterType) -> Any:
    """A value, or a text that is one (`"0.5"`, `"yes"`, JSON), as a value of a type; `None` for what is none."""
    read = _READERS.get(kind)
    return None if read is None else read(given)


def _text(given: Any) -> str | None:
    return str(given) if not isinstance(given, dict | list) else None


def _whole(given: Any) -> int | None:
    try:
        number = int(given)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if isinstance(given, str) or number == given else None


def _number(given: Any) -> float | None:
    try:
        number = float(given)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _truth(given: Any) -> bool | None:
    said = str(given).lower()
    return True if said in _TRUE else False if said in _FALSE else None


def _json(given: Any, kind: type) -> Any:
    """A list or mapping, as it is or as JSON in a text."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return None
    return given if isinstance(given, kind) else None


_READERS: Mapping[ParameterType, Callable[[Any], Any]] = {
    ParameterType.STRING: _text,
    ParameterType.NUMBER_INTEGER: _whole,
    ParameterType.NUMBER_DOUBLE: _number,
    ParameterType.BOOLEAN: _truth,
    ParameterType.LIST: lambda given: _json(given, list),
    ParameterType.STRUCT: lambda given: _json(given, dict),
}


def spelled(value: Any) -> str:
    """A value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def typed(value: Any) -> str:
    """`'x' (a str)`."""
    found = kind_of(value)
    name = WORDS[found] if found else type(value).__name__
    return f"{spelled(value)} ({'an' if name[0] in 'aeiou' else 'a'} {name})"


_LONGEST = 60
