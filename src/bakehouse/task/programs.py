"""The source of a component to a function. Tracebacks of what it raises name the author's file and lines."""

from __future__ import annotations

import gc
import sys

from . import typing_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Mapping, Optional

_TYPING = "from typing import *\n"
#: The name of the module that holds a component's source in a step, as KFP calls it.
MODULE = "ephemeral_component"
#: The function of a component's source that the SDK wrote: it makes of JSON what the author's function asks for (`shapes`).
WRAPPER = "__bakehouse_shaped"


class Program:
    """A component's source: a prelude (imports and helpers that the SDK put before it) and the function itself.

    `file` and `line` say where the author wrote the function's `def` line; `copy` is the file of the attempt that holds the
    whole source.
    """

    def __init__(self, launch: Mapping[str, Any], copy: str) -> None:
        self.source: str = launch["source"]
        self.function: str = launch["function"]
        self.copy = copy
        begin = _begin_of(self.source, self.function)
        self._prelude, self._body = self.source[:begin], self.source[begin:]
        self._own_line = self._prelude.count("\n") + 1
        self._wrapper = _lines_of_wrapper(self._prelude)
        origin: Optional[Mapping[str, Any]] = launch.get("origin")
        self.file: str = origin["file"] if origin else copy
        self.line: int = int(origin["line"]) if origin else self._own_line

    def write(self) -> None:
        """Put the source where tools look for it. Raises `OSError`."""
        with open(self.copy, "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write(self.source)

    def load(self) -> Callable[..., Any]:
        """Run the source as the module `ephemeral_component` and give its function. Raises whatever that raises."""
        # An empty line in its place: what follows keeps its number.
        prelude = _compiled(self._prelude.replace(_TYPING, "\n", 1), self.copy)
        body = _compiled("\n" * (self.line - 1) + self._body, self.file)
        first = _TYPING if _TYPING in self._prelude and typing_names.used(prelude, body) else ""
        if first:
            import typing  # noqa: F401  # loaded here, so that the next line covers it
        gc.freeze()  # what is there already is not the user's: the garbage collector need not look at it, not even at the end
        module = type(sys)(MODULE)
        module.__file__ = self.copy
        module.__loader__ = Text(self)  # type: ignore[assignment]  # it loads nothing, it shows
        sys.modules[MODULE] = module
        exec(first, vars(module))  # noqa: S102  # the component itself
        exec(prelude, vars(module))  # noqa: S102  # the component itself
        exec(body, vars(module))  # noqa: S102  # the component itself
        return self._undecorated(getattr(module, self.function, None))

    def lines(self) -> Dict[str, List[str]]:
        """The source by file name, each line at its place, as `linecache` keeps it."""
        found = {self.copy: _lines(self.source)}
        if self.file != self.copy:
            found[self.file] = ["\n"] * (self.line - 1) + _lines(self._body)
        return found

    def is_wrapper(self, file: str, line: int) -> bool:
        """Whether a line was written by the SDK, and not by the author."""
        return file == self.copy and line in self._wrapper

    def place(self, file: str, line: int) -> "tuple[str, int]":
        """Where the author wrote a line of the copy; other places are themselves."""
        if file == self.copy and line >= self._own_line:
            return self.file, line - self._own_line + self.line
        return file, line

    def _undecorated(self, found: Any) -> Callable[..., Any]:
        """The function under a component decorator of an SDK that is really there."""
        function = getattr(found, "python_func", found)
        if not callable(function):
            raise NameError(f"the component's source defines no function {self.function!r}")  # noqa: TRY004  # a missing name it is
        return function  # type: ignore[no-any-return]  # whatever the user wrote


class Text:
    """Shows the component's source to tools that ask a module's loader for it; they do where the author's file is not there."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def get_source(self, _name: str) -> str:
        """The source with each line at the place where the author wrote it."""
        return "".join(self._program.lines()[self._program.file])


def _lines(text: str) -> List[str]:
    # Not `splitlines`: Python counts newlines only.
    return [line + "\n" for line in text.split("\n")]


def _compiled(text: str, file: str) -> Any:
    # Our own `from __future__` lines are not the user's.
    return compile(text, file, "exec", dont_inherit=True)


def _lines_of_wrapper(prelude: str) -> range:
    """The lines of the SDK's own function; none where the component needs none."""
    lines = prelude.split("\n")
    head = f"def {WRAPPER}("
    first = next((number for number, line in enumerate(lines, start=1) if line.startswith(head)), 0)
    last = next((number for number in range(first, len(lines)) if lines[number] and not lines[number].startswith(" ")), len(lines))
    return range(first, last + 1) if first else range(0)


def _begin_of(source: str, function: str) -> int:
    """Where the function's own text begins: its last `def` line at the left margin, or at the end where there is none."""
    found = len(source)
    for head in (f"def {function}(", f"def {function} ", f"async def {function}("):
        at = source.rfind("\n" + head)
        if at >= 0:
            found = min(found, at + 1)
        elif source.startswith(head):
            found = 0
    return found
