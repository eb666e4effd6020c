"""Where programs written for KFP 1 read and write files: paths of their own, and today's steps are told the paths.

A shell goes round the command: it brings inputs to where the program looks for them, and outputs to where they are awaited. All values and
paths that are known only when the step runs are arguments of the shell, never part of its script, so that nothing in them is read as one.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bakehouse.dsl.errors import WrongType, WrongValue
from bakehouse.dsl.values import spelled, writable

#: Outputs that the pages of KFP 1 looked for; a step was free not to write them.
FOR_PAGES = frozenset(("mlpipeline-ui-metadata", "mlpipeline-metrics"))
_ONE_DIGIT = 9


class InputArgumentPath:
    """Stands in the arguments for the path of a file that holds a value or an artifact; `path` says where the program looks for it."""

    def __init__(self, argument: Any, input: Any = None, path: str | None = None) -> None:  # noqa: A002  # kfp's name
        self.argument, self.input, self.path = argument, input, path


@dataclass(frozen=True)
class Moved:
    """A file that the shell moves: its path in the program, and the placeholder of its place, or of its value, in the step."""

    path: str
    placeholder: str


@dataclass(frozen=True)
class Files:
    """All that is moved for one step, in the order in which the shell gets its arguments."""

    values: Sequence[Moved] = ()
    artifacts: Sequence[Moved] = ()
    parameters: Sequence[Moved] = ()
    made: Sequence[Moved] = ()
    #: Of `made`, the paths at which there may be nothing.
    free: frozenset[str] = frozenset()

    @property
    def all(self) -> tuple[Moved, ...]:
        """Every one."""
        return (*self.values, *self.artifacts, *self.parameters, *self.made)


def absolute(what: str, path: Any) -> str:
    """A path that the program has. Raises `WrongType`, `WrongValue`."""
    if not isinstance(path, str):
        raise WrongType(f"the path of {what} is {spelled(path)}", remedy="Write a text that is known now.")
    if not path.startswith("/") or "\0" in path:
        raise WrongValue(
            f"the path of {what} is {path!r}, which is no absolute path", remedy=f"Write the whole path in the container: '/tmp/{path}'."
        )
    return writable(f"the path of {what}", path)


def outputs(what: str, given: Any) -> Mapping[str, str]:
    """The paths of outputs by name. Raises `WrongType`, `WrongValue`."""
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise WrongType(f"{what} is {spelled(given)}", remedy="Write a mapping of names to paths: {'model': '/tmp/model'}.")
    return {name: absolute(f"the output {name}", path) for name, path in given.items()}


def wrapped(command: Sequence[str], files: Files) -> list[str]:
    """The command with the shell round it; as it is where nothing is moved.

    The step ends with the exit code of the command; if that is 0 but an output is missing, with that of the shell, which says so.
    """
    if not files.all:
        return list(command)
    return ["sh", "-c", script(files), "sh", *(one.placeholder for one in files.all), *command]


def script(files: Files) -> str:
    """What the shell does (POSIX; besides, `cat`, `cp`, `dirname` and `mkdir`). Its arguments: the placeholders, then the command."""
    place = {id(one): _argument(number) for number, one in enumerate(files.all, start=1)}
    lines = []
    for one in files.values:
        lines += [_folder(_quoted(one.path)), f"printf %s {place[id(one)]} > {_quoted(one.path)} || exit"]
    for one in files.artifacts:
        lines += [_folder(_quoted(one.path)), f"cp -R {place[id(one)]} {_quoted(one.path)} || exit"]
    lines.append(f'(shift {len(place)}; exec "$@") || exit')
    for one in files.parameters:
        lines += _read(_quoted(one.path), place[id(one)])
    for one in files.made:
        copied = f"cp -R {_quoted(one.path)} {place[id(one)]}"
        found = f"if [ -e {_quoted(one.path)} ]; then {copied} || exit; fi" if one.path in files.free else f"{copied} || exit"
        lines += [_folder(place[id(one)]), found]
    return "\n".join(lines)


def _read(path: str, place: str) -> list[str]:
    """KFP 1 takes one newline off the end of a value; `$(…)` takes all, but for the sign that is put behind them and taken off again."""
    return [
        f"value=$(cat {path} && echo .) || exit",
        'value="${value%.}"',
        f'{_folder(place)} && printf %s "${{value%\n}}" > {place} || exit',
    ]


def _folder(path: str) -> str:
    return f'mkdir -p "$(dirname {path})"'


def _argument(number: int) -> str:
    """An argument of the shell, as one word."""
    return f'"${number}"' if number <= _ONE_DIGIT else f'"${{{number}}}"'


def _quoted(path: str) -> str:
    return shlex.quote(path)
