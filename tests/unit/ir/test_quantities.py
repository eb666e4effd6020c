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


@pytest.mark.parametrize("text", ["0", "5.", ".5", "+5Gi", "1e3", "2E-1", "2E", "5k", "100n", "512Mi"])
def test_what_kubernetes_takes(text: str) -> None:
    """Is a number from 0 on, and a unit of its own."""
    assert quantities.is_accepted(text)


@pytest.mark.parametrize("text", ["-5Gi", " 5Gi", "5Gi ", "5Gi\n", "5K", "5ki", "5mi", "5 Gi", "e3", "1e1.5", "", ".", "Gi"])
def test_what_kubernetes_refuses(text: str) -> None:
    """It takes no other unit and no space, and its validation nothing below zero."""
    assert not quantities.is_accepted(text)


@pytest.mark.parametrize(
    ("number", "written"), [(2.0, "2"), (0.5, "0.5"), (1234567.0, "1234567"), (137.438953472, "137.438953472"), (1e16, "10000000000000000"), (3, "3")]
)
def test_a_number_has_all_its_digits(number: float, written: str) -> None:
    """Kubernetes takes no exponent before a unit, and a rounded amount would be another one."""
    assert quantities.plain(number) == written
