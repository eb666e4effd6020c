"""Saying what of a pipeline will hurt."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bakehouse.app import import_work
from bakehouse.app.display.texts import visible
from bakehouse.app.loaded import Loaded
from bakehouse.app.loading import PYTHON_SUFFIXES, Loading
from bakehouse.cli import answers, taking
from bakehouse.errors import BadInput, by_lines
from bakehouse.ir import linting
from bakehouse.ir.fields import dotted
from bakehouse.ir.findings import nearest

_AT_IMPORT = "work-at-import"
#: The names of all rules; what a file does while it is loaded is told from its source, not from the pipeline.
RULES = (*(rule.name for rule in linting.RULES), _AT_IMPORT)


@dataclass(frozen=True)
class _Found:
    rule: str
    message: str
    place: str
    remedy: str


def run(loading: Loading, ignore: Collection[str], *, as_json: bool) -> int:
    """Say what is found in what is being loaded, but for rules that are left out; the exit code."""
    for rule in ignore:
        if rule not in RULES:
            raise BadInput(f"there is no rule {rule}", place="--ignore", remedy=nearest(rule, RULES))
    done = taking.finished(loading)
    found = by_lines(one for one in _found(loading, done) if one.rule not in ignore)
    if as_json:
        answers.document({"pipeline": done.file.spec.info.name, "findings": [_document(one) for one in found]})
    else:
        answers.lines(_text(one) for one in found)
        answers.notice(f"{len(found)} finding{'' if len(found) == 1 else 's'}" if found else f"{done.file.spec.info.name}: nothing to say")
    return 1 if found else 0


def _found(loading: Loading, done: Loaded) -> Iterator[_Found]:
    if loading.path.suffix in PYTHON_SUFFIXES:
        for work in import_work.done_at_import(loading.path):
            message = f"{work.call}(…) is called whenever the file is loaded: at each compilation, upload and run"
            remedy = 'Move it into a component, or below `if __name__ == "__main__":`.'
            yield _Found(_AT_IMPORT, message, f"{loading.path.absolute()}:{work.line}", remedy)
    for rule, hit in linting.lint(done.file):
        origin = done.origins.get(hit.executor)
        line = f"{origin.file}:{origin.line + hit.line}" if origin is not None else done.line(hit.path)
        yield _Found(rule.name, hit.message, line or f"{loading.path} ({dotted(hit.path)})", hit.remedy)


def _text(one: _Found) -> str:
    return f"{visible(one.place)}: {visible(one.message)} [{one.rule}]\n  {visible(one.remedy)}"


def _document(one: _Found) -> dict[str, str]:
    return {"rule": one.rule, "message": one.message, "place": one.place, "remedy": one.remedy}
