"""Defaults in component files of KFP 1, where most values are texts: to values of the types of their inputs. Pure."""

from __future__ import annotations

from bakehouse.dsl.meanings import word
from bakehouse.dsl.values import converted
from bakehouse.ir.fields import Found
from bakehouse.ir.spec import ParameterType
from bakehouse.ir.values import Json


def value(found: Found, kind: ParameterType) -> Json:
    """The default of an input of this type; one that does not fit is reported, and is `None`."""
    given = found.value()
    read: Json = converted(given, kind)
    if read is None:
        found.report(f"the default {given!r} is no {word(kind)}", "Correct the default or the type.")
    return read
