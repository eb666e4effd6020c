"""Notes which public names of `kfp` the sources use, with which parameters and inside which control flow, while the real SDK compiles them.

Runs in the environment of the real SDK, so it imports nothing of this repository. A use counts where a source itself makes it: what the SDK
calls on its own account is nobody's case.
"""

import ast
import functools
import importlib
import inspect
import os
import sys

MODULES = ["kfp.dsl", "kfp.compiler", "kfp.components", "kfp.kubernetes"]
#: Blocks of control flow, by the names of their classes.
BLOCKS = ["If", "Elif", "Else", "Condition", "ParallelFor", "ExitHandler"]
#: Outside of any block.
NOWHERE = "pipeline"


class Trace:
    """What was used: `uses[NAME][PARAMETER][OUTER > INNER]` is the first case, `SOURCE:FUNCTION`; the parameter is empty for the name itself."""

    def __init__(self, sources):
        self.uses = {}
        self._sources = {os.path.abspath(source) for source in sources}
        self._open = []
        self._classes = {}
        self._components = {}

    def start(self):
        """From now on every use is noted. To be called before a source is imported."""
        for module in map(importlib.import_module, MODULES):
            for name in module.__all__:
                full_name, value = f"{module.__name__}.{name}", getattr(module, name)
                if inspect.isclass(value):
                    self._follow_class(full_name, value)
                elif inspect.isfunction(value):
                    setattr(module, name, self._followed(full_name, value))
                elif callable(value):
                    self._components[value] = full_name
        self._follow_calls_of_components()
        self._follow_blocks()

    def found(self):
        """All that is public, and what the sources used of it: also the names that are mentioned and never called, constants and annotations."""
        for source in sorted(self._sources):
            with open(source, encoding="utf-8") as file:
                for name in _mentioned(ast.parse(file.read())):
                    self._note(name, [], os.path.basename(source)[: -len(".py")])
        return {"names": public_names(), "uses": self.uses}

    def _follow_class(self, full_name, value):
        self._classes.setdefault(value, full_name)
        for name, method in list(vars(value).items()):
            if isinstance(method, staticmethod) and name == "__new__":
                value.__new__ = self._followed(full_name, method.__func__, is_method=True)
            elif inspect.isfunction(method) and (name == "__init__" or not name.startswith("_")):
                setattr(value, name, self._followed(None if name == "__init__" else f"{full_name}.{name}", method, is_method=True))

    def _follow_calls_of_components(self):
        from kfp.components import BaseComponent

        called = BaseComponent.__call__

        @functools.wraps(called)
        def call(component, *arguments, **named):
            if (case := self._case()) is not None:
                self._note(self._components.get(component, f"a call of a {type(component).__name__}"), [], case)
            return called(component, *arguments, **named)

        BaseComponent.__call__ = call

    def _follow_blocks(self):
        from kfp import dsl

        for name in BLOCKS:
            self._follow_block(getattr(dsl, name))

    def _follow_block(self, block):
        enter, leave = block.__enter__, block.__exit__

        def entered(group):
            if group not in self._open:  # the method of a block may call that of the class it inherits from
                if (case := self._case()) is not None:
                    self._note(f"a block of {_kind(group)}", [], case)
                self._open.append(group)
            return enter(group)

        def left(group, *failure):
            if group in self._open:
                self._open.remove(group)
            return leave(group, *failure)

        block.__enter__, block.__exit__ = entered, left

    def _followed(self, full_name, function, is_method=False):
        signature = inspect.signature(function)
        own = next(iter(signature.parameters), None) if is_method else None

        @functools.wraps(function)
        def following(*arguments, **named):
            if (case := self._case()) is not None and (full_name or type(arguments[0]) in self._classes):
                try:
                    given = list(signature.bind_partial(*arguments, **named).arguments)
                except TypeError:
                    given = []
                self._note(full_name or self._classes[type(arguments[0])], [name for name in given if name != own], case)
            return function(*arguments, **named)

        return following

    def _case(self):
        """The place in a source that makes a use, `None` where the SDK makes it."""
        frame = sys._getframe(2)
        if frame.f_code.co_filename not in self._sources:
            return None
        source = os.path.basename(frame.f_code.co_filename)[: -len(".py")]
        return source if frame.f_code.co_name == "<module>" else f"{source}:{frame.f_code.co_name}"

    def _note(self, full_name, parameters, case):
        where = " > ".join(([NOWHERE] + [_kind(group) for group in self._open])[-2:])
        for parameter in ["", *parameters]:
            self.uses.setdefault(full_name, {}).setdefault(parameter, {}).setdefault(where, case)


def _mentioned(tree):
    public = [(module, name) for module in MODULES for name in importlib.import_module(module).__all__]
    for node in ast.walk(tree):
        names = {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kfp") else set()
        names |= {node.attr} if isinstance(node, ast.Attribute) else set()
        yield from (f"{module}.{name}" for module, name in public if name in names)


def _kind(group):
    """The name of a block, with what a loop goes over."""
    if type(group).__name__ != "ParallelFor":
        return type(group).__name__
    items = type(getattr(group, "loop_argument", None)).__name__
    return "ParallelFor of artifacts" if "Artifact" in items or "Collected" in items else "ParallelFor"


def public_names():
    """Every public name with its parameters, methods as names of their own: `{NAME: [PARAMETER, …]}`."""
    found = {}
    for module in map(importlib.import_module, MODULES):
        for name in module.__all__:
            value, full_name = getattr(module, name), f"{module.__name__}.{name}"
            found[full_name] = _parameters(value)
            if inspect.isclass(value):
                for method, function in vars(value).items():
                    if not method.startswith("_") and inspect.isfunction(function):
                        found[f"{full_name}.{method}"] = _parameters(function)[1:]
    return found


def _parameters(value):
    if inspect.isclass(value) and inspect.isfunction(value.__init__):
        return list(inspect.signature(value.__init__).parameters)[1:]
    return list(inspect.signature(value).parameters) if inspect.isfunction(value) else []
