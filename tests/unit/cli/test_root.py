"""The command line as a whole: the table of commands, exit codes, JSON for errors too."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from bakehouse.cli import answers, commands, failures, root
from bakehouse.errors import BadInput, Problem, Problems, Unavailable

_TABLES = {**commands.COMMANDS, **{f"runs {name}": entry for name, entry in commands.RUNS.items()}}


@pytest.mark.parametrize("name", _TABLES)
def test_every_command_of_the_table_is_there(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each entry leads to a command whose help can be printed."""
    assert root.main([*name.split(), "--help"]) == 0
    assert f"bakehouse {name}" in capsys.readouterr().out


def test_help_imports_nothing_heavy() -> None:
    """Neither the records nor the display nor YAML is needed to say what there is."""
    heavy = "{'sqlalchemy', 'rich', 'yaml', 'alembic', 'bakehouse.dsl', 'bakehouse.records.database'}"
    program = f"import sys; from bakehouse.cli import root; root.main(sys.argv[1:]); print({heavy} & set(sys.modules))"
    for arguments in (["--help"], ["runs", "--help"], ["runs", "list", "--help"], ["compile", "--help"]):
        done = subprocess.run([sys.executable, "-c", program, *arguments], check=True, capture_output=True, text=True)
        assert done.stdout.endswith("set()\n")


@pytest.mark.parametrize(
    "arguments",
    [["rnu"], ["run"], ["run", "x.py", "--max-parallel", "0"], ["run", "x.py", "--no-such"], ["run", "x.py", "--runner", "cloud"], ["runs", "show"]],
)
def test_a_wrong_command_line_is_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong, and where the help is; as JSON if that was asked for."""
    assert root.main(arguments) == 2
    assert "--help" in capsys.readouterr().err
    assert root.main([*arguments, "--output", "json"]) == 2
    said = json.loads(capsys.readouterr().out)["error"]
    assert said["code"] == "usage"
    assert said["message"]


def test_no_arguments_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever types `bakehouse` wants to know what there is."""
    assert root.main([]) == 0
    assert "Commands:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code"), [(BadInput("x"), 2), (Unavailable("x"), 1), (ValueError("x"), 1), (KeyboardInterrupt(), 130), (click.UsageError("x"), 2)]
)
def test_every_error_has_its_exit_code(error: BaseException, code: int) -> None:
    """1 went wrong, 2 what the user gave, 130 interrupted."""
    assert failures.of(error).exit_code == code


def test_all_problems_are_told_with_place_and_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    """As text one after the other, in JSON as a list."""
    failure = failures.of(Problems([Problem("one", str(Path.cwd() / "p.py:1"), "do this"), Problem("two")]))
    failures.tell(failure, as_json=False)
    assert capsys.readouterr().err == "error: p.py:1: one\n  do this\nerror: two\n"
    failures.tell(failure, as_json=True)
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["message"] == "one"
    assert [problem["message"] for problem in error["problems"]] == ["one", "two"]


def test_an_unforeseen_error_is_one_line_and_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a raw traceback; the file that is named holds it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def broken() -> None:
        raise ZeroDivisionError("oops")

    failure = failures.of(_raised(broken))
    (problem,) = failure.problems
    assert problem.message == "internal error: ZeroDivisionError: oops"
    (file,) = tmp_path.iterdir()
    assert problem.remedy is not None
    assert str(file) in problem.remedy
    assert "in broken" in file.read_text()


def _raised(function: Callable[[], None]) -> BaseException:
    try:
        function()
    except Exception as error:  # noqa: BLE001  # whatever it raises is wanted
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["run", "x", "--output", "json"], True),
        (["--output=json"], True),
        (["run", "--", "--output", "json"], False),
        (["--output", "text"], False),
        (["-o", "json"], False),
    ],
)
def test_json_is_told_from_the_words(words: list[str], wanted: bool) -> None:  # noqa: FBT001  # a case of a table
    """Also for lines that cannot be parsed."""
    assert answers.wants_json(words) is wanted
