"""What a user may give that is wrong: exit code 2, a message that names the place and the remedy, nothing recorded by halves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.home import Home

_GOOD = """
from kfp import dsl


@dsl.component
def add(a: int, b: int = 2) -> int:
    return a + b


@dsl.pipeline
def sums(a: int) -> int:
    return add(a=a).output
"""

_CONTAINER = """
from kfp import dsl


@dsl.container_component
def say():
    return dsl.ContainerSpec(image="alpine", command=["true"])


@dsl.pipeline
def looped():
    with dsl.ParallelFor([1, 2]):
        say()
"""

_TASK = """
      {name}:
        cachingOptions: {{enableCache: true}}
        componentRef: {{name: {component}}}
        dependentTasks: [{upstream}]
        taskInfo: {{name: {name}}}"""

_YAML = """
components:
  comp-a: {{executorLabel: exec-a}}
deploymentSpec:
  executors:
    exec-a: {{container: {{image: python, command: [python3, -c, pass]}}}}
pipelineInfo: {{name: sample}}
root:
  dag:
    tasks:{tasks}
schemaVersion: 2.1.0
sdkVersion: kfp-2.17.0
"""


def _bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 12)]
    return "\n".join(lines) + "\n" + _YAML.format(tasks=" {}")


def _tasks(*each: tuple[str, str, str]) -> str:
    return _YAML.format(tasks="".join(_TASK.format(name=name, component=component, upstream=up) for name, component, up in each))


_FILES = {
    "broken YAML": ("pipeline.yaml", "components:\n  comp-a: [\nroot: }\n", ["pipeline.yaml:3"]),
    "not a pipeline": ("pipeline.yaml", "hello: world\n", ["pipeline.yaml"]),
    "empty file": ("pipeline.yaml", "", ["pipeline.yaml", "empty"]),
    "unknown component": ("pipeline.yaml", _tasks(("a", "comp-b", "")), ["comp-b", "pipeline.yaml:13"]),
    "cycle": ("pipeline.yaml", _tasks(("a", "comp-a", "b"), ("b", "comp-a", "a")), ["a", "b", "cycle"]),
    "alias bomb": ("pipeline.yaml", _bomb(), ["pipeline.yaml", "alias"]),
    "Argo workflow": ("pipeline.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n", ["Argo", "compile"]),
    "syntax error": ("pipeline.py", "def broken(:\n    pass\n", ["pipeline.py:1"]),
    "missing import": ("pipeline.py", "import no_such_module\n", ["pipeline.py:1", "no_such_module"]),
    "no pipeline": ("pipeline.py", "x = 1\n", ["pipeline.py", "no pipeline"]),
    "two pipelines": ("pipeline.py", _GOOD + _GOOD.replace("def sums", "def more").split("\n\n\n", 2)[2], ["sums", "more", "--pipeline"]),
    "name from outside": ("pipeline.py", "import math\n" + _GOOD.replace("a + b", "math.floor(a)"), ["pipeline.py:8", "math"]),
    "too many arguments": ("pipeline.py", _GOOD.replace("add(a=a)", "add(a, 1, 2)"), ["pipeline.py:12", "add"]),
    "unknown input": ("pipeline.py", _GOOD.replace("add(a=a)", "add(a=a, c=1)"), ["pipeline.py:12", "c"]),
    "missing input": ("pipeline.py", _GOOD.replace("add(a=a)", "add()"), ["pipeline.py:12", "a"]),
    "a condition of Python's": (
        "pipeline.py",
        _GOOD.replace("    return add(a=a).output", "    if a == 1:\n        add(a=a)").replace("sums(a: int) -> int", "sums(a: int)"),
        ["pipeline.py:12", "dsl.If"],
    ),
    "wrong suffix": ("pipeline.txt", _GOOD, ["pipeline.txt", ".py"]),
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def _refused(home: Home, *arguments: str) -> str:
    """What was said; checks what holds for every refusal."""
    done = home.call(*arguments)
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert "Traceback" not in said
    as_json = home.call(*arguments, "--output", "json")
    assert as_json.returncode == 2
    error = json.loads(as_json.stdout)["error"]
    assert error["message"]
    assert {"code", "message", "place", "remedy"} <= error.keys()
    assert home.runs() == []
    return said


@pytest.mark.parametrize("name", _FILES)
def test_a_bad_file_is_refused(home: Home, name: str) -> None:
    """The message names the place (file and line where there is one) and what to do."""
    file, text, expected = _FILES[name]
    said = _refused(home, "run", str(home.write(text, file)))
    for part in expected:
        assert part in said, said


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["a", "missing"]),
        (["-p", "a=one"], ["a", "one", "integer"]),
        (["-p", "a=1", "-p", "c=2"], ["c", "no such", "a"]),
        (["-p", "a"], ["name=value"]),
        (["-p", "a=1", "--pipeline", "other"], ["other", "sums"]),
        (["-p", "a=1", "--max-parallel", "0"], ["max-parallel"]),
    ],
)
def test_bad_parameters_are_refused_together(home: Home, arguments: list[str], expected: list[str]) -> None:
    """Wrong, missing and unknown parameters: each is named, nothing is recorded."""
    said = _refused(home, "run", str(home.write(_GOOD)), *arguments)
    for part in expected:
        assert part in said, said


@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_step_that_cannot_be_run_is_named_by_its_line(home: Home, command: str) -> None:
    """The line of the author's file at which the task is made; a compiled file has its place in the spec."""
    said = _refused(home, command, str(home.write(_CONTAINER, "pipeline.py")), "--runner", "local")
    assert "pipeline.py:13: the task say runs a container" in said
    compiled = home.folder / "compiled.yaml"
    assert home.call("compile", "pipeline.py", "--out", str(compiled)).returncode == 0
    assert "task say (components.comp-for-loop-2.dag.tasks.say): the task say" in _refused(home, command, str(compiled), "--runner", "local")


def test_a_file_over_32_mib_is_refused_unread(home: Home) -> None:
    """The limit is named."""
    file = home.folder / "pipeline.yaml"
    with file.open("wb") as large:
        large.truncate((32 << 20) + 1)
    assert "32 MiB" in _refused(home, "run", str(file))


def test_a_missing_file_is_named(home: Home) -> None:
    """So is a folder."""
    assert "nowhere.py" in _refused(home, "run", str(home.folder / "nowhere.py"))
    assert str(home.folder) in _refused(home, "run", str(home.folder))


def test_an_unknown_run_is_named(home: Home) -> None:
    """`runs show` of a run that is not there is the user's mistake."""
    done = home.call("runs", "show", "0000aaaa", "--output", "json")
    assert done.returncode == 2
    assert "0000aaaa" in json.loads(done.stdout)["error"]["message"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_home_of_another_user_is_left_alone(home: Home) -> None:
    """It goes wrong (1) before anything is written, and says whose it is."""
    home.path.mkdir(mode=0o777)
    os.chown(home.path, 65534, 65534)
    done = home.call("run", str(home.write(_GOOD)), "-p", "a=1")
    assert done.returncode in {1, 2}
    assert str(home.path) in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert list(home.path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_home_on_a_read_only_mount_is_named(home: Home) -> None:
    """Exit code 1, the path, and no traceback; nothing is left there."""
    home.path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(home.path)], check=False, capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"this machine allows no mounts: {mounted.stderr.decode().strip()}")
    try:
        done = home.call("run", str(home.write(_GOOD)), "-p", "a=1")
        assert done.returncode == 1
        assert str(home.path) in done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        assert list(home.path.iterdir()) == []
    finally:
        subprocess.run(["umount", str(home.path)], check=True)


def test_the_command_ends_quietly_when_nobody_reads_it(home: Home) -> None:
    """`bakehouse runs list | head -0` prints no traceback."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m bakehouse --help | head -c 1"],
        env=home.environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
