"""What there is to tell of a pipeline in the style of KFP 1: how it is written today, said once for all of it. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.graph import GraphComponent
from bakehouse.errors import listed

_MOST_NAMED = 8


def notices(component: BaseComponent) -> tuple[str, ...]:
    """At most one: the modern form of the first component in that style, and which others there are."""
    found: dict[tuple[str, str], BaseComponent] = {}
    for one in _parts(component):
        if one.is_old_style:
            found.setdefault((one.name, one.place), one)
    if not found:
        return ()
    first, *others = found.values()
    form = textwrap.indent(first.modern_form, "    ")
    return (f"{first.place}: this is the style of KFP 1. It is compiled as what reads today:\n\n{form}\n\n{_more(others)}",)


def _parts(component: BaseComponent) -> Iterator[BaseComponent]:
    """The components of a pipeline and of those that it calls, in the order of their first use, each once."""
    seen = {id(component)}
    ahead = [component]
    while ahead:
        one = ahead.pop()
        yield one
        called = one.recording.components if isinstance(one, GraphComponent) else ()
        ahead += [inner for inner in reversed(called) if id(inner) not in seen]
        seen.update(map(id, called))


def _more(others: list[BaseComponent]) -> str:
    way = "docs/how-to/come-from-kfp.md says what became of each name."
    if not others:
        return f"It stays so until you change it; {way}"
    named = listed([f"{one.name} ({one.place})" for one in others], _MOST_NAMED)
    return f"The same goes for {named}; {way}"
