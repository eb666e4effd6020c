"""Patches of pods, as `kubectl patch` has them."""

from __future__ import annotations

from typing import Any

import pytest

from bakehouse.runners.kubernetes import patches
from bakehouse.runners.kubernetes.errors import BadPod

_POD: dict[str, Any] = {
    "metadata": {"labels": {"a": "1"}},
    "spec": {
        "containers": [{"name": "main", "image": "i", "env": [{"name": "A", "value": "1"}]}],
        "tolerations": [{"key": "x"}],
        "volumes": [{"name": "v", "emptyDir": {}}],
    },
}


@pytest.mark.parametrize(
    ("patch", "at", "becomes"),
    [
        ({"metadata": {"labels": {"b": "2"}}}, ("metadata", "labels"), {"a": "1", "b": "2"}),
        ({"metadata": {"labels": {"a": None}}}, ("metadata", "labels"), {}),
        ({"metadata": {"labels": {"$patch": "replace", "b": "2"}}}, ("metadata", "labels"), {"b": "2"}),
        ({"metadata": {"labels": {"$patch": "delete"}}}, ("metadata",), {}),
        ({"spec": {"tolerations": [{"key": "y"}]}}, ("spec", "tolerations"), [{"key": "y"}]),
        ({"spec": {"tolerations": [{"$patch": "replace"}, {"key": "y"}]}}, ("spec", "tolerations"), [{"key": "y"}]),
        ({"spec": {"tolerations": [{"key": "y", "$patch": "merge", "value": None}]}}, ("spec", "tolerations"), [{"key": "y"}]),
        ({"spec": {"readinessGates": [{"a": {"$patch": "replace", "b": [["c"]]}}]}}, ("spec", "readinessGates"), [{"a": {"b": [["c"]]}}]),
        ({"spec": {"volumes": [{"name": "v", "$patch": "delete"}]}}, ("spec", "volumes"), []),
        ({"spec": {"volumes": [{"$patch": "replace"}, {"name": "w"}]}}, ("spec", "volumes"), [{"name": "w"}]),
        ({"spec": {"volumes": [{"$patch": "replace"}, {"name": "w"}, {"name": "w", "$patch": "delete"}]}}, ("spec", "volumes"), []),
        ({"spec": {"volumes": [{"name": "w", "emptyDir": {}}]}}, ("spec", "volumes"), [{"name": "v", "emptyDir": {}}, {"name": "w", "emptyDir": {}}]),
        (
            {"spec": {"containers": [{"name": "main", "env": [{"name": "B", "value": "2"}, {"name": "A", "value": "3"}]}]}},
            ("spec", "containers"),
            [{"name": "main", "image": "i", "env": [{"name": "A", "value": "3"}, {"name": "B", "value": "2"}]}],
        ),
        ({"spec": {"initContainers": [{"name": "new"}]}}, ("spec", "initContainers"), [{"name": "new"}]),
        ({"spec": {"dnsPolicy": "Default"}}, ("spec", "dnsPolicy"), "Default"),
    ],
)
def test_a_patch(patch: dict[str, Any], at: tuple[str, ...], becomes: Any) -> None:
    """Lists of what has a name are merged by it, other lists are replaced; directives delete and replace."""
    found: Any = patches.merged(_POD, patch, "podPatch[0]")
    for key in at:
        found = found[key]
    assert found == becomes


def test_what_is_patched_stays_as_it_was() -> None:
    """The installation's patch is one value for all pods."""
    patches.merged(_POD, {"metadata": {"labels": {"b": "2"}}, "spec": {"volumes": []}}, "podPatch[0]")
    assert _POD["metadata"]["labels"] == {"a": "1"}
    assert patches.merged(_POD, {}, "podPatch[0]") == _POD


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ({"spec": {"containers": ["x"]}}, "podPatch[0].spec.containers[0] is 'x', where a mapping with 'name' is needed"),
        ({"spec": {"containers": [{"image": "i"}]}}, "podPatch[0].spec.containers[0] is"),
        ({"spec": {"containers": [{"$patch": "replace"}, "x"]}}, "podPatch[0].spec.containers[1] is 'x'"),
        ({"spec": {"containers": {"name": "main"}}}, "podPatch[0].spec.containers is {'name': 'main'}, where a list is needed"),
        ({"spec": "x"}, "podPatch[0].spec is 'x', where a mapping is needed"),
        (
            {"spec": {"containers": [{"name": "main", "image": ["i"]}]}},
            "podPatch[0].spec.containers[0].image is ['i'], where a plain value is needed",
        ),
        ({"spec": {"$retainKeys": ["volumes"]}}, "podPatch[0].spec has $retainKeys"),
        ({"spec": {"$setElementOrder/containers": [{"name": "main"}]}}, "podPatch[0].spec has $setElementOrder/containers"),
        ({"spec": {"containers": [{"name": "main", "$patch": "remove"}]}}, "podPatch[0].spec.containers[0] has $patch: 'remove'"),
        ({"spec": {"tolerations": [{"key": "y"}, {"$patch": "remove"}]}}, "podPatch[0].spec.tolerations[1] has $patch: 'remove'"),
        ({"spec": {"tolerations": [{"key": "x", "$patch": "delete"}]}}, "podPatch[0].spec.tolerations[0] is {'key': 'x', '$patch': 'delete'}, where"),
    ],
)
def test_what_is_no_patch(patch: dict[str, Any], said: str) -> None:
    """It is told with its place, since whoever wrote it can correct it; nothing of it stays in the pod."""
    with pytest.raises(BadPod) as raised:
        patches.merged(_POD, patch, "podPatch[0]")
    assert said in raised.value.message
