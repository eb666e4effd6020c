"""Settings of a task that KFP's IR has no place for: they go to `platforms.bakehouse`, which KFP skips. Pure."""

from __future__ import annotations

from typing import Any

from bakehouse.dsl.errors import WrongValue
from bakehouse.ir import policies


def checked(kind: str, said: dict[str, Any]) -> dict[str, Any]:
    """Settings of one kind (`retryPolicy`) by their names there, those that are `None` left out. Raises `WrongValue`."""
    given = {name: list(one) if isinstance(one, set | frozenset | tuple) else one for name, one in said.items() if one is not None}
    wrong = policies.of_step({kind: given})
    if wrong:
        raise WrongValue("; ".join(f"{one.path[-1]}: {one.message}" for one in wrong), remedy=wrong[0].remedy)
    return given
