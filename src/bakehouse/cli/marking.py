"""Marking a step as succeeded: outputs as they are typed, to what the records take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bakehouse.actions import marking
from bakehouse.actions.marking import Given
from bakehouse.app import settings, wiring
from bakehouse.app.display.texts import short
from bakehouse.cli import answers
from bakehouse.cli import parameters as parameters_of_text
from bakehouse.errors import Problem, Problems
from bakehouse.ir.spec import ComponentOutputs
from bakehouse.ir.values import Json


def succeed(run: str, step: str, texts: Sequence[str], *, as_json: bool) -> int:
    """Mark a step as succeeded; the exit code."""
    with wiring.opened(settings.from_environment()) as context:
        run_id = marking.succeed(context, run, step, given(marking.declared(context, run, step), texts))
        by = context.caller.name
    if as_json:
        answers.document({"run_id": run_id, "task": step, "state": "SUCCEEDED", "by": by})
        return 0
    answers.lines([f"{step} is marked as succeeded; go on with: bakehouse runs retry {short(run_id)}"])
    return 0


def given(of: ComponentOutputs, texts: Sequence[str]) -> Given:
    """`name=value` texts as outputs. Raises `Problems`; what is of another type, or missing, is found later."""
    parameters: dict[str, Json] = {}
    artifacts: dict[str, list[str]] = {}
    problems = []
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            problems.append(Problem(f"--gives {text!r} is not name=value", None, "Write it as -o name=value."))
        elif name in of.artifacts:
            artifacts.setdefault(name, []).append(value if "://" in value else str(Path(value).absolute()))
        elif name in parameters:
            problems.append(Problem(f"the output {name} is given twice", f"output {name}", "Give each output one value."))
        else:
            parameters[name] = parameters_of_text.value(of.parameters.get(name), value)
    if problems:
        raise Problems(problems)
    return Given(parameters, artifacts)
