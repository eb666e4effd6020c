"""The runtime's own parts, one by one: documents, marks, the use of `typing`, and what importing them costs."""

from __future__ import annotations

import ast
import json
import math
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any, Optional

import pytest

from bakehouse.task import annotations as marked
from bakehouse.task import documents, kinds, typing_names
from bakehouse.task.artifacts import Dataset
from bakehouse.task.programs import Program
from tests.unit.task.attempts import PYTHONS, RUNTIME, version_of

VALUES: list[Any] = [
    None, True, 0, -1, 2**70, 1.5, 1e-300, "", 'ä\u2028🍞"\\\n\x00\ud800', [], {}, [1, [2, {"a": None}]], {"a": {"": [1.5]}}, {"1": 1},
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("own_scanner", [True, False])
def test_documents_are_json(value: Any, monkeypatch: pytest.MonkeyPatch, *, own_scanner: bool) -> None:
    """What is written is what `json` reads, and the other way round; with the interpreter's scanner and without it."""
    if not own_scanner:
        monkeypatch.setattr(documents, "_json", None)
    assert json.loads(documents.text_of(value)) == value
    assert documents.parsed(" \n" + json.dumps(value, indent=2) + "\n ") == value
    assert documents.parsed(json.dumps(value, ensure_ascii=False)) == value


def test_numbers_without_end_or_meaning() -> None:
    """They are written as Python's `json` writes them."""
    found = documents.parsed(documents.text_of([math.nan, math.inf, -math.inf]))
    assert math.isnan(found[0])
    assert found[1:] == [math.inf, -math.inf]


@pytest.mark.parametrize("text", ["", "{", "[1,]", "{} {}", "nul", "{'a': 1}"])
def test_what_is_no_json(text: str) -> None:
    """A ValueError, as from `json`."""
    with pytest.raises(ValueError, match=r".+"):
        documents.parsed(text)


def test_documents_are_put_into_place_whole(tmp_path: Path) -> None:
    """Nothing is left aside."""
    documents.write(str(tmp_path / "x"), "{}")
    assert [each.name for each in tmp_path.iterdir()] == ["x"]
    assert documents.read(str(tmp_path / "x")) == {}


@pytest.mark.parametrize("python", PYTHONS)
def test_documents_in_every_python(python: str) -> None:
    """The private scanner and encoder of each interpreter do the same."""
    program = (
        "import json, sys\n"
        f"sys.path.insert(0, {str(RUNTIME.parent)!r})\n"
        "import documents\n"
        "assert documents._json is not None\n"
        "for value in json.loads(sys.stdin.read()):\n"
        "    assert json.loads(documents.text_of(value)) == value == documents.parsed(json.dumps(value)), value\n"
    )
    subprocess.run([python, "-c", program], input=json.dumps(VALUES), text=True, check=True)


@pytest.mark.parametrize(
    ("annotation", "mark", "plain", "element"),
    [
        (marked.Input[Dataset], "Input", Dataset, None),
        (marked.Output[Dataset], "Output", Dataset, None),
        (marked.Input[list[Dataset]], "Input", list, Dataset),
        (Optional[marked.Input[Dataset]], "Input", Dataset, None),  # noqa: UP045  # as users write it
        (marked.Input[Dataset] | None, "Input", Dataset, None),
        (marked.EmbeddedInput[Dataset], "Embedded", Dataset, None),
        (typing.List[Dataset], "", list, Dataset),  # noqa: UP006  # as users write it
        (list[int], "", list, None),
        (Optional[dict[str, int]], "", dict, None),  # noqa: UP045  # as users write it
        (int | None, "", int, None),
        (int | str, "", None, None),
        (int, "", int, None),
        (list[None], "", list, None),
    ],
)
def test_what_annotations_mean(annotation: Any, mark: str, plain: Any, element: Any) -> None:
    """Marks, `Optional` and type parameters are told apart."""
    assert kinds.marked(annotation) == mark
    assert kinds.element(annotation) is element
    if plain is not None:
        assert kinds.plain(annotation) is plain


def test_marks_compare_by_what_they_mark() -> None:
    """Equal marks are equal: `Input[Dataset]` is written more than once in a pipeline."""
    assert marked.Input[Dataset] == marked.Input[Dataset]
    assert marked.Input[Dataset] != marked.Output[Dataset]
    assert marked.InputPath("Dataset") == marked.InputPath("Dataset")
    assert marked.OutputPath(int) != marked.OutputPath(str)
    assert marked.InputPath(int) != marked.OutputPath(int)
    assert len({marked.OutputPath(int), marked.OutputPath(int)}) == 1
    assert repr(marked.InputPath(int)) == "InputPath(int)"


@pytest.mark.parametrize(
    ("body", "used"),
    [
        ("def step():\n    pass\n", False),
        ("def step(a: int = 1) -> str:\n    import os\n    return os.getcwd()\n", False),
        ("def step(a: List[int]):\n    pass\n", True),
        ("def step(a: 'List[int]'):\n    pass\n", True),
        ("def step():\n    def inner():\n        return [x for x in (cast(int, 1),)]\n", True),
        ("def step():\n    return globals()\n", True),
        ("def step():\n    return eval('1')\n", True),
        ("def step():\n    class A:\n        x: Any\n", True),
        ("def step():\n    x: 'Any' = 1\n", False),  # annotations of local names are never evaluated
        ('def step():\n    """Any text.\n\n    Type: none.\n    """\n', False),
    ],
)
def test_whether_typing_is_used(body: str, *, used: bool) -> None:
    """A source that can see a name of `typing` gets them all; in doubt it does."""
    assert typing_names.used(compile(body, "x", "exec")) is used


@pytest.mark.parametrize("python", PYTHONS)
def test_the_list_of_names_is_complete(python: str) -> None:
    """Each Python's `typing` exports nothing that is not in the list."""
    said = subprocess.run([python, "-c", "import typing; print(*typing.__all__)"], check=True, capture_output=True, text=True).stdout
    assert set(said.split()) <= typing_names.NAMES


def test_the_users_lines_keep_their_numbers(tmp_path: Path) -> None:
    """The function begins where the author wrote it; the prelude keeps its own lines, with and without `typing`."""
    source = "\nfrom typing import *\nfirst = 1\n\n\ndef step():\n    return 1\n"
    program = Program({"source": source, "function": "step", "origin": {"file": "/a.py", "line": 100}}, str(tmp_path / "copy.py"))
    try:
        function = program.load()
    finally:
        sys.modules.pop("ephemeral_component", None)
    assert (function.__code__.co_filename, function.__code__.co_firstlineno) == ("/a.py", 100)
    assert program.place(str(tmp_path / "copy.py"), 7) == ("/a.py", 101)
    assert program.place(str(tmp_path / "copy.py"), 3) == (str(tmp_path / "copy.py"), 3)
    assert program.lines()["/a.py"][100] == "    return 1\n"


# ---------------------------------------------------------------- what it costs, and what it may use

_SLOW = {
    "typing",
    "re",
    "enum",
    "collections",
    "functools",
    "json",
    "inspect",
    "dataclasses",
    "subprocess",
    "tempfile",
    "logging",
    "argparse",
    "pathlib",
}


def test_importing_the_artifact_classes_loads_nothing_slow() -> None:
    """A step that needs none of these does not pay for them."""
    program = (
        f"import sys; sys.path.insert(0, {str(RUNTIME.parents[2])!r})\n"
        "from bakehouse.task import names, shim, stepping, supervising\n"
        "print(*sys.modules)\n"
    )
    said = subprocess.run([sys.executable, "-S", "-c", program], check=True, capture_output=True, text=True).stdout
    assert not _SLOW & set(said.split())


def test_the_runtime_imports_the_standard_library_and_itself_only() -> None:
    """By relative imports of its own folder: it is read as files in places where nothing else of Bakehouse is."""
    for path in RUNTIME.parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert {alias.name.partition(".")[0] for alias in node.names} <= sys.stdlib_module_names | {"_json"}, path
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 1 or (node.module or "").partition(".")[0] in sys.stdlib_module_names, path


def test_nothing_newer_than_python_37_is_used() -> None:
    """As far as a reader of the source can tell; the other tests run it where there is such a Python."""
    vermin = [sys.executable, "-c", "import vermin; vermin.main()", "--target=3.7-", "--no-tips", "--violations", str(RUNTIME.parent)]
    found = subprocess.run(vermin, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("python", PYTHONS)
def test_every_module_can_be_read_by_every_python(python: str) -> None:
    """Python 3.7 included."""
    program = (
        f"import pathlib\nfor path in pathlib.Path({str(RUNTIME.parent)!r}).glob('*.py'):\n"
        "    compile(path.read_text(encoding='utf-8'), str(path), 'exec')\n"
    )
    subprocess.run([python, "-c", program], check=True)
    assert version_of(python) >= (3, 7)
