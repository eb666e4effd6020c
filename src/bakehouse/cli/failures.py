"""Errors as the user reads them: text, or the document `{"error": {code, message, place, remedy, problems}}`."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from bakehouse.cli import answers
from bakehouse.errors import BakehouseError, Problem
from bakehouse.ir.values import JsonObject

CANCELLED = 130


@dataclass(frozen=True)
class Failure:
    """An error for the reader; `code` names its kind to programs."""

    code: str
    exit_code: int
    problems: Sequence[Problem]


def of(error: BaseException) -> Failure:
    """What to tell of an exception. One that nobody foresaw is written to a file, and named."""
    if isinstance(error, BakehouseError):
        return Failure(error.code, error.exit_code, tuple(error.problems))
    if isinstance(error, click.UsageError):
        remedy = f"Try `{error.ctx.command_path} --help`." if error.ctx is not None else None
        return Failure("usage", 2, (Problem(error.format_message(), None, remedy),))
    if isinstance(error, click.ClickException):
        return Failure("usage", error.exit_code, (Problem(error.format_message()),))
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return Failure("cancelled", CANCELLED, (Problem("interrupted"),))
    if isinstance(error, OSError) and error.filename and not isinstance(error, FileNotFoundError):
        return Failure("unavailable", 1, (Problem(error.strerror or str(error), str(error.filename)),))
    return _unforeseen(error)


def _unforeseen(error: BaseException) -> Failure:
    message = f"internal error: {type(error).__name__}: {error}".rstrip(": ")
    told = "Please report it"
    try:
        handle, path = tempfile.mkstemp(prefix="bakehouse-error-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            traceback.print_exception(error, file=file)
        told += f"; the traceback is in {path}"
    except OSError:
        told += "; BAKEHOUSE_DEBUG=1 shows the traceback"
    return Failure("internal", 1, (Problem(message, None, f"{told}."),))


def tell(failure: Failure, *, as_json: bool) -> None:
    """Say it: as JSON on standard output, as text on standard error."""
    if as_json:
        answers.document({"error": described(failure)})
        return
    for problem in failure.problems:
        answers.notice(text(problem))


def described(failure: Failure) -> JsonObject:
    """A failure as JSON: the first problem, and all of them."""
    problems = [{"message": problem.message, "place": problem.place, "remedy": problem.remedy} for problem in failure.problems]
    return {"code": failure.code, **problems[0], "problems": problems}


def text(problem: Problem) -> str:
    """`error: PLACE: MESSAGE`, and the remedy below it. Places below the current folder are named from there."""
    place = here(problem.place) if problem.place else None
    return f"error: {Problem(problem.message, place, problem.remedy)}"


def here(place: str) -> str:
    """A place as seen from the current folder."""
    return place.removeprefix(f"{Path.cwd()}{os.sep}")
