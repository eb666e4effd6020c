"""A run shown on a terminal: a tree of steps that is drawn anew, and above it what the steps print."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from bakehouse.app.display import tree
from bakehouse.app.display.progress import Progress
from bakehouse.app.display.tails import Printed
from bakehouse.app.display.texts import Line, Tone, obeyed_by_none
from bakehouse.app.display.wording import News

_STYLES = {Tone.PLAIN: "", Tone.GOOD: "green", Tone.BAD: "bold red", Tone.DIM: "dim", Tone.STRONG: "bold"}
_MARGIN = 3  # rows of the terminal that the tree leaves free
_MOST_LINES = 200  # of one step's output per look
_ALL = 1000  # rows of the tree that stays behind


class LiveTree:
    """The tree, and lines above it. All drawing happens in the thread that calls."""

    most_bytes = 1 << 16

    def __init__(self, stream: TextIO, title: str) -> None:
        self._console = Console(file=stream, highlight=False, soft_wrap=False)
        self._title = title
        self._signs = tree.glyphs(self._console.encoding)
        self._live = Live(console=self._console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False)
        self._live.start()

    def update(self, progress: Progress, told: News, printed: Sequence[Printed]) -> None:
        """Print what the steps printed, and draw the tree anew."""
        names = {step.id: step.name for step in progress.steps.values()} if printed else {}
        lines = [_prefixed(names.get(one.task_id, one.task_id), one) for one in printed[-_MOST_LINES:]]
        if len(printed) > _MOST_LINES:
            lines.insert(0, Text(f"… {len(printed) - _MOST_LINES} lines left out here", style="dim"))
        if lines:
            self._console.print(Text("\n").join(lines))
        self.lines(told.run)
        self._live.update(self._picture(progress, max(3, self._console.height - _MARGIN)), refresh=True)

    def lines(self, lines: Sequence[Line]) -> None:
        """Print them above the tree."""
        for line in lines:
            self._console.print(_styled(line))

    def close(self, progress: Progress) -> None:
        """Take the moving tree away, and leave the whole one behind."""
        self._live.stop()
        self._console.print(self._picture(progress, _ALL))

    def _picture(self, progress: Progress, most: int) -> Group:
        rows = tree.rows(progress, time.time(), self._signs, most)
        return Group(Text(self._title, style="bold", overflow="ellipsis", no_wrap=True), *(_row(line) for line in rows))


def _prefixed(name: str, printed: Printed) -> Text:
    text = Text(f"[{name}] ", style="cyan")
    return text.append(obeyed_by_none(printed.text), style="dim" if printed.note else "default")


def _styled(line: Line) -> Text:
    return Text(obeyed_by_none(line.text), style=_STYLES[line.tone])


def _row(line: Line) -> Text:
    return Text(obeyed_by_none(line.text), style=_STYLES[line.tone], overflow="ellipsis", no_wrap=True)
