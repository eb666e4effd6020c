"""A pipeline that has been loaded, and what is known of the file it came from."""

from __future__ import annotations

from bakehouse.app.loaded import Loaded
from bakehouse.ir.spec import Component, PipelineFile, PipelineInfo, PipelineSpec


def test_a_place_in_the_spec_has_the_line_of_what_it_belongs_to() -> None:
    """That of the task, else that of the pipeline; none of what is not the author's."""
    file = PipelineFile(PipelineSpec(PipelineInfo("p"), Component()))
    loaded = Loaded(file, "", lines={"root": "p.py:9", "root.dag.tasks.a": "p.py:11"})
    assert loaded.line(("root", "dag", "tasks", "a", "inputs", "parameters", "n")) == "p.py:11"
    assert loaded.line(("root", "dag", "tasks", "b")) == "p.py:9"
    assert loaded.line(("deploymentSpec", "executors", "exec-a")) == ""
