"""What a command says: its answer on standard output, text or one JSON document; everything else on standard error."""

from __future__ import annotations

import io
import itertools
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TextIO, TypeVar

import click

from bakehouse.app.display.texts import obeyed_by_none
from bakehouse.ir import scalars
from bakehouse.ir.values import Json

TEXT, JSON = "text", "json"

Command = TypeVar("Command", bound=Callable[..., Any])  # whatever click decorates


def output_option(command: Command) -> Command:
    """`--output text|json`, passed to the command as `output`."""
    option = click.option(
        "--output", type=click.Choice([TEXT, JSON]), default=TEXT, show_default=True, help="json: all of standard output is one JSON document."
    )
    return option(command)


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether a command line asks for JSON: told from the words themselves, for the errors of a line that cannot be parsed."""
    words = list(arguments)
    if "--" in words:
        words = words[: words.index("--")]
    return f"--output={JSON}" in words or ("--output", JSON) in set(itertools.pairwise(words))


def document(value: Json) -> None:
    """The answer as JSON. Numbers that JSON lacks are texts, as in the JSON of protocol buffers: "NaN", "Infinity", "-Infinity"."""
    sys.stdout.write(json.dumps(scalars.json_value(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def lines(texts: Iterable[str]) -> None:
    """The answer as text."""
    for text in texts:
        sys.stdout.write(obeyed_by_none(text) + "\n")


def notice(text: str) -> None:
    """Something the user should know that is not the answer."""
    with suppress(OSError):  # standard error takes no more: nobody is left to be told
        sys.stderr.write(obeyed_by_none(text) + "\n")
        sys.stderr.flush()


def notes(texts: Iterable[str]) -> None:
    """Several such things, each on a line of its own that says so."""
    for text in texts:
        notice(f"note: {text}")


def prepare_streams() -> bool:
    """No text fails for a character that the terminal cannot show. Whether there is a standard output at all."""
    given = sys.stdout is not None
    # The first file that is opened would take the place of a closed stream, and get what is meant for it.
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, _nowhere(descriptor))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if type(sys.stdout) is io.TextIOWrapper:  # not what a test or a notebook has put in its place
        old = sys.stdout
        sys.stdout = _Answer(old.detach(), old.encoding, "replace", line_buffering=old.line_buffering, write_through=old.write_through)
    return given


def _nowhere(descriptor: int) -> TextIO:
    """A stream that takes everything and keeps nothing, at that place."""
    opened = os.open(os.devnull, os.O_WRONLY)
    if opened != descriptor:
        os.dup2(opened, descriptor)
        os.close(opened)
    return open(descriptor, "w", encoding="utf-8", closefd=False)  # by its descriptor


class Refused(OSError):
    """Standard output takes no more, and not because its reader has gone."""


class _Answer(io.TextIOWrapper):
    """Standard output, whose refusals can be told from all other trouble of the system."""

    def write(self, text: str) -> int:
        """As any stream of text. Raises `Refused`."""
        with _told_apart():
            return super().write(text)

    def flush(self) -> None:
        """As any stream of text. Raises `Refused`."""
        with _told_apart():
            super().flush()


@contextmanager
def _told_apart() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Refused(error.errno, error.strerror) from error


def raw(data: bytes, *, now: bool = False) -> None:
    """Part of an answer that is bytes; `now`: its reader waits for it. Raises `Refused`."""
    with _told_apart():
        sys.stdout.buffer.write(data)
        if now:
            sys.stdout.buffer.flush()


def unwritten(error: OSError) -> int:
    """Say that the answer could not be written; the exit code."""
    notice(f"error: the answer cannot be written to standard output: {error.strerror or error}. Free some space, or send it elsewhere.")
    stop_writing()
    return 1


def stop_writing() -> int:
    """Whoever read the answer has had enough: that is no error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return 0
