"""What a command says: its answer on standard output, text or one JSON document; everything else on standard error."""

from __future__ import annotations

import io
import itertools
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

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
    """The answer as JSON. Numbers that JSON lacks (NaN, infinities) are written as Python's `json` does."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def lines(texts: Iterable[str]) -> None:
    """The answer as text."""
    for text in texts:
        sys.stdout.write(text + "\n")


def notice(text: str) -> None:
    """Something the user should know that is not the answer."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def prepare_streams() -> None:
    """No text fails for a character that the terminal cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def stop_writing() -> int:
    """Whoever read the answer has had enough: that is no error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return 0
