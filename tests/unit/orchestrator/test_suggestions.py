"""What steps should ask for, by what was measured: the rule as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bakehouse.ir import quantities
from bakehouse.ir.execution import TaskId
from bakehouse.orchestrator.suggestions import SHORTEST, Measured, Resource, Suggestion, suggestions

_G = 10**9
#: A step whose requests fit.
_FITTING = Measured(
    component="comp-a",
    task_id=TaskId("a"),
    tasks=1,
    longest=60.0,
    cores=0.9,
    peak_memory=3 * _G,
    cpu=1.0,
    memory=4 * _G,
    most_memory=4 * _G,
    succeeded=1,
    exhausted=0,
)
#: What differs, and what is suggested of it.
CASES: dict[str, tuple[dict[str, float | int | None], dict[Resource, str]]] = {
    "it fits": ({}, {}),
    "no memory asked for": ({"memory": 0, "most_memory": 0}, {Resource.MEMORY: "4G"}),
    "no CPU asked for": ({"cpu": 0.0}, {Resource.CPU: "1"}),
    "far too much memory": ({"memory": 8 * _G, "most_memory": 8 * _G, "peak_memory": int(1.1e9)}, {Resource.MEMORY: "1500M"}),
    "twice as much memory is still fine": ({"memory": 8 * _G, "most_memory": 8 * _G}, {}),
    "far too many CPUs": ({"cpu": 16.0, "cores": 2.4}, {Resource.CPU: "3"}),
    "hardly any memory": ({"peak_memory": 10**7, "memory": 4 * _G}, {Resource.MEMORY: "100M"}),
    "little memory that is asked for": ({"peak_memory": 10**7, "memory": 15 * 10**7}, {}),
    "near what it asks for": ({"peak_memory": int(3.7e9)}, {Resource.MEMORY: "5G"}),
    "not that near": ({"peak_memory": int(3.5e9)}, {}),
    "more CPUs than it asks for": ({"cores": 3.7}, {Resource.CPU: "4"}),
    "a little more than a CPU": ({"cores": 1.04}, {}),
    "a little more than a CPU, none asked for": ({"cores": 1.04, "cpu": 0.0}, {Resource.CPU: "1"}),
    "it ran out of memory": ({"succeeded": 0, "exhausted": 1, "peak_memory": int(3.9e9)}, {Resource.MEMORY: "6G"}),
    "it ran out at once": ({"succeeded": 0, "exhausted": 1, "longest": 0.1, "cores": None, "peak_memory": 10**7}, {Resource.MEMORY: "6G"}),
    "it ran out, asking for nothing": ({"succeeded": 0, "exhausted": 2, "memory": 0, "most_memory": 0}, {Resource.MEMORY: "5G"}),
    "more was enough": ({"exhausted": 1, "most_memory": 8 * _G, "peak_memory": 6 * _G}, {Resource.MEMORY: "8G"}),
    "one of many rounds ran out": ({"succeeded": 99, "exhausted": 1, "peak_memory": int(3.9e9)}, {Resource.MEMORY: "5G"}),
    "too short": ({"longest": SHORTEST - 0.1, "cores": None, "cpu": 0.0, "memory": 0}, {}),
    "nothing measured": ({"peak_memory": None, "cores": None, "cpu": 0.0, "memory": 0}, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_the_rule(case: str) -> None:
    """What is missing or far off, and no more than that."""
    changes, expected = CASES[case]
    found = suggestions([replace(_FITTING, **changes)])  # type: ignore[arg-type]  # names and types of Measured's fields
    assert {one.resource: one.suggested for one in found} == expected


@pytest.mark.parametrize("case", CASES)
def test_who_follows_it_is_told_nothing_more(case: str) -> None:
    """With what was suggested, the same measurements suggest nothing: unless it ran out of memory, then that has to be seen."""
    changes, _ = CASES[case]
    measured = replace(_FITTING, **changes)  # type: ignore[arg-type]  # names and types of Measured's fields
    for one in suggestions([measured]):
        amount = quantities.amount(one.suggested) or 0.0
        memory = {"memory": int(amount), "most_memory": int(amount), "exhausted": 0}
        measured = replace(measured, **({"cpu": amount} if one.resource is Resource.CPU else memory))
    assert suggestions([measured]) == ()


def test_a_suggestion_is_what_the_author_writes() -> None:
    """For each component, with what was asked for and measured."""
    other = replace(_FITTING, component="comp-b", task_id=TaskId("loop/0/b"), tasks=7, memory=0, cpu=0.0)
    cpu, memory = suggestions([_FITTING, other])
    assert cpu == Suggestion("comp-b", TaskId("loop/0/b"), 7, Resource.CPU, 0.0, 0.9, "1")
    assert memory == Suggestion("comp-b", TaskId("loop/0/b"), 7, Resource.MEMORY, 0, 3 * _G, "4G")
    assert (cpu.call, memory.call) == ('.set_cpu_request("1")', '.set_memory_request("4G")')
