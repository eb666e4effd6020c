"""What is compared with the real `kfp` is all that it has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.compat import coverage
from tests.compat.test_differential import REAL, traced

pytestmark = [
    pytest.mark.kfp,
    pytest.mark.skipif(not REAL.exists(), reason="the real kfp is not installed: `make test` makes its environment"),
]
ROOT = Path(__file__).parents[2]


def test_every_public_name_has_a_case_in_every_block() -> None:
    """Names and parameters by `inspect` over kfp; or there is a reason, which is needed, and a file that tests it instead."""
    known = coverage.reasons()
    uses = list(coverage.uses(traced()["trace"]))
    uncovered = [use for use in uses if not use.case]
    assert [str(use) for use in uncovered if not any(reason.holds_for(use) for reason in known)] == []
    assert len(uses) - len(uncovered) > 3000
    for reason in known:
        assert any(reason.holds_for(use) for use in uncovered), reason
        tested = (ROOT / reason.test).read_text(encoding="utf-8") if reason.test else ""
        assert not reason.test or any(re.findall(r"\w+", name)[-1] in tested for name in reason.names), reason
