"""What every command takes that loads an author's file: the file, which pipeline of it, and what compiles it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bakehouse.app import loading, sdks
from bakehouse.app.loading import Loading


@dataclass(frozen=True)
class AuthorFile:
    """A file as a command line names it; `pipeline` is the one to take of several, `sdk` one of `sdks.SDKS`."""

    path: Path
    pipeline: str | None = None
    sdk: str = sdks.AUTO

    def load(self) -> Loading:
        """Begin to load it. Raises `BadInput` for what is no pipeline file."""
        return loading.start(self.path, self.pipeline, self.sdk)


_PARTS = (
    click.argument("file", type=click.Path(path_type=Path)),
    click.option("--pipeline", metavar="NAME", help="Which pipeline of the file: the name of its function, or its own."),
    click.option(
        "--sdk",
        type=click.Choice(sdks.SDKS),
        default=sdks.AUTO,
        show_default=True,
        help="What compiles a Python file: bakehouse, which answers to kfp too, or the installed kfp. auto: kfp only where the file, "
        "or a package that it imports, needs what Bakehouse does not serve.",
    ),
)


def author_file(command: Callable[..., int]) -> Callable[..., int]:
    """FILE, `--pipeline` and `--sdk`, passed to the command as an `AuthorFile`, its first argument."""

    @functools.wraps(command)
    def called(*, file: Path, pipeline: str | None, sdk: str, **asked: Any) -> int:  # what other options ask for
        return command(AuthorFile(file, pipeline, sdk), **asked)

    for part in reversed(_PARTS):
        called = part(called)
    return called
