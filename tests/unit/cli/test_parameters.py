"""`-p name=value` and `--params-file`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.cli import parameters
from bakehouse.errors import BadInput, Problems
from bakehouse.ir.spec import ComponentInputs, ParameterInput, ParameterType

_INPUTS = ComponentInputs(
    {
        "count": ParameterInput(ParameterType.NUMBER_INTEGER),
        "name": ParameterInput(ParameterType.STRING, default="x"),
        "tags": ParameterInput(ParameterType.LIST, default=[]),
        "rate": ParameterInput(ParameterType.NUMBER_DOUBLE, default=0.5),
    }
)


def test_values_have_the_declared_types() -> None:
    """A text stays a text, also if it looks like a number; lists are JSON."""
    given = parameters.given(_INPUTS, ["count=3", "name=7", 'tags=["a", 1]', "rate=1"], None)
    assert given == {"count": 3, "name": "7", "tags": ["a", 1], "rate": 1.0}
    assert isinstance(given["rate"], float)


def test_a_value_may_hold_equals_signs_and_nothing() -> None:
    """Only the first `=` separates; the last one of a name wins."""
    assert parameters.given(_INPUTS, ["count=1", "name=a=b"], None)["name"] == "a=b"
    assert parameters.given(_INPUTS, ["count=1", "name=a", "name="], None)["name"] == ""


def test_everything_that_is_wrong_comes_at_once() -> None:
    """Wrong, unknown and missing parameters in one answer."""
    with pytest.raises(Problems) as caught:
        parameters.given(_INPUTS, ["rate=fast", "tags={", "nam=x"], None)
    texts = [str(problem) for problem in caught.value.problems]
    assert len(texts) == 4
    for part in ("rate must be a number", "tags must be a list", "no such parameter: nam", "count is missing"):
        assert any(part in text for text in texts), texts


@pytest.mark.parametrize(
    ("texts", "remedy"),
    [
        ([], "For example: -p count=3"),
        (["count=many"], "For example: -p count=3"),
        (["count=1", "rate=fast"], "For example: -p rate=0.5"),
        (["count=1", "tags={}"], "For example: -p tags='[1, 2]'"),
    ],
)
def test_examples_are_written_as_a_shell_takes_them(texts: list[str], remedy: str) -> None:
    """With the option, quoted where it must be."""
    with pytest.raises(Problems) as caught:
        parameters.given(_INPUTS, texts, None)
    [problem] = caught.value.problems
    assert problem.remedy is not None
    assert problem.remedy.endswith(remedy)


def test_what_is_no_assignment_is_named() -> None:
    """All of them."""
    with pytest.raises(Problems, match="'count' is not name=value") as caught:
        parameters.given(_INPUTS, ["count", "=3"], None)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("name", "text"), [("p.yaml", "count: 3\nname: 2026-11-24\ntags: [a]\n"), ("p.json", '{"count": 3, "name": "2026-11-24", "tags": ["a"]}')]
)
def test_a_file_gives_many_and_the_command_line_wins(tmp_path: Path, name: str, text: str) -> None:
    """YAML or JSON; a date in YAML is the text it is."""
    (tmp_path / name).write_text(text)
    given = parameters.given(_INPUTS, ["count=4"], tmp_path / name)
    assert given == {"count": 4, "name": "2026-11-24", "tags": ["a"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "mapping"),
        ("", "mapping"),
        ("1: 2\n", "mapping"),
        ("a: [\n", "p.yaml:2"),
        ("a: &x [1]\nb: *x\n", "aliases"),
        ("a: !!python/object/apply:os.system [ls]\n", "p.yaml:1"),
        ("[" * 5000, "p.yaml"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """With its place; nothing in it is executed or multiplied."""
    file = tmp_path / "p.yaml"
    file.write_text(text)
    with pytest.raises(BadInput, match=message):
        parameters.read(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The place is the file."""
    with pytest.raises(BadInput, match=r"nowhere\.yaml"):
        parameters.read(tmp_path / "nowhere.yaml")
