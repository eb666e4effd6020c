"""`kfp.dsl.types` of KFP 1: calls of these names annotate parameters, and each gives the type that is written today."""

from __future__ import annotations


def String(**_schema: object) -> type:  # noqa: N802  # kfp's name
    """A text."""
    return str


GCSPath = GCRPath = GCPRegion = GCPProjectID = LocalPath = String


def Integer(**_schema: object) -> type:  # noqa: N802  # kfp's name
    """A whole number."""
    return int


def Float(**_schema: object) -> type:  # noqa: N802  # kfp's name
    """A number."""
    return float


def Bool(**_schema: object) -> type:  # noqa: N802  # kfp's name
    """A truth value."""
    return bool


def List(**_schema: object) -> type:  # noqa: N802  # kfp's name
    """A list."""
    return list


def Dict(**_schema: object) -> type:  # noqa: N802  # kfp's name
    """A mapping."""
    return dict
