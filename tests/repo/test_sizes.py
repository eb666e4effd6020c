"""Modules and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast

from tests.repo.tree import ROOT, python_files

LONGEST_MODULE = 400
LONGEST_FUNCTION = 60


def test_modules_stay_within_400_lines() -> None:
    """No module is longer than what one reads in one go."""
    lengths = {str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in python_files()}
    too_long = {path: lines for path, lines in lengths.items() if lines > LONGEST_MODULE}
    assert too_long == {}


def test_functions_stay_within_60_lines() -> None:
    """No function, with its docstring, is longer than a screen."""
    too_long = {}
    for path in python_files():
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno is not None:
                lines = node.end_lineno - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    too_long[f"{path}:{node.lineno} {node.name}"] = lines
    assert too_long == {}
