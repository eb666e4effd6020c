"""Pipelines as a client sends them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse import dsl
from bakehouse.client import packages
from bakehouse.compiler import compile_pipeline
from bakehouse.ir.errors import InvalidPipeline
from bakehouse.ir.spec import CachingOptions, PipelineFile


def _file() -> PipelineFile:
    @dsl.component
    def say(text: str) -> str:
        return text

    @dsl.pipeline(name="inner")
    def inner(text: str) -> str:
        with dsl.If(text == "x"):
            say(text=text)
        return say(text=text).output

    @dsl.pipeline(name="outer")
    def outer(text: str) -> None:
        say(text=inner(text=text).output)

    return compile_pipeline(outer).file


def _settings(file: PipelineFile) -> list[CachingOptions]:
    dags = [one.dag for one in (file.spec.root, *file.spec.components.values()) if one.dag is not None]
    return [task.caching for dag in dags for task in dag.tasks.values() if task.caching is not None]


def test_what_a_run_says_of_the_cache_counts_for_all_steps() -> None:
    """Those of called pipelines and of branches too, where kfp reaches only the outermost ones; groups stay as they are."""
    file = _file()
    changed = packages.with_caching(file, enable=False, key=None)
    assert set(_settings(changed)) == {CachingOptions()}
    assert len(_settings(changed)) == len(_settings(file)) == 4
    assert set(_settings(packages.with_caching(file, enable=None, key="k"))) == {CachingOptions(enable_cache=True, cache_key="k")}
    assert packages.with_caching(file, enable=None, key=None) is file


def test_settings_of_platforms_come_along() -> None:
    """In the form that KFP's API has for both."""
    file = _file()
    assert packages.message(file)["pipelineInfo"] == {"name": "outer"}
    both = packages.message(PipelineFile(file.spec, {"kubernetes": {}}))
    assert both["platform_spec"] == {"platforms": {"kubernetes": {}}}
    assert both["pipeline_spec"]["pipelineInfo"] == {"name": "outer"}


def test_a_file_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    """Before anything is sent."""
    file = tmp_path / "p.yaml"
    file.write_bytes(b"a: \xff\n")
    with pytest.raises(InvalidPipeline, match=r"p\.yaml:1: the file is not UTF-8 text"):
        packages.read(file, argument="pipeline_file")
    file.write_text("root: 3\n")
    with pytest.raises(InvalidPipeline):
        packages.read(str(file), argument="pipeline_file")
