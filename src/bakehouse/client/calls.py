"""The switch of all clients: while a file is only loaded, what a client is called for is noted, with its place, and nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bakehouse.dsl import places


@dataclass(frozen=True)
class Call:
    """A method that was called, and where; or, with `is_component`, a component or pipeline of the file, and what it was given."""

    method: str
    place: str
    is_component: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)


class _Switch:
    """Where calls are noted; `None` where clients do what they are asked for."""

    notes: list[Call] | None = None


def note(notes: list[Call] | None) -> None:
    """From now on new clients of this process only note what they are called for, in this list; with `None` they act again."""
    _Switch.notes = notes


def takes(client: object) -> bool:
    """Whether a new client is only to note what it is called for: then it has become a `NotedClient`.

    A client's own class keeps its constructor so, with the signature that editors and `help` show.
    """
    if _Switch.notes is None:
        return False
    vars(client)["notes"] = _Switch.notes
    client.__class__ = NotedClient
    return True


class NotedClient:
    """Takes every method of a client and does nothing but note the call."""

    notes: list[Call]

    def __getattr__(self, method: str) -> Callable[..., Answer]:
        if method.startswith("__"):
            raise AttributeError(method)

        def noted(*_arguments: Any, **_named: Any) -> Answer:
            self.notes.append(Call(method, places.here()))
            return Answer()

        return noted


class Answer:
    """Stands for what a server would have said, so that a file goes on after its call: every part of it is another one."""

    def __getattr__(self, name: str) -> Answer:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_arguments: Any, **_named: Any) -> Answer:
        """Another one: whatever is called says nothing."""
        return self
