"""Quantities of Kubernetes."""

from __future__ import annotations

import pytest

from bakehouse.ir import quantities


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("2", 2),
        ("0.5", 0.5),
        (".5", 0.5),
        ("500m", 0.5),
        ("100u", 0.0001),
        ("1e3", 1000),
        ("2E-1", 0.2),
        ("1k", 1000),
        ("1K", 1000),
        ("1M", 1e6),
        ("3G", 3e9),
        ("2E", 2e18),
        ("1Ki", 1024),
        ("512Mi", 512 * 1024**2),
        ("1.5Gi", 1.5 * 1024**3),
        (" 4 ", 4),
        ("", None),
        ("m", None),
        ("1 Gi", None),
        ("1gi", None),
        ("0x10", None),
        ("many", None),
    ],
)
def test_a_quantity_is_read_as_kubernetes_reads_it(text: str, amount: float | None) -> None:
    """`K` is KFP's way to write a thousand; Kubernetes writes `k`."""
    assert quantities.amount(text) == amount


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (1000, "1000 bytes"), (1023, "1023 bytes"), (1024, "1 Ki"), (1536 << 20, "1.5 Gi"), (2**70, "1024 Ei")],
)
def test_memory_is_told_in_units_of_kubernetes(size: float, text: str) -> None:
    """With up to four digits."""
    assert quantities.memory(size) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "1M"),
        (1e6, "1M"),
        (1.2e6, "2M"),
        (12e6, "15M"),
        (100e6, "100M"),
        (101e6, "150M"),
        (1.375e9, "1500M"),
        (1.6e9, "2G"),
        (9e9, "10G"),
        (7.7e12, "8000G"),
    ],
)
def test_memory_is_rounded_up_to_a_tidy_number(size: float, text: str) -> None:
    """Without a fraction, which KFP refuses; it is never less."""
    assert quantities.tidy_memory(size) == text
    assert (quantities.amount(text) or 0) >= size


@pytest.mark.parametrize(
    ("cores", "text"),
    [(0, "100m"), (0.1, "100m"), (0.11, "200m"), (0.3, "500m"), (0.7, "1"), (1, "1"), (1.1, "2"), (5, "6"), (64, "64"), (65, "80"), (81, "96")],
)
def test_cores_are_rounded_up_to_a_tidy_number(cores: float, text: str) -> None:
    """Tenths below one, whole ones above."""
    assert quantities.tidy_cores(cores) == text
    assert (quantities.amount(text) or 0) >= cores
