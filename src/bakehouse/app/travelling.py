"""Folders of the author's own modules on their way to steps: which executor finds which folder, packed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from bakehouse.actions import modules
from bakehouse.dsl import folders
from bakehouse.dsl.folders import Packed
from bakehouse.ir import executors, travelling
from bakehouse.ir.execution import Code
from bakehouse.ir.spec import Container, PipelineFile


def packed(file: PipelineFile, own: Mapping[str, str], asked: str) -> Mapping[str, Packed]:
    """The folders by executor label: the component's `own`, else the one that was `asked` for, if any.

    Raises `WrongValue` for a folder that cannot travel.
    """
    everywhere = {label: Path(asked) for label in _programs(file)} if asked else {}
    return folders.by_folder({**everywhere, **{label: Path(folder) for label, folder in own.items()}})


def notes(by_label: Mapping[str, Packed]) -> Iterable[str]:
    """What the user should know of these folders, each thing once."""
    return dict.fromkeys(f"code: {note}" for folder in by_label.values() for note in folder.notes)


def named(file: PipelineFile, by_label: Mapping[str, Packed], home: Path) -> PipelineFile:
    """The pipeline file that names these folders as this home keeps them."""
    codes = {label: Code(one.digest, str(modules.address(home, one.digest)), one.name) for label, one in by_label.items()}
    return travelling.with_code(file, codes)


def _programs(file: PipelineFile) -> Iterable[str]:
    """The labels of the executors that are Python components whose source travels with the pipeline, in order."""
    components = {one.executor_label: one for one in file.spec.components.values() if one.executor_label}
    for label, executor in sorted(file.spec.executors.items()):
        if label in components and isinstance(executor, Container) and executors.program(executor, components[label]) is not None:
            yield label
