"""What Python or a library says of a value that exists only when the pipeline runs, told as an authoring error with its place and remedy.

`unknowns` answers what Python's operators ask; this is for what no object can answer, such as `json.dumps`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bakehouse.dsl import places
from bakehouse.dsl.channels import PATTERN, PipelineChannel, damage
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.errors import AuthoringError, NotKnownNow
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.task import Outputs, PipelineTask

_LOOK = "Do it inside a component: it gets the value itself."
#: What is used as something else, what messages say of it, and what to do.
_MEANT: Mapping[type, tuple[str, str]] = {
    PipelineChannel: ("a value is used here that is known only when the pipeline runs", _LOOK),
    PipelineTask: (
        "a task is used here as if it were what it gives, which is known only when the pipeline runs",
        f"What a task gives is its `.output`, or `.outputs['…']`, and goes to components. {_LOOK}",
    ),
    Outputs: ("the outputs of a task are used here as if they were one", "Take one by its name: `.outputs['…']`."),
    BaseComponent: ("a component is used here as if it were a task", "Call it: `task = step(…)`; what the task gives is its `.output`."),
}
#: How Python and its library call the class of what they cannot use: in quotes, or after one of a few words.
_SPELLED = r"""['"](?:{0})['"]|(?:\btype|\bnot|\bnon-iterable|:|,) (?:{0})(?: found\b| object\b| is not\b|$)"""


def told(error: Exception, recording: Recording) -> AuthoringError | None:
    """The authoring error behind an exception that the tracing of a pipeline ended with; `None` if that is the author's own.

    It is of a value of the pipeline if it shows such a value, if Python complains of its class, or if that value has just refused something on
    the same line, which a library kept to itself. What the author raises is theirs, unless it shows such a value: then that is why.
    """
    place = places.of_exception(error)
    if any(error.place == place for error in recording.errors):
        return None  # what was reported there is why it goes wrong
    if recording.refused is not None and recording.refused.place == place:
        return recording.refused
    said = str(error)
    meant = _shown(said) or (_complained_of(said) if isinstance(error, TypeError | AttributeError) and not _is_raised(error, place) else None)
    if meant is None:
        return None
    message, remedy = _MEANT[meant]
    return NotKnownNow(f"{message}; Python says: {PATTERN.sub(_named, said)}", place=place, remedy=remedy)


def _shown(said: str) -> type | None:
    """What is shown in a message as no author writes it: a value's own text, or what Python shows of the object."""
    shown = damage(said)
    if shown.startswith("<PipelineTask "):
        return PipelineTask
    return PipelineChannel if shown or PATTERN.search(said) else None


def _complained_of(said: str) -> type | None:
    return next((kind for kind in _MEANT if re.search(_SPELLED.format("|".join(_names(kind))), said)), None)


def _is_raised(error: Exception, place: str) -> bool:
    """Whether the author's own code raises it."""
    innermost = list(places.frames(error))[-1]
    return innermost.raises and innermost.place == place


def _names(kind: type[Any]) -> Iterator[str]:
    yield kind.__name__
    for sub in kind.__subclasses__():
        yield from _names(sub)


def _named(pattern: re.Match[str]) -> str:
    return "-".join(filter(None, pattern.groups()))
