"""The text of a pipeline file to a tree of YAML nodes, which know their lines. First stage of reading; JSON is read as the YAML it is.

No text makes it crash, hang or eat the machine: size, depth and number of nodes are bounded, aliases counted at what they stand for.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn, cast

import yaml
from yaml._yaml import CParser

from bakehouse.errors import Problem
from bakehouse.ir.errors import InvalidPipeline

LARGEST_TEXT = 32 << 20  # bytes
DEEPEST = 200
#: Nodes of one file; those reached through aliases count each time.
MOST_NODES = 1_000_000

#: The tag of nodes whose tag the text does not give.
IMPLICIT = ""
_STANDARD = "tag:yaml.org,2002:"
_TAGS = frozenset({IMPLICIT, *(_STANDARD + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))})
_MERGE = "<<"

# Indentation by tabs, and characters beyond U+FFFF written as two escapes: JSON has both, YAML neither.
_TABS = re.compile(r"^[ \t]*\t[ \t]*", re.MULTILINE)
_ESCAPE = re.compile(r"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|.)", re.IGNORECASE)

Node = yaml.Node


def documents(text: str | bytes, origin: str) -> list[Node]:
    """The documents of a text that are not empty. Raises `InvalidPipeline`."""
    content = _decoded(text, origin)
    if not content.strip():
        _refuse("the file is empty", origin, "A pipeline file is what `bakehouse compile FILE.py` or KFP's compiler writes.")
    try:
        roots = _composed(_json_as_yaml(content) if is_json(content) else content)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{origin}:{mark.line + 1}" if mark else origin
        said = ", ".join(part for part in (error.context, error.problem) if part)
        if "nesting depth" in said:  # newer releases of libyaml have a limit of their own
            said = f"more than {DEEPEST} levels of nesting"
        elif "Unicode character escape" in said:
            said = "an escape stands for no character that UTF-8 has, such as half of one (a lone surrogate, \\ud800)"
        raise InvalidPipeline([Problem(f"this is not YAML: {said}", place, _YAML_REMEDY)]) from None
    except yaml.YAMLError as error:
        raise InvalidPipeline([Problem(f"this is not YAML: {_first_line(error)}", _reader_place(content, error, origin), _YAML_REMEDY)]) from None
    problems = [problem for root in roots for problem in _Check(origin).problems(root)]
    if problems:
        raise InvalidPipeline(problems)
    return roots


_YAML_REMEDY = "Compile the pipeline again, or repair the file at that line."


def is_json(text: str | bytes) -> bool:
    """Whether a text is JSON rather than YAML by its first character."""
    return text.lstrip()[:1] in {"{", b"{"}


def line(node: Node) -> int:
    """The line of a node, counted from 1."""
    return int(node.start_mark.line) + 1


def pairs(node: yaml.MappingNode) -> list[tuple[Node, Node]]:
    """Keys and values of a mapping; among them those that `<<` brings in, but the mapping's own win."""
    entries = cast("list[tuple[Node, Node]]", node.value)
    merges = [value for key, value in entries if _is_merge(key, value)]
    if not merges:
        return entries
    merged: dict[str, tuple[Node, Node]] = {}
    for value in merges:
        sources = value.value[::-1] if isinstance(value, yaml.SequenceNode) else [value]
        merged |= {str(pair[0].value): pair for source in sources if isinstance(source, yaml.MappingNode) for pair in pairs(source)}
    merged |= {str(key.value): (key, value) for key, value in entries if not _is_merge(key, value)}
    return list(merged.values())


def children(node: Node) -> dict[str, Node]:
    """The values of a mapping by key; nothing for other nodes."""
    return {str(key.value): value for key, value in pairs(node)} if isinstance(node, yaml.MappingNode) else {}


def _is_merge(key: Node, value: Node) -> bool:
    return key.value == _MERGE and isinstance(key, yaml.ScalarNode) and not key.style and isinstance(value, yaml.CollectionNode)


# ---------------------------------------------------------------- text to nodes


def _decoded(text: str | bytes, origin: str) -> str:
    if len(text) > LARGEST_TEXT:
        _too_large(origin)
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        elif not text.isascii() and len(text.encode("utf-8")) > LARGEST_TEXT:
            _too_large(origin)
    except UnicodeError as error:
        before = text[: getattr(error, "start", 0)]
        place = f"{origin}:{(before.count(10) if isinstance(before, bytes) else before.count(chr(10))) + 1}"
        _refuse("the file is not UTF-8 text", place, "Save it as UTF-8.")
    return text.removeprefix("\ufeff")


def _too_large(origin: str) -> NoReturn:
    remedy = "A pipeline file holds the pipeline, not its data: pass large values as artifacts."
    _refuse(f"the file has more than {LARGEST_TEXT >> 20} MiB", origin, remedy)


def _json_as_yaml(text: str) -> str:
    spaced = _TABS.sub(lambda found: " " * len(found[0]), text)
    return _ESCAPE.sub(_one_character, spaced) if "\\u" in spaced else spaced


def _one_character(found: re.Match[str]) -> str:
    if not found[1]:
        return found[0]
    return "\\U" + format(0x10000 + ((int(found[1], 16) - 0xD800) << 10) + int(found[2], 16) - 0xDC00, "08X")


class _Limited(yaml.MarkedYAMLError):
    """A bound is crossed while nodes are made."""


class _Nodes(CParser):
    """libyaml's parser without the resolving of scalars, which is done where a value is looked at; counts nodes and depth."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.count = 0
        self.depth = 0

    def resolve(self, kind: type[Node], value: str | None, implicit: object) -> str:  # noqa: ARG002  # called by libyaml's parser
        return IMPLICIT

    def descend_resolver(self, parent: Node | None, index: object) -> None:  # noqa: ARG002  # called by libyaml's parser
        self.count += 1
        self.depth += 1
        # Deeper nesting would overflow the C stack.
        if self.depth > DEEPEST:
            self._stop(f"more than {DEEPEST} levels of nesting", parent)
        if self.count > MOST_NODES:
            self._stop(f"more than {MOST_NODES} values", parent)

    def _stop(self, problem: str, parent: Node | None) -> NoReturn:
        raise _Limited(problem=problem, problem_mark=parent.start_mark if parent is not None else None)

    def ascend_resolver(self) -> None:
        self.depth -= 1


def _composed(text: str) -> list[Node]:
    parser = _Nodes(text)
    roots: list[Node] = []
    while parser.check_node():
        node = parser.get_node()
        if node is not None and not (isinstance(node, yaml.ScalarNode) and not node.value):
            roots.append(node)
    return roots


# ---------------------------------------------------------------- what the nodes must hold to


class _Check:
    """Duplicate keys, keys that are no text, unknown tags, and aliases that stand for too much or for themselves."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._found: list[Problem] = []
        self._sizes: dict[int, int] = {}
        self._open: set[int] = set()

    def problems(self, root: Node) -> list[Problem]:
        if self._size(root) > MOST_NODES:
            self._report(root, f"its aliases (`*name`) stand for more than {MOST_NODES} values", "Write the pipeline without aliases.")
        return self._found

    def _size(self, node: Node) -> int:
        """How many values a node stands for once all aliases are written out."""
        if isinstance(node, yaml.ScalarNode):
            if node.tag not in _TAGS:
                self._tag(node)
            return 1
        known = self._sizes.get(id(node))
        if known is not None:
            return known
        if id(node) in self._open:
            self._report(node, "an alias (`*name`) stands for something that holds itself", "Write the value out.")
            return 1
        if node.tag not in _TAGS:
            self._tag(node)
        self._open.add(id(node))
        children = self._of_mapping(node) if isinstance(node, yaml.MappingNode) else cast("list[Node]", node.value)
        size = 1 + sum([self._size(child) for child in children])
        self._open.discard(id(node))
        self._sizes[id(node)] = size
        return size

    def _of_mapping(self, node: yaml.MappingNode) -> list[Node]:
        entries = cast("list[tuple[Node, Node]]", node.value)
        seen: dict[str, Node] = {}
        for key, _ in entries:
            if not isinstance(key, yaml.ScalarNode):
                self._report(key, "a key of a mapping must be a text", None)
            elif key.value in seen:
                first = line(seen[key.value])
                self._report(key, f"the key {key.value!r} stands here a second time (first in line {first})", "Remove one of the two.")
            else:
                seen[key.value] = key
        return [value for _, value in entries]

    def _tag(self, node: Node) -> None:
        name = str(node.tag).replace(_STANDARD, "!!")
        self._report(node, f"the tag {name} has no meaning in a pipeline file", "Remove the tag.")

    def _report(self, node: Node, message: str, remedy: str | None) -> None:
        self._found.append(Problem(message, f"{self._origin}:{line(node)}", remedy))


def _refuse(message: str, place: str, remedy: str) -> NoReturn:
    raise InvalidPipeline([Problem(message, place, remedy)])


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _reader_place(text: str, error: Any, origin: str) -> str:
    """Where a character stands that YAML does not allow (the reader's error has a position, not a mark)."""
    position = getattr(error, "position", None)
    if not isinstance(position, int):
        return origin
    before = text.encode("utf-8", "surrogatepass")[:position]
    return f"{origin}:{before.count(10) + 1}"
