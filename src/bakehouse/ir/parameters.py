"""Values of parameters: whether they fit their types, those that a user gives to a pipeline, and those typed on a command line. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping

from bakehouse.errors import BadInput, Problem, Problems
from bakehouse.ir import scalars
from bakehouse.ir.findings import nearest
from bakehouse.ir.spec import ComponentInputs, ParameterInput, ParameterType
from bakehouse.ir.values import Json, JsonObject, canonical

_WORDS: Mapping[ParameterType, str] = {
    ParameterType.STRING: "a string",
    ParameterType.NUMBER_INTEGER: "an integer",
    ParameterType.NUMBER_DOUBLE: "a number",
    ParameterType.BOOLEAN: "true or false",
    ParameterType.LIST: "a list",
    ParameterType.STRUCT: "a mapping",
    ParameterType.TASK_FINAL_STATUS: "given by Bakehouse itself",
    ParameterType.TASK_CONFIG: "given by Bakehouse itself",
}
_EXAMPLES: Mapping[ParameterType, Json] = {
    ParameterType.STRING: "hello",
    ParameterType.NUMBER_INTEGER: 3,
    ParameterType.NUMBER_DOUBLE: 0.5,
    ParameterType.BOOLEAN: True,
    ParameterType.LIST: [1, 2],
    ParameterType.STRUCT: {"key": 1},
}
#: How a value is written where the reader gives it, from its name and the value: `-p trees=3` on a command line.
Spelling = Callable[[str, Json], str]
#: What holds values of any type.
_COLLECTIONS = frozenset((ParameterType.LIST, ParameterType.STRUCT))
_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}")
_SHOWN = 60


def fits(value: Json, kind: ParameterType) -> bool:
    """Whether a value is one of this type. Integers count as numbers, `3.0` counts as an integer, booleans count as neither."""
    match kind:
        case ParameterType.STRING:
            return isinstance(value, str)
        case ParameterType.BOOLEAN:
            return isinstance(value, bool)
        case ParameterType.NUMBER_DOUBLE:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case ParameterType.NUMBER_INTEGER:
            return isinstance(value, int | float) and not isinstance(value, bool) and (isinstance(value, int) or value.is_integer())
        case ParameterType.LIST:
            return isinstance(value, list | tuple)
        case _:
            return isinstance(value, Mapping)


def spoken(kind: ParameterType) -> str:
    """A type as it stands in a sentence: `a list`."""
    return _WORDS.get(kind, kind.value)


def as_json(_: str, value: Json) -> str:
    """A value as it stands in a form or a body."""
    return json.dumps(value, ensure_ascii=False)


def check_parameters(inputs: ComponentInputs, given: JsonObject, spelling: Spelling = as_json) -> JsonObject:
    """The parameters of a run as the pipeline declares them, numbers in its types. Raises `Problems` with all that is wrong.

    Defaults are not filled in: a parameter that is not given stays absent. Null counts as not given where it may be. Examples of values are
    spelled as the reader writes them.
    """
    accepted: dict[str, Json] = {}
    problems: list[Problem] = []
    for name, value in given.items():
        declared = inputs.parameters.get(name)
        if declared is None:
            problems.append(_unknown(inputs, name))
        elif value is not None or not _may_be_absent(declared):
            problem = _wrong(name, declared, value, spelling)
            problems += [problem] if problem else []
            accepted[name] = converted(value, declared.type)
    problems += [_missing(name, one, spelling) for name, one in inputs.parameters.items() if name not in given and not _may_be_absent(one)]
    problems += [one for one in unmet_artifacts(inputs) if one.place not in {problem.place for problem in problems}]
    if problems:
        raise Problems(problems)
    return accepted


def unmet_artifacts(inputs: ComponentInputs) -> list[Problem]:
    """What stands against any run of a pipeline: artifacts that it must be given, which no run can be."""
    return [_artifact(name) for name, one in inputs.artifacts.items() if not one.is_optional]


def _may_be_absent(declared: ParameterInput) -> bool:
    return declared.is_optional or declared.default is not None


def _unknown(inputs: ComponentInputs, name: str) -> Problem:
    if name in inputs.artifacts:
        return _artifact(name)
    remedy = nearest(name, inputs.parameters) or "The pipeline has no parameters."
    return Problem(f"there is no such parameter: {name}", f"parameter {name}", remedy)


def _missing(name: str, declared: ParameterInput, spelling: Spelling) -> Problem:
    meaning = f" ({declared.description})" if declared.description else ""
    example = _example(name, declared.type, spelling)
    return Problem(
        f"the parameter {name} is missing; it is {_WORDS[declared.type]}{meaning}", f"parameter {name}", example and f"Give it a value. {example}"
    )


def _artifact(name: str) -> Problem:
    return Problem(
        f"the input {name} of the pipeline is an artifact, and a run cannot be given artifacts",
        f"parameter {name}",
        "Let the pipeline take the artifact's address as a text instead, and import it from there with `dsl.importer` or in a first step.",
    )


def _wrong(name: str, declared: ParameterInput, value: Json, spelling: Spelling) -> Problem | None:
    if not fits(value, declared.type):
        return Problem(
            f"the parameter {name} must be {_WORDS[declared.type]}, not {_shown(value)}", f"parameter {name}", _example(name, declared.type, spelling)
        )
    if declared.type in _COLLECTIONS and (number := _not_finite(value)) is not None:
        remedy = "Leave it out, or give it as a text, and make a number of it in the step: `float(text)`. A `float` itself may be NaN or infinite."
        return Problem(f"the parameter {name} holds {number}, which JSON does not have", f"parameter {name}", remedy)
    if not scalars.is_text(json.dumps(value, ensure_ascii=False)):
        remedy = "Give it a text that can be written as UTF-8."
        return Problem(f"the parameter {name} holds half a character (a lone surrogate): {_shown(value)}", f"parameter {name}", remedy)
    if declared.literals and not any(
        canonical(converted(value, declared.type)) == canonical(converted(one, declared.type)) for one in declared.literals
    ):
        allowed = ", ".join(_shown(one) for one in declared.literals)
        return Problem(f"the parameter {name} cannot be {_shown(value)}", f"parameter {name}", f"It is one of {allowed}.")
    return None


def _not_finite(value: Json) -> float | None:
    """The first NaN or infinity in a list or mapping. KFP has values of parameters in `google.protobuf.Value`, which cannot say it there."""
    if isinstance(value, float):
        return None if math.isfinite(value) else value
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return next((found for one in items if (found := _not_finite(one)) is not None), None)


def converted(value: Json, kind: ParameterType) -> Json:
    """A number as one of this type, where nothing is lost; anything else as it is."""
    if isinstance(value, bool):
        return value
    if kind is ParameterType.NUMBER_INTEGER and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind is ParameterType.NUMBER_DOUBLE and isinstance(value, int):
        return float(value)
    return value


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _example(name: str, kind: ParameterType, spelling: Spelling) -> str | None:
    return f"For example: {spelling(name, _EXAMPLES[kind])}" if kind in _EXAMPLES else None


# ---------------------------------------------------------------- from a command line


def parse_parameter(kind: ParameterType, text: str) -> Json:
    """The value of a parameter that was typed as text. Raises `BadInput`."""
    match kind:
        case ParameterType.STRING:
            return text
        case ParameterType.NUMBER_INTEGER:
            return _integer(text)
        case ParameterType.NUMBER_DOUBLE:
            return _double(text)
        case ParameterType.BOOLEAN:
            return _boolean(text)
        case _:
            return _json(text, kind)


def _integer(text: str) -> int:
    stripped = text.strip()
    if _INTEGER.fullmatch(stripped):
        return int(stripped)
    if scalars.is_scientific(stripped) or re.fullmatch(r"[-+]?[0-9]{1,300}\.0*", stripped):
        number = float(stripped)
        if number.is_integer():
            return int(number)
    raise _refused(text, ParameterType.NUMBER_INTEGER)


def _double(text: str) -> float:
    try:
        number = float(text.strip().replace("_", "x"))
    except ValueError:
        raise _refused(text, ParameterType.NUMBER_DOUBLE) from None
    if math.isinf(number) and "inf" not in text.lower():
        raise _refused(text, ParameterType.NUMBER_DOUBLE)  # it has too many digits for a float, and is not infinite
    return number


_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in _BOOLEANS:
        raise _refused(text, ParameterType.BOOLEAN)
    return _BOOLEANS[word]


def _json(text: str, kind: ParameterType) -> Json:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"{text[:_SHOWN]!r} is not {_WORDS[kind]}: it is not JSON ({error})"
        raise BadInput(message, remedy=f"Write it as JSON: {json.dumps(_EXAMPLES.get(kind))}") from None
    if not fits(value, kind):
        raise _refused(text, kind)
    return value


def _refused(text: str, kind: ParameterType) -> BadInput:
    return BadInput(f"{text[:_SHOWN]!r} is not {_WORDS[kind]}", remedy=f"Write it like {json.dumps(_EXAMPLES[kind])}." if kind in _EXAMPLES else None)
