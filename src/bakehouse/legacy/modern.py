"""What is written in the style of KFP 1, as it is written today: text that can be pasted. Pure."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bakehouse.dsl.meanings import WORDS
from bakehouse.ir.spec import ParameterType

if TYPE_CHECKING:
    from bakehouse.dsl.channels import PipelineChannel
    from bakehouse.legacy.component import ContainerOpComponent

_WIDEST = 100  # characters of a line
_PLACEHOLDER = re.compile(r"\{\{\$\.(?:inputs|outputs)\.(?:parameters|artifacts)\['(\w+)'\](\.\w+)?\}\}")


def container_component(made: ContainerOpComponent) -> str:
    """The component of a `ContainerOp`, and its call."""
    name = identifier(made.task_name)
    container = made.executor
    return "\n".join((
        "@dsl.container_component",
        f"def {name}({', '.join(_parameters(made))}):",
        "    return dsl.ContainerSpec(",
        f"        image={_element(container.image)},",
        *_list("command", container.command),
        *_list("args", container.args),
        "    )",
        "",
        f"{task(made.task_name)} = {name}({', '.join(f'{key}={value(one)}' for key, one in made.given.items())})",
    ))  # fmt: skip


def identifier(name: str) -> str:
    """The name of a component as that of a function."""
    made = name.replace("-", "_")
    return f"_{made}" if made[0].isdigit() else f"{made}_" if keyword.iskeyword(made) else made


def task(name: str) -> str:
    """The name of a task as that of a variable: another one than that of its component."""
    return f"{identifier(name)}_task"


def _parameters(made: ContainerOpComponent) -> Iterator[str]:
    interface = made.interface
    for name, kind in interface.kinds.items():
        yield f"{name}: {WORDS[kind]}" if isinstance(kind, ParameterType) else f"{name}: dsl.Input[dsl.Artifact]"
    for name, kind in interface.output_kinds.items():
        yield f"{name}: dsl.OutputPath({WORDS[kind]})" if isinstance(kind, ParameterType) else f"{name}: dsl.Output[dsl.Artifact]"


def value(channel: PipelineChannel) -> str:
    """What an argument of a call is, by the names of tasks and of the pipeline's parameters."""
    return channel.name if channel.task is None else f"{task(channel.task.name)}.outputs[{channel.name!r}]"


def _list(argument: str, elements: Sequence[str]) -> Iterator[str]:
    line = f"        {argument}=[{', '.join(map(_element, elements))}],"
    if elements and len(line) <= _WIDEST:
        yield line
    elif elements:
        yield f"        {argument}=["
        for element in elements:
            *lines, last = (_element(one) for one in element.splitlines(keepends=True) or [""])
            yield from (f"            {one}" for one in lines)
            yield f"            {last},"
        yield "        ],"


def _element(text: str) -> str:
    """A text as Python: what stands alone by its name, what stands inside as part of an f-string."""
    alone = _PLACEHOLDER.fullmatch(text)
    if alone:
        return _named(alone)
    parts: list[str] = []
    end = 0
    for found in _PLACEHOLDER.finditer(text):
        parts += [_braced(text[end : found.start()]), f"{{{_named(found)}}}"]
        end = found.end()
    return f"f{''.join([*parts, _braced(text[end:])])!r}" if parts else repr(text)


def _named(found: re.Match[str]) -> str:
    """The parameter that a placeholder stands for; the file of an output parameter is what its parameter is."""
    return found[1] + (found[2] if found[2] and found[2] != ".output_file" else "")


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
