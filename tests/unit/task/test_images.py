"""A step in the surroundings of its image: what a pod and a container run."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.runners.specs import wheel
from tests.unit.task.attempts import PYTHONS, Attempt

#: The interpreter without the environment of these tests: `pip install --user` works there.
BARE = os.path.realpath(sys.executable)
#: What stands for pip in an image: it says what it was told, and installs one module.
FAKE_PIP = """
import json, os, sys
if "broken" in sys.argv:
    print("Looking in indexes: nowhere", flush=True)
    sys.exit("ERROR: No matching distribution found for broken")
names = ("PYTHONUSERBASE", "PIP_BREAK_SYSTEM_PACKAGES", "PIP_INDEX_URL", "TMPDIR")
told = {"arguments": sys.argv[1:], "variables": {name: os.environ.get(name) for name in names}}
place = os.path.join(os.environ["PYTHONUSERBASE"], "lib", "python%d.%d" % sys.version_info[:2], "site-packages")
os.makedirs(place)
with open(place + "/wanted.py", "w") as file:
    file.write("told = " + repr(told))
print("installed it")
"""
ASK = "def step() -> str:\n    import json, os, sys\n    return json.dumps({expression})\n"


@pytest.fixture
def image(attempt: Attempt, tmp_path: Path) -> Attempt:
    """An attempt that runs as in a pod: nobody supervises it, and a working directory of the image's own."""
    attempt.python, attempt.options, attempt.lock = BARE, ("-u",), "image"
    attempt.changes = {"surroundings": "image", "environment": {"OWN": "1"}}
    return attempt


def seen(attempt: Attempt, expression: str) -> Any:
    """The value of an expression inside the step."""
    attempt.body = ASK.format(expression=expression)
    attempt.run()
    return json.loads(attempt.output["parameterValues"]["Output"])


def with_pip(attempt: Attempt, folder: Path) -> None:
    """Give the image something that stands for pip."""
    (folder / "pip").mkdir(parents=True)
    (folder / "pip" / "__init__.py").touch()
    (folder / "pip" / "__main__.py").write_text(FAKE_PIP)
    attempt.environment = {"PYTHONPATH": str(folder)}


def words(attempt: Attempt) -> str:
    """What it printed: nobody copies it to a log."""
    return (attempt.folder / "runtime.log").read_text()


def test_what_the_image_sets_stays(image: Attempt, tmp_path: Path) -> None:
    """The variables of the image are kept, the step's are put on top; the working directory is the image's, and first on the path."""
    image.environment = {"FROM_IMAGE": "1", "OWN": "image", "PYTHONPATH": str(tmp_path / "image")}
    found = seen(image, '[os.environ.get("FROM_IMAGE"), os.environ["OWN"], os.getcwd(), sys.path[:2]]')
    work = str(image.folder / "work")  # where these tests start it
    assert found == ["1", "1", work, [work, str(tmp_path / "image")]]


def test_when_the_function_began(image: Attempt) -> None:
    """A file says so: nobody holds a pipe."""
    seen(image, "1")
    assert float((image.folder / "running").read_text()) > 1e9


def test_modules_of_the_author_come_first(image: Attempt, tmp_path: Path) -> None:
    """They are found before what the image has on its PYTHONPATH, also by programs that the step starts."""
    for place in ("own", "image"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "helping.py").write_text(f"place = {place!r}")
    image.environment = {"PYTHONPATH": str(tmp_path / "image")}
    image.changes = {**image.changes, "environment": {"BAKEHOUSE_CODE_FOLDER": str(tmp_path / "own")}}
    found = seen(image, '[__import__("helping").place, os.environ["PYTHONPATH"]]')
    assert found == ["own", f"{tmp_path}/own:{tmp_path}/image"]


@pytest.mark.parametrize("python", PYTHONS)
def test_the_pip_of_the_image_installs_what_the_step_wants(image: Attempt, tmp_path: Path, python: str) -> None:
    """For any user, on any root: into the folder of the attempt, from where the launch document says."""
    image.python = os.path.realpath(python)
    with_pip(image, tmp_path / "image")
    pip = {"arguments": ["--pre"], "variables": {"PIP_INDEX_URL": "http://index/simple"}}
    image.changes = {**image.changes, "requirements": ["wanted>=1"], "pip": pip}
    told = seen(image, '__import__("wanted").told')
    packages = str(image.folder / "packages")
    assert told["arguments"] == [
        "install", "--quiet", "--disable-pip-version-check", "--pre", "--user", "--no-warn-script-location", "--", "wanted>=1",
    ]  # fmt: skip
    assert told["variables"] == {
        "PYTHONUSERBASE": packages,
        "PIP_BREAK_SYSTEM_PACKAGES": "1",
        "PIP_INDEX_URL": "http://index/simple",
        "TMPDIR": f"{packages}/tmp",
    }
    assert "installed it" in words(image)


def test_packages_that_cannot_be_installed(image: Attempt, tmp_path: Path) -> None:
    """The step does not begin; why is in its last word, with pip's own words in the log."""
    with_pip(image, tmp_path / "image")
    image.changes = {**image.changes, "requirements": ["broken"]}
    image.run()
    assert image.process is not None
    assert image.process.returncode == 1
    assert image.error["cause"] == "environment"
    assert image.error["message"] == "pip could not install broken: ERROR: No matching distribution found for broken"
    assert words(image).startswith("Looking in indexes: nowhere\nERROR")


@pytest.mark.slow
def test_a_real_pip_in_a_virtual_environment(attempt: Attempt, tmp_path: Path) -> None:
    """Pip refuses `--user` there, so it is not asked for it."""
    import venv  # noqa: PLC0415  # a slow test's own

    venv.create(tmp_path / "venv", with_pip=True)
    wheel(tmp_path / "wheels", "wanted", "1.0", "answer = 42\n")
    attempt.python, attempt.options = str(tmp_path / "venv" / "bin" / "python"), ("-u",)
    pip = {"variables": {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": (tmp_path / "wheels").as_uri()}}
    attempt.changes = {"surroundings": "image", "requirements": ["wanted==1.0"], "pip": pip}
    assert seen(attempt, '__import__("wanted").answer') == 42


def test_the_supervisor_takes_the_lock_that_is_named(image: Attempt) -> None:
    """Where no descriptor can be handed over, as into a container, the path of the lock is."""
    image.lock = str(image.folder / "lock")
    image.body = "def step():\n    import time\n    time.sleep(0.2)\n"
    image.start()
    while not image.locked():
        assert image.process is not None
        assert image.process.poll() is None, words(image)
    image.wait()
    assert not image.locked()
    assert (image.exit["code"], image.exit["fault"]) == (0, None)


# ---------------------------------------------------------------- what it gave


def elsewhere(attempt: Attempt) -> Path:
    """Let the artifacts of the step lie elsewhere than their URIs say."""
    place = attempt.folder / "artifacts"
    attempt.changes = {**attempt.changes, "root": "s3://bucket/root", "paths": {"s3://bucket/root": str(place)}}
    attempt.outputs = {"data": {"uri": "s3://bucket/root/data", "type": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}}}
    return place


@pytest.mark.parametrize(
    ("act", "uri", "file"),
    [
        ("open(data.path, 'w').write('x')", "s3://bucket/root/data", "data"),
        ("data.path += '.csv'\n    open(data.path, 'w').write('x')", "s3://bucket/root/data.csv", "data.csv"),
        ("data.custom_path = 'mine'\n    open('mine', 'w').write('x')", "s3://bucket/root/data", "data"),
        ("data.custom_path = 'kept'\n    import os\n    os.mkdir('kept')\n    open('kept/x', 'w').write('x')", "s3://bucket/root/data", "data/x"),
        ("data.uri = get_uri('other')\n    open(data.path, 'w').write('x')", "s3://bucket/root/other", "other"),
    ],
    ids=["path", "suffix", "custom file", "custom folder", "get_uri"],
)
def test_artifacts_lie_elsewhere_than_their_uris_say(image: Attempt, act: str, uri: str, file: str) -> None:
    """The step writes to paths; its document names URIs, whatever it did."""
    place = elsewhere(image)
    image.body = f"def step(data: Output[Dataset]):\n    {act}\n"
    image.run()
    assert image.output["artifacts"]["data"]["artifacts"] == [{"name": "data", "uri": uri, "metadata": {}}], words(image)
    assert (place / file).read_text() == "x"


def test_a_custom_path_where_nothing_lies(image: Attempt) -> None:
    """It is said while somebody can still see what lies there."""
    elsewhere(image)
    image.body = "def step(data: Output[Dataset]):\n    data.custom_path = 'gone'\n"
    image.run()
    assert image.error["cause"] == "bad output"
    assert image.error["message"] == "output data: nothing lies at its custom_path gone"


def test_a_real_kfp_in_the_image_names_uris_in_the_end(image: Attempt, tmp_path: Path) -> None:
    """It is handed paths for URIs, and writes paths: they are turned back."""
    place = elsewhere(image)
    main = tmp_path / "image" / "kfp" / "dsl" / "executor_main.py"
    main.parent.mkdir(parents=True)
    (main.parent / "__init__.py").touch()
    (main.parent.parent / "__init__.py").touch()
    main.write_text(
        "import json, sys\n"
        "given = json.loads(sys.argv[sys.argv.index('--executor_input') + 1])['outputs']\n"
        "[data] = given['artifacts']['data']['artifacts']\n"
        "with open(given['outputFile'], 'w') as file:\n"
        "    json.dump({'artifacts': {'data': {'artifacts': [{'name': 'data', 'uri': data['uri'], 'metadata': {}}]}}}, file)\n"
    )
    image.environment = {"PYTHONPATH": str(tmp_path / "image")}
    image.changes = {**image.changes, "paths": {"s3://bucket/root": str(place), "s3://bucket/root/data": str(place / "data")}}
    image.run()
    assert image.output["artifacts"]["data"]["artifacts"] == [{"name": "data", "uri": "s3://bucket/root/data", "metadata": {}}], words(image)
