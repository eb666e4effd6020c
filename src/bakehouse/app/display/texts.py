"""Durations, ages, sizes, paths and other people's output, as texts for a terminal. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

#: What a terminal would obey instead of showing: escape sequences, then any other control character but tab.
_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
#: Control characters but tabs and line breaks, what turns the direction of text, halves of characters.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
#: Controls, separators of lines and paragraphs, halves of characters.
_UNSEEN = frozenset({"Cc", "Zl", "Zp", "Cs"})
_SHORT_ID = 8


class Tone(Enum):
    """What a line is to its reader; terminals with colours show it."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    DIM = "dim"
    STRONG = "strong"


@dataclass(frozen=True)
class Line:
    """One line of text, without its end."""

    text: str
    tone: Tone = Tone.PLAIN


def duration(seconds: float) -> str:
    """`412 ms`, `9.4 s`, `14 s`, `2 min 5 s`, `1 h 2 min`, `4 d 3 h`: rounded to the unit that is shown last. The web UI has the same rule."""
    milliseconds = _rounded(max(0.0, seconds) * 1000)
    if milliseconds < 1000:  # noqa: PLR2004  # milliseconds in a second
        return f"{milliseconds} ms"
    tenths = _rounded(seconds * 10)
    if tenths < 100:  # noqa: PLR2004  # ten seconds
        return f"{tenths / 10:.1f} s"
    whole = _rounded(seconds)
    if whole < 60:  # noqa: PLR2004  # seconds in a minute
        return f"{whole} s"
    if whole < 3600:  # noqa: PLR2004  # seconds in an hour
        return _two(whole, 60, "min", "s")
    minutes = _rounded(seconds / 60)
    return _two(minutes, 60, "h", "min") if minutes < 24 * 60 else _two(_rounded(seconds / 3600), 24, "d", "h")


def so_far(seconds: float) -> str:
    """How long something goes on: whole seconds that have passed, so that it ticks evenly. The web UI has the same rule."""
    whole = max(0, math.floor(seconds))
    return f"{whole} s" if whole < 10 else duration(whole)  # noqa: PLR2004  # from here on `duration` has whole ones too


def _rounded(value: float) -> int:
    """Halves upwards, as JavaScript does."""
    return math.floor(value + 0.5)


def _two(count: int, size: int, large: str, small: str) -> str:
    rest = f" {count % size} {small}" if count % size else ""
    return f"{count // size} {large}{rest}"


def age(seconds: float) -> str:
    """`2 h old`, in the largest unit that fits."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {'day' if unit == 'days' and count == 1 else unit} old"
    return f"{max(0, int(seconds))} s old"


def size(count: float) -> str:
    """Bytes: `812 B`, `98.3 MB` (decimal units)."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:  # noqa: PLR2004  # decimal units
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def harmless(text: str) -> str:
    """Somebody's output as one line that shows what it says and moves no cursor; a progress bar is what it ended as."""
    text = text.rstrip("\r")
    text = text.rpartition("\r")[2] or text
    return _CONTROLS.sub("", _SEQUENCES.sub("", text)).expandtabs(4)


def obeyed_by_none(text: str) -> str:
    """A text of one or several lines with escapes for whatever else a terminal would obey: a step, or a user, may have written it."""
    return _OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def visible(text: str, longest: int = 0) -> str:
    """A name on one line: what a terminal would not show, or obey, as escapes, so that the name can still be told; cut to `longest` if given."""
    shown = "".join(one.encode("unicode_escape").decode() if unicodedata.category(one) in _UNSEEN else one for one in text)
    return shown if not longest or len(shown) <= longest else f"{shown[: longest - 1]}…"


def short(run_id: str) -> str:
    """The first characters of a run's id: enough to name it."""
    return run_id[:_SHORT_ID]


def tilde(path: Path | str) -> str:
    """A path below the user's home folder with `~`."""
    try:
        return str(Path("~") / Path(path).relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


def table(rows: list[list[str]], *, numbers: bool = False) -> list[str]:
    """Columns side by side, each as wide as its widest cell. `numbers`: all columns but the first go to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    sides = [str.rjust if numbers and place else str.ljust for place in range(len(widths))]
    return ["  ".join(side(cell, width) for side, cell, width in zip(sides, row, widths, strict=True)).rstrip() for row in rows]
