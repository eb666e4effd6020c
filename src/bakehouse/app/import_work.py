"""What an author's file does while it is loaded, beyond defining things: it happens at each compilation, upload and run. Reads the source only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: What takes long, or reaches outside, by the name that the import gives it; a dot at the end stands for all that begins so.
_WORK = (
    "open",
    "input",
    "time.sleep",
    "os.system",
    "subprocess.",
    "socket.",
    "urllib.request.",
    "urllib3.",
    "requests.",
    "httpx.",
    "boto3.",
    "google.cloud.",
    "mlflow.",
    "wandb.",
    "pandas.read_",
    "polars.read_",
    "numpy.load",
    "joblib.load",
    "pickle.load",
    "torch.load",
    "datasets.load_dataset",
)
#: Methods of a client of a server, whatever its name.
_OF_A_CLIENT = ("create_run_from_", "upload_pipeline", "create_recurring_run", "run_pipeline")
_GUARD = "__name__"


@dataclass(frozen=True)
class Work:
    """Something that is called: its name as the author writes it, and the line (from 1)."""

    call: str
    line: int


def done_at_import(path: Path) -> list[Work]:
    """What a Python file calls while it is loaded, in the order of lines. Nothing of a file that cannot be read or parsed: loading it says why."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return []
    names = dict(_imported(tree))
    calls = (call for statement in tree.body for call in _calls(statement))
    return [Work(ast.unparse(call.func), call.lineno) for call in calls if _is_work(call, names)]


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """The calls that happen when this is executed: not those within functions, nor those that only a program does."""
    if isinstance(node, ast.Call):
        yield node
    for child in _executed(node):
        yield from _calls(child)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """What of a node is executed with it: of a function its decorators and defaults, of `if __name__ == …` what is done else."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from node.decorator_list
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        yield from (one for one in (*node.args.defaults, *node.args.kw_defaults) if one is not None)
    elif isinstance(node, ast.If) and any(isinstance(one, ast.Name) and one.id == _GUARD for one in ast.walk(node.test)):
        yield from node.orelse
    else:
        yield from ast.iter_child_nodes(node)


def _is_work(call: ast.Call, names: dict[str, str]) -> bool:
    written = ast.unparse(call.func)
    first, dot, rest = written.partition(".")
    known = names.get(first, first) + dot + rest
    if isinstance(call.func, ast.Attribute) and call.func.attr.startswith(_OF_A_CLIENT):
        return True
    return any(known.startswith(one) if one.endswith((".", "_")) else known == one for one in _WORK)
