"""What a user reads when a step fails: the author's file and line, no frame of ours, and what to do about it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bakehouse.task import documents, failures
from bakehouse.task.programs import Program
from tests.unit.task.attempts import PYTHONS, RUNTIME, Attempt, interpreters, version_of

#: As if the author's file had forty lines before the function, and was changed since.
AUTHOR = "/home/somebody/pipeline.py"
ORIGIN = {"origin": {"file": AUTHOR, "line": 41}}


@pytest.mark.parametrize("python", PYTHONS)
def test_the_traceback_is_the_users_own(attempt: Attempt, python: str) -> None:
    """It begins in the user's function, names the author's file with its real lines and shows their text, wherever that file is now."""
    attempt.python, attempt.changes = python, ORIGIN
    attempt.body = """
        def step():
            def inner(x):
                return 1 / x  # the culprit

            inner(0)
        """
    attempt.run()
    assert attempt.exit["code"] == 1
    lines = [line for line in attempt.log.splitlines() if set(line) - set(" ^~")]
    assert lines == [
        "Traceback (most recent call last):",
        f'  File "{AUTHOR}", line 45, in step',
        "    inner(0)",
        f'  File "{AUTHOR}", line 43, in inner',
        "    return 1 / x  # the culprit",
        "ZeroDivisionError: division by zero",
    ]
    error = attempt.error
    assert error.pop("traceback") == attempt.log
    assert error == {
        "type": "ZeroDivisionError",
        "message": "division by zero",
        "file": AUTHOR,
        "line": 43,
        "function": "inner",
        "source_line": "return 1 / x  # the culprit",
        "remedy": "",
        "cause": "user error",
    }


def test_without_an_origin_the_source_lies_in_the_attempt(attempt: Attempt) -> None:
    """A component out of a YAML file has no file of its author: its source is written beside the working directory and named."""
    attempt.body = "def step():\n    raise ValueError('no')\n"
    attempt.run()
    copy = attempt.folder / "ephemeral_component.py"
    assert attempt.error["file"] == str(copy)
    assert copy.read_text().splitlines()[attempt.error["line"] - 1] == "    raise ValueError('no')"


def test_the_authors_file_may_have_changed_since(attempt: Attempt, tmp_path: Path) -> None:
    """The text that is shown is the one that ran."""
    changed = tmp_path / "pipeline.py"
    changed.write_text("something else\n" * 10)
    attempt.changes = {"origin": {"file": str(changed), "line": 2}}
    attempt.body = "def step():\n    raise ValueError('no')\n"
    attempt.run()
    assert (attempt.error["line"], attempt.error["source_line"]) == (3, "raise ValueError('no')")
    assert "something else" not in attempt.log


def test_tracebacks_that_the_user_prints(attempt: Attempt) -> None:
    """They show the same lines, and so does `inspect`, even where the author's file is not there."""
    attempt.changes = ORIGIN
    attempt.body = """
        def step() -> str:
            import inspect, traceback
            try:
                raise ValueError("no")
            except ValueError:
                traceback.print_exc()
            return inspect.getsource(step).splitlines()[0]
        """
    assert attempt.run().values == {"Output": "def step() -> str:"}
    assert f'  File "{AUTHOR}", line 44, in step\n    raise ValueError("no")\n' in attempt.log


def test_causes_and_contexts_are_told(attempt: Attempt) -> None:
    """Exceptions that led to the last one are shown too, without our frames."""
    attempt.changes = ORIGIN
    attempt.body = """
        def step():
            try:
                try:
                    {}["a"]
                except KeyError:
                    raise ValueError("while handling")
            except ValueError as error:
                raise RuntimeError("because") from error
        """
    attempt.run()
    assert attempt.log.count("Traceback (most recent call last)") == 3
    assert "KeyError: 'a'" in attempt.log
    assert "ValueError: while handling" in attempt.log
    assert attempt.error["line"] == 48
    assert str(RUNTIME.parent) not in attempt.log


def test_frames_of_libraries_that_the_user_called_stay(attempt: Attempt) -> None:
    """The place is the user's own innermost line; the library's frames below it are shown."""
    attempt.changes = ORIGIN
    attempt.body = "def step():\n    import json\n    json.loads('{')\n"
    attempt.run()
    assert attempt.error["type"] == "json.decoder.JSONDecodeError"
    assert attempt.error["line"] == 43
    assert "decoder.py" in attempt.log


@pytest.mark.parametrize(
    ("module", "wanted"),
    [("pandas_of_somebody", "pandas_of_somebody"), ("sklearn.linear_model", "scikit-learn"), ("yaml", "PyYAML"), ("kfp.compiler", "kfp")],
)
def test_a_missing_package_is_named_with_the_line_to_write(attempt: Attempt, module: str, wanted: str) -> None:
    """The name to install is often another than the module's."""
    attempt.body = f"def step():\n    import {module}\n"
    attempt.run()
    assert attempt.error["type"] == "ModuleNotFoundError"
    assert f'packages_to_install=["{wanted}"]' in attempt.error["remedy"]
    assert f'packages_to_install=["{wanted}"]' in attempt.log


@pytest.mark.parametrize(("file", "folder"), [("weather_of_mine.py", ""), ("src/weather_of_mine/days.py", "/src")])
def test_a_module_beside_the_file_is_to_travel(attempt: Attempt, tmp_path: Path, file: str, folder: str) -> None:
    """No index has it: its folder is what the step lacks."""
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).touch()
    attempt.changes = {"origin": {"file": f"{tmp_path}/pipeline.py", "line": 1}}
    attempt.body = "def step():\n    from weather_of_mine import days\n"
    attempt.run()
    assert f"`--code {tmp_path}{folder}`" in attempt.error["remedy"]
    assert "packages_to_install" not in attempt.error["remedy"]


def test_a_missing_package_in_the_prelude(attempt: Attempt) -> None:
    """Also where the SDK put the import before the function, for a custom artifact class."""
    attempt.prelude += "import google_cloud_pipeline_components_of_somebody\n"
    attempt.run()
    assert 'packages_to_install=["google_cloud_pipeline_components_of_somebody"]' in attempt.error["remedy"]
    assert attempt.error["source_line"] == "import google_cloud_pipeline_components_of_somebody"
    assert attempt.exit["times"]["running"] is None


def test_names_from_outside_of_the_function(attempt: Attempt) -> None:
    """A step sees its function only."""
    attempt.body = "def step() -> int:\n    return LIMIT\n"
    attempt.run()
    assert attempt.error["remedy"] == "A component sees only what stands inside its function: import or define LIMIT there."


def test_a_source_that_this_python_cannot_read(attempt: Attempt) -> None:
    """A syntax error names the author's line."""
    attempt.changes = ORIGIN
    attempt.body = "def step():\n    x = = 1\n"
    attempt.run()
    assert attempt.error["type"] == "SyntaxError"
    assert (attempt.error["file"], attempt.error["line"], attempt.error["source_line"]) == (AUTHOR, 42, "x = = 1")
    assert str(RUNTIME.parent) not in attempt.log


def test_a_source_without_its_function(attempt: Attempt) -> None:
    """What an `async def` compiles to in kfp."""
    attempt.body = "x = 1\n"
    attempt.run()
    assert "defines no function 'step'" in attempt.error["message"]


def test_endless_recursion_is_told_shortly(attempt: Attempt) -> None:
    """Repeated lines are counted, not printed."""
    attempt.body = "def step():\n    def again():\n        again()\n    again()\n"
    attempt.run()
    assert attempt.error["type"] == "RecursionError"
    assert "repeated" in attempt.log
    assert len(attempt.log) < 3000


@pytest.mark.parametrize(
    "python",
    [python for python in interpreters() if version_of(python) >= (3, 11)] or [pytest.param("", marks=pytest.mark.skip(reason="Python < 3.11"))],
)
def test_groups_of_exceptions(attempt: Attempt, python: str) -> None:
    """All of them are told."""
    attempt.python = python
    attempt.body = "def step():\n    raise ExceptionGroup('several', [ValueError('one'), KeyError('two')])\n"
    attempt.run()
    assert attempt.error["message"].startswith("several")
    assert "ValueError: one" in attempt.log
    assert "KeyError: 'two'" in attempt.log


def test_an_exception_whose_text_cannot_be_made(attempt: Attempt) -> None:
    """It is an error all the same."""
    attempt.body = """
        class Odd(Exception):
            def __str__(self):
                raise RuntimeError("no text")


        def step():
            raise Odd
        """
    attempt.run()
    assert attempt.exit["code"] == 1
    assert attempt.error["type"] == "Odd"


def test_the_users_own_way_to_show_errors(attempt: Attempt) -> None:
    """An excepthook that the function installed is called, as in any program."""
    attempt.body = """
        def step():
            import sys
            sys.excepthook = lambda kind, value, trace: print("seen:", value)
            raise ValueError("mine")
        """
    attempt.run()
    assert attempt.log == "seen: mine\n"
    assert attempt.error["message"] == "mine"


def test_an_interrupt(attempt: Attempt) -> None:
    """SIGINT is Python's KeyboardInterrupt, and the shell's exit code for it."""
    attempt.body = "def step():\n    import os, signal\n    os.kill(os.getpid(), signal.SIGINT)\n    while True:\n        pass\n"
    attempt.run()
    assert attempt.exit["code"] == 130
    assert attempt.error["type"] == "KeyboardInterrupt"


def test_a_failure_is_told_even_with_closed_output(attempt: Attempt) -> None:
    """The document has it all."""
    attempt.body = "def step():\n    import os, sys\n    sys.stderr.close()\n    os.close(1)\n    raise ValueError('silent')\n"
    attempt.run()
    assert attempt.exit["code"] in {1, 120}
    assert attempt.error["message"] == "silent"


def test_a_process_that_the_function_forked_is_not_the_step(attempt: Attempt) -> None:
    """What a forked child raises or returns is neither the step's error nor its output."""
    attempt.body = """
        def step(how: str) -> str:
            import os
            child = os.fork()
            if not child:
                if how == "raise":
                    raise ValueError("in the child")
                return "from the child"
            os.waitpid(child, 0)
            return "from the parent"
        """
    attempt.parameters = {"how": "raise"}
    assert attempt.run().values == {"Output": "from the parent"}
    assert attempt.error == {}
    assert "in the child" in attempt.log


def _users_write(_path: str, text: str) -> None:
    Path("/dev/full").write_text(text)


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="there is no device that is always full")
@pytest.mark.parametrize(("ours", "cause"), [(True, "store"), (False, "user error")])
def test_a_disk_that_is_full_for_the_runtime_is_not_the_users_error(tmp_path: Path, ours: bool, cause: str) -> None:  # noqa: FBT001  # a case of the test
    """The step had given its result; one that the user's own code could not write is."""
    path = tmp_path / "output.json"
    Path(f"{path}.{os.getpid()}").symlink_to("/dev/full")
    program = Program({"source": "def step():\n    pass\n", "function": "step"}, str(tmp_path / "copy.py"))
    write = documents.write if ours else _users_write
    with pytest.raises(OSError, match="No space left") as raised:
        write(str(path), "x")
    assert failures.report(raised.value, program, str(tmp_path)) == 1
    assert json.loads((tmp_path / "error.json").read_text())["cause"] == cause


@pytest.mark.parametrize("where", ["kfp.dsl", "bakehouse.dsl"])
@pytest.mark.parametrize("own", [True, False])
def test_a_step_can_say_that_a_retry_is_of_no_use(attempt: Attempt, where: str, own: bool) -> None:  # noqa: FBT001  # a parametrized case
    """By an error of that class, or of one that is derived from it, under the name of either SDK; no other error says so."""
    raised = "Hopeless" if own else "NonRetryableError"
    attempt.body = f"""
        def step():
            from {where} import NonRetryableError

            class Hopeless(NonRetryableError):
                pass

            raise {raised}("no such customer")
        """
    attempt.run()
    assert (attempt.error["message"], attempt.error["retryable"], attempt.exit["code"]) == ("no such customer", False, 1)


def test_memory_that_is_refused_is_a_cause_of_its_own(attempt: Attempt) -> None:
    """Also where a library has an error of its own for it."""
    attempt.body = """
        def step():
            class ArrayMemoryError(MemoryError):
                pass

            raise ArrayMemoryError("Unable to allocate 7 TiB")
        """
    attempt.run()
    assert (attempt.error["cause"], attempt.error["message"]) == ("out of memory", "Unable to allocate 7 TiB")


def test_a_step_that_was_killed_did_not_run_out_of_memory_by_that_alone(attempt: Attempt) -> None:
    """The kernel must have counted it."""
    attempt.body = "def step():\n    import os\n    import signal\n\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    attempt.run()
    assert (attempt.exit["signal"], attempt.exit["out_of_memory"]) == (9, False)


def test_a_text_without_measure_is_cut(attempt: Attempt) -> None:
    """Whoever reads what the step said has room for it; the end is kept, and the log has it all."""
    attempt.body = "def step():\n    raise ValueError('\\x00' * 3_000_000 + 'the end')\n"
    attempt.run()
    error = attempt.error
    assert error["message"].startswith("[2,934,471 characters are left out: the log has them]\n")
    assert error["message"].endswith("\x00the end")
    assert error["traceback"].endswith("the end\n")
    assert (attempt.folder / "error.json").stat().st_size < 1 << 20
    assert len(attempt.log) > 3_000_000
