"""Where a run is shown that a program waits for: below the cell of a notebook, on the terminal, or as plain lines."""

from __future__ import annotations

import html
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TextIO

from bakehouse.app.display import plain, tree
from bakehouse.app.display.live import LiveTree
from bakehouse.app.display.plain import Screen
from bakehouse.app.display.progress import Progress
from bakehouse.app.display.tails import Printed
from bakehouse.app.display.texts import Line, Tone
from bakehouse.app.display.wording import News

_STYLES: Mapping[Tone, str] = {
    Tone.GOOD: "color:green",
    Tone.BAD: "color:#c00;font-weight:bold",
    Tone.DIM: "opacity:.65",
    Tone.STRONG: "font-weight:bold",
}
#: Nothing turns: what has not changed is not sent again.
_SIGNS = replace(tree.UNICODE, spinner="▸")
_MOST_ROWS = 40

#: Shows a picture of several media types; `update`: in the place of the one before.
Publish = Callable[[Mapping[str, str], bool], None]


def screen(title: str) -> Screen:
    """The best there is here. On a terminal it is standard error: standard output is the program's own."""
    publish = _notebook()
    if publish is not None:
        return Cell(publish, sys.stdout, title)
    # A terminal has room for one tree; runs beside it, of other threads, tell in lines.
    alone = threading.current_thread() is threading.main_thread()
    if alone and plain.can_redraw(sys.stderr):
        return LiveTree(sys.stderr, title)
    return plain.titled(title, sys.stderr, _unread)


def _unread(error: OSError) -> None:
    """Nobody reads what this program says of the run: there is nobody to be told, and the run goes on."""
    del error


def _notebook() -> Publish | None:
    """What shows pictures below the cell that runs; `None` where no notebook is."""
    ipython: Any = sys.modules.get("IPython")  # a program in a notebook has it loaded
    shell: Any = ipython.get_ipython() if ipython is not None else None
    if shell is None or getattr(shell, "kernel", None) is None:
        return None
    picture = {"display_id": uuid.uuid4().hex}

    def publish(data: Mapping[str, str], update: bool) -> None:  # noqa: FBT001  # as `Publish` says
        shell.display_pub.publish(dict(data), {}, transient=picture, update=update)

    return publish


class Cell:
    """One picture below a cell, with a line for each step, that is replaced when something changes; what the steps print follows it."""

    most_bytes = 1 << 16

    def __init__(self, publish: Publish, stream: TextIO, title: str) -> None:
        self._publish, self._stream, self._title = publish, stream, title
        self._shown: list[Line] = []

    def update(self, progress: Progress, told: News, printed: Sequence[Printed]) -> None:
        """Show what has changed."""
        self._draw(progress)
        names = {step.id: step.name for step in progress.steps.values()} if printed else {}
        self.lines([*(Line(f"[{names.get(one.task_id, one.task_id)}] {one.text}") for one in printed), *told.run])

    def lines(self, lines: Sequence[Line]) -> None:
        """Print them below the picture."""
        if lines:
            self._stream.write("".join(f"{line.text}\n" for line in lines))
            self._stream.flush()

    def close(self, progress: Progress) -> None:
        """The picture stays as it is now."""
        self._draw(progress)

    def _draw(self, progress: Progress) -> None:
        rows = [Line(self._title, Tone.STRONG), *tree.rows(progress, time.time(), _SIGNS, _MOST_ROWS)]
        if rows != self._shown:
            self._publish({"text/plain": "\n".join(row.text for row in rows), "text/html": _html(rows)}, bool(self._shown))
            self._shown = rows


def _html(rows: Sequence[Line]) -> str:
    lines = [f'<span style="{_STYLES.get(row.tone, "")}">{html.escape(row.text)}</span>' for row in rows]
    return f'<pre style="line-height:1.3;margin:0">{"<br>".join(lines)}</pre>'
