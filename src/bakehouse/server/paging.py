"""Page tokens: where the next page of a list begins, opaque to whoever carries them, and good for that list alone."""

from __future__ import annotations

from collections.abc import Sequence

from bakehouse.errors import BadInput
from bakehouse.ir.digests import digest_text
from bakehouse.records.queries import Cursor, Predicate, Query, Scalar, Sort
from bakehouse.server import opaque

_REMEDY = "Ask for the first page, without a token, with the same filter and order."


def token(query: Query, following: Cursor | None) -> str:
    """The token of the page after this one; empty after the last page."""
    if following is None:
        return ""
    return opaque.packed([_list(query.where, query.sort), _plain(following.value), following.id])


def cursor(text: str, where: Sequence[Predicate], sort: Sort) -> Cursor | None:
    """Where a page begins; `None` for the first one. Raises `BadInput` for what is no token, or one of another list."""
    if not text:
        return None
    try:
        of_list, value, item = opaque.unpacked(text)
    except (ValueError, TypeError) as error:
        raise BadInput("this is no page token", place="query.page_token", remedy=_REMEDY) from error
    kind = float if sort.field.endswith("_at") else str
    if of_list != _list(where, sort) or not isinstance(value, kind) or not isinstance(item, str):
        raise BadInput("the page token belongs to a list with another filter or order", place="query.page_token", remedy=_REMEDY)
    return Cursor(value, item)


def _list(where: Sequence[Predicate], sort: Sort) -> str:
    """Which list it is, in a few characters."""
    return digest_text(repr((tuple((one.field, one.operation.value, one.value) for one in where), sort.field, sort.descending)))[:16]


def _plain(value: Scalar) -> Scalar:
    """Times as floats, whatever the database made of them."""
    return float(value) if isinstance(value, int) else value
