"""Branches: `dsl.If`, `dsl.Elif` and `dsl.Else`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from bakehouse.dsl import decisions
from bakehouse.dsl.blocks import Block
from bakehouse.dsl.channels import PipelineParameterChannel
from bakehouse.dsl.comparisons import Decision, comparisons
from bakehouse.dsl.errors import InvalidPipeline
from bakehouse.dsl.groups import TasksGroup


class Branch(Block):
    """Base of the branches. `decision` says when it is taken, if those `before` it, of the same conditional, are not."""

    prefix = "condition"
    is_branch = True
    decision: Decision | None = None
    before: tuple[Branch, ...] = ()

    def decide(self, condition: Any) -> None:
        """Take up a condition, or tell what is wrong with it."""
        condition = decisions.complete(condition)
        errors = list(decisions.flaws(condition, self.recording, self.construct))
        for error in errors:
            self.report(error)
        if isinstance(condition, Decision) and not errors:
            self.decision = condition

    def compared(self) -> Iterator[PipelineParameterChannel]:
        """The channels that decide whether this branch is taken: its own, and those of the branches before it."""
        for branch in (*self.before, self):
            for one in comparisons(branch.decision):
                yield from (side for side in (one.left_operand, one.right_operand) if isinstance(side, PipelineParameterChannel))


class If(Branch):
    """Run the tasks of the block only if a condition holds: `with dsl.If(task.output == "heads"):`.

    `condition` compares parameters, by `==`, `!=`, `<`, `<=`, `>` or `>=`, with each other or with constants; `&`, `|` and `~` join
    comparisons. A `bool` parameter can stand alone. `name` is what people see.

    ```python
    from bakehouse import dsl


    @dsl.component
    def say(text: str) -> str:
        print(text)
        return text


    @dsl.pipeline
    def weather(degrees: int = 21, is_raining: bool = False) -> str:
        with dsl.If(is_raining):
            wet = say(text="stay in")
        with dsl.Elif((degrees >= 20) & (degrees < 35)):
            fine = say(text="go out")
        with dsl.Else():
            harsh = say(text="wait")
        return dsl.OneOf(wet.output, fine.output, harsh.output)
    ```
    """

    construct = "dsl.If"

    def __init__(self, condition: Any, name: str | None = None) -> None:
        super().__init__(name)
        self.decide(condition)


class Condition(If):
    """Deprecated name of `If`."""

    construct = "dsl.Condition"

    def __enter__(self) -> Any:
        warnings.warn("dsl.Condition is deprecated: use dsl.If", DeprecationWarning, stacklevel=2)
        return super().__enter__()


class Elif(Branch):
    """Run the tasks of the block if its condition holds and those of the `dsl.If` and `dsl.Elif` before it do not."""

    construct = "dsl.Elif"

    def __init__(self, condition: Any, name: str | None = None) -> None:
        super().__init__(name)
        self.decide(condition)

    def _take_place(self, outside: TasksGroup) -> None:
        _join(self, outside)


class Else(Branch):
    """Run the tasks of the block if no condition of the `dsl.If` and `dsl.Elif` before it holds."""

    construct = "dsl.Else"

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)

    def _take_place(self, outside: TasksGroup) -> None:
        _join(self, outside)


class ConditionBranches(TasksGroup):
    """The branches of one conditional, of which one is taken. There is one as soon as a `dsl.If` has an `Elif` or `Else`."""

    construct = "dsl.If"

    def __init__(self, first: Branch) -> None:
        super().__init__(first.recording, place=first.place)
        #: How many times what its branches give has been joined.
        self.joined = 0

    @property
    def has_else(self) -> bool:
        """Whether one of the branches is always taken."""
        return isinstance(self.groups[-1], Else)


def _join(branch: Branch, outside: TasksGroup) -> None:
    """Become a branch of the conditional that stands right before."""
    last = outside.groups[-1] if outside.groups else None
    if isinstance(last, If):
        last = _branched(last, outside)
    if not isinstance(last, ConditionBranches) or last.has_else:
        gone = "an Else stands before it" if isinstance(last, ConditionBranches) else "no dsl.If stands right before it"
        branch.report(InvalidPipeline(f"this {branch.construct} has no dsl.If: {gone}", remedy="Write `with dsl.If(…):`, and this after its block."))
        branch.name = f"{branch.prefix}-{branch.recording.next_group()}"
        outside.adopt(branch)
        return
    branch.before = tuple(one for one in last.groups if isinstance(one, Branch))
    branch.name = f"{branch.prefix}-{branch.recording.next_group()}"
    last.adopt(branch)


def _branched(first: If, outside: TasksGroup) -> ConditionBranches:
    """Put a conditional in the place of its first branch. As on KFP, it gets that one's number, and the branch the next."""
    branches = ConditionBranches(first)
    branches.name = f"condition-branches-{first.name.rpartition('-')[2]}"
    outside.groups.remove(first)
    outside.adopt(branches)
    first.name = f"{first.prefix}-{first.recording.next_group()}"
    branches.adopt(first)
    return branches
