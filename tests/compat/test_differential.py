"""What we compile against what the real `kfp` compiles, source by source: equal but for what the SDKs write about themselves."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bakehouse.ir import executors, text

_HERE = Path(__file__).parent
COMPILE = _HERE / "compile_sources.py"
_SOURCES = sorted((_HERE / "sources").glob("*.py"))
REAL = Path(os.environ.get("BAKEHOUSE_KFP_PYTHON") or _HERE.parent.parent / ".environments" / "kfp-2.17.0" / "bin" / "python")
#: Sources with pipelines that are called.
_CALLING = ("nested_pipelines", "every_pair")
_ARCHIVE = re.compile(r"__KFP_EMBEDDED_ARCHIVE_B64 = '(?P<archive>[^']*)'.*?(?=\n\ndef )", re.DOTALL)

pytestmark = [
    pytest.mark.kfp,
    pytest.mark.skipif(not REAL.exists(), reason="the real kfp is not installed: `make test` makes its environment"),
]

Documents = Mapping[str, Mapping[str, Any]]


def compiled(sources: Sequence[Path], *command: str) -> Documents:
    """What a command makes of sources, by source and name."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([*command, *map(str, sources)], capture_output=True, text=True, env=environ, check=True)
    found: Documents = json.loads(done.stdout)
    return found


@cache
def _ours() -> Documents:
    return compiled(_SOURCES, sys.executable, str(COMPILE), "--ours")


@cache
def traced() -> Documents:
    """What the real SDK compiles of the sources, and under `trace` what they use of it."""
    return compiled(_SOURCES, str(REAL), str(COMPILE), "--traced")


def _theirs() -> Documents:
    return {name: document for name, document in traced().items() if name != "trace"}


def _of(source: Path, found: Documents) -> Documents:
    return {name: document for name, document in found.items() if name.partition(":")[0] == source.stem}


def comparable(text: str) -> list[Any]:
    """The documents without what an SDK writes of itself: its version, its shell scripts, the code that unpacks embedded files.

    Nor what it says of the inputs of the components that it brings along, `CreatePVC` and `DeletePVC`.
    """
    documents = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    for spec in _specs(documents):
        spec.pop("sdkVersion")
        for label, executor in spec["deploymentSpec"]["executors"].items():
            command = executor.get("container", {}).get("command", [])
            if executor.get("container", {}).get("image", "").startswith("argostub/"):
                for declared in spec["components"][label.replace("exec-", "comp-")]["inputDefinitions"]["parameters"].values():
                    assert declared.pop("description")
            if "kfp.dsl.executor_main" in " ".join(command):
                executor["container"]["command"] = [_ARCHIVE.sub(_embedded, command[-1]), len(command)]
    return documents


def inlined(document: dict[str, Any]) -> dict[str, Any]:
    """A pipeline without the names of components and executors: where pipelines are called, those that kfp gives change from run to run."""
    if "deploymentSpec" not in document:
        return document
    executors = document.pop("deploymentSpec")["executors"]
    components = document.pop("components")
    for component in (*components.values(), document["root"]):
        if "executorLabel" in component:
            component["executor"] = executors[component.pop("executorLabel")]
        for task in component.get("dag", {}).get("tasks", {}).values():
            task["component"] = components[task.pop("componentRef")["name"]]
    return document


def _specs(documents: list[Any]) -> list[dict[str, Any]]:
    """The pipeline specs of a file, or of manifests."""
    found = [each.get("spec", {}).get("pipelineSpec") if "kind" in each else each for each in documents]
    return [each for each in found if each and "deploymentSpec" in each]


def _embedded(found: re.Match[str]) -> str:
    """What an archive holds, instead of the archive: it tells when it was made."""
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(found["archive"]))) as archive:
        files = {member.name.removeprefix("./"): (opened.read() if (opened := archive.extractfile(member)) else None) for member in archive}
    names = sorted(re.findall(r"^__KFP_EMBEDDED_\w+", found[0], re.MULTILINE))
    return repr((sorted(item for item in files.items() if item[1] is not None), sorted(set(names))))


def _header(text: str) -> list[str]:
    """The comment's lines; the characters of each in order, since kfp writes the keys of a mapping in an order of their hashes."""
    return ["".join(sorted(line)) for line in text.splitlines() if line.startswith("#")]


def test_there_are_at_least_twenty_sources() -> None:
    """What is promised to be compared."""
    assert len(_SOURCES) >= 20


@pytest.mark.parametrize("source", _SOURCES, ids=[source.stem for source in _SOURCES])
def test_both_compile_to_the_same(source: Path) -> None:
    """Function sources, packages and their order, args, topology, names, types, defaults: every field is equal."""
    ours, theirs = _of(source, _ours()), _of(source, _theirs())
    assert theirs
    assert ours.keys() == theirs.keys()
    for name, document in theirs.items():
        assert "text" in document, f"kfp does not compile {name}: {document}"
        assert "text" in ours[name], f"we do not compile {name}: {ours[name]}"
        mine, kfps = comparable(ours[name]["text"]), comparable(document["text"])
        if source.stem in _CALLING:
            mine, kfps = [inlined(one) for one in mine], [inlined(one) for one in kfps]
        assert mine == kfps, name


@pytest.mark.parametrize("source", [one for one in _SOURCES if not one.stem.startswith("alone_")], ids=str)
def test_the_header_is_the_same(source: Path) -> None:
    """Name, description, inputs and outputs in the comments; of a component alone kfp puts a description there that its spec does not have."""
    theirs = _of(source, _theirs())
    for name, document in _of(source, _ours()).items():
        assert _header(document["text"]) == _header(theirs[name]["text"]), name


def test_what_is_installed_is_the_same() -> None:
    """User packages in order, index and trusted hosts: read out of either SDK's script by `ir.executors`, they are equal."""
    (source,) = [one for one in _SOURCES if one.stem == "packages"]
    for name, document in _of(source, _ours()).items():
        mine, kfps = text.read(document["text"]), text.read(_theirs()[name]["text"])
        for label, executor in mine.spec.executors.items():
            other = kfps.spec.executors[label]
            component = mine.spec.components[label.replace("exec-", "comp-")]
            assert executors.program(executor, component) == executors.program(other, component), label  # type: ignore[arg-type]  # all containers
