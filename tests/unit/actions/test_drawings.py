"""Drawings that are kept: a page of a large run asks again and again."""

from __future__ import annotations

from bakehouse.actions import graphs
from bakehouse.actions.drawings import drawn
from bakehouse.actions.graphs import Drawing
from bakehouse.ir.spec import PipelineSpec
from bakehouse.storage.recent import Recent
from tests.unit.actions.test_graphs import FLOW, pipeline


def test_a_pipeline_is_drawn_once_for_each_choice_of_what_is_open() -> None:
    """In whatever order that is said; neither is it read again."""
    kept, read = Recent[Drawing](1_000), list[str]()

    def reader() -> PipelineSpec:
        read.append("read")
        return FLOW

    for opened in ([], ["a", "exit-handler-1"], [], ["exit-handler-1", "a"]):
        assert drawn(kept, "flow", opened, reader) == graphs.drawing(FLOW, opened)
    assert len(read) == 2


def test_drawings_of_very_large_pipelines_are_not_all_kept() -> None:
    """Their number is bounded by what they hold."""
    kept, spec = Recent[Drawing](1_000), pipeline({f"t-{task}": () for task in range(300)})
    for number in range(9):
        drawn(kept, f"digest {number}", (), lambda: spec)
    assert 300 < kept.weight <= 1_000
