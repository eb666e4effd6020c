"""The shell that goes round a command of KFP 1: it brings files to and fro, and changes nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bakehouse.legacy.paths import Files, Moved, wrapped

#: What nobody should put into a path or a value.
NASTY = 'it\'s $(touch owned) "`id`" ; * \\ '


def _run(command: list[str], files: Files, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(wrapped(command, files), cwd=folder, capture_output=True, text=True, check=False)


def _written(tmp_path: Path, content: str) -> str:
    """The value of an output whose file has this content."""
    path, place = str(tmp_path / NASTY), tmp_path / "out" / f"{NASTY}here"
    done = _run(["sh", "-c", 'printf %s "$2" > "$1"', "sh", path, content], Files(parameters=[Moved(path, str(place))]), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "owned").exists()
    return place.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "value"),
    [("heads\n", "heads"), ("a\n\n", "a\n"), ("", ""), ("\n", ""), ("no end", "no end"), ("…ü\n.", "…ü\n."), ("%s\\n", "%s\\n")],
)
def test_a_value_loses_one_newline(content: str, value: str, tmp_path: Path) -> None:
    """As with KFP 1, for which `echo heads > /tmp/output` gives `heads`; whatever is in names is no command."""
    assert _written(tmp_path, content) == value


def test_inputs_come_before_the_command(tmp_path: Path) -> None:
    """A value in a file, to the letter; an artifact, a folder too, where the program looks for it."""
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "rows").write_text("1", encoding="utf-8")
    value, folder = str(tmp_path / "in" / NASTY), str(tmp_path / "in" / "folder")
    files = Files(values=[Moved(value, NASTY)], artifacts=[Moved(folder, str(tmp_path / "made"))])
    done = _run(["cat", value, f"{folder}/rows"], files, tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{NASTY}1")
    assert not (tmp_path / "owned").exists()


def test_arguments_and_exit_code_are_those_of_the_command(tmp_path: Path) -> None:
    """Words stay words, also empty ones; how the command ends is how the step ends, and nothing is asked of its outputs then."""
    files = Files(parameters=[Moved("/nothing/there", str(tmp_path / "out"))])
    done = _run(["sh", "-c", 'for one; do echo "[$one]"; done; exit 7', "sh", "", "a b", "*", "$HOME"], files, tmp_path)
    assert (done.returncode, done.stdout) == (7, "[]\n[a b]\n[*]\n[$HOME]\n")
    assert _run(["no-such-command"], files, tmp_path).returncode == 127
    assert _run(["sh", "-c", "kill -TERM $$"], files, tmp_path).returncode == 128 + 15


def test_an_output_that_is_missing_fails_the_step(tmp_path: Path) -> None:
    """The path is told; what the pages of KFP 1 looked for may be missing."""
    place = str(tmp_path / "out" / "model")
    done = _run(["true"], Files(made=[Moved("/no/model", place)]), tmp_path)
    assert done.returncode != 0
    assert "/no/model" in done.stderr
    free = Files(made=[Moved("/no/model", place)], free=frozenset(("/no/model",)))
    assert _run(["true"], free, tmp_path).returncode == 0
    done = _run(["true"], Files(parameters=[Moved("/no/value", place)]), tmp_path)
    assert (done.returncode, "/no/value" in done.stderr) == (1, True)


def test_more_than_nine_files(tmp_path: Path) -> None:
    """`$10` is not `$1` and a nought."""
    made = [Moved(str(tmp_path / f"in{number}"), str(tmp_path / f"out{number}")) for number in range(12)]
    command = ["sh", "-c", 'for one; do echo "$one" > "$one"; done', "sh", *(one.path for one in made)]
    assert _run(command, Files(parameters=made), tmp_path).returncode == 0
    assert [(tmp_path / f"out{number}").read_text(encoding="utf-8") for number in range(12)] == [one.path for one in made]


def test_nothing_is_put_round_where_nothing_is_moved() -> None:
    """Images without a shell run as they are."""
    assert wrapped(["/program"], Files()) == ["/program"]
