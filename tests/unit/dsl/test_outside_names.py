"""Names that a component uses and does not carry are found, with their line; and no others."""

# ruff: noqa: E501  # programs as texts, each on a line of its own

from __future__ import annotations

import ast
import builtins
import importlib
import json
import os.path as osp
import symtable
import xml.dom.minidom as documents
from collections import UserDict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bakehouse import dsl
from bakehouse.dsl import errors, outside_names
from bakehouse.dsl.lightweight import PythonComponent
from bakehouse.dsl.sources import Source
from tests.unit.dsl import beside

LIMIT = 5


class Thing:
    """A class of the author's file."""


def helper(x: int) -> int:
    return x


@dsl.component
def uses_all() -> None:
    json.dumps({}), osp.sep  # looked up, no more
    documents.Document()
    UserDict()
    helper(1)
    Thing()
    LIMIT  # noqa: B018  # looked up, no more
    beside.one()
    misspeltt  # type: ignore[name-defined]  # noqa: B018, F821  # that is the mistake
    prnt()  # type: ignore[name-defined]  # noqa: F821  # that is the mistake


@pytest.mark.parametrize(
    ("name", "line", "remedy"),
    [
        ("json", 1, "`import json`"),
        ("osp", 1, "`import os.path as osp`"),
        ("documents", 2, "`import xml.dom.minidom as documents`"),
        ("UserDict", 3, "`from collections import UserDict`"),
        ("helper", 4, "additional_funcs=[helper]"),
        ("Thing", 5, "inside the function"),
        ("LIMIT", 6, "make it an input"),
        ("beside", 7, "`--code DIR`; or give the component what it needs of it by `additional_funcs"),
        ("misspeltt", 8, "inside the function"),
        ("prnt", 9, "`print`"),
    ],
)
def test_each_name_from_outside_is_told_once(name: str, line: int, remedy: str) -> None:
    """Where it is used, and what to do about a name of its kind."""
    (error,) = [error for error in uses_all.outside_names() if f" {name} " in error.message or f" {name}," in error.message]
    assert isinstance(error, NameError)
    assert error.place == f"{__file__}:{uses_all.python_func.__code__.co_firstlineno + 1 + line}"
    assert remedy in (error.remedy or "")


def test_a_pipeline_tells_of_all_its_components_once() -> None:
    """However often a component is used; decorating the component alone raises nothing."""

    def pipeline() -> None:
        uses_all()
        uses_all()

    with pytest.raises(errors.AuthoringProblems) as caught:
        dsl.pipeline(pipeline)
    assert len(caught.value.problems) == 10


def test_what_needs_a_package_says_so() -> None:
    """A module that is no part of Python must be installed in the step."""
    (error,) = _told("def f():\n    return pytest.fixture\n", pytest=pytest)
    assert error.remedy == "Import it inside the function: `import pytest`, and name its package in packages_to_install."


def _told(text: str, **space: Any) -> list[errors.OutsideName]:
    found = outside_names.uses([Source(text, "/author.py", 10)], ())
    return outside_names.errors("f", found, {"__name__": "author", "__file__": "/author.py", **space})


#: Functions that carry all that they use.
COMPLETE = {
    "builtins": "def f():\n    print(len([]), __name__, __file__, __builtins__, __debug__, ExceptionGroup)\n",
    "the prelude": "def f(a: Input[Dataset], b: List[int], c: kfp.dsl.Model) -> NamedTuple('R', [('x', Optional[int])]):\n    dsl.get_uri(); cast(int, 1)\n",
    "parameters": "def f(a, *b, c=1, **d):\n    return a, b, c, d\n",
    "imports": "def f():\n    import a.b.c, d as e\n    from g import h as i, j\n    return a, e, i, j\n",
    "comprehensions": "def f(xs):\n    return [x for x in xs], {x: y for x, y in xs}, {x for x in xs if (z := x)}, (x for y in xs for x in y), z\n",
    "nested functions": "def f():\n    a = 1\n    def g(b=a):\n        nonlocal a\n        a = b\n        def h():\n            return a + b + later\n        return h\n    later = 2\n    return g\n",
    "recursion": "def f(n):\n    return f(n - 1)\n",
    "lambdas": "def f():\n    return lambda x, *y: (x, y)\n",
    "classes": (
        "def f():\n    class A:\n        x: int = 1\n        y = x\n        z = [x for x in range(y)]\n"
        "        def m(self):\n            return A, __class__, super().m\n    class B(A, metaclass=type):\n        pass\n    return B\n"
    ),
    "global": "def f():\n    global made\n    made = 1\n    return made\n",
    "global of another function": "def f():\n    def g():\n        global made\n        made = 1\n    g()\n    return made\n",
    "handlers": "def f():\n    try:\n        pass\n    except ValueError as error:\n        return error\n    finally:\n        pass\n",
    "with and for": "def f():\n    with open('x') as (a, *b):\n        for c, (d, e) in a:\n            pass\n        else:\n            return b, c, d, e\n",
    "unpacking and walrus": "def f(x):\n    a, *b = c = x\n    if (d := a):\n        del c\n    return b, d\n",
    "match": "def f(x):\n    match x:\n        case {'a': a, **rest}:\n            return a, rest\n        case [b, *c] | (b, *c):\n            return b, c\n        case str() as d if d:\n            return d\n",
    "annotations inside a function": "def f():\n    a: np.ndarray = 1\n    b: 'pd.DataFrame'\n    x = []\n    x[0]: np.int8 = 1\n    return a\n",
    "attributes and keywords": "def f(x):\n    return x.json, dict(np=1), f'{x!r:>{10}}'\n",
    "a guarded name": "def f():\n    try:\n        return unicode('x')\n    except (NameError, ValueError):\n        return str('x')\n",
    "names that are made": "def f():\n    globals()['made'] = 1\n    return made\n",
    "names that are executed": "def f():\n    exec('made = 1')\n    return made\n",
    "async inside": "def f():\n    import asyncio\n    async def g(xs):\n        async with xs as x:\n            return [y async for y in x if await y]\n    return asyncio.run(g(1))\n",
    "decorators inside": "def f():\n    from functools import wraps\n    @wraps(f)\n    def g(): pass\n    return g\n",
    "assertions": "def f(x):\n    assert x, 'text'\n    raise RuntimeError from None\n",
    "dsl constants": "def f(a: str = dsl.PIPELINE_JOB_ID_PLACEHOLDER, b: str = PIPELINE_JOB_NAME_PLACEHOLDER):\n    pass\n",
}


@pytest.mark.parametrize("name", COMPLETE)
def test_no_false_alarm(name: str) -> None:
    """What Python finds, is found."""
    assert _told(COMPLETE[name]) == []


#: Functions that do not carry what they use: the name, and its line.
INCOMPLETE = {
    "a default": ("def f(a=DEFAULT):\n    pass\n", "DEFAULT", 10),
    "an annotation of the function": ("def f(a: List[Own]):\n    pass\n", "Own", 10),
    "an annotation of what it returns": ("def f() -> Own:\n    pass\n", "Own", 10),
    "an annotation of a nested function": ("def f():\n    def g(a: Own): pass\n", "Own", 11),
    "an annotation in a nested class": ("def f():\n    class A:\n        x: Own\n", "Own", 12),
    "a nested default": ("def f():\n    def g(a=DEFAULT): pass\n", "DEFAULT", 11),
    "a decorator inside": ("def f():\n    @decorate\n    def g(): pass\n", "decorate", 11),
    "a base class": ("def f():\n    class A(Base):\n        pass\n", "Base", 11),
    "a comprehension": ("def f():\n    return [x for x in (\n        LIST)]\n", "LIST", 12),
    "a class does not lend": ("def f():\n    class A:\n        own = 1\n        def m(self):\n            return own\n", "own", 14),
    "deep inside": ("def f():\n    return lambda: (lambda: [DEEP for _ in ()])\n", "DEEP", 11),
    "an f-string": ("def f():\n    return f'{VALUE:>{10}}'\n", "VALUE", 11),
    "another handler": ("def f():\n    try:\n        return unicode('x')\n    except ValueError:\n        pass\n", "unicode", 12),
}


@pytest.mark.parametrize("name", INCOMPLETE)
def test_what_is_missing_is_found(name: str) -> None:
    """Wherever it hides."""
    text, missing, line = INCOMPLETE[name]
    (error,) = _told(text)
    assert error.message == f"the component f uses the name {missing}, which is defined nowhere"
    assert error.place == f"/author.py:{line}"


# ---------------------------------------------------------------- against Python's own symbol tables

_LIBRARY = ("argparse", "ast", "calendar", "collections", "dataclasses", "difflib", "functools", "inspect", "json.decoder", "pathlib", "typing")


def _functions() -> Iterator[tuple[str, str]]:
    for name in _LIBRARY:
        file = importlib.import_module(name).__file__
        assert file is not None
        text = Path(file).read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                # Annotations of local variables are no lookups; the symbol table counts them as such.
                node.decorator_list = []
                yield name, ast.unparse(_WithoutLocalAnnotations().visit(node)) + "\n"


class _WithoutLocalAnnotations(ast.NodeTransformer):
    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        return ast.copy_location(ast.Assign([node.target], node.value or ast.Constant(None)), node)


def _looked_up(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or (table.get_type() == "module" and not symbol.is_assigned())):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _looked_up(child)


def test_the_standard_library_agrees() -> None:
    """Functions of real modules: what we miss in them is what Python's symbol tables say is global and unknown."""
    count = 0
    for module, text in _functions():
        given = {*outside_names._GIVEN, *outside_names._ELSEWHERE, *dir(builtins)}
        expected = {name for name in _looked_up(symtable.symtable(text, "x", "exec")) if name not in given}
        expected -= {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
        found = {use.name for use in outside_names.uses([Source(text, "x", 1)], ())}
        if "globals" in text or "exec" in text or "NameError" in text:
            continue
        assert found == expected, (module, text[:80])
        count += 1
    assert count > 150


def test_helpers_and_artifact_classes_are_carried() -> None:
    """`additional_funcs` travel, and are looked into too; a component whose source is in its image carries everything."""

    def uses_helper() -> int:
        return helper(1)

    def uses_limit() -> int:
        return LIMIT

    assert list(_component(uses_helper, additional_funcs=[helper]).outside_names()) == []
    (error,) = _component(uses_helper, additional_funcs=[helper, uses_limit]).outside_names()
    assert "LIMIT" in error.message
    assert list(_component(uses_limit, target_image="mine").outside_names()) == []


def _component(function: Callable[..., Any], **settings: Any) -> PythonComponent:
    made: PythonComponent = dsl.component(**settings)(function)
    return made


@pytest.mark.parametrize(
    ("module", "file", "expected"),
    [
        ("json", "/usr/lib/python3.11/json/__init__.py", True),
        ("kfp.dsl", "/anywhere/kfp/dsl/__init__.py", True),
        ("yaml", "/venv/lib/python3.11/site-packages/yaml/__init__.py", True),
        ("pydantic.main", "/venv/lib/python3.11/site-packages/pydantic/main.py", True),
        ("quick._c", "/usr/lib/python3/dist-packages/quick/_c.cpython-311-x86_64-linux-gnu.so", True),
        ("pipeline", "/venv/lib/python3.11/site-packages/bakehouse/_examples/digits/pipeline.py", False),
        ("mine", "/home/me/mine.py", False),
        ("__main__", "", False),
    ],
)
def test_what_a_step_can_import(module: str, file: str, *, expected: bool) -> None:
    """What is of Python or installed; a file that merely lies among what is installed has no name there."""
    made = ModuleType(module)
    made.__file__ = file or None
    assert outside_names.is_installed(made) is expected
