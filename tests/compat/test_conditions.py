"""Conditions that the real kfp compiled: the branch is the one its author meant, also where the compiler errs and kfp's runner goes wrong."""

from __future__ import annotations

import itertools
import json
import operator
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bakehouse.ir import expressions, text
from bakehouse.ir.spec import PipelineSpec
from tests.compat.test_differential import REAL

pytestmark = [
    pytest.mark.kfp,
    pytest.mark.skipif(not REAL.exists(), reason="the real kfp is not installed: `make test` makes its environment"),
]

Case = Mapping[str, Any]
RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
#: Texts that a compiler which does not escape them makes something else of. One is left out: `it\'s`, which may be escaped or not.
TEXTS = [
    "", "a", "5", "1.5", "true", "it's", "'", "''", "'a'", "a'", "x' or 'a'=='a", "x' || 'a' == 'a", "a' && 'b", "a' ? 'b' : 'c", "a' == 'a",
    "a') && ('b", 'say "hi"', "{'a': \"b\"}", "{{$.inputs.parameters['s']}}", "{x}", "one\ntwo's", "C:\\new\\temp", "C:\\dir\\",
    "\\\\server\\share", "é ☃ 𝄞", " a ", "a  b: c # d", "// x", "true' || !'", "inputs.parameter_values", "#", "a' + 'b", "a' in 'ab",
]  # fmt: skip
VALUES: Mapping[str, Sequence[Any]] = {
    "s": [*TEXTS, "a' && 'b' ", "its", "b", "ab"],
    "i": [0, 5, -3, 6, 10**20],
    "f": [0.0, 5.0, 5.5, -3.25, 1e-7, 1e20, float("inf")],
    "b": [True, False],
}
#: What kfp compiles: numbers with truth values it refuses, and a truth value with a number it gets wrong beyond repair.
CONSTANTS: Mapping[str, Sequence[Any]] = {
    "s": [*TEXTS, 5, 5.5, True, False, -3],
    "i": ["5", "it's", "-3", "05", 5, -3, 5.5, 5.0, 1e-7, float("inf"), 10**20],
    "f": ["5.5", "5", "5.0", "1e-07", "it's", 5, 5.5, 0.0, -3.25, 1e-7, float("inf"), 10**20],
    "b": ["True", "true", "False", "it's", True, False],
}
NUMBERS = ("i", "f")


@cache
def _kfp(mode: str, given: str = "") -> Any:
    script = str(Path(__file__).with_name("sources") / "conditions" / "kfp_conditions.py")
    environ = {**{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}, "PIP_NO_INDEX": "1"}
    done = subprocess.run([str(REAL), script, mode], input=given, capture_output=True, text=True, env=environ, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def _conditions(spec: PipelineSpec) -> list[str]:
    """The conditions of a pipeline, in the order of the author's file."""
    dags = [spec.root.dag, *(component.dag for component in spec.components.values())]
    tasks = {name: task for dag in dags if dag for name, task in dag.tasks.items() if task.trigger and task.trigger.condition}
    return [task.trigger.condition for _, task in sorted(tasks.items(), key=lambda item: int(item[0].rpartition("-")[2])) if task.trigger]


def _compiled(chains: Sequence[Sequence[Case]]) -> list[list[str]]:
    return [_conditions(text.read(content).spec) for content in _kfp("compile", json.dumps(chains))]


def _taken(condition: str, values: Mapping[str, Any]) -> bool:
    return expressions.condition(expressions.parse(condition), {f"pipelinechannel--{name}": value for name, value in values.items()})


def _meant(case: Case, values: Mapping[str, Any]) -> bool:
    """What a comparison means: as texts if one side is a text, else as truth values or numbers."""
    left, relation = values[case["left"]], RELATIONS[case["relation"]]
    right = values[case["right"]] if "right" in case else case["constant"]
    if isinstance(left, str) == isinstance(right, str):
        return relation(left, right)
    if isinstance(left, str) and "constant" in case:
        return relation(left, str(right).lower() if isinstance(right, bool) else str(right))
    lefts, rights = _written(left), _written(right)
    same = any(one == other for one in lefts for other in rights)
    return same if case["relation"] == "==" else not same if case["relation"] == "!=" else relation(lefts[0], rights[0])


def _written(value: Any) -> list[str]:
    """How a value is written in KFP, and how Python prints it."""
    if isinstance(value, bool):
        return [str(value).lower(), str(value)]
    if isinstance(value, float):
        fixed = f"{value:.7f}".rstrip("0").rstrip(".")
        return ["+Inf" if value == float("inf") else fixed, str(value)]
    return [str(value)]


def test_a_comparison_with_a_constant_decides_as_it_was_meant() -> None:
    """Every type of channel with every constant that kfp compiles, and values that are equal, less and greater."""
    cases: list[Case] = [
        {"left": left, "relation": relation, "constant": constant}
        for left, constants in CONSTANTS.items()
        for constant in constants
        for relation in (RELATIONS if isinstance(constant, int | float) and left in NUMBERS else ("==", "!="))
    ]
    for case, (condition,) in zip(cases, _compiled([[case] for case in cases]), strict=True):
        for value in VALUES[case["left"]]:
            assert _taken(condition, {case["left"]: value}) is _meant(case, {case["left"]: value}), (condition, value)


def test_a_comparison_of_two_channels_decides_as_it_was_meant() -> None:
    """Every pair of types that kfp compiles, mixed ones included, and all six comparisons."""
    pairs = [(one, other) for one in VALUES for other in VALUES if one == other or "s" in {one, other} or "b" not in {one, other}]
    cases: list[Case] = [{"left": one, "relation": relation, "right": f"{other}2"} for one, other in pairs for relation in RELATIONS]
    for case, (condition,) in zip(cases, _compiled([[case] for case in cases]), strict=True):
        for left, right in itertools.product(VALUES[case["left"]], VALUES[case["right"][0]]):
            values = {case["left"]: left, case["right"]: right}
            assert _taken(condition, values) is _meant(case, values), (condition, values)


def test_of_if_elif_and_else_one_branch_is_taken() -> None:
    """With texts that the compiler does not escape, each beside two others: the right one, and no other."""
    pairs = [(one, TEXTS[(index + step) % len(TEXTS)]) for step in (1, 7) for index, one in enumerate(TEXTS)]
    chains = [[{"left": "s", "relation": "==", "constant": one}, {"left": "s", "relation": "==", "constant": other}] for one, other in pairs]
    for (one, other), conditions in zip(pairs, _compiled(chains), strict=True):
        for value in (one, other, "neither"):
            assert [_taken(each, {"s": value}) for each in conditions] == [value == one, value == other, value == "neither"], (conditions, value)


@pytest.mark.parametrize(
    ("name", "theirs", "parameter", "value", "ours"),
    [
        ("quote", ["quoted"], "quoted-Output", "it's", [True, False]),
        ("field", ["fields"], "fields-label", "cat", [True]),
        ("mixed", ["five"], "five-Output", 5, [True]),
        ("injected", ["branch", "code"], "code-Output", "x' or 'a'=='a", [False]),
    ],
)
def test_where_the_local_runner_of_kfp_is_wrong_we_are_right(name: str, theirs: list[str], parameter: str, value: Any, ours: list[bool]) -> None:
    """No branch for a quotation mark, a named output, a mix of numbers; a wrong one for a value like code; and kfp reports success."""
    ran = _kfp("run")[name]
    assert ran["tasks"] == theirs
    conditions = _conditions(text.read(ran["text"]).spec)
    assert [_taken(condition, {parameter: value}) for condition in conditions] == ours
