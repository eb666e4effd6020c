"""The code blocks of the documentation, as its tests run them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.repo.tree import ROOT, files

_BLOCK = re.compile(r"^```(?P<language>\w+)(?P<words>[^\n]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One block: where it stands, its language, what is written beside the language, and its text."""

    place: str
    language: str
    words: str
    text: str


def blocks(language: str, *pages: str) -> list[Block]:
    """The blocks in this language of these pages, of all pages where none is named."""
    found = []
    for path in files():
        if path.suffix == ".md" and (not pages or str(path) in pages):
            text = (ROOT / path).read_text(encoding="utf-8")
            for match in _BLOCK.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                found.append(Block(f"{path}:{line}", match["language"], match["words"].strip(), match["text"]))
    return [block for block in found if block.language == language]
