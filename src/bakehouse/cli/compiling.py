"""Writing a compiled pipeline where the user wants it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bakehouse.app import loaded, settings
from bakehouse.app.loading import Loading
from bakehouse.cli import answers, taking
from bakehouse.cli.commands import part
from bakehouse.errors import BadInput, Unavailable
from bakehouse.ir import policies, text
from bakehouse.ir.spec import PipelineFile
from bakehouse.storage import whole


def compile_file(loading: Loading, *, out: str, strict_kfp: bool, code: str, output: str) -> int:
    """Compile what is being loaded and write it; the exit code.

    `strict_kfp`: without what KFP's own compiler could not have written. `code`: a folder of modules that travel in it.
    """
    if loading.child is None:
        loaded.finish(loading)  # what is none of today's is told first
        raise BadInput("is compiled already", place=str(loading.path), remedy=f"Run it: bakehouse run {loading.path}")
    target = _target(loading.path, out)
    found = taking.finished(loading)
    answers.notes(found.notices)
    file = _with_modules(found, code or settings.from_environment().code)
    written = text.write(policies.without(file) if strict_kfp else file)
    if strict_kfp:
        _tell_what_kfp_misses(file, written)
    if target is None:
        sys.stdout.write(written)
        return 0
    existed = target.exists()
    _replace(target, written)
    name = found.file.spec.info.name
    if output == answers.JSON:
        answers.document({"pipeline": name, "file": str(target), "replaced": existed, "sdk": found.sdk, "sdk_why": found.why or None})
    else:
        answers.lines([f"{name} · compiled by {found.compiled_by} · {'replaced' if existed else 'wrote'} {target}"])
    return 0


def _with_modules(found: loaded.Loaded, asked: str) -> PipelineFile:
    """The pipeline that carries the modules which its steps need. Raises `WrongValue`."""
    packed = taking.packed(found, asked)
    if not packed:
        return found.file
    file: PipelineFile = part("carrying").with_modules(found.file, packed)
    return file


def _tell_what_kfp_misses(file: PipelineFile, written: str) -> None:
    if left_out := policies.said(file):
        answers.notice(f"note: left out, for KFP knows nothing like it: {left_out}")
    if policies.CHECKPOINT in written:
        answers.notice(f"note: KFP does not know {policies.CHECKPOINT} (dsl.CHECKPOINT_PATH_PLACEHOLDER): a step would get these very letters there")


def _target(source: Path, out: str) -> Path | None:
    """Where to write; `None` is standard output. Raises `BadInput` for what would not be a pipeline file."""
    if out == "-":
        return None
    target = Path(out) if out else Path(f"{source.stem}.yaml")
    if target.is_dir():
        raise BadInput("is a folder", place=str(target), remedy=f"Name the file: -o {target / source.stem}.yaml")
    if target.suffix.lower() not in {".yaml", ".yml"}:
        raise BadInput("would not be a pipeline file", place=str(target), remedy="Let its name end in .yaml or .yml.")
    return target


def _replace(target: Path, written: str) -> None:
    """The whole file, or what was there before."""
    mask = os.umask(0)
    os.umask(mask)
    try:
        whole.write(target, written.encode(), mode=0o666 & ~mask, durable=False)  # as any file this user makes
    except OSError as error:
        raise Unavailable(f"cannot be written: {error.strerror}", place=str(target), remedy="Name another file with -o.") from error
