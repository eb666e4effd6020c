"""What a URL says of who logs in does not come into what is shown or recorded."""

from __future__ import annotations

import pytest

from bakehouse.ir.urls import without_credentials

CASES = {
    "https://me:secret@host/x.git": "https://host/x.git",
    "https://token@host:8443/x": "https://host:8443/x",
    "https://a@b:p@ss@host/x": "https://host/x",
    "ssh://git@host/x.git": "ssh://host/x.git",
    "tool @ git+https://me:secret@host/x@main": "tool @ git+https://host/x@main",
    "https://one:1@host/a https://two:2@host/b": "https://host/a https://host/b",
    "git@host:x.git": "git@host:x.git",
    "https://host/a@b": "https://host/a@b",
    "/srv/x.git": "/srv/x.git",
}


@pytest.mark.parametrize(("text", "shown"), CASES.items())
def test_credentials_are_left_out(text: str, shown: str) -> None:
    """Everything else stays as it is."""
    assert without_credentials(text) == shown
