"""Saying what runs here and what is missing."""

from __future__ import annotations

from bakehouse.app import doctor
from bakehouse.app.display.texts import table
from bakehouse.app.doctor import State
from bakehouse.app.settings import Settings
from bakehouse.cli import answers


def examine(settings: Settings, *, as_json: bool) -> int:
    """Say it; the exit code."""
    found = doctor.findings(settings)
    broken = any(one.state is State.BROKEN for one in found)
    if as_json:
        checks = [{"name": one.name, "state": one.state.value, "text": one.text, "remedy": one.remedy or None} for one in found]
        answers.document({"ok": not broken, "checks": checks})
    else:
        answers.lines(table([[one.state.value, one.name, f"{one.text}. {one.remedy}" if one.remedy else one.text] for one in found]))
    return int(broken)
