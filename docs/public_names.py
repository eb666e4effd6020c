"""The pages of the author's modules whose functions stand alone: each public name with its signature and what its docstring says."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Sequence
from types import ModuleType

from bakehouse import components, kubernetes
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.meanings import word
from bakehouse.dsl.signatures import Interface

_NOTE = "<!-- Written by docs/generate.py; `make docs` writes it anew. -->"
_WIDEST = 120  # characters of a line of code
_LINK = re.compile(r"(?m)^(https://\S+)$")


def kubernetes_page() -> str:
    """`bakehouse.kubernetes`."""
    return _page("bakehouse.kubernetes", kubernetes)


def components_page() -> str:
    """`bakehouse.components`."""
    return _page("bakehouse.components", components)


def _page(title: str, module: ModuleType) -> str:
    lines = [f"# {title}", "", _NOTE, "", inspect.getdoc(module) or ""]
    for name in module.__all__:
        lines += ["", f"## `{name}`", "", *_said(name, getattr(module, name))]
    return "\n".join(lines) + "\n"


def _said(name: str, value: object) -> Iterator[str]:
    if isinstance(value, BaseComponent):
        first, _, inputs = inspect.cleandoc(value.docstring).partition("Args:")
        yield from (*_definition(name, [*_inputs(value.interface)], "PipelineTask"), first.rstrip() + _items(inputs))
    elif inspect.isfunction(value):
        signature = inspect.signature(value)
        yield from (*_definition(name, [*_parameters(signature)], signature.return_annotation), _LINK.sub(r"<\1>", inspect.getdoc(value) or ""))
    else:
        yield inspect.getdoc(value) or ""


def _definition(name: str, parameters: Sequence[str], given: str) -> Iterator[str]:
    yield "```python"
    line = f"def {name}({', '.join(parameters)}) -> {given}: ..."
    if len(line) <= _WIDEST:
        yield line
    else:
        yield f"def {name}("
        yield from (f"    {one}," for one in parameters)
        yield f") -> {given}: ..."
    yield from ("```", "")


def _inputs(interface: Interface) -> Iterator[str]:
    for name, kind in interface.kinds.items():
        declared = interface.inputs.parameters.get(name)
        yield f"{name}: {word(kind)}{f' = {_literal(declared.default)}' if declared is not None and declared.is_optional else ''}"


def _items(text: str) -> str:
    """`name: text` lines as items of a list."""
    return "\n" + "".join(f"\n- `{name.strip()}`: {said.strip()}" for name, _, said in (line.partition(":") for line in text.splitlines()) if said)


def _parameters(signature: inspect.Signature) -> Iterator[str]:
    """As they are written: annotations are texts."""
    kinds = [one.kind for one in signature.parameters.values()]
    for index, one in enumerate(signature.parameters.values()):
        if one.kind is inspect.Parameter.KEYWORD_ONLY and one.kind not in kinds[:index]:
            yield "*"
        yield f"{one.name}: {one.annotation}".replace("'", '"') + ("" if one.default is inspect.Parameter.empty else f" = {_literal(one.default)}")


def _literal(value: object) -> str:
    """A default as the formatter writes it."""
    return json.dumps(value) if isinstance(value, str) else repr(value)
