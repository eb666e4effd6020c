"""Parameters that name files of this machine: the cache knows their names, and not what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bakehouse.actions.runs import Submission
from bakehouse.app.display.texts import visible
from bakehouse.ir.spec import ComponentInputParameter, Importer, ParameterType, PipelineSpec
from bakehouse.ir.values import Json
from bakehouse.orchestrator.run import complete

_LONGEST = 60  # characters of a path that are shown


def notes(submission: Submission) -> Iterator[str]:
    """What to know of them, one note for all; nothing where no result is reused, or where importers read the files."""
    spec = submission.pipeline.spec
    if not submission.options.use_cache:
        return
    declared, given = spec.root.inputs.parameters, complete(spec, submission.parameters)
    texts = {name: value for name, value in given.items() if name in declared and declared[name].type is ParameterType.STRING}
    named = [f"{name} ({visible(value, _LONGEST)})" for name, value in texts.items() if _is_file(value) and not _is_imported(spec, name)]
    if named:
        does, them = ("names a local file", "its content") if len(named) == 1 else ("name local files", "their content")
        yield (
            f"{', '.join(named)} {does}, but {them} is not part of any cache key: a step is reused though it has changed. "
            "Take it in by an importer, give a digest of it as a parameter too, or switch the cache off for the steps that read it."
        )


def _is_file(value: Json) -> bool:
    """Whether it is the absolute path, or file:// URI, of a file that is there: a relative path means nothing to a step."""
    if not isinstance(value, str):
        return False
    path = unquote(urlsplit(value).path) if value.startswith("file://") else value
    try:
        return path.startswith("/") and Path(path).is_file()
    except (OSError, ValueError):  # too long for a path, or with characters that no path has
        return False


def _is_imported(spec: PipelineSpec, name: str) -> bool:
    """Whether only importers take this parameter."""
    dag = spec.root.dag
    users = [
        spec.components.get(task.component)
        for task in (dag.tasks.values() if dag is not None else ())
        if any(isinstance(source, ComponentInputParameter) and source.name == name for source in task.inputs.parameters.values())
    ]
    return bool(users) and all(one is not None and isinstance(spec.executors.get(one.executor_label or ""), Importer) for one in users)
