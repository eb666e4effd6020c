"""Which pipeline of a file is meant: by its name, or as the only one that no other calls. A stage of the process that runs the author's file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bakehouse.app import tracing
from bakehouse.errors import BadInput, short


@dataclass(frozen=True)
class Candidate:
    """A pipeline or component in a file: the name it is bound to, its own name, whether the file itself defines it, and the component.

    `is_part`: another pipeline of the file calls it. `given`: the names that its author gave it, as they are written.
    """

    variable: str
    name: str
    is_pipeline: bool
    own: bool
    component: Any  # of ours, or of the installed kfp
    is_part: bool = False
    given: tuple[str, ...] = ()

    def called(self, wanted: str) -> bool:
        """Whether it answers to this name."""
        return wanted in {self.variable, self.name, *self.given}


def choose(candidates: Sequence[Candidate], path: str, wanted: str) -> Candidate:
    """The one that is meant: named by `wanted`, or the only pipeline that no other one calls, or else the only component. Raises `BadInput`."""
    pipelines = [one for one in candidates if one.is_pipeline and one.own] or [one for one in candidates if one.is_pipeline]
    components = [one for one in candidates if not one.is_pipeline and one.own]
    if wanted:
        return _named([*pipelines, *(one for one in candidates if one not in pipelines)], path, wanted)
    whole = [one for one in pipelines if not one.is_part]
    if len(whole) == 1:
        return whole[0]
    if whole:
        names = _names(whole)
        raise BadInput(f"the file has {len(whole)} pipelines: {names}", place=path, remedy=f"Choose one: --pipeline {whole[0].variable}")
    if len(components) == 1:
        return components[0]
    if components:
        raise BadInput(
            f"there is no pipeline in the file, but {len(components)} components: {_names(components)}",
            place=path,
            remedy=f"Connect them in a function with @dsl.pipeline, or run one alone: --pipeline {components[0].variable}",
        )
    raise BadInput(
        "there is no pipeline in the file",
        place=path,
        remedy=tracing.written_for_version_1(path) or "A pipeline is a function with @dsl.pipeline at the top level of the file.",
    )


def _named(candidates: Sequence[Candidate], path: str, wanted: str) -> Candidate:
    for one in candidates:
        if one.called(wanted):
            return one
    remedy = f"It has: {_names(candidates)}." if candidates else "It has none at all."
    raise BadInput(f"there is no pipeline {short(wanted)} in the file", place=path, remedy=remedy)


def _names(candidates: Iterable[Candidate]) -> str:
    return ", ".join(one.variable if one.name == one.variable else f"{one.variable} ({short(one.name)})" for one in candidates)
