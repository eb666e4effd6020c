"""What two cache keys were made of, compared part by part: why one result is not the other. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from bakehouse.ir.values import Json, JsonObject, canonical

_LONGEST = 40  # characters of a value in a sentence
_MOST_LINES = 40  # of a difference between two texts
_ABSENT = object()


class Part(str, Enum):
    """What a part of a key is about."""

    RULES = "rules"  # how Bakehouse makes keys
    INTERFACE = "interface"
    CACHE_KEY = "cache key"  # the author's own
    CODE = "code"
    MODULES = "modules"  # the folder of the author's own that travels
    IMAGE = "image"
    COMMAND = "command"
    INTERPRETER = "interpreter"
    PLATFORM = "platform"
    PACKAGES = "packages"
    VARIABLE = "environment variable"
    CLAIM = "volume claim at"
    PARAMETER = "parameter"
    ARTIFACT = "artifact"


@dataclass(frozen=True)
class Difference:
    """One part that differs. `name` is that of the parameter, variable or artifact; `lines` show what changed within a text.

    `before` and `after` are the values as the parts hold them, `None` where there is none.
    """

    part: Part
    name: str
    before: Json
    after: Json
    text: str
    lines: tuple[str, ...] = ()


def compared(before: JsonObject, after: JsonObject) -> tuple[Difference, ...]:
    """What differs between the parts of an earlier key and those of a later one; empty if they are equal."""
    return tuple(_differences(before, after))


def _differences(before: JsonObject, after: JsonObject) -> Iterator[Difference]:
    if before.get("version") != after.get("version"):
        text = "another Bakehouse made the result, whose keys mean something else"
        yield Difference(Part.RULES, "", before.get("version"), after.get("version"), text)
    if before.get("interface") != after.get("interface"):
        text = f"interface changed: {_interface(before, after)}"
        yield Difference(Part.INTERFACE, "", before.get("interface"), after.get("interface"), text)
    if before.get("cache_key") != after.get("cache_key"):
        yield _value(Part.CACHE_KEY, "", before.get("cache_key", _ABSENT), after.get("cache_key", _ABSENT))
    if before.get("cache_key") and after.get("cache_key"):
        return
    yield from _code(_mapping(before, "command"), _mapping(after, "command"))
    yield from _place(_mapping(before, "place"), _mapping(after, "place"))
    yield from _values(Part.VARIABLE, _mapping(before, "env"), _mapping(after, "env"))
    yield from _values(Part.CLAIM, _mapping(before, "claims"), _mapping(after, "claims"))
    yield from _values(Part.PARAMETER, _mapping(before, "parameters"), _mapping(after, "parameters"))
    yield from _artifacts(_mapping(before, "artifacts"), _mapping(after, "artifacts"))
    yield from _artifacts(_imported(before), _imported(after))


def _mapping(parts: JsonObject, name: str) -> JsonObject:
    found = parts.get(name)
    return found if isinstance(found, Mapping) else {}


def _imported(parts: JsonObject) -> JsonObject:
    return {"what is imported": parts["imported"]} if "imported" in parts else {}


def _interface(before: JsonObject, after: JsonObject) -> str:
    """Which inputs and outputs came, went or are of another type."""
    old, new = _flat(before), _flat(after)
    gone = [f"no {name}" for name in old if name not in new]
    come = [f"new {name}" for name in new if name not in old]
    other = [f"{name} of another type" for name in new if name in old and old[name] != new[name]]
    return ", ".join([*come, *gone, *other][:_MOST_LINES])


def _flat(parts: JsonObject) -> dict[str, Json]:
    return {
        f"{side.removesuffix('s')} {name}": declared
        for side in ("inputs", "outputs")
        for kind in ("parameters", "artifacts")
        for name, declared in _mapping(_mapping(_mapping(parts, "interface"), side), kind).items()
    }


# ---------------------------------------------------------------- code and place


def _code(before: JsonObject, after: JsonObject) -> Iterator[Difference]:
    if before == after or not before or not after:
        return
    if before.get("modules") != after.get("modules"):
        yield _modules(before.get("modules"), after.get("modules"))
    if "source" in before and "source" in after:
        if all(before.get(name) == after.get(name) for name in ("source", "function")):
            return
        lines = _changed_lines(str(before["source"]), str(after["source"]))
        changed = len(lines)
        text = f"code changed ({changed} {'line' if changed == 1 else 'lines'})" if changed else f"function {after.get('function')} is called"
        yield Difference(Part.CODE, "", before["source"], after["source"], text, _cut(lines))
        return
    if before.get("image") != after.get("image"):
        yield _value(Part.IMAGE, "", before.get("image", _ABSENT), after.get("image", _ABSENT))
    old, new = _words(before), _words(after)
    if old != new:
        yield Difference(Part.COMMAND, "", old, new, "command changed", _cut(_changed_lines("\n".join(old), "\n".join(new))))


def _modules(before: Json, after: Json) -> Difference:
    text = "no modules travel any more" if after is None else "modules travel now" if before is None else "modules that travel changed"
    return Difference(Part.MODULES, "", before, after, text)


def _words(command: JsonObject) -> list[str]:
    return [str(word) for word in (*command.get("command", ()), *command.get("args", ()))]


def _changed_lines(before: str, after: str) -> list[str]:
    """The lines that went (`-`) and came (`+`), without their surroundings."""
    compared = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0))
    return [line for line in compared[2:] if not line.startswith("@@")]  # the first two name the texts


def _cut(lines: Sequence[str]) -> tuple[str, ...]:
    more = len(lines) - _MOST_LINES
    return (*lines[:_MOST_LINES], f"… {more:,} more") if more > 0 else tuple(lines)


def _place(before: JsonObject, after: JsonObject) -> Iterator[Difference]:
    if not before or not after:
        return
    for part, name in ((Part.INTERPRETER, "python"), (Part.PLATFORM, "platform")):
        if before.get(name) != after.get(name):
            yield _value(part, "", before.get(name, _ABSENT), after.get(name, _ABSENT))
    if before.get("lock") != after.get("lock"):
        yield Difference(Part.PACKAGES, "", before.get("lock"), after.get("lock"), "packages changed")


def with_packages(difference: Difference, before: str, after: str) -> Difference:
    """A difference of environments with the distributions that came, went or have another version, by the two locks."""
    old, new = _versions(before), _versions(after)
    lines = [
        *(f"{name} {old[name]} → {new[name]}" for name in sorted(old.keys() & new.keys()) if old[name] != new[name]),
        *(f"+ {name} {new[name]}" for name in sorted(new.keys() - old.keys())),
        *(f"- {name} {old[name]}" for name in sorted(old.keys() - new.keys())),
    ]
    if not lines:
        return difference
    text = f"package {lines[0]}" if len(lines) == 1 and "→" in lines[0] else f"{len(lines)} packages changed"
    return replace(difference, text=text, lines=_cut(lines))


def with_files(difference: Difference, before: Mapping[str, str], after: Mapping[str, str]) -> Difference:
    """A difference of modules with the files that came, went or changed, by what is in both of them."""
    lines = [
        *(f"{name} changed" for name in sorted(before.keys() & after.keys()) if before[name] != after[name]),
        *(f"+ {name}" for name in sorted(after.keys() - before.keys())),
        *(f"- {name}" for name in sorted(before.keys() - after.keys())),
    ]
    if not lines:
        return difference
    text = f"module file {lines[0]}" if len(lines) == 1 and lines[0].endswith("changed") else f"{len(lines)} module files changed"
    return replace(difference, text=text, lines=_cut(lines))


def _versions(lock: str) -> dict[str, str]:
    """The versions by distribution. What was installed from a file has its digest behind it."""
    return {name: version for name, _, version in (line.partition("==") for line in lock.splitlines() if line)}


# ---------------------------------------------------------------- parameters and artifacts


def _values(part: Part, before: JsonObject, after: JsonObject) -> Iterator[Difference]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, _ABSENT), after.get(name, _ABSENT)
        if old is _ABSENT or new is _ABSENT or canonical(old) != canonical(new):  # 1 and True are equal to Python, and not to a step
            yield _value(part, name, old, new)


def _value(part: Part, name: str, before: Json, after: Json) -> Difference:
    what = f"{part.value} {name}".rstrip()
    if before is _ABSENT:
        return Difference(part, name, None, after, f"{what} is new: {_shown(after)}")
    if after is _ABSENT:
        return Difference(part, name, before, None, f"{what} is gone (it was {_shown(before)})")
    return Difference(part, name, before, after, f"{what} {_shown(before)} → {_shown(after)}")


def _shown(value: Json) -> str:
    return _short(value if isinstance(value, str) and value else canonical(value))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _artifacts(before: JsonObject, after: JsonObject) -> Iterator[Difference]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield Difference(Part.ARTIFACT, name, old, new, _artifact(name, old, new))


def _artifact(name: str, before: Json, after: Json) -> str:
    what = name if name.startswith("what") else f"artifact {name}"
    if before is None or after is None:
        return f"{what} is {'new' if before is None else 'gone'}"
    if len(before) != len(after):
        return f"{what}: {len(before)} → {len(after)} of them"
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    old, new = changed[0]
    of_several = f" (of {len(changed)} of {len(after)})" if len(after) > 1 else ""
    if old.get("content") != new.get("content"):
        return f"content of {what} changed{of_several}"
    if old.get("schema") != new.get("schema"):
        return f"{what} is {new.get('schema')}, not {old.get('schema')}"
    keys = [one.text.removeprefix(f"{Part.PARAMETER.value} ") for one in _values(Part.PARAMETER, old.get("metadata", {}), new.get("metadata", {}))]
    return f"metadata of {what} changed{of_several}: {keys[0] if keys else ''}".rstrip(": ")
