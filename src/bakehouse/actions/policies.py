"""Policies of retention: which runs go by themselves, and letting them go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bakehouse.actions import access, names, retention, tags
from bakehouse.actions.context import Context
from bakehouse.actions.errors import EmptyPolicy, NoSuchPolicy
from bakehouse.actions.retention import Collected
from bakehouse.records import policies
from bakehouse.records.garbage import Scope
from bakehouse.records.policies import Policy


def list_all(context: Context) -> Sequence[Policy]:
    """The policies of the caller's namespace."""
    return context.records.retention.policies(namespace=access.own(context))


def put(context: Context, policy: Policy) -> None:
    """Record a policy, in the place of the one of the same scope. Raises `EmptyPolicy`, `BadName`, `BadTags`."""
    namespace = access.own(context)
    if policy.older_than is None and policy.keep_last is None:
        raise EmptyPolicy
    for kind, name in (("experiment", policy.scope.experiment), ("pipeline", policy.scope.pipeline)):
        if name:
            names.check(kind, name)
    if policy.scope.tag:
        key, _, value = policy.scope.tag.partition("=")
        tags.of_run({key: value})
    context.records.retention.set_policy(replace(policy, set_by=context.caller.name), namespace=namespace)


def remove(context: Context, scope: Scope) -> None:
    """Delete the policy of a scope. Raises `NoSuchPolicy`."""
    if not context.records.retention.remove_policy(scope, namespace=access.own(context)):
        raise NoSuchPolicy(scope=said(scope))


def plan(context: Context) -> Collected:
    """What `apply` would do now. Changes nothing."""
    return retention.plan(context, policies.criteria(list(list_all(context))))


def apply(context: Context) -> Collected:
    """Delete what the policies let go. A run is the business of the narrowest policy that fits it."""
    return retention.collect(context, policies.criteria(list(list_all(context))))


def said(scope: Scope) -> str:
    """A scope in words."""
    named = {"experiment": scope.experiment, "pipeline": scope.pipeline, "tag": scope.tag}
    return " and ".join(f"{what} {name}" for what, name in named.items() if name) or "all runs"
