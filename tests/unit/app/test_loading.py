"""The author's file in a process of its own: what can go wrong there, and what is said of it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bakehouse.app import loaded, loading
from bakehouse.errors import BadInput
from bakehouse.ir import text
from bakehouse.ir.execution import Origin


def _refused(folder: Path, text: str, name: str = "pipeline.py") -> BadInput:
    file = folder / name
    file.write_text(text)
    with pytest.raises(BadInput) as caught:
        loaded.finish(loading.start(file))
    return caught.value


def test_a_syntax_error_is_shown_with_its_place(tmp_path: Path) -> None:
    """File, line and column, and the line with a mark."""
    error = _refused(tmp_path, "x = 1\ndef broken(:\n    pass\n")
    assert error.place == f"{tmp_path}/pipeline.py:2:12"
    assert "SyntaxError: invalid syntax\n    def broken(:\n               ^" in error.message


def test_a_missing_package_is_named_with_both_ways_out(tmp_path: Path) -> None:
    """Import it inside the component, or install it here."""
    error = _refused(tmp_path, "import no_such_module.part\n")
    assert error.place == f"{tmp_path}/pipeline.py:1"
    assert "ModuleNotFoundError: No module named 'no_such_module'" in error.message
    assert error.remedy is not None
    assert "inside the component" in error.remedy
    assert "no_such_module" in error.remedy


def test_an_exception_shows_the_authors_frames_only(tmp_path: Path) -> None:
    """Not ours, not those of the library in which it was raised."""
    (tmp_path / "settings.py").write_text("import json\n\ndef read():\n    return json.loads('{')\n")
    error = _refused(tmp_path, "import settings\n\nvalue = settings.read()\n")
    assert error.place == f"{tmp_path}/settings.py:4"
    assert f"{tmp_path}/pipeline.py:3 in <module>\n    value = settings.read()" in error.message
    assert f"{tmp_path}/settings.py:4 in read\n    return json.loads('{{')" in error.message
    assert "decoder.py" not in error.message
    assert f"{os.sep}app{os.sep}author.py" not in error.message


def test_a_deep_recursion_stays_short(tmp_path: Path) -> None:
    """A thousand frames are five."""
    error = _refused(tmp_path, "def f():\n    f()\n\nf()\n")
    assert error.message.count("in f") == 5
    assert "RecursionError" in error.message


@pytest.mark.parametrize("statement", ["import tempfile", "from random import choice", "import random; random.choice('a')"])
def test_a_file_that_hides_a_module_of_pythons_own(tmp_path: Path, statement: str) -> None:
    """Python and its packages get the author's file instead; the remedy names it."""
    (tmp_path / "random.py").write_text("dice = 6\n")
    error = _refused(tmp_path, f"{statement}\n")
    assert error.place == f"{tmp_path}/pipeline.py:1"
    assert error.remedy == f"{tmp_path}/random.py hides Python's own module random: give the file another name."


def test_a_value_that_nobody_gets_is_noted(tmp_path: Path) -> None:
    """Once for its function, however many tasks it has, with its line."""
    file = tmp_path / "pipeline.py"
    file.write_text(
        "from bakehouse import dsl\n\n@dsl.component\ndef one(n: int = 1):\n    return n\n\n@dsl.pipeline\ndef p():\n    one()\n    one()\n"
    )
    (note,) = loaded.finish(loading.start(file)).notices
    assert note.startswith(f"{file}:5: one returns a value that nobody gets")


def test_a_module_of_kfp_that_is_not_there_yet(tmp_path: Path) -> None:
    """The message names it."""
    assert "ImportError: kfp.registry is not served yet" in _refused(tmp_path, "from kfp import registry\n").message


def test_a_file_for_version_1_is_recognised(tmp_path: Path) -> None:
    """The remedy says what to write instead."""
    error = _refused(tmp_path, "from kfp.v2 import dsl\n\ndef pipeline():\n    dsl.ContainerOp('Train', 'image')\n")
    assert error.remedy is not None
    assert "version 1 of the kfp SDK" in error.remedy
    assert "put @dsl.pipeline on" in error.remedy


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import sys\nsys.exit()\n", "the file ends the program: sys.exit()"),
        ("import sys\nsys.exit(3)\n", "the file ends the program: sys.exit(3)"),
        ("import os\nos._exit(4)\n", "the file ended Python with exit code 4"),
        ("import os\nos.kill(os.getpid(), 11)\n", "ended by signal 11 (SIGSEGV)"),
        ("import os\nif os.fork(): os._exit(5)\nimport time\ntime.sleep(3)\n", "the file ended Python with exit code 5"),
        ("raise KeyboardInterrupt\n", "KeyboardInterrupt"),
    ],
)
def test_a_file_that_ends_python_is_told_so(tmp_path: Path, text: str, message: str) -> None:
    """By whatever way; nothing hangs."""
    began = time.monotonic()
    assert message in _refused(tmp_path, text).message
    assert time.monotonic() - began < 2


def test_what_the_file_prints_goes_to_standard_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Standard output belongs to the answer."""
    _refused(tmp_path, "print('loading')\nimport subprocess\nsubprocess.run(['echo', 'from a child'])\nraise ValueError\n")
    said = capfd.readouterr()
    assert said.out == ""
    assert "loading\nfrom a child\n" in said.err


def test_the_file_is_no_program(tmp_path: Path) -> None:
    """What stands below `if __name__ == "__main__"` does not run; its folder is on the path, its name is that of the file."""
    (tmp_path / "neighbour.py").write_text("NAME = 'neighbour'\n")
    text = "import neighbour\nif __name__ == '__main__':\n    raise SystemExit('no')\nraise ValueError(__name__, neighbour.NAME, __file__)\n"
    assert str(("pipeline", "neighbour", f"{tmp_path}/pipeline.py")) in _refused(tmp_path, text).message


def test_input_is_not_asked_for(tmp_path: Path) -> None:
    """Nobody would see the question."""
    assert "EOFError" in _refused(tmp_path, "input('name? ')\n").message


def test_a_slow_file_is_waited_for_aloud(tmp_path: Path) -> None:
    """Whoever waits is told, again and again."""
    file = tmp_path / "slow.py"
    file.write_text("import time\ntime.sleep(0.3)\nraise ValueError\n")
    told: list[float] = []
    slow = loading.start(file)
    slow.look = slow.slow = 0.05
    with pytest.raises(BadInput):
        loaded.finish(slow, told.append)
    assert told


def test_a_load_that_is_given_up_ends_its_process(tmp_path: Path) -> None:
    """Ctrl-C, or an error elsewhere, leaves nothing behind."""
    file = tmp_path / "hangs.py"
    file.write_text("import time\ntime.sleep(60)\n")
    started = loading.start(file)
    assert started.child is not None
    started.close()
    assert started.child.returncode is not None
    started.close()


_GOOD = """
from kfp import Client, compiler, dsl


@dsl.component
def add(a: int, b: int = 2) -> int:
    return a + b


@dsl.pipeline(name="small-sums", description="Adds.")
def sums(a: int) -> int:
    return add(a=a).output
"""


def _loaded(folder: Path, text: str, pipeline: str | None = None) -> loaded.Loaded:
    file = folder / "pipeline.py"
    file.write_text(text)
    return loaded.finish(loading.start(file, pipeline))


def test_a_pipeline_comes_with_the_places_of_its_sources(tmp_path: Path) -> None:
    """The IR, which SDK made it, and where each component stands in the file."""
    found = _loaded(tmp_path, _GOOD)
    assert found.file.spec.info.name == "small-sums"
    assert found.sdk.startswith("bakehouse ")
    assert found.origins == {"exec-add": Origin(str(tmp_path / "pipeline.py"), 6)}
    assert found.notices == ()
    assert text.read(text.write(found.file)) == found.file


def test_a_component_alone_can_be_run(tmp_path: Path) -> None:
    """Where the file has no pipeline, or where it is named."""
    alone = _GOOD.partition("@dsl.pipeline")[0]
    assert _loaded(tmp_path, alone).file.spec.info.name == "add"
    assert _loaded(tmp_path, _GOOD, "add").file.spec.info.name == "add"
    assert _loaded(tmp_path, _GOOD, "sums").file.spec.info.name == "small-sums"


def test_what_the_file_would_start_is_ignored_and_told(tmp_path: Path) -> None:
    """With its line; nothing is written."""
    end = (
        f"compiler.Compiler().compile(sums, package_path={str(tmp_path / 'out.yaml')!r})\nclient = Client(host='x')\nclient.create_experiment('e')\n"
    )
    found = _loaded(tmp_path, _GOOD + end)
    line = _GOOD.count("\n") + 1
    assert [notice.partition(" is ignored")[0] for notice in found.notices] == [
        f"Compiler().compile(…) at {tmp_path}/pipeline.py:{line}",
        f"Client().create_experiment(…) at {tmp_path}/pipeline.py:{line + 2}",
    ]
    assert not (tmp_path / "out.yaml").exists()


def test_calls_of_the_local_runner_are_ignored_and_told(tmp_path: Path) -> None:
    """A file that kfp ran with `python FILE.py` stays as it is; without `init` too."""
    call = "task = sums(a=1)\nprint(task.output)\n"
    end = f"from kfp import local\nlocal.init(runner=local.SubprocessRunner(use_venv=False))\n{call}"
    found = _loaded(tmp_path, _GOOD + end)
    file, line = tmp_path / "pipeline.py", _GOOD.count("\n") + 2
    assert [notice.partition(":")[0] for notice in found.notices] == [f"local.init(…) at {file}", f"small-sums(…) at {file}"]
    assert f"{file}:{line + 1} is not run" in found.notices[1]
    assert f"`bakehouse run {file} --pipeline small-sums -p a=1`" in found.notices[1]
    assert _loaded(tmp_path, _GOOD, "small-sums").file.spec.info.name == "small-sums"
    assert [notice.partition(":")[0] for notice in _loaded(tmp_path, _GOOD + call).notices] == [f"small-sums(…) at {file}"]
    used = str(_refused(tmp_path, _GOOD + end + "assert task.output == 3\n"))
    assert f"{file}:{line + 3}" in used
    assert "__main__" in used


def test_what_a_library_says_of_a_value_of_the_run_comes_with_what_to_do(tmp_path: Path) -> None:
    """Its own words, the author's line, and where such a value belongs."""
    broken = _GOOD.replace("    return add(a=a).output", "    import json\n    json.dumps(a)\n    return add(a=a).output")
    said = str(_refused(tmp_path, broken))
    assert "PipelineParameterChannel is not JSON serializable" in said
    assert "pipeline.py:13" in said
    assert "only when the pipeline runs" in said


def test_all_mistakes_of_the_author_come_at_once(tmp_path: Path) -> None:
    """Of all components, and of the pipeline; other pipelines of the file do not matter."""
    broken = _GOOD.replace("a + b", "np.add(a, b, out=OUT)").replace("add(a=a)", "add(a='x', c=1)")
    error = _refused(tmp_path, broken)
    said = str(error)
    assert error.code == "authoring_error"
    for part in ("np", "OUT", "pipeline.py:7", "pipeline.py:12", "c"):
        assert part in said, said


def test_a_broken_pipeline_beside_the_wanted_one_does_not_matter(tmp_path: Path) -> None:
    """Only what is taken is checked."""
    broken = "\n\n@dsl.pipeline\ndef broken():\n    add(nothing=1)\n"
    assert _loaded(tmp_path, _GOOD + broken, "sums").file.spec.info.name == "small-sums"


@pytest.mark.parametrize(("name", "message"), [("nowhere.py", "no such file"), ("folder", "folder"), ("p.txt", ".py"), ("pipe.yaml", "regular")])
def test_what_is_no_pipeline_file_is_refused_at_once(tmp_path: Path, name: str, message: str) -> None:
    """Missing, a folder, another suffix, not a file at all."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "p.txt").write_text("")
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(BadInput) as caught:
        loading.start(tmp_path / name)
    assert message in str(caught.value)
    assert caught.value.place == str(tmp_path / name)


@pytest.mark.parametrize(("data", "message"), [(b"", "empty"), (b"\xff\xfe", "UTF-8"), (b"a: [\n", "YAML")])
def test_a_bad_yaml_file_is_named_with_its_line(tmp_path: Path, data: bytes, message: str) -> None:
    """What is wrong, and where in which file."""
    file = tmp_path / "p.yaml"
    file.write_bytes(data)
    with pytest.raises(BadInput) as caught:
        loaded.finish(loading.start(file))
    assert message in str(caught.value)
    assert (caught.value.place or "").startswith(str(file))


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    """32 MiB, whatever is in it."""
    file = tmp_path / "p.yaml"
    with file.open("wb") as large:
        large.truncate(loaded.LARGEST_FILE + 1)
    with pytest.raises(BadInput, match="more than 32 MiB"):
        loaded.finish(loading.start(file))
