"""How the beginning of a file is shown: what it is, told by type, name and content, and its text, table or tree. Pure.

Content decides where it can: a file named `.png` that holds something else is no image, and what is not text is not shown as text.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

from bakehouse.ir.values import Json

#: Bytes that are looked at.
MOST_BYTES = 256 << 10
MOST_ROWS = 1_000
MOST_ENTRIES = 1_000
_MOST_COLUMNS = 200
_LONGEST_CELL = 1_000  # characters
_LONGEST_JSON = 2 * MOST_BYTES  # characters with indentation
_SNIFFED = 4 << 10  # bytes
_SNIFFED_LINES = 20
_DELIMITERS = ",\t;"
_SPOKEN = frozenset(b"\t\n\v\f\r\b\x1b")  # control characters that texts and colours of terminals have
_UNSPOKEN_SHARE = 0.01  # of control characters, from which on it is no text
_OCTETS = "application/octet-stream"


class Kind(str, Enum):
    """How content is shown."""

    NONE = "none"
    TEXT = "text"
    JSON = "json"
    TABLE = "table"
    IMAGE = "image"
    HTML = "html"
    MARKDOWN = "markdown"
    FOLDER = "folder"


@dataclass(frozen=True)
class Entry:
    """Something in a folder; `path` is relative to the artifact. `leads_to`: of a link out of the artifact, or to nothing, which is not followed."""

    path: str
    is_folder: bool = False
    size: int = 0
    leads_to: str = ""


@dataclass(frozen=True)
class Preview:
    """The beginning of some content; `note` says why there is nothing to see, or how the rest can be had."""

    kind: Kind
    media_type: str = ""
    size: int = 0
    truncated: bool = False
    text: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    entries: Sequence[Entry] = ()
    note: str = ""


@dataclass(frozen=True)
class Subject:
    """What is known of a file besides its content: its name, the schema title of the artifact that it is, its size in bytes."""

    name: str
    schema: str
    size: int


_MAGIC = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"))
_SVG = "image/svg+xml"
_BY_SCHEMA = {"system.HTML": Kind.HTML, "system.Markdown": Kind.MARKDOWN}
_BY_SUFFIX = {
    ".htm": Kind.HTML, ".html": Kind.HTML, ".md": Kind.MARKDOWN, ".markdown": Kind.MARKDOWN, ".json": Kind.JSON, ".ipynb": Kind.JSON,
    ".csv": Kind.TABLE, ".tsv": Kind.TABLE, ".txt": Kind.TEXT, ".log": Kind.TEXT,
}  # fmt: skip
_MEDIA_TYPES = {
    Kind.TEXT: "text/plain", Kind.JSON: "application/json", Kind.TABLE: "text/csv", Kind.HTML: "text/html", Kind.MARKDOWN: "text/markdown",
}  # fmt: skip


def media_type(head: bytes, subject: Subject) -> str:
    """What a file seems to be, at a glance: nothing of it is parsed."""
    if not head:
        return "text/plain"
    image = _image(head, subject)
    if image:
        return image
    text, _ = _decoded(head, whole=len(head) >= subject.size)
    if text is None:
        return _binary(subject)
    return _MEDIA_TYPES[_text_kind(text, subject)]


def of_file(head: bytes, subject: Subject) -> Preview:
    """A file, of which `head` is the beginning: at most `MOST_BYTES`, all of it if it is shorter."""
    if not subject.size:
        return Preview(Kind.TEXT, "text/plain", note="The file is empty.")
    image = _image(head, subject)
    if image:
        return Preview(Kind.IMAGE, image, subject.size)
    text, note = _decoded(head, whole=len(head) >= subject.size)
    if text is None:
        return Preview(
            Kind.NONE, _binary(subject), subject.size, note=f"This is binary content of {_amount(subject.size)}: download it to look at it."
        )
    return _text(text, note, len(head), subject)


def _text(text: str, note: str, length: int, subject: Subject) -> Preview:
    """The first `length` bytes of a text."""
    whole = length >= subject.size
    kind = _text_kind(text, subject)
    if kind is Kind.HTML:
        return Preview(Kind.HTML, "text/html", subject.size)
    if not whole:
        note = f"Only the first {_amount(length)} of {_amount(subject.size)} are shown: download the file for the rest."
    if kind is Kind.TABLE and (table := _table(text, subject, whole=whole, note=note)) is not None:
        return table
    if kind is Kind.JSON and whole:
        return _json(text, subject, note)
    shown = kind if kind is Kind.MARKDOWN else Kind.TEXT
    return Preview(shown, _MEDIA_TYPES[shown], subject.size, not whole, text, note=note)


def _binary(subject: Subject) -> str:
    return mimetypes.guess_type(subject.name)[0] or _OCTETS


def _amount(size: int) -> str:
    """Bytes for people."""
    for unit, name in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size >= 1 << unit:
            return f"{size / (1 << unit):.3g} {name}"
    return f"{size:,} bytes"


# ---------------------------------------------------------------- what it is


def _image(head: bytes, subject: Subject) -> str:
    """The media type of an image; empty for anything else."""
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    begin = head[:_SNIFFED].removeprefix(codecs.BOM_UTF8).lstrip()
    drawn = begin.startswith(b"<svg") or (begin.startswith((b"<?xml", b"<!--", b"<!DOCTYPE svg")) and b"<svg" in begin)
    return _SVG if drawn and subject.schema not in _BY_SCHEMA else ""


def _decoded(head: bytes, *, whole: bool) -> tuple[str | None, str]:
    """The text, `None` if it is none; and a note on its encoding."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace"), "The text is in UTF-16."
    if b"\0" in head:
        return None, ""
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(head, final=whole), ""
    except UnicodeDecodeError:
        pass
    unspoken = sum(byte < 0x20 and byte not in _SPOKEN for byte in head)  # noqa: PLR2004  # the first byte that is no control character
    if unspoken > len(head) * _UNSPOKEN_SHARE:
        return None, ""
    return head.decode("latin-1"), "The text is not in UTF-8; it is shown as Latin-1."


def _text_kind(text: str, subject: Subject) -> Kind:
    """How a text is shown: by the type of the artifact, the ending of its name, or how it begins."""
    named = _BY_SCHEMA.get(subject.schema) or _BY_SUFFIX.get(PurePosixPath(subject.name).suffix.lower())
    if named is not None:
        return named
    begin = text[:_SNIFFED].lstrip()
    if begin[:15].lower().startswith(("<!doctype html", "<html")):
        return Kind.HTML
    if begin.startswith(("{", "[")):
        return Kind.JSON
    return Kind.TABLE if subject.schema == "system.Dataset" and _delimiter(text) else Kind.TEXT


# ---------------------------------------------------------------- JSON


def _json(text: str, subject: Subject, note: str) -> Preview:
    try:
        pretty = _indented(json.loads(text))
    except (ValueError, RecursionError):
        named = PurePosixPath(subject.name).suffix.lower() == ".json"
        return Preview(Kind.TEXT, "text/plain", subject.size, text=text, note="This is not valid JSON." if named else note)
    return Preview(Kind.JSON, "application/json", subject.size, text=pretty or text, note=note)


def _indented(value: Json) -> str:
    """With indentation; empty if that would be too long, of which no more is written: deep nesting makes a thousand times the length."""
    pieces, length = list[str](), 0
    for piece in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(value):
        pieces.append(piece)
        length += len(piece)
        if length > _LONGEST_JSON:
            return ""
    return "".join(pieces)


# ---------------------------------------------------------------- tables


def _table(text: str, subject: Subject, *, whole: bool, note: str) -> Preview | None:
    """A table with its first row as header; `None` if it cannot be read as one."""
    tabs = PurePosixPath(subject.name).suffix.lower() == ".tsv"
    delimiter = "\t" if tabs else _delimiter(text) or max(_DELIMITERS, key=text.partition("\n")[0].count)
    rows = _rows(text, delimiter, MOST_ROWS + 3)
    if not rows:
        return None
    if not whole and len(rows) <= MOST_ROWS + 2:
        rows = rows[:-1] or rows  # the last one is cut in the middle
    width = max(len(row) for row in rows)
    columns, *body = ([cell[:_LONGEST_CELL] for cell in (row + [""] * (width - len(row)))[:_MOST_COLUMNS]] for row in rows)
    cut = len(body) > MOST_ROWS or width > _MOST_COLUMNS
    if cut:
        most = f"{MOST_ROWS:,} rows" if len(body) > MOST_ROWS else f"{_MOST_COLUMNS} of {width:,} columns"
        note = f"Only the first {most} are shown: download the file for the rest."
    tabbed = "text/tab-separated-values" if delimiter == "\t" else _MEDIA_TYPES[Kind.TABLE]
    return Preview(Kind.TABLE, tabbed, subject.size, cut or not whole, columns=columns, rows=body[:MOST_ROWS], note=note)


def _delimiter(text: str) -> str:
    """What stands between the cells of a table: it gives all its first lines the same number of cells, two or more. Empty if nothing does."""
    for delimiter in _DELIMITERS:
        rows = _rows(text, delimiter, _SNIFFED_LINES)
        if len(rows) > 1 and {len(row) for row in rows} == {max(len(rows[0]), 2)}:
            return delimiter
    return ""


def _rows(text: str, delimiter: str, most: int) -> list[list[str]]:
    """The first rows of a table; none if it breaks off in a way that no table does."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) >= most:
                break
    except csv.Error:
        return []
    return rows
