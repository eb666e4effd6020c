"""How content is shown: told by what it holds, never more than a bounded part, and never what it pretends to be."""

from __future__ import annotations

import json
import random
import tracemalloc
import zlib
from collections.abc import Sequence

import pytest

from bakehouse.actions import previews
from bakehouse.actions.previews import MOST_BYTES, MOST_ROWS, Kind, Preview, Subject

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"></svg>'


def shown(content: bytes, name: str = "data", schema: str = "system.Artifact") -> Preview:
    """The preview of a file."""
    return previews.of_file(content[:MOST_BYTES], Subject(name, schema, len(content)))


@pytest.mark.parametrize(
    ("content", "name", "schema", "kind", "media_type"),
    [
        (PNG, "data", "system.Artifact", Kind.IMAGE, "image/png"),
        (PNG, "picture.txt", "system.Artifact", Kind.IMAGE, "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(9), "data", "", Kind.IMAGE, "image/jpeg"),
        (b"GIF89a" + bytes(9), "data", "", Kind.IMAGE, "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "data", "", Kind.IMAGE, "image/webp"),
        (SVG, "data", "", Kind.IMAGE, "image/svg+xml"),
        (b"<svg/>", "data", "", Kind.IMAGE, "image/svg+xml"),
        (b"hello\n", "data", "", Kind.TEXT, "text/plain"),
        (b"no picture", "picture.png", "", Kind.TEXT, "text/plain"),
        ("grüß 😀".encode(), "data", "", Kind.TEXT, "text/plain"),
        (b"# Title", "data", "system.Markdown", Kind.MARKDOWN, "text/markdown"),
        (b"# Title", "notes.md", "", Kind.MARKDOWN, "text/markdown"),
        (b"<p>hi</p>", "data", "system.HTML", Kind.HTML, "text/html"),
        (b"<svg/>", "data", "system.HTML", Kind.HTML, "text/html"),
        (b"<p>hi</p>", "page.HTML", "", Kind.HTML, "text/html"),
        (b"\n<!DOCTYPE html><p>", "data", "", Kind.HTML, "text/html"),
        (b"<html><p>", "data", "", Kind.HTML, "text/html"),
        (b"<p>hi</p>", "data", "", Kind.TEXT, "text/plain"),
        (b'{"a": 1}', "data", "", Kind.JSON, "application/json"),
        (b"[1, 2]", "data", "system.Dataset", Kind.JSON, "application/json"),
        (b"3", "three.json", "", Kind.JSON, "application/json"),
        (b"{not json", "data", "", Kind.TEXT, "text/plain"),
        (b"a,b\n1,2\n", "data.csv", "", Kind.TABLE, "text/csv"),
        (b"a\tb\n1\t2\n", "data.tsv", "", Kind.TABLE, "text/tab-separated-values"),
        (b"a,b\n1,2\n", "data", "system.Dataset", Kind.TABLE, "text/csv"),
        (b"a\tb\n1\t2\n", "data", "system.Dataset", Kind.TABLE, "text/tab-separated-values"),
        (b"a,b\n1,2\n", "data", "system.Model", Kind.TEXT, "text/plain"),
        (b"first, second\nthird\n", "data", "system.Dataset", Kind.TEXT, "text/plain"),
        (b"\x80\x04\x95\0\0", "model.pkl", "system.Model", Kind.NONE, "application/octet-stream"),
        (b"PAR1\x15\0", "data.parquet", "system.Dataset", Kind.NONE, "application/octet-stream"),
        (zlib.compress(random.Random(7).randbytes(5_000)), "data", "", Kind.NONE, "application/octet-stream"),
        (b"", "data", "system.Model", Kind.TEXT, "text/plain"),
        ("héllo".encode("utf-16"), "data", "", Kind.TEXT, "text/plain"),
        ("name;höhe\n".encode("latin-1"), "data", "", Kind.TEXT, "text/plain"),
    ],
)
def test_what_a_file_is(content: bytes, name: str, schema: str, kind: Kind, media_type: str) -> None:
    """Images by their first bytes; texts by type, name and beginning; what is binary stays unshown."""
    found = shown(content, name, schema)
    assert (found.kind, found.media_type, found.size) == (kind, media_type, len(content))
    assert found.truncated is False


def test_texts_in_other_encodings_are_read_and_say_so() -> None:
    """UTF-16 by its mark, Latin-1 where it is no UTF-8; a byte order mark is no text."""
    assert (shown("héllo".encode("utf-16")).text, shown("héllo".encode("utf-16")).note) == ("héllo", "The text is in UTF-16.")
    latin = shown("höhe".encode("latin-1"))
    assert (latin.text, latin.note) == ("höhe", "The text is not in UTF-8; it is shown as Latin-1.")
    assert shown(b"\xef\xbb\xbfhi").text == "hi"


def test_binary_content_says_what_to_do() -> None:
    """Nothing is shown but a note with the size."""
    assert shown(bytes(2048)) == Preview(
        Kind.NONE, "application/octet-stream", 2048, note="This is binary content of 2 KiB: download it to look at it."
    )


def test_an_empty_file_says_so() -> None:
    """No text, and why."""
    assert shown(b"").note == "The file is empty."


def test_a_long_text_is_cut_between_characters() -> None:
    """256 KiB of it are shown, no half character at the end, and the note says what is missing."""
    found = shown("€".encode() * 200_000)
    assert (found.text, found.truncated) == ("€" * (MOST_BYTES // 3), True)
    assert found.note == "Only the first 256 KiB of 586 KiB are shown: download the file for the rest."


# ---------------------------------------------------------------- JSON


def test_json_is_indented() -> None:
    """Order and text stay."""
    found = shown('{"b": [1, {"ü": null}], "a": 1.5}'.encode())
    assert found.text == '{\n  "b": [\n    1,\n    {\n      "ü": null\n    }\n  ],\n  "a": 1.5\n}'


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a": ' + b"9" * 5_000 + b"}", b'{"a": 1,}'])
def test_json_that_cannot_be_read_is_shown_as_text(content: bytes) -> None:
    """And a file that is named so is told so."""
    found = shown(content, "data.json")
    assert (found.kind, found.text, found.note) == (Kind.TEXT, content.decode(), "This is not valid JSON.")


def test_json_that_is_cut_is_shown_as_it_stands() -> None:
    """Half of it cannot be indented."""
    found = shown(json.dumps([{"number": number} for number in range(50_000)]).encode(), "data.json")
    assert (found.kind, found.truncated) == (Kind.TEXT, True)


def test_json_that_would_grow_much_by_indentation_is_not_indented() -> None:
    """The answer stays bounded."""
    content = b"[" + b"0," * 120_000 + b"0]"
    assert (shown(content).kind, shown(content).text) == (Kind.JSON, content.decode())


@pytest.mark.parametrize("depth", [100, 400, 900])
def test_json_that_is_nested_deeply_takes_no_more_memory_than_a_bounded_part(depth: int) -> None:
    """With indentation it would be a thousand times as long."""
    inside = (MOST_BYTES - 2 * depth) // 2
    content = b"[" * depth + b"1," * (inside - 1) + b"1" + b"]" * depth
    tracemalloc.start()
    try:
        found = shown(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (found.kind, found.text) == (Kind.JSON, content.decode())
    assert peak < 32 << 20


# ---------------------------------------------------------------- tables


def table(content: str, name: str = "data.csv") -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Header and rows."""
    found = shown(content.encode(), name)
    assert found.kind is Kind.TABLE
    return found.columns, found.rows


def test_a_table_has_its_first_row_as_header() -> None:
    """Quotes, line breaks in cells, empty lines and rows of other lengths."""
    assert table('name,note\n"a, b","two\nlines"\n\nc\nd,e,f\n') == (
        ["name", "note", ""],
        [["a, b", "two\nlines", ""], ["c", "", ""], ["d", "e", "f"]],
    )
    assert table("a;b\n1;2\n") == (["a", "b"], [["1", "2"]])
    assert table("only\n1\n") == (["only"], [["1"]])
    assert table("a,b\tc\n1,2\t3\n", "data.tsv") == (["a,b", "c"], [["1,2", "3"]])


def test_a_long_table_shows_a_thousand_rows() -> None:
    """A thousand rows below the header are all; one more is too much."""
    for count, truncated in ((MOST_ROWS, False), (MOST_ROWS + 1, True), (20_000, True)):
        found = shown(("a,b\n" + "".join(f"{row},x\n" for row in range(count))).encode(), "data.csv")
        assert (len(found.rows), found.truncated) == (MOST_ROWS, truncated)
        assert (found.rows[0], found.rows[-1]) == (["0", "x"], ["999", "x"])
        assert found.note == ("Only the first 1,000 rows are shown: download the file for the rest." if truncated else "")


def test_a_table_of_long_rows_ends_with_a_whole_row() -> None:
    """The row that the bound of 256 KiB cuts is left out."""
    found = shown(("a,b\n" + f"{'x' * 3_000},end\n" * 200).encode(), "data.csv")
    assert (found.truncated, len(found.columns)) == (True, 2)
    assert {row[1] for row in found.rows} == {"end"}
    assert all(len(row[0]) == 1_000 for row in found.rows)


def test_a_wide_table_shows_two_hundred_columns() -> None:
    """And says how many there are."""
    found = shown("\n".join(",".join(map(str, range(300))) for _ in range(3)).encode(), "data.csv")
    assert (len(found.columns), len(found.rows[0]), found.truncated) == (200, 200, True)
    assert found.note == "Only the first 200 of 300 columns are shown: download the file for the rest."


def test_what_is_no_table_after_all_is_text() -> None:
    """A cell that never ends, a file of empty lines."""
    assert shown(b'a,"' + b"x" * 200_000, "data.csv").kind is Kind.TEXT
    assert shown(b"\n\n\n", "data.csv").kind is Kind.TEXT


def test_whatever_the_bytes_there_is_a_bounded_preview() -> None:
    """Noise under any name and type."""
    noise = random.Random(1)
    alphabets = (bytes(range(256)), b'{}[]",:0\n', b'",;\t\n ab', b"<!-->svghtml ", bytes(range(0x80, 0x100)))
    for trial in range(400):
        content = bytes(noise.choices(noise.choice(alphabets), k=noise.randrange(3_000)))
        name = noise.choice(("data", "a.csv", "a.tsv", "a.json", "a.md", "a.html", "a.png"))
        found = shown(content, name, noise.choice(("system.Dataset", "system.Artifact", "system.HTML", "system.Markdown")))
        assert found.size == len(content), trial
        assert all(len(row) == len(found.columns) for row in found.rows)
