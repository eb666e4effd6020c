"""Which steps a selection names, and what is wrong with one."""

from __future__ import annotations

import pytest

from bakehouse.ir.execution import RunId, TaskId
from bakehouse.orchestrator.plan import Plan, TaskKind, plan
from bakehouse.orchestrator.selecting import Selection, chosen, names, problems, trail
from tests.unit.orchestrator.graphs import generated
from tests.unit.orchestrator.pipelines import pipeline

DIAMOND = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"], "e": []}


def _diamond() -> Plan:
    return plan(pipeline(DIAMOND).spec)


@pytest.mark.parametrize(("until", "wanted"), [("a", "a"), ("b", "ab"), ("d", "abcd"), ("e", "e"), ("", "abcde")])
def test_a_run_until_a_step_is_that_step_and_what_it_needs(until: str, wanted: str) -> None:
    """All others are left out, and it is said why."""
    selected = chosen(_diamond(), Selection(until=until))
    reasons = {name: selected.leaves_out(TaskId(name)) for name in DIAMOND}
    assert "".join(name for name, why in reasons.items() if not why) == wanted
    assert {why for why in reasons.values() if why} <= {f"not asked for: --until {until}"}
    assert not any(selected.must_reuse(TaskId(name)) for name in DIAMOND)


def test_only_a_step_takes_results_of_what_it_needs() -> None:
    """The step itself runs or is reused as always."""
    selected = chosen(_diamond(), Selection(only="d"))
    assert [name for name in DIAMOND if selected.must_reuse(TaskId(name))] == ["a", "b", "c"]
    assert [name for name in DIAMOND if selected.leaves_out(TaskId(name))] == ["e"]
    of_a_run = chosen(_diamond(), Selection(source=RunId("0815"), only="d"))
    assert "run 0815 has no result of it that can be reused (parameter n 1 → 2)" in of_a_run.missing("parameter n 1 → 2").message


def test_what_is_refreshed_may_not_be_reused() -> None:
    """All others may."""
    selected = chosen(_diamond(), Selection(refresh=("a", "e")))
    assert [name for name in DIAMOND if not selected.may_reuse(TaskId(name))] == ["a", "e"]
    assert all(chosen(_diamond(), Selection()).may_reuse(TaskId(name)) for name in DIAMOND)


@pytest.mark.parametrize("seed", range(30))
def test_every_name_leads_to_a_task_and_back(seed: int) -> None:
    """Below groups and loops; a number names one round of a loop, and no number names all."""
    made = plan(generated(seed).spec)
    known = names(made)
    assert len(known) == len(set(known))
    for name in known:
        found = trail(made, name)
        assert found is not None
        assert all(number is None for _, number in found)
        assert not chosen(made, Selection(refresh=(name,))).may_reuse(TaskId(name))
        assert chosen(made, Selection(until=name)).leaves_out(TaskId(name)) == ""
    for loop in [name for name, node in made.root.nodes.items() if node.kind is TaskKind.LOOP]:
        for name in [name for name in known if name.startswith(f"{loop}/")]:
            second = TaskId(name.replace(f"{loop}/", f"{loop}/1/", 1))
            other = name.replace(f"{loop}/", f"{loop}/0/", 1)
            assert not chosen(made, Selection(refresh=(loop,))).may_reuse(second)
            assert not chosen(made, Selection(refresh=(name,))).may_reuse(second)
            assert chosen(made, Selection(refresh=(other,))).may_reuse(second)
            assert not chosen(made, Selection(until=name)).leaves_out(second)
            assert chosen(made, Selection(until=other)).leaves_out(second)


@pytest.mark.parametrize(
    ("selection", "use_cache", "said"),
    [
        (Selection(refresh=("x",)), True, ["the pipeline has no step x"]),
        (Selection(only="a/b"), True, ["the pipeline has no step a/b"]),
        (Selection(only="a", until="d"), True, ["--only and --until exclude each other"]),
        (Selection(source=RunId("r")), False, ["a run that reuses no results cannot reuse those of a run"]),
        (Selection(only="d"), False, ["with --only, what the step needs comes from the cache, which --no-cache switches off"]),
        (Selection(until="d", refresh=("a", "b")), False, []),
        (Selection(until="z", refresh=("y",)), True, ["the pipeline has no step y", "the pipeline has no step z"]),
    ],
)
def test_a_selection_that_cannot_be_meant_is_told(selection: Selection, use_cache: bool, said: list[str]) -> None:  # noqa: FBT001  # a case
    """All that is wrong with it, and which steps there are."""
    found = problems(_diamond(), selection, use_cache=use_cache)
    assert [one.message for one in found] == said
    assert all(one.remedy for one in found)
