"""What is no pipeline is refused with its line, its place and a way out; nothing makes reading crash or hang."""

from __future__ import annotations

import contextlib
import copy
import functools
import json
import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.errors import BakehouseError
from bakehouse.ir import text
from tests.unit.ir.samples import PIPELINE, changed, problems


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, levels)]
    return "\n".join(lines) + "\n" + PIPELINE


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        ("", "p.yaml", "empty"),
        (" \n\n", "p.yaml", "empty"),
        ("components:\n  comp-a: [\nroot: }\n", "p.yaml:3", "not YAML"),
        ("a: 1\n\tb: 2\n", "p.yaml:2", "not YAML"),
        ("a: 'x", "p.yaml:1", "not YAML"),
        ("a: *b", "p.yaml:1", "alias"),
        ("a: &a [*a]", "p.yaml:1", "holds itself"),
        ("a: 1\nb: \x01\n", "p.yaml:2", "not YAML"),
        ("a: \ud800", "p.yaml:1", "UTF-8"),
        ('{"a": 1,\n"b": "\\ud800"}', "p.yaml:2", "lone surrogate"),
        (b"a: 1\nb: \xff\n", "p.yaml:2", "UTF-8"),
        ("a: !!python/object:os.system x", "p.yaml:1", "tag"),
        ("? [a]\n: b", "p.yaml:1", "key"),
        ("[" * 100_000, "p.yaml:1", "200 levels"),
        ('{"a":' * 300 + "1" + "}" * 300, "p.yaml:1", "200 levels"),
        ("- a\n- b\n", "p.yaml:1", "no mapping"),
        ("hello: world\n", "p.yaml:1", "not a pipeline"),
        ("just a text", "p.yaml:1", "not a pipeline"),
        ("apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n", "p.yaml:1", "Argo Workflow"),
        ("name: x\nimplementation:\n  container: {image: a}\n", "p.yaml:1", "component"),
        ("apiVersion: v1\nkind: Pod\n", "p.yaml:1", "kind Pod"),
        (bomb(12), "p.yaml:1", "aliases"),
        (PIPELINE + "---\n" + PIPELINE, "p.yaml:47", "second document"),
    ],
)
def test_what_is_no_pipeline_is_refused(content: str | bytes, place: str, said: str) -> None:
    """The place has the line, the message says what it is, the remedy what to do."""
    [problem, *_] = problems(content)
    assert problem.place == place
    assert said in problem.message


def test_a_text_over_32_mib_is_refused_unparsed() -> None:
    """The limit is named, and it takes no time."""
    before = time.process_time()
    [problem] = problems("x" * (33 << 20))
    assert "32 MiB" in problem.message
    [problem] = problems("é" * (17 << 20))
    assert "32 MiB" in problem.message
    assert time.process_time() - before < 1


def test_a_bomb_of_merges_is_refused() -> None:
    """`<<` multiplies as aliases do."""
    lines = ["a0: &a0 {" + ", ".join(f"k{index}: x" for index in range(9)) + "}"]
    lines += [f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 9)}], own{level}: 1}}" for level in range(1, 12)]
    [problem, *_] = problems("\n".join(lines) + "\n" + PIPELINE)
    assert "aliases" in problem.message


def test_every_duplicate_key_is_told_with_its_line() -> None:
    """Also with the line of the first of the two."""
    found = problems("a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert [problem.place for problem in found] == ["p.yaml:3", "p.yaml:2"]
    assert "first in line 1" in found[0].message


def test_all_problems_come_at_once() -> None:
    """Each with line and path, in the order of the file."""
    found = problems(
        changed(
            ("parameterType: NUMBER_INTEGER}\n  comp-use", "parameterType: NUMBER}\n  comp-use"),
            ("{image: python, command: [make]}", "{command: [make], env: text}"),
            ("enableCache: true", "enableCache: maybe"),
            ("inputs:\n          artifacts", "input:\n          artifacts"),
        )
    )
    assert [problem.place for problem in found] == [
        "p.yaml:8 (components.comp-make.outputDefinitions.parameters.number.parameterType)",
        "p.yaml:20 (deploymentSpec.executors.exec-make.container)",
        "p.yaml:20 (deploymentSpec.executors.exec-make.container.env)",
        "p.yaml:31 (root.dag.tasks.make.cachingOptions.enableCache)",
        "p.yaml:38 (root.dag.tasks.use.input)",
    ]


def read_or_refused(content: str | bytes) -> None:
    """Read a text; an error of ours is as good."""
    with contextlib.suppress(BakehouseError):
        text.read(content)


@given(st.text(max_size=60))
def test_no_text_makes_it_crash(content: str) -> None:
    """Whatever it is, it is refused with an error of ours or read."""
    read_or_refused(content)
    read_or_refused(PIPELINE.replace("NUMBER_INTEGER", content))
    read_or_refused(PIPELINE.replace("make", content))


@given(st.binary(max_size=60))
def test_no_bytes_make_it_crash(content: bytes) -> None:
    """Nor bytes."""
    read_or_refused(content)
    read_or_refused(PIPELINE.encode().replace(b"python", content))


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=4))
def test_nothing_in_the_place_of_a_part_makes_it_crash(part: object) -> None:
    """Each part of the sample in turn is something else."""
    whole = yaml.safe_load(PIPELINE)
    for path in every_path(whole):
        changed_one = copy.deepcopy(whole)
        parent = functools.reduce(lambda value, key: value[key], path[:-1], changed_one)
        parent[path[-1]] = part
        read_or_refused(json.dumps(changed_one))


def every_path(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all parts of a document."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way for key, child in children for way in ((*path, key), *every_path(child, (*path, key)))]
