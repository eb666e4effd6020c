"""A step in the surroundings of its image: what the image sets stays, its own pip installs what the step asks for.

Artifacts lie elsewhere than their URIs say there: the step's document names URIs again when it is gathered.
"""

from __future__ import annotations

import os
import site
import sys

from . import documents, staging
from .errors import BadOutput, NotInstalled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Mapping, Tuple

_CODE = "BAKEHOUSE_CODE_FOLDER"
#: Where packages go, in the folder of the attempt: any user may write there, on a read-only root too.
_PACKAGES = "packages"
_TAIL = 4096
_LONGEST = 300


def surround(environment: Mapping[str, str]) -> None:
    """Put the variables of the step on those of the image; modules of the author's own come first on its PYTHONPATH."""
    os.environ.update(environment)
    modules = environment.get(_CODE)
    if modules:
        rest = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path not in ("", modules)]
        os.environ["PYTHONPATH"] = os.pathsep.join([modules, *rest])


# ---------------------------------------------------------------- packages


def install(folder: str, launch: Mapping[str, Any]) -> None:
    """Install the requirements of the step and put them on its path; pip's words go to the log. Raises `NotInstalled`."""
    wanted: List[str] = list(launch.get("requirements") or ())
    if not wanted:
        return
    base = os.path.join(folder, _PACKAGES)
    temporary = os.path.join(base, "tmp")
    os.makedirs(temporary, exist_ok=True)
    os.environ["PYTHONUSERBASE"] = base  # for whatever Python the step starts, too
    pip = launch.get("pip") or {}
    environment = {**os.environ, **_pip_variables(temporary), **pip.get("variables", {})}
    _bring_pip(environment)
    options = ["--quiet", "--disable-pip-version-check", *pip.get("arguments", ())]
    if not _in_venv():
        options += ["--user", "--no-warn-script-location"]
    code, said = _run(["pip", "install", *options, "--", *wanted], environment)
    if code:
        raise NotInstalled(
            f"pip could not install {', '.join(wanted)}: {said or f'it ended with code {code}'}",
            "Its words are in the log. Correct packages_to_install, or use an image that has the packages.",
        )
    _find(base)


def _pip_variables(temporary: str) -> "Dict[str, str]":
    """What makes pip work for any user, on any root file system. The files that it keeps for a next time would never be used."""
    said = {"TMPDIR": temporary, "PIP_BREAK_SYSTEM_PACKAGES": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    if "PIP_CACHE_DIR" not in os.environ:
        said["PIP_NO_CACHE_DIR"] = "1"
    return said


def _in_venv() -> bool:
    return sys.prefix != sys.base_prefix


def _bring_pip(environment: Mapping[str, str]) -> None:
    """Install pip itself where the image has Python without it. Raises `NotInstalled`."""
    from importlib.util import find_spec

    if find_spec("pip") is not None:
        return
    code, said = _run(["ensurepip", *([] if _in_venv() else ["--user"])], environment)
    if code:
        raise NotInstalled(
            f"the image of the step has no pip, and `python3 -m ensurepip` cannot bring it: {said or f'code {code}'}",
            "Use an image with pip, or one that has the packages, and leave packages_to_install out.",
        )


def _run(module: "List[str]", environment: Mapping[str, str]) -> "Tuple[int, str]":
    """Run a module of the image's Python, its output in the log: its exit code and the line that tells what was wrong, if any."""
    import subprocess

    command = [sys.executable, "-m", *module]
    process = subprocess.Popen(command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None  # noqa: S101  # for the type checker: it is piped
    tail = b""
    with process.stdout as output:
        for line in iter(output.readline, b""):
            sys.stdout.flush()
            os.write(1, line)
            tail = (tail + line)[-_TAIL:]
    return process.wait(), _complaint(tail.decode("utf-8", "replace"))


def _complaint(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or [""])[-1][:_LONGEST]


def _find(base: str) -> None:
    """Put what was installed on the path, before what the image has: a newer version of the same is what was asked for."""
    import importlib
    import sysconfig

    before = list(sys.path)
    place = sysconfig.get_path("purelib") if _in_venv() else sysconfig.get_path("purelib", "posix_user", {"userbase": base})
    site.addsitedir(place)
    added = [path for path in sys.path if path not in before]
    at = next((index for index, path in enumerate(before) if path.endswith(("site-packages", "dist-packages"))), len(before))
    sys.path[:] = before[:at] + added + before[at:]
    importlib.invalidate_caches()


# ---------------------------------------------------------------- what the step gave


def gather(launch: Mapping[str, Any]) -> None:
    """Bring what lies at a `custom_path` to the path of its artifact, and write URIs for paths in the step's document. Raises `BadOutput`."""
    file = launch["executor_input"]["outputs"]["outputFile"]
    try:
        document = documents.read(file)
    except FileNotFoundError:
        return
    paths: Mapping[str, str] = launch.get("paths", {})
    entries = [each for group in document.get("artifacts", {}).values() for each in group.get("artifacts", ())]
    for entry in entries:
        entry["uri"] = _uri(entry.get("uri", ""), paths)
        custom = entry.pop("custom_path", "")
        if custom:
            _bring(entry.get("name", ""), custom, _path(entry["uri"], paths))
    if entries:
        documents.write(file, documents.text_of(document))


def _uri(text: str, paths: Mapping[str, str]) -> str:
    """The URI of what lies at a path, itself or in a folder that has one; a text that is no such path is a URI already."""
    return _elsewhere(text, [(path, uri) for uri, path in paths.items()])


def _path(uri: str, paths: Mapping[str, str]) -> str:
    return _elsewhere(uri, paths.items())


def _elsewhere(text: str, places: Iterable[Tuple[str, str]]) -> str:
    """What lies in one of the places, or is one, as it is called from the other of the pair; the innermost place counts."""
    inside = [(here.rstrip("/"), there.rstrip("/")) for here, there in places if _lies_in(text, here)]
    here, there = max(inside, default=("", ""), key=lambda each: len(each[0]))
    return there + text[len(here) :]


def _lies_in(text: str, place: str) -> bool:
    return text == place or text.startswith(place.rstrip("/") + "/")


def _bring(name: str, custom: str, target: str) -> None:
    """Copy a file or folder to where it is looked for; nothing is done where it lies there already."""
    if os.path.realpath(custom) == os.path.realpath(target):
        return
    if not os.path.exists(custom):
        raise BadOutput(f"output {name}: nothing lies at its custom_path {custom}")
    if os.path.lexists(target):
        import shutil

        if os.path.isdir(target) and not os.path.islink(target):
            shutil.rmtree(target)
        else:
            os.unlink(target)
    try:
        staging.stage([{"from": custom, "to": target}], lambda: False)
    except OSError as error:
        raise BadOutput(f"output {name}: what lies at its custom_path {custom} cannot be copied: {error}") from error
