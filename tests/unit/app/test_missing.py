"""What of kfp a file asks for in vain: by whom, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bakehouse import Client, compiler, components
from bakehouse.app import loaded, loading, missing, sdks, tracing
from bakehouse.app.aliases import NotServed
from bakehouse.errors import BadInput


def _refused(folder: Path, text: str, sdk: str = sdks.AUTO) -> BadInput:
    file = folder / "pipeline.py"
    file.write_text(text)
    with pytest.raises(BadInput) as caught:
        loaded.finish(loading.start(file, sdk=sdk))
    return caught.value


def test_a_package_that_needs_what_is_not_served_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is the author's; the message says who asks for what, the remedy how to get it."""
    package = tmp_path / "site-packages" / "cloudy"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from kfp.dsl import nowhere\n")
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    error = _refused(tmp_path, "import cloudy\n")
    assert error.place == f"{tmp_path}/pipeline.py:1"
    assert error.message.startswith("ImportError: kfp.dsl.nowhere is not served yet; cloudy imports it")
    assert "pip install kfp==" in (error.remedy or "")
    assert "without `--sdk bakehouse`" in (error.remedy or "")


def test_what_is_nearly_the_name_is_guessed(tmp_path: Path) -> None:
    """A slip of the pen is no reason to install anything."""
    error = _refused(tmp_path, "import kfp.dsl\n\n@kfp.dsl.componnent\ndef f(): ...\n")
    assert "AttributeError: kfp.dsl.componnent is not served yet" in error.message
    assert error.remedy == "Did you mean `component`?"


def test_modules_of_kfp_1_are_told_apart(tmp_path: Path) -> None:
    """Those for clouds are one module of ours, and each of kfp's has its own names."""
    error = _refused(tmp_path, "from kfp import gcp\n\ngcp.use_tpus()\n")
    assert "AttributeError: kfp.gcp.use_tpus is not served yet" in error.message
    assert error.remedy == "Did you mean `use_tpu`?"
    assert "kfp.aws.use_gcp_secret is not served yet" in _refused(tmp_path, "from kfp.aws import use_gcp_secret\n").message


@pytest.mark.parametrize(
    ("function", "keyword", "remedy"),
    [
        (components.load_component_from_file, "filename", "Write file_path instead"),
        (compiler.Compiler.compile, "pipeline_conf", "dsl.PipelineConfig(…)"),
        (Client.create_run_from_pipeline_func, "pipeline_conf", "dsl.PipelineConfig(…)"),
    ],
)
def test_keywords_of_kfp_1_are_told(function: Callable[..., Any], keyword: str, remedy: str) -> None:
    """Python says which one it is; what is written today comes with it."""
    with pytest.raises(TypeError) as raised:
        function(**{keyword: "x"})
    said = tracing.problem(raised.value, "pipeline.py")
    assert f"unexpected keyword argument '{keyword}'" in said.message
    assert remedy in (said.remedy or "")


def test_without_kfp_it_cannot_be_asked_for(tmp_path: Path) -> None:
    """The way to get it comes with the refusal."""
    error = _refused(tmp_path, "from kfp import dsl\n", sdks.KFP)
    assert error.code == "kfp_not_installed"
    assert "pip install kfp==" in (error.remedy or "")


def test_what_is_compiled_already_has_no_sdk_to_choose(tmp_path: Path) -> None:
    """Nothing is ignored in silence."""
    file = tmp_path / "p.yaml"
    file.write_text("a: 1\n")
    with pytest.raises(BadInput, match="is compiled already"):
        loading.start(file, sdk=sdks.BAKEHOUSE)


def test_a_need_is_seen_behind_what_came_of_it() -> None:
    """Whatever a package makes of the failed import; but not once the package has got over it."""
    try:
        try:
            raise NotServed("kfp.registry")
        except ImportError as first:
            raise RuntimeError("cannot start") from first
    except RuntimeError as second:
        found = missing.need(second)
    assert found is not None
    assert found.what == "kfp.registry"
    assert found.who.partition(":")[0].endswith("test_missing.py")
    assert missing.need(RuntimeError("alone")) is None
