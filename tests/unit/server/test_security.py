"""Base paths and host names as they are given."""

from __future__ import annotations

import pytest

from bakehouse.errors import BadInput
from bakehouse.server import security


@pytest.mark.parametrize(
    ("text", "path"),
    [("/", ""), ("bakehouse", "/bakehouse"), ("/a/b/", "/a/b"), ("/A-1.x_~", "/A-1.x_~"), ("/apisto", "/apisto"), ("/my/apis", "/my/apis")],
)
def test_a_base_path_begins_with_a_slash(text: str, path: str) -> None:
    """And ends with none, however it was written."""
    assert security.base_path(text) == path


@pytest.mark.parametrize(
    "text", ["/a b", "/a?b", '/"><script>', "/a/../b", "/.", "//a//b", "/%41", "/ä", "/apis", "/apis/v2beta1", "/assets", "/openapi.json"]
)
def test_what_cannot_be_a_base_path_is_refused(text: str) -> None:
    """With the option named; it goes into the page as it is."""
    with pytest.raises(BadInput) as caught:
        security.base_path(text)
    assert caught.value.place == "--base-path"


@pytest.mark.parametrize(("text", "host"), [("Bake.Example.org", "bake.example.org"), ("10.0.0.5:8443", "10.0.0.5:8443"), ("[fe80::1]", "[fe80::1]")])
def test_a_host_is_compared_in_lower_case(text: str, host: str) -> None:
    """As browsers send it."""
    assert security.allowed_host(text) == host


@pytest.mark.parametrize("text", ["", "https://x.example.org", "x/y", "*", "a b", "x:port", "*.example.org"])
def test_what_is_no_host_is_refused(text: str) -> None:
    """A whole address is the likely mistake; the remedy shows what is meant."""
    with pytest.raises(BadInput) as caught:
        security.allowed_host(text)
    assert caught.value.remedy is not None
    assert "example.org" in caught.value.remedy
