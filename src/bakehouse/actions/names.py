"""What runs, experiments and pipelines may be called. Pure."""

from __future__ import annotations

import unicodedata

from bakehouse.actions.errors import BadName

#: Lengths in characters: those of KFP's API server (ValidateModel), which has none for runs and display names.
LONGEST = {"run": 256, "experiment": 128, "pipeline": 128, "pipeline version": 127, "display name": 256}
#: Controls such as escapes and line ends, separators of lines and paragraphs, halves of characters.
_UNSEEN = frozenset({"Cc", "Zl", "Zp", "Cs"})


def check(kind: str, name: str) -> str:
    """The name, if it may be that of a thing of this kind (one of `LONGEST`). Raises `BadName`."""
    longest = LONGEST[kind]
    if not name.strip():
        raise BadName(kind=kind, name=name, why="it is empty", longest=longest)
    if len(name) > longest:
        raise BadName(kind=kind, name=name, why=f"it has more than {longest} characters", longest=longest)
    unseen = next((one for one in name if unicodedata.category(one) in _UNSEEN), None)
    if unseen is not None:
        raise BadName(kind=kind, name=name, why=f"it has {_said(unseen)} in it", longest=longest)
    return name


def _said(character: str) -> str:
    return "a line break" if character in "\n\r\x0b\x0c\x85\u2028\u2029" else f"the control character U+{ord(character):04X}"
