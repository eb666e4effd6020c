"""JSON documents to YAML, byte for byte as PyYAML's own dumper (`sort_keys=True`) writes them, which KFP's compiler uses.

That dumper takes seconds for a pipeline of some thousand tasks, and libyaml's folds long texts elsewhere: so the structure is
written here, and PyYAML is asked for the texts that are not plain, once for each text and column.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import yaml
from yaml.emitter import Emitter
from yaml.resolver import Resolver

from bakehouse.ir import scalars
from bakehouse.ir.values import Json, JsonObject

_STRING = "tag:yaml.org,2002:str"
_LONGEST_KEY = 127  # a longer one is written as `? key`
#: Texts that are written as they are: words that no reader takes for anything else.
_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*")
_BREAK = re.compile("[\n\x85\u2028\u2029]")
_WORDS = frozenset(("null", "yes", "no", "true", "false", "on", "off"))


def dumped(documents: Iterable[JsonObject]) -> str:
    """The documents, one below the other."""
    return "---\n".join(_document(document) for document in documents)


def _document(document: JsonObject) -> str:
    lines: list[str] = []
    try:
        _mapping(lines, document, 0, "")
    except _UnusualKeyError:
        return str(yaml.dump(document, Dumper=_NoAliases, sort_keys=True))
    return "".join(lines)


class _UnusualKeyError(Exception):
    """A key that does not fit on one line: PyYAML writes the whole document then."""


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's signature
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar(_STRING, data, style="'" if scalars.is_scientific(data) else None)


_NoAliases.add_representer(str, _NoAliases.represent_str)


def _mapping(lines: list[str], mapping: JsonObject, indent: int, first: str) -> None:
    """Append the lines of a mapping that is not empty; `first` is what stands before its first key."""
    if not mapping:
        lines.append(first + "{}\n")
        return
    padding = " " * indent
    before = first or padding
    for key in sorted(mapping):
        if len(key) > _LONGEST_KEY or not key or _BREAK.search(key):
            raise _UnusualKeyError
        written = _text(key, indent, indent, key=True)
        _value(lines, mapping[key], indent, f"{before}{written}:")
        before = padding


def _sequence(lines: list[str], items: Iterable[Json], indent: int, first: str) -> None:
    before = first or " " * indent
    for item in items:
        if isinstance(item, Mapping) and item:
            _mapping(lines, item, indent + 2, f"{before}- ")
        elif isinstance(item, list | tuple) and item:
            _sequence(lines, item, indent + 2, f"{before}- ")
        else:
            lines.append(f"{before}-{_scalar(item, indent + 1, indent)}\n")
        before = " " * indent


def _value(lines: list[str], value: Json, indent: int, before: str) -> None:
    if isinstance(value, Mapping) and value:
        lines.append(before + "\n")
        _mapping(lines, value, indent + 2, "")
    elif isinstance(value, list | tuple) and value:
        lines.append(before + "\n")
        _sequence(lines, value, indent, "")
    else:
        lines.append(f"{before}{_scalar(value, len(before), indent)}\n")


def _scalar(value: Json, column: int, indent: int) -> str:
    """A scalar with the space before it, or an empty collection. `column` is where that space stands."""
    if isinstance(value, str):
        return " " + _text(value, column, indent, key=False)
    if value is None or isinstance(value, bool):
        return _CONSTANTS[value]
    if isinstance(value, int | float):
        return f" {_float(value) if isinstance(value, float) else value}"
    if isinstance(value, Mapping):
        return " {}"
    if isinstance(value, list | tuple):
        return " []"
    raise TypeError(f"{value!r} is not a JSON value")


_CONSTANTS = {None: " null", True: " true", False: " false"}


def _float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    written = repr(value)
    # YAML 1.1 takes `1e+20` for a text.
    return written.replace("e", ".0e", 1) if "e" in written and "." not in written else written


def _text(text: str, column: int, indent: int, *, key: bool) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return _quoted(text, column, indent, key)


class _Texts(Emitter, Resolver):
    """PyYAML's emitter for one text at a time."""

    def __init__(self) -> None:
        Emitter.__init__(self, self)
        Resolver.__init__(self)
        self.parts: list[str] = []

    def write(self, part: str) -> None:
        """What the emitter writes to; it is its own stream."""
        self.parts.append(part)

    def written(self, text: str, column: int, indent: int, *, key: bool) -> str:
        # PyYAML would leave `1e-3` plain. Other readers, KFP's server among them, take that for a number.
        tag = self.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]  # its stub has no types
        plain = tag == _STRING and not scalars.is_scientific(text)
        self.parts.clear()
        self.column, self.indent = column, indent + 2
        self.whitespace = key
        self.indention = self.root_context = False
        self.simple_key_context = key
        self.analysis = self.style = None
        self.event = yaml.ScalarEvent(None, None, (plain, True), text)
        self.process_scalar()
        return "".join(self.parts).removeprefix(" ") if not key else "".join(self.parts)


_texts = _Texts()


@lru_cache(maxsize=4096)
def _quoted(text: str, column: int, indent: int, key: bool) -> str:  # noqa: FBT001  # a cache of functions wants them positional
    return _texts.written(text, column, indent, key=key)
