"""URIs of objects."""

from __future__ import annotations

import pytest

from bakehouse.storage import addresses
from bakehouse.storage.addresses import Address


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("s3://b", Address("s3", "b")),
        ("s3://b/", Address("s3", "b")),
        ("gs://b/a b/c#d/", Address("gs", "b", "a b/c#d")),
        ("minio://b/k?endpoint=http://h:9&region=r", Address("minio", "b", "k", "endpoint=http://h:9&region=r")),
        ("s3://b?region=r", Address("s3", "b", "", "region=r")),
        ("abfss://c@account.dfs.core.windows.net/k", Address("abfss", "c@account.dfs.core.windows.net", "k")),
        ("s3://", None),
        ("s3:/b/k", None),
        ("/s3/b/k", None),
        ("https://b/k", None),
        ("file:///b", None),
        ("", None),
    ],
)
def test_an_object_is_told_by_its_scheme(uri: str, expected: Address | None) -> None:
    """Everything else lies elsewhere."""
    assert addresses.parsed(uri) == expected
    assert addresses.is_object(uri) is (expected is not None)


def test_the_query_stays_behind_the_key() -> None:
    """It says how the bucket is reached, wherever in it something lies; steps do not see it."""
    root = "s3://b/root?region=r"
    uri = addresses.below(root, "run/data")
    assert uri == "s3://b/root/run/data?region=r"
    assert addresses.plain(uri) == "s3://b/root/run/data"
    assert addresses.relative("s3://b/root/run/data", root) == "run/data"
    assert addresses.below("s3://b", "x") == "s3://b/x"
    assert addresses.below("/data/", "x") == "/data/x"


@pytest.mark.parametrize("uri", ["s3://b/roots/x", "s3://other/root/x", "gs://b/root/x", "/data/x", "s3://b/root"])
def test_what_lies_beside_a_root_is_not_below_it(uri: str) -> None:
    """Names that begin alike are not enough."""
    assert addresses.relative(uri, "s3://b/root") is None


def test_what_lies_in_a_local_folder_is_below_no_object() -> None:
    """Local roots have no addresses."""
    assert addresses.relative("/data/x", "/data") is None
