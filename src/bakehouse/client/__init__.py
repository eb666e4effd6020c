"""SUBMIT: what an author calls to hand a pipeline over. In this release it is only noted that it was called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bakehouse.client.calls import Call
from bakehouse.dsl import places


class Client:
    """Takes every method of `kfp.Client` and does nothing but remember the call, in `Client.calls`."""

    calls: list[Call] = []  # noqa: RUF012  # shared on purpose: the loader asks the class

    def __init__(self, *_arguments: Any, **_named: Any) -> None:
        self._place = places.here()

    def __getattr__(self, method: str) -> Callable[..., Answer]:
        if method.startswith("__"):
            raise AttributeError(method)

        def remembered(*_arguments: Any, **_named: Any) -> Answer:
            Client.calls.append(Call(method, places.here()))
            return Answer()

        return remembered


class Answer:
    """Stands for what a server would have said, so that a file goes on after its call: every part of it is another one."""

    def __getattr__(self, name: str) -> Answer:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_arguments: Any, **_named: Any) -> Answer:
        """Another one: whatever is called says nothing."""
        return self
