"""Who may do what: an action on what belongs to a namespace asks here; the answer is an error or nothing."""

from __future__ import annotations

from bakehouse.actions.context import Context
from bakehouse.actions.errors import NotAllowed


def check(context: Context, *, namespace: str) -> None:
    """May the caller act in this namespace? Raises `NotAllowed`."""
    if namespace != context.caller.namespace:
        raise NotAllowed(caller=context.caller.name, namespace=namespace)


def own(context: Context) -> str:
    """The caller's own namespace, for actions on all that lies there. Raises `NotAllowed`."""
    check(context, namespace=context.caller.namespace)
    return context.caller.namespace
