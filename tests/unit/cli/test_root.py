"""The command line as a whole: the table of commands, exit codes, JSON for errors too."""

from __future__ import annotations

import json
import os
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


def _shell(tmp_path: Path, command: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "BAKEHOUSE_HOME": str(tmp_path / "home"), "BAKEHOUSE": f"{sys.executable} -m bakehouse"}
    return subprocess.run(["/bin/sh", "-c", command], env=environ, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("arguments", ["runs list", "runs list --output json", "--help", "runs list --help"])
def test_an_answer_that_cannot_be_written_is_one_line(tmp_path: Path, arguments: str) -> None:
    """A full disk behind `>` is not Bakehouse's own error, and no success either."""
    done = _shell(tmp_path, f"$BAKEHOUSE {arguments} >/dev/full")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: the answer cannot be written to standard output: No space left on device. Free some space, or send it elsewhere."
    ]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_an_error_that_cannot_be_written_as_json_is_told_as_text(tmp_path: Path) -> None:
    """With the exit code that it has."""
    done = _shell(tmp_path, "$BAKEHOUSE runs show --output json >/dev/full")
    assert done.returncode == 2
    assert "Missing argument 'RUN'" in done.stderr
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("arguments", ["runs list", "runs list --output json", "runs show nothing --output json"])
def test_without_a_standard_output_nothing_is_done(tmp_path: Path, arguments: str) -> None:
    """Nothing that is opened takes its place."""
    done = _shell(tmp_path, f"$BAKEHOUSE {arguments} >&-")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "standard output is closed" in done.stderr
    assert not (tmp_path / "home").exists()


def test_without_a_standard_error_an_answer_is_an_answer(tmp_path: Path) -> None:
    """What would have been said beside it is lost."""
    assert _shell(tmp_path, "$BAKEHOUSE --version 2>&-").stdout.startswith("bakehouse ")
    assert _shell(tmp_path, "$BAKEHOUSE runs show nothing 2>&-").returncode == 2


def test_numbers_that_json_lacks_are_texts(capsys: pytest.CaptureFixture[str]) -> None:
    """As in the JSON of protocol buffers, so that every reader of JSON can read the answer."""
    answers.document({"a": [float("nan"), (float("inf"), 1.5)], "b": {"c": float("-inf")}})
    assert json.loads(capsys.readouterr().out, parse_constant=pytest.fail) == {"a": ["NaN", ["Infinity", 1.5]], "b": {"c": "-Infinity"}}


def test_a_ctrl_c_that_was_caught_does_not_end_the_program_by_a_signal(tmp_path: Path) -> None:
    """CPython ends `python -m` by SIGINT after one that passed through an `exec` of text (dataclasses are made by one)."""
    (tmp_path / "interrupted.py").write_text("""
from bakehouse import __main__ as program
from bakehouse.cli import root

def main(arguments):
    try:
        exec("raise KeyboardInterrupt")
    except KeyboardInterrupt:
        return 130

root.main = main
program.main()
""")
    done = subprocess.run([sys.executable, "-m", "interrupted"], check=False, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "")
