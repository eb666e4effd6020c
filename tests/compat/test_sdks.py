"""`--sdk` with the real kfp beside Bakehouse: who compiles a file, and what becomes of packages that need kfp's inner parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.app import loaded, loading, sdks
from bakehouse.errors import BadInput
from bakehouse.ir.execution import Origin
from tests.compat.test_differential import REAL

_SITE = next((REAL.parent.parent / "lib").glob("python3*/site-packages"), Path("nowhere"))

pytestmark = [
    pytest.mark.kfp,
    pytest.mark.skipif(not REAL.exists(), reason="the real kfp is not installed: `make test` makes its environment"),
]

_SUMS = """
from kfp import Client, compiler, dsl, local


@dsl.component(output_component_file="add.yaml")
def add(a: int, b: int = 2) -> int:
    return a + b


@dsl.pipeline(name="inner")
def inner(a: int) -> int:
    return add(a=a).output


@dsl.pipeline(name="outer")
def outer(a: int = 3) -> int:
    return inner(a=a).output


compiler.Compiler().compile(outer, "compiled.yaml")
Client(host="http://127.0.0.1:1").create_run_from_pipeline_func(outer)
local.init(local.SubprocessRunner())
add(a=3)
assert isinstance(Client(), Client)
"""
_REGISTRY = """
from kfp.registry import RegistryClient

RegistryClient(host="http://127.0.0.1:1").list_packages()
"""
#: A package that needs what only the real kfp has, as those do that bring components.
_CLOUDY = """
from kfp import dsl
from kfp.dsl import executor_main


@dsl.component
def train(n: int) -> int:
    return n
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the author's files lie; kfp, and the package `cloudy`, are installed."""
    package = tmp_path / "site-packages" / "cloudy"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(_CLOUDY)
    monkeypatch.setenv("PYTHONPATH", f"{_SITE}:{package.parent}")
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _loaded(folder: Path, text: str, sdk: str = sdks.AUTO) -> loaded.Loaded:
    (folder / "pipeline.py").write_text(text)
    return loaded.finish(loading.start(folder / "pipeline.py", sdk=sdk))


def test_ours_compiles_though_kfp_is_installed(folder: Path) -> None:
    """And kfp where it is asked for; it writes, sends and runs nothing then, and what it would have done is told as of ours."""
    ours, theirs = _loaded(folder, _SUMS), _loaded(folder, _SUMS, sdks.KFP)
    assert ours.compiled_by.startswith("bakehouse ")
    assert theirs.compiled_by == "kfp 2.17.0, as --sdk says"
    assert theirs.file.spec.info.name == ours.file.spec.info.name == "outer"
    assert theirs.file.spec.root == ours.file.spec.root
    assert theirs.origins == ours.origins == {"exec-add": Origin(str(folder / "pipeline.py"), 6)}
    assert theirs.notices == ours.notices
    assert len(theirs.notices) == 5
    assert [*folder.glob("*.yaml")] == []


def test_the_registry_is_not_asked(folder: Path) -> None:
    """Nor is a way to log in looked for."""
    found = _loaded(folder, _SUMS + _REGISTRY, sdks.KFP)
    place = f"{folder}/pipeline.py:{_SUMS.count(chr(10)) + 4}"
    assert found.notices[-1] == f"RegistryClient().list_packages(…) at {place} is ignored: the file is only loaded"


def test_a_package_that_needs_inner_parts_gets_the_installed_kfp(folder: Path) -> None:
    """The file is begun anew with it, and the reason is told."""
    found = _loaded(folder, 'from kfp import dsl\nimport cloudy\n\n@dsl.pipeline(name="p")\ndef p():\n    cloudy.train(n=1)\n')
    assert found.compiled_by == "kfp 2.17.0, since cloudy imports kfp.dsl.executor_main"
    assert [*found.file.spec.root.dag.tasks] == ["train"] if found.file.spec.root.dag else False


_OUR_PIPELINE = """
from bakehouse import dsl
import cloudy


@dsl.pipeline(name="p")
def p():
    cloudy.train(n=1)
"""
_OUR_COMPONENT = """
import bakehouse.dsl
import cloudy
from kfp import dsl


@bakehouse.dsl.component
def mine(n: int) -> int:
    return n


@dsl.pipeline(name="p")
def p():
    mine(n=1)
"""


@pytest.mark.parametrize(("text", "component", "line"), [(_OUR_PIPELINE, "train", 8), (_OUR_COMPONENT, "mine", 14)])
def test_the_two_are_not_mixed(folder: Path, text: str, component: str, line: int) -> None:
    """A pipeline of one SDK with a component of the other: refused with the line, and how to write it."""
    with pytest.raises(BadInput, match=f"the component {component} is of ") as caught:
        _loaded(folder, text)
    assert caught.value.code == "mixed_sdks"
    assert caught.value.place == f"{folder}/pipeline.py:{line}"
    assert "from kfp import dsl" in (caught.value.remedy or "")
