"""Constants that an author writes: whether they can travel as JSON, and which type of parameter they are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.meanings import PARAMETERS, WORDS
from bakehouse.ir.spec import ParameterType

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
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                yield f"{where}has the key {key!r}: keys are texts"
            yield from flaws(item, f"{path}[{key!r}]")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from flaws(item, f"{path}[{index}]")
    elif type(value) not in PARAMETERS and kind_of(value) is None:
        yield f"{where}is a {type(value).__name__}, which JSON does not have"


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
