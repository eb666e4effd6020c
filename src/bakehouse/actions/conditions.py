"""Conditions, and what loops go over, in the author's terms: `flip.Output == 'heads'`, `for each of nums.Output`. Pure.

A file says them in names that a compiler made up to carry values to where they are used (`pipelinechannel--flip-Output`). What
such a name stands for is found by going outwards, from group to group, to where the value comes from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bakehouse.ir.spec import (
    ArtifactIterator,
    ArtifactSource,
    ComponentInputArtifact,
    ComponentInputParameter,
    Constant,
    Dag,
    OutputSelector,
    ParameterIterator,
    ParameterSource,
    PipelineSpec,
    RuntimeParameter,
    Task,
    TaskFinalStatus,
    TaskOutputArtifact,
    TaskOutputParameter,
    TriggerStrategy,
)
from bakehouse.ir.values import canonical

_LONGEST_TEXT = 300  # characters of a condition or a list of items
_NAME = r"inputs\.parameter_values\[(?:'([^']*)'|\"([^\"]*)\")\]"
_TERM = re.compile(rf"\b(?:int|double|string|bool)\(({_NAME}|-?[\d.]+)\)|{_NAME}|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|&&|\|\||!(?=\()")
_AS_AUTHORS_SAY = {"&&": "and", "||": "or", "!": "not "}
_PARSED = re.compile(r"parseJson\(string_value\)((?:\[[^\]]*\])+)")
_IF_AND_ELSE = 2  # branches
_DEEPEST = 100  # groups that hold each other; a file in which one holds itself is drawn all the same


@dataclass(frozen=True)
class Scope:
    """The inside of a group: its tasks, the task that it is the inside of, and what that stands in. The root has neither."""

    spec: PipelineSpec
    dag: Dag
    name: str = ""
    task: Task | None = None
    outer: Scope | None = None


def in_words(scope: Scope, task: Task) -> str:
    """Under which condition a task of that scope runs, or what it loops over; empty if it runs once and in any case."""
    match task.iterator:
        case ParameterIterator(raw=raw, input_parameter=name):
            said = f"for each of {raw if raw is not None else _input(scope, task, name or '')}"
        case ArtifactIterator(input_artifact=name):
            said = f"for each of {_artifact(scope, task.inputs.artifacts.get(name), name)}"
        case None:
            said = _expression(scope, task) if task.trigger is not None else ""
    if not said and task.trigger is not None and task.trigger.strategy is TriggerStrategy.ALL_UPSTREAM_TASKS_COMPLETED:
        said = "whether or not its upstream steps succeed"
    return said if len(said) <= _LONGEST_TEXT else f"{said[:_LONGEST_TEXT]}…"


def _expression(scope: Scope, task: Task) -> str:
    """A condition with the names of its values, and with the words that Python has for its signs; an else is told from its siblings."""

    def term(found: re.Match[str]) -> str:
        converted, *names = found.groups()
        name = next((group for group in names if group is not None), None)
        return _input(scope, task, name) if name is not None else converted or _AS_AUTHORS_SAY.get(found[0], found[0])

    *before, last = _conjuncts(task)
    others = {f"!({_conjuncts(other)[-1]})" for other in scope.dag.tasks.values() if other is not task}
    if before and others.issuperset(before):
        return "else" if last in others else f"elif {_TERM.sub(term, last)}"
    if last in others and len(scope.dag.tasks) == _IF_AND_ELSE:
        return "else"
    return _TERM.sub(term, " && ".join((*before, last)))


def _conjuncts(task: Task) -> Sequence[str]:
    """What must all hold; compilers write the negated conditions of the branches before an else first."""
    return (task.trigger.condition if task.trigger is not None else "").split(" && ")


# ---------------------------------------------------------------- where values come from


def _input(scope: Scope, task: Task, name: str) -> str:
    """What an input of a task is given."""
    return _parameter(scope, task.inputs.parameters.get(name), name)


def _parameter(scope: Scope, source: ParameterSource | None, name: str, *, within_loop: bool = False) -> str:
    """A value by its origin; by the name of the input that takes it, where the file does not say."""
    match source:
        case TaskOutputParameter(producer_task=producer, output_key=key, selector=selector):
            return _picked(_output(scope, producer, key), selector)
        case ComponentInputParameter(name=outer, selector=selector) | RuntimeParameter(name=outer, selector=selector):
            return _picked(_from_outside(scope, outer, within_loop=within_loop), selector)
        case Constant(value=value):
            return repr(value) if isinstance(value, str) else canonical(value)
        case TaskFinalStatus(producer_task=producer):
            return f"the status of {_called(scope.dag, producer)}"
        case None:
            return name


def _from_outside(scope: Scope, name: str, *, within_loop: bool) -> str:
    """An input of the group: an item of its loop, or what the group is given where it stands. Those of the root are the pipeline's.

    `within_loop`: the value is used in a loop that stands in this group, which has an item of its own.
    """
    if scope.task is None or scope.outer is None:
        return name
    loop = scope.task.iterator
    if loop is not None and loop.item_input == name:
        return f"item of {scope.task.display_name or scope.name}" if within_loop else "item"
    return _parameter(scope.outer, scope.task.inputs.parameters.get(name), name, within_loop=within_loop or loop is not None)


def _artifact(scope: Scope, source: ArtifactSource | None, name: str) -> str:
    match source:
        case TaskOutputArtifact(producer_task=producer, output_key=key):
            return _output(scope, producer, key)
        case ComponentInputArtifact(name=outer):
            if scope.task is None or scope.outer is None:
                return outer
            return _artifact(scope.outer, scope.task.inputs.artifacts.get(outer), outer)
        case None:
            return name


def _output(scope: Scope, producer: str, key: str, depth: int = 0) -> str:
    """An output of a task: that of the step in it, where the task is a group which hands it on."""
    task = scope.dag.tasks.get(producer)
    component = scope.spec.components.get(task.component) if task is not None else None
    given = _given(component.dag, key) if component is not None and component.dag is not None and depth < _DEEPEST else ()
    if task is None or component is None or component.dag is None or not given:
        return f"{_called(scope.dag, producer)}.{key}"
    inside = Scope(scope.spec, component.dag, producer, task, scope)
    return " or ".join(dict.fromkeys(_output(inside, one.producer_subtask, one.output_key, depth + 1) for one in given))


def _given(dag: Dag, key: str) -> Sequence[OutputSelector]:
    return dag.outputs.parameters.get(key) or dag.outputs.artifacts.get(key) or ()


def _called(dag: Dag, name: str) -> str:
    task = dag.tasks.get(name)
    return (task.display_name if task is not None else "") or name


def _picked(whole: str, selector: str) -> str:
    """A part of a value: `item["rate"]`."""
    if not selector:
        return whole
    parts = _PARSED.fullmatch(selector)
    return f"{whole}{parts[1]}" if parts is not None else f"{selector} of {whole}"
