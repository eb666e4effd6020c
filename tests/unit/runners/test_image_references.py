"""References to images fall into their parts."""

from __future__ import annotations

import pytest

from bakehouse.runners import image_references


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("python", ("python", "latest")),
        ("python:3.11", ("python", "3.11")),
        ("localhost:5000/x", ("localhost:5000/x", "latest")),
        ("localhost:5000/x:1", ("localhost:5000/x", "1")),
        ("x@sha256:12", ("x", "sha256:12")),
    ],
)
def test_the_parts_of_a_reference(reference: str, parts: tuple[str, str]) -> None:
    """A port is no tag."""
    assert image_references.name_and_tag(reference) == parts
