"""What an author can do wrong with settings for Kubernetes: each is told at its line, with what to write instead, and all at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from bakehouse import dsl, kubernetes
from bakehouse.dsl.errors import AuthoringError, AuthoringProblems, WrongType
from bakehouse.errors import BadInput
from bakehouse.task.artifacts import Dataset
from bakehouse.task.names import TaskConfig


@dsl.component
def step(n: int = 1) -> int:
    return n


@dsl.component
def table(rows: dsl.Output[Dataset]) -> None:
    pass


@dsl.component(task_config_passthroughs=[dsl.TaskConfigField.ENV])
def handed(config: TaskConfig = None) -> None:  # type: ignore[assignment]  # as users write
    pass


def _told(ask: Callable[[Any, Any], Any]) -> BadInput:
    """What is told of a pipeline that asks something of a task; `ask` gets the task and the pipeline's input, a text."""
    with pytest.raises((AuthoringError, AuthoringProblems)) as caught:

        @dsl.pipeline
        def pipeline(text: str) -> None:
            ask(step(), text)

    return caught.value


#: Untyped, for a type checker sees many of these mistakes itself.
k: Any = kubernetes
_GPU = {"key": "gpu", "operator": "In", "values": ["a"]}
MISTAKES: list[tuple[Callable[[Any, Any], Any], str, str]] = [
    (lambda t, x: k.use_secret_as_env(t, 5, {}), "secret_name is 5, which is no text", "Write a text."),
    (lambda t, x: k.use_secret_as_env(t, "", {}), "secret_name is empty", "Write what it is."),
    (lambda t, x: k.use_secret_as_env(t, t.output, {}), "secret_name is given step-Output, an int", "Pass a `str`."),
    (lambda t, x: k.use_secret_as_env(t, "../../etc", {}), "secret_name is '../../etc', which is no name of anything", "small letters"),
    (lambda t, x: k.use_config_map_as_env(t, "My_Settings", {}), "config_map_name is 'My_Settings', which is no name", "dashes and dots"),
    (lambda t, x: k.mount_pvc(t, "a..b", "/c"), "pvc_name is 'a..b', which is no name", "begins and ends"),
    (lambda t, x: k.mount_pvc(t, "a" * 254, "/c"), "which is no name", "at most 253"),
    (lambda t, x: k.set_image_pull_secrets(t, ["a.b", "-a"]), "secret_names[1] is '-a', which is no name", "begins and ends"),
    (lambda t, x: k.DeletePVC(pvc_name="a/b"), "pvc_name is 'a/b', which is no name", "small letters"),
    (lambda t, x: k.CreatePVC([], "1Gi", "A"), "pvc_name is 'A', which is no name", "small letters"),
    (lambda t, x: k.empty_dir_mount(t, "a.b", "/v"), "volume_name is 'a.b', which is no name of a part of a pod", "and dashes, begins"),
    (lambda t, x: k.enable_shared_memory(t, volume_name="a" * 64), "which is no name of a part of a pod", "at most 63"),
    (lambda t, x: k.add_init_container(t, "A", "i"), "name is 'A', which is no name of a part of a pod", "small letters"),
    (lambda t, x: k.add_ephemeral_volume(t, "v", "/v", [], "1Gi", "A"), "storage_class_name is 'A', which is no name", "small letters"),
    (lambda t, x: k.use_secret_as_env(t, f"{x}-db", {}), "secret_name is a text with a value in it", "Pass the value itself"),
    (lambda t, x: k.use_secret_as_env(t, table().outputs["rows"], {}), "secret_name is given table-rows, a Dataset", "Pass a `str`."),
    (lambda t, x: k.use_secret_as_env(t, "s", ["a"]), "secret_key_to_env is ['a'], which is no mapping", "Write a mapping"),
    (lambda t, x: k.use_secret_as_env(t, "s", {"a": "b=c"}), "'b=c' is no name of an environment variable", 'A name has no "=".'),
    (lambda t, x: k.use_secret_as_env(t, "s", {}, optional="yes"), "optional is 'yes'", "Write True or False."),
    (lambda t, x: k.use_secret_as_volume(t, "s", x), "mount_path is text, whose value is known only when", "Names of secrets, config maps"),
    (lambda t, x: k.mount_pvc(t.output, "c", "/c"), "given to the output step-Output, which is no task", "Pass what the call"),
    (lambda t, x: k.mount_pvc(step, "c", "/c"), "given to <PythonComponent step>, which is no task", "Pass what the call of a component"),
    (lambda t, x: k.set_image_pull_secrets(t, "s"), "secret_names is 's', which is no list", "Write a list: ['s']."),
    (lambda t, x: k.set_image_pull_policy(t, "always"), "policy is 'always'", "Did you mean `Always`?"),
    (lambda t, x: k.set_timeout(t, "30m"), "seconds is '30m', which is no whole number", "Write a whole number."),
    (lambda t, x: k.set_timeout(t, -1), "seconds is -1", "Write a whole number of 0 or more."),
    (lambda t, x: k.set_timeout(t, x), "seconds is text, which is no whole number that is known now", "Write a whole number."),
    (lambda t, x: k.set_security_context(t), "set_security_context is told nothing", "Give it run_as_user"),
    (lambda t, x: k.set_security_context(t, run_as_user=True), "run_as_user is True, which is no whole number", "Write a whole number."),
    (lambda t, x: k.add_ephemeral_volume(t, "v", "/v", ["RWO"], "5Gi"), "access_modes is 'RWO'", "Write one of ReadWriteOnce"),
    (lambda t, x: k.add_ephemeral_volume(t, "v", "/v", ["ReadWriteOnce"], "5 gigs"), "size is '5 gigs', which is no quantity", '"5Gi"'),
    (lambda t, x: k.empty_dir_mount(t, "v", "/v", size_limit="-5Gi"), "size_limit is '-5Gi', which is no quantity", "from 0 on"),
    (lambda t, x: k.empty_dir_mount(t, "v", "/v", size_limit=" 5Gi "), "size_limit is ' 5Gi ', which is no quantity", "no spaces"),
    (lambda t, x: k.empty_dir_mount(t, "v", "/v", size_limit="5K"), "size_limit is '5K', which is no quantity", '"1k"'),
    (lambda t, x: k.empty_dir_mount(t, "v", "/v", medium="memory"), "medium is 'memory'", "Did you mean `Memory`?"),
    (lambda t, x: k.add_node_affinity(t, [{**_GPU, "operator": "in"}]), "the operator of match_expressions[0] is 'in'", "Write one of In"),
    (lambda t, x: k.add_node_affinity(t, [{**_GPU, "value": "a"}]), "match_expressions[0] has 'value'", "Did you mean `values`?"),
    (lambda t, x: k.add_node_affinity(t, [{**_GPU, "values": []}]), "has the operator In and no values", "Write them"),
    (lambda t, x: k.add_node_affinity(t, [{**_GPU, "operator": "Exists"}]), "has the operator Exists and values", "Remove the values"),
    (lambda t, x: k.add_node_affinity(t, [{"operator": "Exists"}]), "the key of match_expressions[0] is empty", "Write what it is."),
    (lambda t, x: k.add_node_affinity(t, [_GPU], weight=101), "weight is 101", "from 1 to 100"),
    (lambda t, x: k.add_node_affinity_json(t, {"required": []}), "node_affinity_json has 'required'", "There is: requiredDuring"),
    (lambda t, x: k.add_node_selector_json(t, x), "node_selector_json is given text, a str", "Pass a `dict`."),
    (lambda t, x: k.add_node_selector_json(t, {"a": x}), "node_selector_json has a value in it that is known only", "return a `dict`"),
    (lambda t, x: k.add_node_selector_json(t, "a=b"), "node_selector_json is 'a=b'", "Write a `dict`."),
    (lambda t, x: k.add_toleration(t, effect="NoSchedule"), "the toleration has no key", 'operator="Exists"'),
    (lambda t, x: k.add_toleration(t, "k", "Exists", "v"), "has the operator Exists and a value", "Remove the value"),
    (lambda t, x: k.add_toleration_json(t, [{"key": "k", "efect": "x"}]), "toleration_json[0] has 'efect'", "Did you mean `effect`?"),
    (lambda t, x: k.add_toleration_json(t, "k"), "toleration_json is 'k'", "Write a mapping, or a list of mappings."),
    (lambda t, x: k.add_toleration(handed(), "k"), "whose component gets ENV of its task, but not KUBERNETES_TOLERATIONS", "passthroughs"),
    (lambda t, x: k.set_ephemeral_storage(t), "set_ephemeral_storage is told nothing", "Give it a request or a limit."),
    (lambda t, x: _twice(t), "has an init container a already", "another name"),
    (lambda t, x: k.add_init_container(t, "a", "i", restart_policy="Never"), "restart_policy is 'Never'", "Write one of Always."),
]  # fmt: skip


def _twice(task: Any) -> None:
    kubernetes.add_init_container(task, "a", "image")
    kubernetes.add_init_container(task, "a", "image")


@pytest.mark.parametrize(("ask", "message", "remedy"), MISTAKES)
def test_a_mistake_is_told(ask: Callable[[Any, Any], Any], message: str, remedy: str) -> None:
    """With its file and line, what is wrong and what to write."""
    told = _told(ask)
    assert isinstance(told, AuthoringError)
    assert message in told.message
    assert remedy in str(told.remedy)
    assert str(told.place).startswith(f"{__file__}:")


def test_all_of_them_are_told_at_once_and_nothing_is_told_twice() -> None:
    """What follows from a mistake is no further one."""

    def ask(task: Any, text: Any) -> None:
        k.set_timeout(task, "x")
        kubernetes.mount_pvc(task, task.outputs["nothing"], "/x")
        kubernetes.use_secret_as_volume(task.outputs["nothing"], "s", "/x")
        kubernetes.set_timeout(task, task.outputs["nothing"])

    told = _told(ask)
    assert isinstance(told, AuthoringProblems)
    assert [type(one).__name__ for one in told.errors] == ["WrongType", "NoSuchOutput", "NoSuchOutput", "NoSuchOutput"]


def test_nobody_is_sent_into_the_components_that_are_brought_along() -> None:
    """A missing input is given; a default is the author's to write only in a component of theirs."""
    told = _told(lambda task, text: k.CreatePVC(size="1Gi"))
    assert told.message == "createpvc is called without its required input access_modes"
    assert told.remedy == "Give it."


def test_outside_a_pipeline_it_is_raised() -> None:
    """There is nothing to report it to."""
    with pytest.raises(WrongType, match="given to None, which is no task") as caught:
        k.set_timeout(None, 5)
    line = inspect.getsourcelines(test_outside_a_pipeline_it_is_raised)[1] + 3
    assert caught.value.place == f"{__file__}:{line}"


def test_a_value_of_another_pipeline_is_none_of_this() -> None:
    """As with the arguments of a component."""
    leaked: list[Any] = []

    @dsl.pipeline
    def other(text: str) -> None:
        leaked.append(text)
        step()

    told = _told(lambda task, text: kubernetes.use_secret_as_volume(task, leaked[0], "/x"))
    assert "secret_name is given text, which belongs to another pipeline" in str(told)
