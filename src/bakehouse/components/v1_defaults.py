"""Defaults in component files of KFP 1, where most values are texts: to values of the types of their inputs. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping

from bakehouse.dsl.meanings import word
from bakehouse.ir.fields import Found
from bakehouse.ir.spec import ParameterType
from bakehouse.ir.values import Json

_TRUE, _FALSE = frozenset(("y", "yes", "t", "true", "on", "1")), frozenset(("n", "no", "f", "false", "off", "0"))


def value(found: Found, kind: ParameterType) -> Json:
    """The default of an input of this type; one that does not fit is reported, and is `None`."""
    given = found.value()
    read = _READERS[kind](given)
    if read is None:
        found.report(f"the default {given!r} is no {word(kind)}", "Correct the default or the type.")
    return read


def _text(given: Json) -> Json:
    return str(given) if not isinstance(given, dict | list) else None


def _whole(given: Json) -> Json:
    try:
        number = int(given)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if isinstance(given, str) or number == given else None


def _number(given: Json) -> Json:
    try:
        number = float(given)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _truth(given: Json) -> Json:
    said = str(given).lower()
    return True if said in _TRUE else False if said in _FALSE else None


def _json(given: Json, kind: type) -> Json:
    """A list or mapping, as it is or as JSON in a text."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return None
    return given if isinstance(given, kind) else None


_READERS: Mapping[ParameterType, Callable[[Json], Json]] = {
    ParameterType.STRING: _text,
    ParameterType.NUMBER_INTEGER: _whole,
    ParameterType.NUMBER_DOUBLE: _number,
    ParameterType.BOOLEAN: _truth,
    ParameterType.LIST: lambda given: _json(given, list),
    ParameterType.STRUCT: lambda given: _json(given, dict),
}
