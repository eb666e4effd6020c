"""Runs as `bakehouse runs list` and `runs show` print them."""

from __future__ import annotations

from dataclasses import replace

from bakehouse.cli.display import page
from bakehouse.records.views import RunSummary
from tests.unit.app import samples


def _listed(*summaries: RunSummary, sought: str = "") -> list[str]:
    return [line.text for line in page.listed(summaries, 100.0, sought)]


def test_names_of_old_runs_move_no_cursor_and_break_no_line() -> None:
    """They were accepted once: they are shown so that they can be told, and no wider than others need."""
    odd = replace(samples.run().summary, name="two\nlines \x1b[2J", experiment="x" * 300)
    head, row = _listed(odd)
    assert head.split() == ["RUN", "STATE", "CREATED", "TOOK", "EXPERIMENT", "NAME"]
    assert row.endswith(f"{'x' * 59}…  two\\nlines \\x1b[2J")
    shown = [line.text for line in page.page(replace(samples.run(), summary=odd), {}, 100.0)]
    assert all(line.isprintable() for line in shown)


def test_nothing_found_is_not_nothing_there() -> None:
    """Whoever asks for some runs is not told that there are none at all."""
    assert "bakehouse demo" in _listed()[0]
    assert _listed(sought="of experiment nope") == ["no run of experiment nope"]
