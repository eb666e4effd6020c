"""Random pipelines as an author writes them: tasks, branches, loops, handlers, what they join and collect; each use is one that is allowed."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

HEAD = """
from typing import Dict, List

from kfp import dsl, kubernetes
from kfp.dsl import Dataset, Input


@dsl.component
def say(text: str = "", n: int = 0) -> str:
    return text


@dsl.component
def count(text: str = "", n: int = 0) -> int:
    return n


@dsl.component
def texts(text: str = "") -> List[str]:
    return [text]


@dsl.component
def rows(text: str = "") -> List[Dict[str, int]]:
    return []


@dsl.component
def table(text: str = "") -> Dataset:
    return Dataset(uri=dsl.get_uri())


@dsl.component
def use(rows: Input[Dataset] = None, values: list = []) -> str:
    return ""


@dsl.component
def gather(rows: Input[List[Dataset]]) -> str:
    return ""


@dsl.pipeline
def called(text: str, n: int = 3) -> str:
    return say(text=text, n=n).output


@dsl.pipeline
def tables(text: str) -> List[Dataset]:
    with dsl.ParallelFor([1, 2], parallelism=2):
        made = table(text=text)
    return dsl.Collected(made.output)
"""
_COMPONENTS = {"say": "str", "count": "int", "texts": "list", "rows": "rows", "table": "table", "use": "str"}
_DEEPEST = 4
#: How often each statement is tried.
_WEIGHTS = {"task": 6, "if": 2, "branches": 2, "loop": 3, "artifacts": 1, "handler": 1, "after": 1, "call": 1, "importer": 1, "settings": 2}
#: What is asked of a task, with `{task}` for it and `{text}` for a text that may be known only when the pipeline runs.
_SETTINGS = [
    "{task}.set_caching_options(False)", '{task}.set_cpu_limit("2").set_memory_request("1G")', "{task}.set_env_variable('A', 'b')",
    "{task}.set_retry(3, backoff_duration='2s')", "{task}.set_display_name('shown').set_accelerator_limit(1)", "{task}.set_container_image({text})",
    "{task}.set_debug_pause(on_error=True)", "kubernetes.mount_pvc({task}, pvc_name={text}, mount_path='/data')",
    "kubernetes.use_secret_as_env({task}, {text}, {{'key': 'KEY'}})", "kubernetes.add_toleration({task}, key='a', operator='Exists')",
    "kubernetes.add_pod_label({task}, 'a', 'b')", "kubernetes.set_image_pull_secrets({task}, [{text}, 'b'])",
    "kubernetes.use_config_map_as_volume({task}, config_map_name={text}, mount_path='/m', optional=True)",
]  # fmt: skip


@dataclass
class _Scope:
    """What can be named where a statement stands: expressions by type, tasks to wait for."""

    values: dict[str, list[str]] = field(default_factory=dict)
    tasks: list[str] = field(default_factory=list)
    is_in_artifacts: bool = False

    def inner(self) -> _Scope:
        return _Scope({kind: list(known) for kind, known in self.values.items()}, list(self.tasks), self.is_in_artifacts)

    def add(self, kind: str, expression: str) -> None:
        self.values.setdefault(kind, []).append(expression)


class Program:
    """One pipeline: the lines of its function. The same seed gives the same."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._count = 0
        self.lines = [f'def program_{seed}(word: str = "w", number: int = 3, words: List[str] = ["a"]):']
        scope = _Scope({"str": ["word"], "int": ["number"], "list": ["words"]})
        for _ in range(self._random.randint(2, 5)):
            self._statement(scope, 1)

    def _line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def _name(self) -> str:
        self._count += 1
        return f"v{self._count}"

    def _block(self, head: str, scope: _Scope, depth: int) -> _Scope:
        self._line(depth, f"with {head}:")
        inner = scope.inner()
        self._task(inner, depth + 1)
        for _ in range(self._random.randint(0, 2)):
            self._statement(inner, depth + 1)
        return inner

    def _statement(self, scope: _Scope, depth: int) -> None:
        kinds = list(_WEIGHTS) if depth < _DEEPEST else ["task"]
        kind = self._random.choices(kinds, [_WEIGHTS[one] for one in kinds])[0]
        getattr(self, f"_{kind}")(scope, depth)

    # ------------------------------------------------------------ statements

    def _task(self, scope: _Scope, depth: int, component: str = "") -> str:
        component = component or self._random.choice(list(_COMPONENTS))
        name, given = self._name(), []
        if component == "use":
            if scope.values.get("table"):
                given.append(f"rows={self._random.choice(scope.values['table'])}")
            if scope.values.get("list"):
                given.append(f"values={self._random.choice(scope.values['list'])}")
        else:
            given.append(f"text={self._text(scope)}")
            if component in {"say", "count"}:
                given.append(f"n={self._random.choice(['7', *scope.values.get('int', [])])}")
        self._line(depth, f"{name} = {component}({', '.join(given)})")
        scope.add(_COMPONENTS[component], f"{name}.output")
        scope.tasks.append(name)
        return name

    def _text(self, scope: _Scope) -> str:
        known = scope.values.get("str", [])
        plain = [one for one in known if "." not in one or one.endswith(".output")]
        return self._random.choice(['"x"', *known, *(f'f"{{{one}}}-{{{one}}}"' for one in plain)])

    def _call(self, scope: _Scope, depth: int) -> None:
        name = self._name()
        self._line(depth, f"{name} = called(text={self._text(scope)}, n=1)")
        scope.add("str", f"{name}.output")
        scope.tasks.append(name)

    def _importer(self, scope: _Scope, depth: int) -> None:
        name = self._name()
        uri = self._random.choice(['"gs://bucket/rows"', *(one for one in scope.values["str"] if "." not in one or one.endswith(".output"))])
        self._line(depth, f"{name} = dsl.importer({uri}, Dataset, reimport={self._random.random() < 0.5}, metadata={{'a': 'b'}})")
        scope.add("table", f"{name}.output")

    def _settings(self, scope: _Scope, depth: int) -> None:
        task = self._task(scope, depth, self._random.choice(["say", "count", "table"]))
        plain = ['"x"', *(one for one in scope.values["str"] if "." not in one)]
        for setting in self._random.sample(_SETTINGS, 2):
            self._line(depth, setting.format(task=task, text=self._random.choice(plain)))

    def _artifacts(self, scope: _Scope, depth: int) -> None:
        if scope.is_in_artifacts:
            return  # such a loop in another is one of the deviations
        name, item, inner = self._name(), self._name(), scope.inner()
        inner.is_in_artifacts = True
        self._line(depth, f"{name} = tables(text={self._text(scope)})")
        self._line(depth, f"with dsl.ParallelFor({name}.output, parallelism={self._random.randint(0, 3)}) as {item}:")
        self._line(depth + 1, f"use(rows={item})")
        inner.add("table", item)
        self._statement(inner, depth + 1)

    def _after(self, scope: _Scope, depth: int) -> None:
        if scope.tasks:
            self._line(depth, f"say().after({self._random.choice(scope.tasks)})")

    def _decision(self, scope: _Scope) -> str:
        kind = self._random.choice(["str", "int"])
        known = scope.values[kind]
        constant = '"x"' if kind == "str" else self._random.choice(["3", "-1"])
        sign = self._random.choice(["==", "!=", "<", ">="])
        return f"{self._random.choice(known)} {sign} {self._random.choice([constant, *known])}"

    def _if(self, scope: _Scope, depth: int) -> None:
        self._block(f"dsl.If({self._decision(scope)})", scope, depth)

    def _branches(self, scope: _Scope, depth: int) -> None:
        component = self._random.choice(["say", "count", "table"])
        heads = [f"dsl.If({self._decision(scope)})", *(f"dsl.Elif({self._decision(scope)})" for _ in range(self._random.randint(0, 2))), "dsl.Else()"]
        made = []
        for head in heads:
            inner = self._block(head, scope, depth)
            made.append(self._task(inner, depth + 1, component))
        name = self._name()
        self._line(depth, f"{name} = dsl.OneOf({', '.join(f'{one}.output' for one in made)})")
        self._line(depth, f"use(rows={name})" if component == "table" else f"say({'text' if component == 'say' else 'n'}={name})")

    def _loop(self, scope: _Scope, depth: int) -> None:
        item, inner = self._name(), scope.inner()
        kind = self._random.choice(["constants", "mappings", "list", "rows"])
        if kind == "constants" or (kind in {"list", "rows"} and not inner.values.get(kind)):
            items = "[1, 2]"
            inner.add("int", item)
        elif kind == "mappings":
            items = '[{"a": "x", "b": "y"}]'
        else:
            items = self._random.choice(inner.values[kind])
            # A loop in a loop over the same list is one of the deviations.
            inner.values[kind] = [one for one in inner.values[kind] if one != items]
            inner.add("str" if kind == "list" else "int", item if kind == "list" else f"{item}.size")
        self._line(depth, f"with dsl.ParallelFor({items}) as {item}:")
        # A loop whose item nothing uses is one of them, too.
        if items != "[1, 2]":
            self._line(depth + 1, {"mappings": f"say(text={item}.a)", "list": f"say(text={item})", "rows": f"say(n={item}.size)"}[kind])
        made = self._task(inner, depth + 1, self._random.choice(["say", "table"]))
        is_table = f"{made}.output" in inner.values.get("table", [])
        for _ in range(self._random.randint(0, 2)):
            self._statement(inner, depth + 1)
        if self._random.random() < 0.5:  # every other one
            self._line(depth, f"gather(rows=dsl.Collected({made}.output))" if is_table else f"use(values=dsl.Collected({made}.output))")

    def _handler(self, scope: _Scope, depth: int) -> None:
        if depth > 1:
            return
        name = self._name()
        self._line(depth, f"{name} = say(text=word)")
        self._block(f"dsl.ExitHandler({name})", scope, depth)
