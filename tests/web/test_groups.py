"""Runs with groups in them: what a group's panel offers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.server.serving import Server
from tests.web import browsing
from tests.web.conftest import Kitchen

pytestmark = pytest.mark.web

_FLOW = Path(__file__).parents[1] / "fixtures" / "control_flow.yaml"


@pytest.fixture(scope="module")
def server(kitchen: Kitchen) -> Server:
    """The kitchen's."""
    return kitchen.server


def test_a_group_has_no_logs_attempts_or_code(page: Page, kitchen: Kitchen) -> None:
    """The panel of `exit-handler-1` offers Overview, Inputs and Outputs, whatever the address says; that of a step in it has all tabs."""
    run = browsing.run(kitchen.server.home, _FLOW)["run_id"]
    page.goto(f"runs/{run}?tab=steps&task=exit-handler-1&panel=logs")
    group = page.get_by_role("complementary", name=re.compile("^Step "))
    expect(group.get_by_role("tab")).to_have_text(["Overview", "Inputs", "Outputs"])
    expect(group.get_by_role("tab", name="Overview")).to_have_attribute("aria-selected", "true")
    page.goto(f"runs/{run}?tab=steps&task=exit-handler-1/for-loop-8/0/fail-op&panel=logs")
    step = page.get_by_role("complementary", name=re.compile("^Step fail-op"))
    expect(step.get_by_role("tab")).to_have_text(["Overview", "Inputs", "Outputs", "Logs", "Attempts", "Code"])
    expect(step.get_by_role("tab", name="Logs")).to_have_attribute("aria-selected", "true")
