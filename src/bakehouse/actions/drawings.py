"""Drawings of pipelines, made once as long as they are looked at: a page of a run asks again for each change of the run."""

from __future__ import annotations

from collections.abc import Callable, Collection

from bakehouse.actions import graphs
from bakehouse.actions.graphs import Drawing
from bakehouse.actions.recent import Recent
from bakehouse.ir.spec import PipelineSpec

#: Things in the drawings that are kept: some 100 bytes each.
_MOST_KEPT = 200_000


class Drawings:
    """By the digest of the pipeline file, and by what is open in the drawing."""

    def __init__(self) -> None:
        self._recent = Recent[Drawing](_MOST_KEPT)

    def get(self, digest: str, open_ids: Collection[str], read: Callable[[], PipelineSpec]) -> Drawing:
        """The drawing of the pipeline of that digest; it is read where it must be. Raises what reading raises."""

        def make() -> tuple[Drawing, int]:
            drawing = graphs.drawing(read(), open_ids)
            return drawing, drawing.weight + sum(map(len, open_ids)) // 100

        return self._recent.get((digest, frozenset(open_ids)), make)
