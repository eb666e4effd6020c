"""Every action asks who may do it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.repo.tree import SOURCE

_ACTIONS = SOURCE / "actions"
_Name = tuple[str, str]  # a module of actions, and a function in it
_ASKING = {("access", "check"), ("access", "own")}


def _functions() -> dict[_Name, ast.FunctionDef]:
    found = {}
    for path in sorted(_ACTIONS.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and path.stem != "access":
                found[path.stem, node.name] = node
    return found


def _called(module: str, function: ast.FunctionDef) -> Iterator[_Name]:
    """What a function calls, of its own module or of another one by its name."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield module, node.func.id
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            yield node.func.value.id, node.func.attr


def _takes_context(function: ast.FunctionDef) -> bool:
    return any(one.annotation is not None and ast.unparse(one.annotation) == "Context" for one in function.args.args)


def test_every_action_asks_access() -> None:
    """A public function that gets a context asks `access`, by itself or through another one that it calls."""
    functions = _functions()
    calls = {name: set(_called(name[0], function)) for name, function in functions.items()}
    asking, before = set(_ASKING), 0
    while before != len(asking):
        before = len(asking)
        asking |= {name for name, called in calls.items() if called & asking}
    actions = {name for name, function in functions.items() if not name[1].startswith("_") and _takes_context(function)}
    assert len(actions) > 40, "the actions were not found"
    assert sorted(actions - asking) == []


def test_nobody_but_actions_reaches_into_the_records() -> None:
    """Neither the server nor the command line uses what lies in a context: else they would go past `access`."""
    reaching = [
        path.relative_to(SOURCE).as_posix()
        for folder in ("server", "cli")
        for path in sorted((SOURCE / folder).rglob("*.py"))
        if "context.records" in path.read_text(encoding="utf-8")
    ]
    assert reaching == []
