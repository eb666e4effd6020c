"""Quantities and durations, in every spelling."""

from __future__ import annotations

from typing import Any

import pytest

from bakehouse.dsl import settings
from bakehouse.dsl.errors import AuthoringError


@pytest.mark.parametrize(("text", "cores"), [("1", 1.0), ("0.5", 0.5), (".25", 0.25), ("500m", 0.5), ("2.0", 2.0)])
def test_cores(text: str, cores: float) -> None:
    """Whole, in parts, in thousandths."""
    assert settings.cores(settings.cpu(text)) == cores


@pytest.mark.parametrize(("text", "gigabytes"), [("1500", 1.5e-06), ("2G", 2.0), ("1Gi", 1.073741824), ("3K", 3e-06), ("2Ei", 2305843009.213694)])
def test_memory(text: str, gigabytes: float) -> None:
    """Bytes, and with every power of 1000 and 1024."""
    assert settings.gigabytes(settings.memory(text)) == gigabytes


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30), ("30s", 30), ("45 sec", 45), ("5m", 300), ("5 Minutes", 300), ("2 hours", 7200), ("1d", 86400), (" 2 weeks ", 1209600)],
)
def test_durations(text: str, seconds: float) -> None:
    """A number and a unit; seconds where none is named."""
    assert settings.seconds(text) == seconds


@pytest.mark.parametrize(
    ("read", "wrong"),
    [(settings.cpu, one) for one in ("", "x", "1x", "-1", "1.5.5", "1 ", 1, None, 0.5)]
    + [(settings.memory, one) for one in ("", "1.5G", "1k", "G", "-1", "1 G", 1024, None)]
    + [(settings.seconds, one) for one in ("", "1.5h", "-1s", "soon", "1 month", "5 s s", 30, None)]
    + [(settings.count, one) for one in ("", "x", -1, 1.5, True, None)],
    ids=lambda one: getattr(one, "__name__", None) or repr(one),
)
def test_what_is_none_is_refused(read: Any, wrong: Any) -> None:
    """With an example of what is one."""
    with pytest.raises(AuthoringError) as caught:
        read(wrong)
    assert caught.value.remedy
