"""The item of a loop, as its block sees it: of a list that is written out, or of one that exists only when the pipeline runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bakehouse.dsl import arguments, values
from bakehouse.dsl.channels import PipelineArtifactChannel, PipelineChannel, PipelineParameterChannel, UnknownChannel
from bakehouse.dsl.errors import AuthoringError, NoSuchOutput, WrongType, WrongValue, nearest
from bakehouse.dsl.groups import TasksGroup
from bakehouse.dsl.meanings import ArtifactKind, a
from bakehouse.dsl.places import here, is_ours
from bakehouse.ir.spec import ParameterType
from bakehouse.ir.values import Json

if TYPE_CHECKING:
    from bakehouse.dsl.loops import ParallelFor


class ItemParameter(PipelineParameterChannel):
    """An item that is a parameter. `fields` are the kinds of a written-out mapping's values; `None` where any name can be one.

    To the author its attributes are the values of the mapping, whatever they are called; `item["key"]` is the same.
    """

    is_item = True

    def __init__(self, name: str, kind: ParameterType | None, loop: ParallelFor) -> None:
        super().__init__(name, kind, recording=loop.recording)
        self.loop = loop
        self.fields: dict[str, ParameterType | None] | None = None
        self.recording.name_channel(self)

    @property
    def key(self) -> tuple[str, str]:
        """By which a text finds it again: two loops over one list have items of one name."""
        return self.loop.name, self.name

    @property
    def group(self) -> TasksGroup:
        """The loop's block."""
        return self.loop

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or is_ours():
            return super().__getattribute__(name)
        return self[name]

    def __getitem__(self, key: object) -> Any:
        error = self._not_there(key)
        if error is not None:
            self.recording.report(error.at(here()))
            return UnknownChannel(self.recording)
        return ItemField(self, str(key))

    def _not_there(self, key: object) -> AuthoringError | None:
        if self.kind is not None and self.kind is not ParameterType.STRUCT:
            return WrongType(
                f"{key!r} of the item {self.name} is asked for, which is {a(self.kind)}",
                remedy="Only items that are mappings have values by name: loop over a list of them.",
            )
        if not isinstance(key, str) or '"' in key or "\\" in key:
            return WrongType(
                f"{key!r} of the item {self.name} is asked for, which is no name of a value", remedy='Write `item.key` or `item["key"]`.'
            )
        if self.fields is not None and key not in self.fields:
            return NoSuchOutput(f"no item of the loop has a value {key!r}", remedy=nearest(key, self.fields))
        return None

    def kind_of(self, key: str) -> ParameterType | None:
        """The kind of a mapping's value; `None` if it is unknown."""
        if self.fields is not None:
            return self.fields[key]
        return self.inside.kind if self.inside is not None else None


class ItemField(PipelineParameterChannel):
    """A value of an item that is a mapping."""

    is_item = True

    def __init__(self, item: ItemParameter, key: str) -> None:
        super().__init__(f"{item.name}-subvar-{key}", item.kind_of(key), recording=item.recording)
        self.item, self.field = item, key
        if item.inside is not None:
            self.inside = item.inside.inside
        self.recording.name_channel(self)

    @property
    def key(self) -> tuple[str, str]:
        """By which a text finds it again."""
        return self.item.loop.name, self.name

    @property
    def group(self) -> TasksGroup:
        """The loop's block."""
        return self.item.loop


class ItemArtifact(PipelineArtifactChannel):
    """An item that is an artifact."""

    is_item = True

    def __init__(self, name: str, kind: ArtifactKind, loop: ParallelFor) -> None:
        super().__init__(name, ArtifactKind(kind.type, cls=kind.cls), recording=loop.recording)
        self.loop = loop

    @property
    def group(self) -> TasksGroup:
        """The loop's block."""
        return self.loop


def of_channel(items: PipelineChannel, loop: ParallelFor, taken: Collection[str]) -> ItemParameter | ItemArtifact:
    """The item of a loop over what an input or a task gives; `taken` are the names of the items of the loops around it."""
    name = wanted = f"{items.full_name}-loop-item"
    # Of a loop over the list that a loop around it goes over both items can be used.
    number = 1
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    if isinstance(items.kind, ArtifactKind):
        return ItemArtifact(name, items.kind, loop)
    made = ItemParameter(name, items.inside.kind if items.inside else None, loop)
    made.inside = items.inside.inside if items.inside else None
    return made


def of_constants(items: Sequence[Json], loop: ParallelFor, name: str) -> ItemParameter:
    """The item of a loop over a list that is written out. Its kind is that of all items, as far as they have one."""
    made = ItemParameter(name, _common(items), loop)
    mappings = [one for one in items if isinstance(one, dict)]
    if len(mappings) == len(items):
        keys = dict.fromkeys(key for one in mappings for key in one)
        made.fields = {key: _common([one[key] for one in mappings if key in one]) for key in keys}
    return made


def _common(items: Sequence[Json]) -> ParameterType | None:
    """The kind that all have; of whole and other numbers together that of numbers."""
    kinds = {values.kind_of(one) for one in items}
    if len(kinds) == 1:
        return next(iter(kinds))
    return ParameterType.NUMBER_DOUBLE if kinds == values.NUMBERS else None


def flaws(items: Any) -> Iterator[AuthoringError]:
    """What keeps a list from being looped over; the errors have no place."""
    if arguments.is_task(items):
        yield WrongType("a loop goes over a task, not what it gives", remedy="Loop over `.output` of the task.")
    elif not isinstance(items, list | tuple):
        yield WrongType(f"a loop goes over {values.typed(items)}", remedy="Loop over a list: `list(…)` makes one of what Python can go through.")
    elif not items:
        yield WrongValue("a loop goes over no items, so that nothing in it would ever run", remedy="Give it an item, or leave the loop out.")
    elif any(one is None for one in items):
        yield WrongValue("an item of a loop is None", remedy="Leave it out; inside of a mapping None is possible.")
    elif any(True for _ in arguments.within(list(items))):
        yield WrongValue(
            "a list that is looped over holds a value that is known only when the pipeline runs",
            remedy="Let a component put the list together, and loop over its output.",
        )
    else:
        flaw = next(values.flaws(list(items)), "")
        if flaw:
            yield WrongValue(f"the items of a loop: {flaw}", remedy="Loop over texts, numbers, truth values, and lists and mappings of them.")
