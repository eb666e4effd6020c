"""What a step sees around it. Every statement of docs/reference/step.md that is not about arguments, results or failures is tried here."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.unit.task.attempts import PYTHONS, RUNTIME, Attempt, interpreters, version_of


def seen(attempt: Attempt, expression: str, imports: str = "os, sys") -> Any:
    """The value of an expression inside the step."""
    attempt.body = f"def step() -> str:\n    import {imports}, json\n    return json.dumps({expression})\n"
    return json.loads(attempt.run().values["Output"])


def test_the_environment_is_exactly_the_given_one(attempt: Attempt) -> None:
    """Nothing of the engine's environment is there that the launch document does not hold."""
    attempt.environment = {"GREETING": "hä", "EMPTY": ""}
    expected = {**attempt.whole_environment()}
    found = seen(attempt, "dict(os.environ)")
    found.pop("LC_CTYPE", None)  # Python's own, where no locale is set
    assert found == expected


def test_programs_that_the_step_starts_get_that_environment_too(attempt: Attempt) -> None:
    """It is the process's own, not only Python's view of it."""
    attempt.environment = {"GREETING": "hello"}
    assert seen(attempt, "subprocess.run(['sh', '-c', 'echo $GREETING'], stdout=-1).stdout.decode()", "subprocess") == "hello\n"


def test_the_working_directory_is_empty_and_its_own(attempt: Attempt) -> None:
    """`work` in the attempt's folder; relative paths lead there, and it is first on the import path."""
    assert seen(attempt, "[os.getcwd(), os.listdir('.'), sys.path[0]]") == [str(attempt.folder / "work"), [], str(attempt.folder / "work")]


def test_modules_beside_the_function_can_be_written_and_imported(attempt: Attempt) -> None:
    """As with `python -m`: what lies in the working directory can be imported."""
    attempt.body = "def step() -> int:\n    open('mine.py', 'w').write('x = 5')\n    import mine\n    return mine.x\n"
    assert attempt.run().values == {"Output": 5}


def test_nothing_of_the_runtime_is_on_the_import_path(attempt: Attempt) -> None:
    """The step's imports never meet a module of ours."""
    found = seen(attempt, "[sys.path, sorted(sys.modules)]")
    assert str(RUNTIME.parent) not in found[0]
    assert all("bakehouse" not in path for path in found[0])
    for name in ("errors", "names", "results", "metrics", "logs"):
        assert name not in found[1]


def test_a_step_without_requirements_sees_the_standard_library_only(attempt: Attempt) -> None:
    """No installed package is in sight, whatever the interpreter has."""
    assert not [path for path in seen(attempt, "sys.path") if "site-packages" in path or "dist-packages" in path]


def test_the_tasks_pythonpath_counts(attempt: Attempt, tmp_path: Path) -> None:
    """PYTHONPATH set on a task works, also where the interpreter was started without it."""
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "extra_module.py").write_text("x = 7\n")
    attempt.environment = {"PYTHONPATH": str(tmp_path / "extra")}
    attempt.options = ("-u", "-s", "-S", "-E")
    assert seen(attempt, "extra_module.x", "extra_module") == 7


def test_arguments_and_main(attempt: Attempt) -> None:
    """`sys.argv` names the component's source and nothing else; `__main__` is a module of its own."""
    assert seen(attempt, "[sys.argv, sys.modules['__main__'].__name__, __name__]") == [
        [str(attempt.folder / "ephemeral_component.py")],
        "__main__",
        "ephemeral_component",
    ]


@pytest.mark.parametrize("options", [("-u", "-s", "-S"), ("-u", "-s")])
def test_builtins_are_complete(attempt: Attempt, options: tuple[str, ...]) -> None:
    """`exit` and `quit` are there, whatever the interpreter was told."""
    attempt.options = options
    attempt.body = "def step():\n    quit if exit else help\n    exit(4)\n"
    attempt.run()
    assert attempt.exit["code"] == 4


def test_standard_input_is_empty(attempt: Attempt) -> None:
    """Reading it is its end at once."""
    assert seen(attempt, "sys.stdin.read()") == ""


def test_output_appears_at_once_and_in_order(attempt: Attempt) -> None:
    """Standard output and error are one unbuffered stream, with what other programs write in between."""
    attempt.body = """
        def step():
            import os, sys
            print("one")
            print("two", end=" ")
            print("three", file=sys.stderr)
            os.system("echo four; echo five >&2")
            os.write(1, b"six\\n")
            sys.stdout.write("seven")
        """
    attempt.run()
    assert attempt.log == "one\ntwo three\nfour\nfive\nsix\nseven"


def test_any_text_can_be_printed(attempt: Attempt) -> None:
    """The log is UTF-8, whatever the locale says."""
    attempt.environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    attempt.body = "def step():\n    print('Grüße 🍞')\n"
    attempt.run()
    assert attempt.log == "Grüße 🍞\n"


def test_signals_are_as_in_any_program(attempt: Attempt) -> None:
    """Nothing is blocked, nothing ignored but what Python ignores."""
    expression = (
        "[str(signal.getsignal(number)) for number in (15, 1, 3, 10, 12, 17)] "
        "+ [signal.getsignal(2) is signal.default_int_handler, len(signal.pthread_sigmask(0, ())), open('/proc/self/status').read()]"
    )
    found = seen(attempt, expression, "signal")
    assert {text.rpartition(".")[2] for text in found[:6]} <= {"SIG_DFL", "0"}
    assert found[6:8] == [True, 0]
    status = dict(line.split(":", 1) for line in found[8].splitlines())
    assert int(status["SigBlk"], 16) == 0


def test_descriptors_of_the_runtime_are_closed(attempt: Attempt) -> None:
    """A step has its three standard ones. The lock is not among them, so nothing it leaves behind can hold it."""
    found = seen(
        attempt, "sorted(os.readlink('/proc/self/fd/' + name) for name in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + name))"
    )
    assert [path for path in found if not path.startswith("pipe:")] in (["/dev/null", f"/proc/{os.getpid()}/fd"], ["/dev/null"])
    assert len({path for path in found if path.startswith("pipe:")}) == 1


def test_a_session_of_its_own(attempt: Attempt) -> None:
    """The step leads its session and process group: signals to its group reach what it started, and nobody else."""
    assert seen(attempt, "[os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid()]") == [True, True]


def test_what_the_step_writes_it_can_read(attempt: Attempt) -> None:
    """The umask leaves the owner his rights."""
    assert seen(attempt, "os.umask(0) & 0o700") == 0


def test_leaving_runs_what_was_registered(attempt: Attempt) -> None:
    """The interpreter ends as any: `atexit`, threads that are no daemons, files that were never closed."""
    attempt.body = """
        def step() -> int:
            import atexit, threading, time
            atexit.register(print, "registered")
            threading.Thread(target=lambda: (time.sleep(0.1), print("thread"))).start()
            global kept
            kept = open("left.txt", "w")
            kept.write("flushed")
            return 1
        """
    assert attempt.run().values == {"Output": 1}
    assert attempt.log == "thread\nregistered\n"
    assert (attempt.folder / "work" / "left.txt").read_text() == "flushed"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("python", PYTHONS)
def test_multiprocessing_works(attempt: Attempt, python: str, method: str) -> None:
    """Pools work by every start method, with functions of libraries and with those beside the component's own."""
    attempt.python = python
    attempt.prelude += "def double(x):\n    assert dsl.Dataset\n    return 2 * x\n\n"
    attempt.body = f"""
        def step() -> list:
            import math, multiprocessing
            with multiprocessing.get_context("{method}").Pool(1) as pool:
                return pool.map(double, [1, 2]) + pool.map(math.sqrt, [4])
        """
    assert attempt.run(within=60).values == {"Output": [2, 4, 2.0]}
    assert attempt.log == ""


def test_source_can_be_inspected(attempt: Attempt) -> None:
    """Tools that read the source of functions find it."""
    attempt.body = "def step() -> str:\n    import inspect\n    return inspect.getsource(helper)\n"
    attempt.prelude += "def helper():\n    return 1\n"
    assert attempt.run().values == {"Output": "def helper():\n    return 1\n"}


def test_times_and_use_of_resources_are_told(attempt: Attempt) -> None:
    """When the attempt started, when the user's function began, when it ended; CPU seconds with those of its children; peak memory in bytes."""
    attempt.body = """
        def step() -> float:
            import subprocess, sys, time
            begin = time.time()
            block = bytearray(60 << 20)
            subprocess.run([sys.executable, "-S", "-c", "import time\\nwhile time.process_time() < 0.2: pass"])
            return begin
        """
    begin = attempt.run().values["Output"]
    times = attempt.exit["times"]
    assert times["started"] <= times["running"] <= begin <= times["ended"]
    assert begin - times["running"] < 0.5
    assert 0.2 < attempt.exit["cpu_seconds"] < 2
    assert 60 << 20 < attempt.exit["peak_memory"] < 200 << 20


def test_killed_by_a_signal(attempt: Attempt) -> None:
    """The number is told, and there is no exit code."""
    attempt.body = "def step():\n    import os\n    os.kill(os.getpid(), 9)\n"
    attempt.run()
    assert (attempt.exit["code"], attempt.exit["signal"], attempt.exit["stopped"]) == (None, 9, False)


def test_inputs_are_staged_read_only(attempt: Attempt, tmp_path: Path) -> None:
    """Copies are made before the step starts: files lose their write permission and keep their others, folders keep their shape and links."""
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    (source / "sub" / "data").write_bytes(os.urandom(1 << 20))
    (source / "tool").write_text("#!/bin/sh\n")
    (source / "tool").chmod(0o755)
    (source / "link").symlink_to("sub/data")
    (source / "empty").touch()
    target = attempt.folder / "inputs" / "data" / "0" / "source"
    one = {"name": "data", "uri": str(source), "type": {"schemaTitle": "system.Dataset"}}
    attempt.inputs = {"data": [one]}
    attempt.changes = {"stage": [{"from": str(source), "to": str(target)}], "paths": {str(source): str(target)}}
    attempt.body = "def step(data: Input[Dataset]) -> str:\n    return data.path\n"
    assert attempt.run().values == {"Output": str(target)}
    assert (target / "sub" / "data").read_bytes() == (source / "sub" / "data").read_bytes()
    assert (target / "link").readlink() == Path("sub/data")
    assert (target / "empty").read_bytes() == b""
    assert [(target / name).stat().st_mode & 0o777 for name in ("tool", "empty")] == [0o555, 0o444]


def test_an_input_that_cannot_be_staged_is_a_fault_of_the_runtime(attempt: Attempt, tmp_path: Path) -> None:
    """The step is not started, and the word says what was missing."""
    attempt.changes = {"stage": [{"from": str(tmp_path / "gone"), "to": str(attempt.folder / "inputs" / "x")}]}
    attempt.run()
    assert str(tmp_path / "gone") in attempt.exit["fault"]
    assert attempt.exit["code"] is None
    assert not (attempt.folder / "log").exists()


def test_a_broken_launch_document_is_a_fault_of_the_runtime(attempt: Attempt) -> None:
    """So is a document that cannot be read."""
    attempt.changes = {"stage": 5}
    attempt.run()
    assert "could not be prepared" in attempt.exit["fault"]


def test_the_runtime_can_be_named_by_its_folder(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    """`python FOLDER` and `python FOLDER/__main__.py` are the same."""
    monkeypatch.setattr("tests.unit.task.attempts.RUNTIME", RUNTIME.parent)
    assert str(RUNTIME.parent) not in seen(attempt, "sys.path")


def test_all_interpreters_were_tried() -> None:
    """The list that the other tests run over says which versions it holds."""
    assert all(version_of(python) >= (3, 7) for python in interpreters())
