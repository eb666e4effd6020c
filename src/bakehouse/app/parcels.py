"""Values of the IR as JSON and back, exactly: how the process that ran the author's file hands over what it compiled.

Not a file format: both ends are the same program. `ir.text` is what is stored and what people read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from types import ModuleType

from bakehouse.ir import execution, spec
from bakehouse.ir.values import Json

_HOMES: tuple[ModuleType, ...] = (spec, execution)


def packed(value: object) -> Json:
    """A value of the IR as JSON: each container says what it is, fields that have their default are left out."""
    if isinstance(value, Enum):
        return ["enum", type(value).__name__, value.value]
    if is_dataclass(value):
        given = {field.name: getattr(value, field.name) for field in fields(value)}
        said = {field.name: packed(given[field.name]) for field in fields(value) if field.default is MISSING or given[field.name] != field.default}
        return ["value", type(value).__name__, said]
    if isinstance(value, Mapping):
        return ["map", [[key, packed(item)] for key, item in value.items()]]
    if isinstance(value, (tuple, list, frozenset)):
        kind = "tuple" if isinstance(value, tuple) else "list" if isinstance(value, list) else "set"
        return [kind, [packed(item) for item in value]]
    return value


def unpacked(value: Json) -> object:
    """What `packed` was given."""
    if not isinstance(value, list):
        return value
    match value:
        case ["enum", name, text]:
            return _named(name)(text)
        case ["value", name, said]:
            return _named(name)(**{key: unpacked(item) for key, item in said.items()})
        case ["map", pairs]:
            return {key: unpacked(item) for key, item in pairs}
        case [kind, items]:
            return {"tuple": tuple, "list": list, "set": frozenset}[kind](map(unpacked, items))
    raise ValueError(f"not a parcel: {value!r}")


def _named(name: str) -> type:
    return next(getattr(home, name) for home in _HOMES if hasattr(home, name))  # type: ignore[no-any-return]  # a class of the IR
