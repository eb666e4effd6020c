"""Where a value can be used, and a task be waited for: in the group in which it comes to be and in all that this holds.

Outside of a loop there are many of it, outside of a branch perhaps none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.errors import AuthoringError, OutOfScope
from bakehouse.dsl.groups import TasksGroup

if TYPE_CHECKING:
    from bakehouse.dsl.task import PipelineTask

_COLLECT = "Use it inside the loop, or take those of all iterations as a list: `dsl.Collected(…)`."
_JOIN = "Use it inside the block. Where each branch gives one and there is a dsl.Else: `dsl.OneOf(…)` of them, after the last branch."
_INSIDE = "Use it inside the block."


def use(what: str, channel: PipelineChannel, group: TasksGroup) -> AuthoringError | None:
    """What is wrong with using a channel in a group; `what` takes it, as the beginning of a sentence."""
    if channel.collects:
        return _collecting(what, channel, channel.group.left_for(group))
    if channel.group is group or channel.group.parent is None:
        return None
    left = channel.group.left_for(group)
    for one in left:
        place = f"the {one.construct} at {one.place}"
        if one.is_loop:
            there = f"which is made anew by each iteration of {place}"
            return OutOfScope(f"{what} is given {channel.full_name}, {there}", remedy=_INSIDE if channel.is_item else _COLLECT)
        if one.is_branch:
            return OutOfScope(f"{what} is given {channel.full_name}, which is there only if {place} is taken", remedy=_JOIN)
        if one.has_exit:
            return OutOfScope(f"{what} is given {channel.full_name}, which does not leave {place}", remedy=_INSIDE)
    return None


def _collecting(what: str, channel: PipelineChannel, left: Sequence[TasksGroup]) -> AuthoringError | None:
    if not any(one.is_loop for one in left):
        return OutOfScope(
            f"{what} is given dsl.Collected of {channel.full_name}, which no loop makes, seen from here",
            remedy="dsl.Collected is used outside of the dsl.ParallelFor that makes its output. Here, use the output itself.",
        )
    handler = next((one for one in left if one.has_exit), None)
    if handler is not None:
        place = f"the {handler.construct} at {handler.place}"
        return OutOfScope(f"{what} is given dsl.Collected of {channel.full_name}, which does not leave {place}", remedy=_INSIDE)
    return None


def order(name: str, before: PipelineTask | TasksGroup, group: TasksGroup) -> AuthoringError | None:
    """What is wrong with letting a task of a group wait for another task, or for all that an exit handler holds."""
    inside = before.around if isinstance(before, TasksGroup) else before.group
    for one in inside.left_for(group):
        if one.is_branch:
            return OutOfScope(
                f"the task {name} is to run after {before.name}, which runs only if the {one.construct} at {one.place} is taken",
                remedy="Let both run in the same block.",
            )
        if one.has_exit:
            return OutOfScope(
                f"the task {name} is to run after {before.name}, which the {one.construct} at {one.place} holds",
                remedy="Let it run after all of the block: `.after(handler)`, with `as handler` at the block.",
            )
    return None
