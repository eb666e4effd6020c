"""How lists of v2beta1 are asked for: `filter`, `sort_by`, `page_size`, `page_token`, each with KFP's habits.

`filter` is JSON that some clients encode twice; operations are names or numbers, values stand in one of seven fields, in either spelling.
Source: backend/api/v2beta1/filter.proto and backend/src/apiserver/list of kubeflow/pipelines.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Query

from bakehouse.errors import BadInput
from bakehouse.ir.values import Json, JsonObject
from bakehouse.records import queries
from bakehouse.records.queries import Operation, Predicate, Scalar, Sort
from bakehouse.server import embedded, opaque, paging

_DEFAULT_PAGE, _LARGEST_PAGE = 20, 200
_MOST_PREDICATES = 50
_LONGEST_SHOWN = 60  # characters of a value that a message repeats
#: filter.proto; there is no 4.
_OPERATIONS: Mapping[int, Operation] = {
    1: Operation.EQUALS,
    2: Operation.NOT_EQUALS,
    3: Operation.GREATER_THAN,
    5: Operation.GREATER_THAN_EQUALS,
    6: Operation.LESS_THAN,
    7: Operation.LESS_THAN_EQUALS,
    8: Operation.IN,
    9: Operation.IS_SUBSTRING,
}
_ONE = ("int_value", "long_value", "string_value", "timestamp_value")
_SEVERAL = ("int_values", "long_values", "string_values")
_TIMES = ("created_at", "finished_at", "scheduled_at", "updated_at", "last_run_created_at")
_STATES = ("state", "status")
_REMEDY = 'It looks like {"predicates":[{"operation":"EQUALS","key":"name","string_value":"x"}]}.'

#: A parameter that KFP's clients send.
Namespace = Annotated[str, Query(description="Not used: one user has one namespace.")]


@dataclass(frozen=True)
class _Kept:
    """What a token carries: a client may leave out filter and order when it has a token. `token` is that of our own lists."""

    filter: str = ""
    sort_by: str = ""
    token: str = ""


@dataclass(frozen=True)
class Listed:
    """What a list is asked for, as the records take it, and the token of the page after one."""

    where: tuple[Predicate, ...]
    sort: Sort
    size: int
    kept: _Kept

    def query(self, *more: Predicate) -> queries.Query:
        """The page that is asked for. Raises `BadInput`."""
        where = (*self.where, *more)
        return queries.Query(where, self.sort, self.size, paging.cursor(self.kept.token, where, self.sort))

    def token(self, query: queries.Query, following: queries.Cursor | None) -> str:
        """The token of the page after this one; empty after the last page."""
        token = paging.token(query, following)
        return opaque.packed([self.kept.filter, self.kept.sort_by, token]) if token else ""


def _listed(
    filter: Annotated[str, Query(description="Conditions, all of which must hold: JSON as in filter.proto.")] = "",  # noqa: A002  # KFP's word
    sort_by: Annotated[str, Query(description="A field, and `asc` or `desc`.")] = "",
    page_size: Annotated[int, Query(description="At most 200; 20 if it is 0.")] = 0,
    page_token: Annotated[str, Query(description="`next_page_token` of the page before.")] = "",
    namespace: Namespace = "",
) -> Listed:
    del namespace
    if page_size < 0:
        remedy = f"Ask for 1 to {_LARGEST_PAGE} items, or leave it out for {_DEFAULT_PAGE}."
        raise BadInput(f"the page size {page_size} is negative", place="query.page_size", remedy=remedy)
    last = _unpacked(page_token)
    kept = _Kept(filter or last.filter, sort_by or last.sort_by, last.token)
    if kept.token and kept != last:
        message = "the page token belongs to a list with another filter or order"
        raise BadInput(message, place="query.page_token", remedy="Leave filter and order as they were, or ask for the first page, without a token.")
    where = tuple(one for predicate in _predicates(kept.filter) for one in _meant(predicate))
    return Listed(where, _sort(kept.sort_by), min(page_size or _DEFAULT_PAGE, _LARGEST_PAGE), kept)


#: `def handler(wanted: Listing, …)`: the query parameters of a list.
Listing = Annotated[Listed, Depends(_listed)]


def _unpacked(text: str) -> _Kept:
    if not text:
        return _Kept()
    try:
        parts = opaque.unpacked(text)
    except ValueError as error:
        raise BadInput("this is no page token", place="query.page_token", remedy="Ask for the first page, without a token.") from error
    if not isinstance(parts, list) or [type(part) for part in parts] != [str, str, str] or not parts[2]:
        raise BadInput("this is no page token", place="query.page_token", remedy="Ask for the first page, without a token.")
    return _Kept(*parts)


# ---------------------------------------------------------------- order


def _sort(text: str) -> Sort:
    words = text.split()
    if not words:
        return Sort("created_at", descending=False)
    field, direction = words[0], words[1].lower() if len(words) > 1 else "asc"
    if direction not in {"asc", "desc"} or len(words) > 2:  # noqa: PLR2004  # a field and a direction
        raise BadInput(f"nothing can be sorted by {text!r}", place="query.sort_by", remedy="It looks like `created_at desc`.")
    return Sort(field, descending=direction == "desc")


# ---------------------------------------------------------------- conditions


def _predicates(text: str) -> Sequence[Predicate]:
    if not text:
        return ()
    document = _json(text)
    predicates = document.get("predicates", []) if isinstance(document, dict) else None
    if not isinstance(predicates, list) or not all(isinstance(one, dict) for one in predicates) or len(predicates) > _MOST_PREDICATES:
        raise BadInput("the filter has no list of at most 50 predicates", place="query.filter", remedy=_REMEDY)
    if set(document) - {"predicates"}:
        raise BadInput(f"the filter has an unknown field {min(set(document) - {'predicates'})!r}", place="query.filter", remedy=_REMEDY)
    return [_predicate({_snake(name): value for name, value in one.items()}) for one in predicates]


def _json(text: str) -> Json:
    try:
        return embedded.loaded(text if text.lstrip().startswith("{") else unquote(text))
    except ValueError as error:
        raise BadInput(f"the filter is no JSON: {error}", place="query.filter", remedy=_REMEDY) from error


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _predicate(fields: JsonObject) -> Predicate:
    key, operation = fields.get("key"), _operation(fields.get("operation"))
    given = [name for name in (*_ONE, *_SEVERAL) if fields.get(name) is not None]
    unknown = set(fields) - {"key", "operation", *_ONE, *_SEVERAL}
    if not isinstance(key, str) or len(given) != 1 or unknown:
        raise BadInput("a predicate has one key, one operation and one value, and nothing else", place="query.filter", remedy=_REMEDY)
    name, value = given[0], fields[given[0]]
    if name in _SEVERAL:
        values = value.get("values", []) if isinstance(value, dict) else value
        if not isinstance(values, list):
            raise BadInput(f"{name} is no list of values", place="query.filter", remedy=_REMEDY)
        return Predicate(key, operation, tuple(_value(key, f"{name[:-1]}", one) for one in values))
    return Predicate(key, operation, _value(key, name, value))


def _operation(given: object) -> Operation:
    if isinstance(given, int) and not isinstance(given, bool) and given in _OPERATIONS:
        return _OPERATIONS[given]
    if isinstance(given, str) and given in Operation.__members__:
        return Operation[given]
    raise BadInput(f"there is no operation {given!r}", place="query.filter", remedy=f"Operations: {', '.join(Operation.__members__)}.")


def _value(key: str, name: str, value: object) -> Scalar:
    """A value as the records compare it: a time in whole seconds, as in KFP, whichever field it came in."""
    if name in {"int_value", "long_value"}:
        try:
            return embedded.whole(str(value))  # protojson writes 64 bits as text
        except ValueError:
            raise BadInput(f"{_short(value)} is no whole number of 64 bits", place="query.filter", remedy=_REMEDY) from None
    if not isinstance(value, str):
        raise BadInput(f"{_short(value)} is no text", place="query.filter", remedy=_REMEDY)
    if name != "timestamp_value" and key not in _TIMES:
        return value
    try:
        parsed = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return math.floor((parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)).timestamp())
    except (ValueError, OverflowError):
        raise BadInput(f"{_short(value)} is no time", place="query.filter", remedy="A time looks like 2026-08-22T10:00:00Z.") from None


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"


def _meant(predicate: Predicate) -> Sequence[Predicate]:
    """What KFP calls FAILED are two states here."""
    if predicate.field not in _STATES:
        return [predicate]
    values = predicate.value if isinstance(predicate.value, tuple) else (predicate.value,)
    if "FAILED" not in values:
        return [predicate]
    if predicate.operation is Operation.NOT_EQUALS:
        return [predicate, Predicate(predicate.field, Operation.NOT_EQUALS, "CANCELED")]
    if predicate.operation in {Operation.EQUALS, Operation.IN}:
        return [Predicate(predicate.field, Operation.IN, (*values, "CANCELED"))]
    return [predicate]
