"""Which runs go by themselves: one policy for each experiment, pipeline, tag, or several of these together. Within the transaction of `db`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, TextClause, text

from bakehouse.records.documents import plain
from bakehouse.records.garbage import Criteria, Scope

_RULE = "older_than, keep_last, drop_cache, set_at, set_by"
_LIST = text(
    f"SELECT '' AS tag, experiment, pipeline, {_RULE} FROM retention_policies WHERE namespace = :namespace "  # noqa: S608  # names of columns
    f"UNION ALL SELECT tag, experiment, pipeline, {_RULE} FROM tag_policies WHERE namespace = :namespace "
    "ORDER BY tag, experiment, pipeline"
)


def _set(table: str, key: str) -> TextClause:
    return text(
        f"INSERT INTO {table} ({key}, {_RULE}) VALUES (:{key.replace(', ', ', :')}, :older_than, :keep_last, :drop_cache, :at, :by) "  # noqa: S608  # names of ours
        f"ON CONFLICT ({key}) DO UPDATE SET older_than = excluded.older_than, keep_last = excluded.keep_last, "
        "drop_cache = excluded.drop_cache, set_at = excluded.set_at, set_by = excluded.set_by"
    )


def _remove(table: str, key: str) -> TextClause:
    return text(f"DELETE FROM {table} WHERE {' AND '.join(f'{name} = :{name}' for name in key.split(', '))}")  # noqa: S608  # names of ours


#: Policies without a tag, and those with one, each in a table of their own.
_TABLES = {False: ("retention_policies", "namespace, experiment, pipeline"), True: ("tag_policies", "namespace, tag, experiment, pipeline")}
_SET = {tagged: _set(*names) for tagged, names in _TABLES.items()}
_REMOVE = {tagged: _remove(*names) for tagged, names in _TABLES.items()}


@dataclass(frozen=True)
class Policy:
    """Runs of the scope go that ended more than `older_than` seconds ago and are not among its newest `keep_last`; each may be left out, not both."""

    scope: Scope
    older_than: float | None = None
    keep_last: int | None = None
    drop_cache: bool = False
    set_at: float = 0.0
    set_by: str = ""


def listed(db: Connection, *, namespace: str) -> list[Policy]:
    """All policies of a namespace."""
    return [
        Policy(Scope(row.experiment, row.pipeline, row.tag), row.older_than, row.keep_last, bool(row.drop_cache), row.set_at, row.set_by)
        for row in db.execute(_LIST, {"namespace": namespace})
    ]


def put(db: Connection, policy: Policy, *, namespace: str) -> None:
    """Record a policy, in the place of the one of the same scope if there is one."""
    values = {"older_than": policy.older_than, "keep_last": policy.keep_last, "drop_cache": int(policy.drop_cache)}
    db.execute(_SET[bool(policy.scope.tag)], {**_key(policy.scope, namespace), **values, "at": policy.set_at, "by": plain(policy.set_by)})


def remove(db: Connection, scope: Scope, *, namespace: str) -> bool:
    """Delete the policy of a scope; whether there was one."""
    return db.execute(_REMOVE[bool(scope.tag)], _key(scope, namespace)).rowcount == 1


def _key(scope: Scope, namespace: str) -> dict[str, str]:
    named = {"namespace": namespace, "experiment": plain(scope.experiment), "pipeline": plain(scope.pipeline)}
    return {**named, "tag": plain(scope.tag)} if scope.tag else named


def criteria(policies: list[Policy]) -> list[Criteria]:
    """What the policies together ask for: a run is the business of the narrowest one that fits it. Pure."""
    return [
        Criteria(
            older_than=one.older_than,
            experiment=one.scope.experiment or None,
            pipeline=one.scope.pipeline or None,
            keep_last=one.keep_last or 0,
            but=tuple(other.scope for other in policies if other.scope.narrower(one.scope)),
            drop_cache=one.drop_cache,
            tag=one.scope.tag or None,
            policy=one.scope,
        )
        for one in policies
    ]
