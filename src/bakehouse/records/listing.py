"""One way to list everything: keyset pages by any field, in time that does not grow with the table where an index helps.

A condition on a field of few values (a state) splits into one query for each value, since an index gives each of them in the
order of time, but not their union; the pages are merged. A condition on a field of many values, such as a pipeline, has an index of its
own, and which one is used is not left to the database, which knows nothing of how many there are of what.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, FromClause, Select, Table, and_, false, func, literal, not_, or_, select, tuple_

from bakehouse.records.documents import dumped
from bakehouse.records.errors import BadPredicate, UnknownField
from bakehouse.records.queries import Cursor, Operation, Page, Predicate, Query, Scalar, Sort

T = TypeVar("T")

#: Counting stops here: an exact number beyond it would cost time that grows with the table.
MOST_COUNTED = 1_000
_COUNTED_BY = "created_at"  # any order will do; this one has all indexes
_TAGS, _TAG = "tags", "tags."
_COMPARE: Mapping[Operation, Callable[[Any, Any], ColumnElement[bool]]] = {  # columns and values: their types are the schema's
    Operation.GREATER_THAN: lambda column, value: column > value,
    Operation.GREATER_THAN_EQUALS: lambda column, value: column >= value,
    Operation.LESS_THAN: lambda column, value: column < value,
    Operation.LESS_THAN_EQUALS: lambda column, value: column <= value,
}


@dataclass(frozen=True)
class Field:
    """A field of a list. `kind` is the Python type of its values; `values` all it can have, where these are few.

    Where values may be missing, `empty` stands for them: it is less than all others.
    """

    column: ColumnElement[Any]  # the schema knows its type
    kind: type = str
    values: tuple[str, ...] = ()
    empty: Scalar = None


@dataclass(frozen=True)
class Tagged:
    """Where the tags of items lie, a row for each: columns `namespace`, `key`, `value`, the item's id, and its `created_at`.

    The table has an index of keys and values, and one of keys, both in the order of time and id.
    """

    table: Table
    id: str

    def rows(self, predicate: Predicate, namespace: str) -> tuple[FromClause, list[ColumnElement[bool]]]:
        """The table under a name of its own, and the rows of it that a condition means. Raises `BadPredicate`."""
        key, value = _tag(predicate)
        rows = self.table.alias()
        found = [rows.c.namespace == namespace, rows.c.key == key]
        return rows, found if value is None else [*found, rows.c.value == value]


@dataclass(frozen=True)
class Listing(Generic[T]):
    """What can be listed. `view` makes an item of a row.

    `split` names for an order the fields of few values that come before it in its index. `selective` are the fields of many values that come
    after the first of these in an index of their own. `tags` is where its tags lie: as JSON in a column, or in a table.
    """

    query: Select[Any]  # rows are read by the names of their columns
    namespace: ColumnElement[str]
    id: ColumnElement[str]
    fields: Mapping[str, Field]
    view: Callable[[Any], T]
    split: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    selective: frozenset[str] = frozenset()
    tags: ColumnElement[str] | Tagged | None = None
    base: tuple[ColumnElement[bool], ...] = ()

    def within(self, *conditions: ColumnElement[bool]) -> Listing[T]:
        """The same list of those for which these conditions hold."""
        return replace(self, base=(*self.base, *conditions))


def page(db: Connection, listing: Listing[T], query: Query, *, namespace: str) -> Page[T]:
    """One page. Raises `UnknownField`, `BadPredicate`."""
    listing, query = _by_tag(listing, query, namespace)
    sources = [
        db.execute(wanted.where(*conditions)).all()
        for conditions in _parts(listing, query.where, namespace, query.sort.field)
        for wanted in _ordered(listing, query)
    ]
    merged = heapq.merge(*sources, key=lambda row: (row.sort_value, row.sort_id), reverse=query.sort.descending)
    rows = list(itertools.islice(merged, query.limit + 1))
    shown = rows[: query.limit]
    cursors = [Cursor(row.sort_value, row.sort_id) for row in shown]
    return Page([listing.view(row) for row in shown], cursors[-1] if len(rows) > query.limit and cursors else None, cursors)


def _by_tag(listing: Listing[T], query: Query, namespace: str) -> tuple[Listing[T], Query]:
    """The same list and query, but that the rows of the first tag that is asked for are gone through, where they have the order."""
    sort = _field(listing, query.sort.field)
    predicate = next((one for one in query.where if _is_tag(one)), None)
    if predicate is None or not isinstance(listing.tags, Tagged) or sort.column is not listing.fields[_COUNTED_BY].column:
        return listing, query
    rows, found = listing.tags.rows(predicate, namespace)
    of_item = rows.c[listing.tags.id]
    # No index of a field of few values is used beside.
    fields = {name: replace(one, column=one.column.concat("")) if one.values else one for name, one in listing.fields.items()}
    ordered = replace(
        listing,
        query=listing.query.join(rows, of_item == listing.id),
        id=of_item,
        fields={**fields, query.sort.field: replace(sort, column=rows.c.created_at)},
        split={},
    )
    return ordered.within(*found), replace(query, where=tuple(one for one in query.where if one is not predicate))


def _ordered(listing: Listing[T], query: Query) -> Iterator[Select[Any]]:
    """The items from where the page begins, in order. Those that lack the sorted field are a query of their own: an index gives them by id."""
    sort, after = _field(listing, query.sort.field), query.after
    value = sort.column if sort.empty is None else func.coalesce(sort.column, sort.empty)
    wanted = listing.query.add_columns(value.label("sort_value"), listing.id.label("sort_id")).limit(query.limit + 1)
    last = () if after is None else (literal(after.value, sort.column.type), literal(after.id))
    if sort.empty is None:
        yield _sorted(wanted, (sort.column, listing.id), last, query.sort)
        return
    lacking = after is not None and after.value == sort.empty
    if after is None or lacking or query.sort.descending:
        yield _sorted(wanted.where(sort.column.is_(None)), (listing.id,), last[1:] if lacking else (), query.sort)
    if after is None or not lacking or not query.sort.descending:
        yield _sorted(wanted.where(sort.column.is_not(None)), (sort.column, listing.id), () if lacking else last, query.sort)


def _sorted(wanted: Select[Any], by: Sequence[ColumnElement[Any]], last: Sequence[ColumnElement[Any]], sort: Sort) -> Select[Any]:
    """In order of some columns, from after their last values if there are any."""
    if last:
        here, there = tuple_(*by), tuple_(*last)
        wanted = wanted.where(here < there if sort.descending else here > there)
    return wanted.order_by(*(column.desc() if sort.descending else column.asc() for column in by))


def count(db: Connection, listing: Listing[T], where: Sequence[Predicate], *, namespace: str) -> int | None:
    """How many there are; `None` for more than 1,000. Raises `UnknownField`, `BadPredicate`."""
    listing, query = _by_tag(listing, Query(tuple(where), Sort(_COUNTED_BY)), namespace)
    total = 0
    for conditions in _parts(listing, query.where, namespace, _COUNTED_BY):
        some = listing.query.with_only_columns(listing.id).where(*conditions).limit(MOST_COUNTED + 1 - total).subquery()
        total += db.execute(select(func.count()).select_from(some)).scalar_one()
        if total > MOST_COUNTED:
            return None
    return total


def _parts(listing: Listing[T], where: Sequence[Predicate], namespace: str, order: str) -> Iterator[list[ColumnElement[bool]]]:
    """The conditions of each query whose results together are the answer, each of them by an index that has the order."""
    selective = any(one.operation is Operation.EQUALS and one.field in listing.selective for one in where)
    split = listing.split.get(order, ())[: 1 if selective else None]
    allowed = {name: set(listing.fields[name].values) for name in split[:1]}
    rest: list[ColumnElement[bool]] = [listing.namespace == namespace, *listing.base]
    for predicate in where:
        if isinstance(listing.tags, Tagged) and _is_tag(predicate):
            rows, found = listing.tags.rows(predicate, namespace)
            rest.append(listing.id.in_(select(rows.c[listing.tags.id]).where(*found)))
            continue
        name = next((name for name in split if predicate.field in {name, *_aliases(listing, name)}), None)
        kept = _chosen(_field(listing, predicate.field), predicate) if name is not None else None
        if name is None or kept is None:
            rest.append(_condition(listing, predicate, beside=selective))
        else:
            allowed[name] = allowed.get(name, set(listing.fields[name].values)) & kept
    if not allowed:
        yield rest
        return
    # An index is of use up to the last field of it that is restricted; those before that one must be too.
    restricted = split[: 1 + max(split.index(name) for name in allowed)]
    for values in itertools.product(*(sorted(allowed.get(name, listing.fields[name].values)) for name in restricted)):
        yield [*rest, *(listing.fields[name].column == value for name, value in zip(restricted, values, strict=True))]


def _aliases(listing: Listing[T], name: str) -> list[str]:
    return [other for other, one in listing.fields.items() if one.column is listing.fields[name].column]


def _chosen(one: Field, predicate: Predicate) -> set[str] | None:
    """Which of the few values of a field a condition leaves; `None` where it must be left to the database."""
    given = predicate.value if isinstance(predicate.value, tuple) else (predicate.value,)
    if predicate.operation in {Operation.EQUALS, Operation.IN}:
        return {value for value in one.values if value in given}
    if predicate.operation is Operation.NOT_EQUALS:
        return {value for value in one.values if value not in given}
    return None


def _field(listing: Listing[T], name: str) -> Field:
    found = listing.fields.get(name)
    if found is None:
        raise UnknownField(field=name, fields=[*listing.fields])
    return found


def _condition(listing: Listing[T], predicate: Predicate, *, beside: bool) -> ColumnElement[bool]:
    """A condition in SQL. Where it stands `beside` one on a field of many values, no index of a field of few is used."""
    if predicate.field.startswith(_TAG) and isinstance(listing.tags, ColumnElement):
        return _tagged(listing.tags, predicate)
    one, operation, value = _field(listing, predicate.field), predicate.operation, predicate.value
    if beside and one.values:
        one = replace(one, column=one.column.concat(""))
    if isinstance(value, tuple) != (operation is Operation.IN):
        remedy = "Give IN a list, such as string_values; or compare with EQUALS."
        raise BadPredicate(field=predicate.field, why="IN takes a list of values, all other operations take one", remedy=remedy)
    values = [_typed(one, predicate.field, each) for each in (value if isinstance(value, tuple) else (value,))]
    if operation is Operation.IS_SUBSTRING:
        if one.kind is not str:
            raise BadPredicate(field=predicate.field, why="only text has substrings", remedy="Compare it with EQUALS, LESS_THAN or GREATER_THAN.")
        return one.column.icontains(str(values[0]), autoescape=True)
    seconds = [float(each) for each in values if one.kind is float and isinstance(each, int)]
    if seconds:
        return _in_seconds(one.column, operation, seconds)
    if operation in _COMPARE:
        return _COMPARE[operation](one.column, values[0])
    if operation is Operation.NOT_EQUALS:
        return or_(one.column != values[0], one.column.is_(None))
    return one.column.in_(values)


def _in_seconds(column: ColumnElement[Any], operation: Operation, seconds: Sequence[float]) -> ColumnElement[bool]:
    """A time compared in whole seconds: what counts is the second in which it lies."""
    within = or_(false(), *(and_(column >= each, column < each + 1) for each in seconds))
    match operation:
        case Operation.GREATER_THAN:
            return column >= seconds[0] + 1
        case Operation.GREATER_THAN_EQUALS:
            return column >= seconds[0]
        case Operation.LESS_THAN:
            return column < seconds[0]
        case Operation.LESS_THAN_EQUALS:
            return column < seconds[0] + 1
        case Operation.NOT_EQUALS:
            return or_(not_(within), column.is_(None))
        case _:
            return within


def _typed(one: Field, name: str, value: Scalar) -> Scalar:
    if isinstance(value, str) and "\0" in value:  # where SQLite ends a text that it searches
        raise BadPredicate(field=name, why="no text has a NUL in it", remedy="Leave the character U+0000 out.")
    if one.kind is float and type(value) is int:
        return value
    if type(value) is not one.kind:
        kind = {str: "a text", float: "a time", int: "a number", bool: "true or false"}[one.kind]
        raise BadPredicate(field=name, why=f"it is {kind}, not {value!r}", remedy=f"Compare it with {kind}.")
    return value


def _is_tag(predicate: Predicate) -> bool:
    return predicate.field == _TAGS or predicate.field.startswith(_TAG)


def _tag(predicate: Predicate) -> tuple[str, str | None]:
    """The tag that a condition asks for: `tags.KEY` for one of that value, `tags` for one of that key, whatever its value. Raises `BadPredicate`."""
    if predicate.operation is not Operation.EQUALS or not isinstance(predicate.value, str) or "\0" in f"{predicate.field}{predicate.value}":
        remedy = "Compare it with EQUALS and the whole value of the tag as string_value."
        raise BadPredicate(field=predicate.field, why="a tag can only be compared with EQUALS and a text", remedy=remedy)
    return (predicate.value, None) if predicate.field == _TAGS else (predicate.field.removeprefix(_TAG), predicate.value)


def _tagged(tags: ColumnElement[str], predicate: Predicate) -> ColumnElement[bool]:
    """Tags lie in their column as canonical JSON, in which a pair has one spelling that no other text can hold."""
    key, value = _tag(predicate)
    return tags.contains(dumped({key: value})[1:-1], autoescape=True)
