"""JSON inside a text of a client: what can be kept and compared is read, everything else is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.server import embedded, opaque

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(_TEXTS, inner),
)


@given(_VALUES)
def test_a_value_is_read_as_it_was_written(value: object) -> None:
    """From a text, and from a token."""
    assert embedded.loaded(json.dumps(value)) == value
    assert opaque.unpacked(opaque.packed(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '"\\ud800"',
        '{"\\udfff": 1}',
        b'"\xed\xa0\x80"',
        b"\xff",
        "NaN",
        "[-Infinity]",
        "1e999",
        str(1 << 63),
        "9" * 5_000,
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
)
def test_what_nothing_here_can_keep_is_refused(text: str | bytes) -> None:
    """Half a character, numbers without end, and what is no JSON at all."""
    with pytest.raises(ValueError):  # noqa: PT011  # a token with such a value is no token, whatever the reason
        embedded.loaded(text)
