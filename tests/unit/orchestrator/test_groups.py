"""Single decisions about groups, conditions, loops and exit tasks, each with the smallest pipeline that asks for it."""

from __future__ import annotations

import pytest

from bakehouse.orchestrator.commands import Launch
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.states import RunState
from tests.unit.orchestrator.groups import Story, group, loop, pipeline, step

_KEEP_GOING = RunOptions(keep_going=True)
_NO = "inputs.parameter_values['c'] == 7"  # of an input that is 3
_YES = "inputs.parameter_values['c'] == 3"


# ---------------------------------------------------------------- groups


def test_a_group_opens_after_what_it_waits_for_and_is_over_with_what_it_holds() -> None:
    """Its tasks come to be when it opens; what follows it waits for all of them."""
    story = Story(pipeline({"a": step(), "g": group({"x": step(), "y": step("x")}, "a"), "z": step("g")}))
    assert story.states == {"a": "RUNNING", "g": "WAITING", "z": "WAITING"}
    story.succeeds("a")
    assert story.states == {"a": "SUCCEEDED", "g": "RUNNING", "g/x": "RUNNING", "g/y": "WAITING", "z": "WAITING"}
    story.succeeds("g/x", "g/y")
    assert (story.states["g"], story.running) == ("SUCCEEDED", {"z"})
    assert story.succeeds("z").run.state is RunState.SUCCEEDED


def test_values_go_into_groups_and_out_of_them() -> None:
    """Through two groups to a step, and from there to the output of the pipeline."""
    inner = group({"x": step(takes={"n": "$n"})}, takes={"n": "$n"}, gives={"n": ["x.n"]})
    outer = group({"inner": inner}, takes={"n": "a.n"}, gives={"n": ["inner.n"]})
    story = Story(pipeline({"a": step(), "outer": outer, "z": step(takes={"n": "outer.n"})}))
    story.succeeds("a", n=5)
    assert story.given("outer/inner/x") == {"n": 5}
    story.succeeds("outer/inner/x", n=6)
    assert story.given("z") == {"n": 6}


def test_a_group_that_holds_nothing_succeeds_at_once() -> None:
    """And what follows it goes on."""
    assert Story(pipeline({"g": group({}), "z": step("g")})).states == {"g": "SUCCEEDED", "z": "RUNNING"}


def test_the_error_of_a_group_and_of_the_run_names_the_step() -> None:
    """However deep it lies, it is named once."""
    story = Story(pipeline({"g": group({"h": group({"x": step()})})})).fails("g/h/x")
    assert story.error("g/h") == story.error("g") == story.error() == "g/h/x: exit code 1"
    assert story.run.state is RunState.FAILED


# ---------------------------------------------------------------- conditions


def test_a_condition_that_does_not_hold_skips_the_group_and_what_follows_it() -> None:
    """What the group holds never comes to be, and the run succeeds."""
    story = Story(pipeline({"g": group({"x": step()}, takes={"c": "$n"}, condition=_NO), "z": step("g")}, n=3))
    assert story.states == {"g": "SKIPPED", "z": "SKIPPED"}
    assert (story.why("g"), story.why("z")) == (f"its condition is false: {_NO}", "not started: g was skipped")
    assert story.run.state is RunState.SUCCEEDED


def test_a_condition_asks_about_what_an_upstream_task_gave() -> None:
    """It is evaluated when that is known."""
    file = pipeline({"a": step(), "g": group({"x": step()}, takes={"c": "a.n"}, condition=_YES)})
    assert Story(file).succeeds("a", n=3).running == {"g/x"}
    assert Story(file).succeeds("a", n=4).states == {"a": "SUCCEEDED", "g": "SKIPPED"}


def test_a_condition_that_cannot_be_evaluated_fails_the_group() -> None:
    """The message names what is missing."""
    story = Story(pipeline({"g": group({"x": step()}, takes={"d": "$n"}, condition=_YES)}, n=3))
    assert story.states == {"g": "FAILED"}
    assert story.error("g").startswith("its condition cannot be evaluated: the input c is not given")


def test_of_branches_the_one_that_ran_gives_the_output() -> None:
    """`dsl.OneOf`: the other candidate was skipped."""
    branches = group(
        {
            "if": group({"x": step()}, takes={"c": "$n"}, gives={"n": ["x.n"]}, condition=_NO),
            "else": group({"y": step()}, takes={"c": "$n"}, gives={"n": ["y.n"]}, condition=f"!({_NO})"),
        },
        takes={"n": "$n"},
        gives={"n": ["if.n", "else.n"]},
    )
    story = Story(pipeline({"branches": branches, "z": step(takes={"n": "branches.n"})}, n=3)).succeeds("branches/else/y", n=8)
    assert story.states["branches/if"] == "SKIPPED"
    assert story.given("z") == {"n": 8}


def test_of_several_candidates_that_were_made_the_first_counts() -> None:
    """In the order in which the pipeline names them."""
    both = group({"x": step(), "y": step()}, gives={"n": ["x.n", "y.n"]})
    story = Story(pipeline({"g": both})).succeeds("g/y", n=2).succeeds("g/x", n=1)
    assert story.outputs("g") == {"n": 1}


def test_what_needs_an_output_of_branches_none_of_which_ran_is_skipped() -> None:
    """It is not wanted, which is no failure; why not is said."""
    branches = group({"if": group({"x": step()}, takes={"c": "$n"}, gives={"n": ["x.n"]}, condition=_NO)}, takes={"n": "$n"}, gives={"n": ["if.n"]})
    story = Story(pipeline({"branches": branches, "z": step(takes={"n": "branches.n"})}, n=3))
    assert story.states == {"branches": "SUCCEEDED", "branches/if": "SKIPPED", "z": "SKIPPED"}
    assert "its input n was not given a value by branches (output n)" in story.why("z")
    assert story.run.state is RunState.SUCCEEDED


# ---------------------------------------------------------------- what may be missing


def test_a_task_that_takes_only_optional_inputs_of_a_skipped_one_runs_without_them() -> None:
    """Its function's own default applies: the input is absent."""
    maybe = group({"x": step()}, takes={"c": "$n"}, gives={"n": ["x.n"]}, condition=_NO)
    story = Story(pipeline({"maybe": maybe, "z": step(takes={"m": "maybe.n", "k": 5}, optional=["m"])}, n=3))
    assert story.given("z") == {"k": 5}


def test_a_task_that_was_told_to_wait_for_a_skipped_one_is_skipped() -> None:
    """Only inputs that may be missing make it tolerant, not the lack of any."""
    maybe = group({"x": step()}, takes={"c": "$n"}, condition=_NO)
    assert Story(pipeline({"maybe": maybe, "z": step("maybe")}, n=3)).states["z"] == "SKIPPED"


def test_an_optional_input_does_not_help_against_a_failure() -> None:
    """What follows a task that failed is skipped, `keep_going` or not."""
    file = pipeline({"a": step(), "z": step(takes={"n": "a.n"}, optional=["n"])})
    assert Story(file, _KEEP_GOING).fails("a").states == {"a": "FAILED", "z": "SKIPPED"}


@pytest.mark.parametrize("maybe", [group({"x": step()}, takes={"c": "$n"}, gives={"n": ["x.n"]}, condition=_NO), step("no")], ids=["group", "step"])
def test_a_task_that_runs_always_but_needs_what_was_skipped_is_skipped_too(maybe: object) -> None:
    """Whether a group or a step was to make it."""
    no = group({"x": step()}, takes={"c": "$n"}, condition=_NO)
    story = Story(pipeline({"no": no, "maybe": maybe, "z": step(takes={"n": "maybe.n"}, always=True)}, n=3))  # type: ignore[dict-item]  # a part
    assert story.states["z"] == "SKIPPED"
    assert story.run.state is RunState.SUCCEEDED


def test_a_task_that_runs_always_but_needs_what_was_not_made_fails() -> None:
    """The message says which input, and of which task."""
    story = Story(pipeline({"a": step(), "z": step(takes={"n": "a.n"}, always=True)}), _KEEP_GOING).fails("a")
    assert story.states == {"a": "FAILED", "z": "FAILED"}
    assert "its input n was not given a value by a (output n)" in story.error("z")


# ---------------------------------------------------------------- failures


def test_a_failure_blocks_its_own_dag_and_no_other() -> None:
    """What runs goes on, and so does a group that is open, with all that is still to start in it."""
    parts = {"a": step(), "b": step(), "c": step("b"), "g": group({"x": step(), "y": step("x")}), "h": group({"x": step()}, "b")}
    story = Story(pipeline(parts)).fails("a")
    assert story.states == {
        "a": "FAILED", "b": "RUNNING", "c": "SKIPPED", "g": "RUNNING", "g/x": "RUNNING", "g/y": "WAITING", "h": "SKIPPED"
    }  # fmt: skip
    assert story.why("c") == "not started: a failed"
    story.succeeds("b", "g/x")
    assert story.running == {"g/y"}
    assert story.succeeds("g/y").run.state is RunState.FAILED


def test_a_failure_in_a_group_blocks_what_is_around_it_when_the_group_is_over() -> None:
    """Not before: until then the group has not failed."""
    story = Story(pipeline({"a": step(), "b": step("a"), "g": group({"x": step(), "y": step()})})).fails("g/x")
    story.succeeds("a")
    assert story.running == {"b", "g/y"}
    story.succeeds("g/y")
    assert (story.states["g"], story.running) == ("FAILED", {"b"})


def test_with_keep_going_everything_runs_that_does_not_depend_on_the_failure() -> None:
    """In the same DAG, too."""
    story = Story(pipeline({"a": step(), "after": step("a"), "b": step(), "c": step("b")}), _KEEP_GOING).fails("a").succeeds("b")
    assert story.states == {"a": "FAILED", "after": "SKIPPED", "b": "SUCCEEDED", "c": "RUNNING"}
    assert story.succeeds("c").run.state is RunState.FAILED


def test_a_task_that_runs_always_waits_for_all_its_upstream_tasks_whatever_becomes_of_them() -> None:
    """`ignore_upstream_failure`: one failed, one was skipped, one succeeds."""
    no = group({"x": step()}, takes={"c": "$n"}, condition=_NO)
    story = Story(pipeline({"a": step(), "b": step(), "no": no, "z": step("a", "b", "no", always=True)}, n=3)).fails("a")
    assert story.states["z"] == "WAITING"
    story.succeeds("b")
    assert story.running == {"z"}
    assert story.succeeds("z").run.state is RunState.FAILED


# ---------------------------------------------------------------- loops


def test_a_loop_begins_as_many_rounds_as_its_limit_allows() -> None:
    """The next one begins when one is over, whichever that is."""
    story = Story(pipeline({"l": loop({"x": step(takes={"n": "$n"})}, over=[7, 8, 9, 10], limit=2)}))
    assert story.running == {"l/0/x", "l/1/x"}
    story.succeeds("l/1/x")
    assert story.running == {"l/0/x", "l/2/x"}
    assert story.given("l/2/x") == {"n": 9}
    story.succeeds("l/0/x", "l/2/x", "l/3/x")
    assert story.run.state is RunState.SUCCEEDED


def test_limits_of_loops_in_loops_are_their_own() -> None:
    """Two rounds at a time outside, one at a time inside each of them."""
    inner = loop({"x": step()}, over=[1, 2], limit=1)
    story = Story(pipeline({"l": loop({"m": inner}, over=[1, 2, 3], limit=2)}))
    assert story.running == {"l/0/m/0/x", "l/1/m/0/x"}
    story.succeeds("l/0/m/0/x")
    assert story.running == {"l/0/m/1/x", "l/1/m/0/x"}
    story.succeeds("l/0/m/1/x")
    assert story.running == {"l/1/m/0/x", "l/2/m/0/x"}


def test_what_a_loop_gives_is_in_the_order_of_its_rounds() -> None:
    """`dsl.Collected`, whatever the order in which they ended."""
    story = Story(
        pipeline({"l": loop({"x": step()}, over=[1, 2, 3], gives={"l": ["x.n"], "as": ["x.a"]}), "z": step(takes={"k": "l.l", "b": "l.as"})})
    )
    story.succeeds("l/2/x", n=30).succeeds("l/0/x", n=10).succeeds("l/1/x", n=20)
    assert story.given("z") == {"k": [10, 20, 30]}
    assert story.given_artifacts("z") == {"b": ["l/0/x", "l/1/x", "l/2/x"]}


def test_a_round_that_did_not_make_an_output_has_no_place_in_the_list() -> None:
    """Its condition did not hold."""
    inside = group({"x": step()}, takes={"c": "$n"}, gives={"n": ["x.n"]}, condition="inputs.parameter_values['c'] != 2")
    story = Story(pipeline({"l": loop({"g": inside}, over=[1, 2, 3], gives={"l": ["g.n"]})})).succeeds("l/0/g/x", n=10).succeeds("l/2/g/x", n=30)
    assert story.outputs("l") == {"l": [10, 30]}


def test_an_empty_loop_gives_empty_lists() -> None:
    """It succeeds at once; nothing is missing."""
    story = Story(pipeline({"l": loop({"x": step()}, over=[], gives={"l": ["x.n"], "as": ["x.a"]}), "z": step(takes={"k": "l.l", "b": "l.as"})}))
    assert story.states == {"l": "SUCCEEDED", "z": "RUNNING"}
    assert (story.given("z"), story.given_artifacts("z")) == ({"k": []}, {"b": []})


@pytest.mark.parametrize(("options", "expected"), [(RunOptions(), [1, 2, 3, 4]), (RunOptions(nested_lists=True), [[1, 2], [3, 4]])])
def test_lists_of_loops_in_loops_are_joined_unless_the_run_wants_them_nested(options: RunOptions, expected: list[object]) -> None:
    """As on KFP's back end, or as its local runner has it."""
    inner = loop({"x": step()}, over=[1, 2], gives={"l": ["x.n"]})
    story = Story(pipeline({"l": loop({"m": inner}, over=[1, 2], gives={"l": ["m.l"]})}), options)
    for number, name in enumerate(["l/0/m/0/x", "l/0/m/1/x", "l/1/m/0/x", "l/1/m/1/x"], start=1):
        story.succeeds(name, n=number)
    assert story.outputs("l") == {"l": expected}


def test_a_list_that_a_step_gives_stays_a_list_in_the_list_of_a_loop() -> None:
    """Only lists of loops are joined."""
    story = Story(pipeline({"l": loop({"x": step()}, over=[1, 2], gives={"l": ["x.l"]})})).succeeds("l/0/x", l=[1]).succeeds("l/1/x", l=[2, 3])
    assert story.outputs("l") == {"l": [[1], [2, 3]]}


def test_a_loop_goes_over_what_an_upstream_task_gave() -> None:
    """So many rounds as it has elements."""
    story = Story(pipeline({"a": step(), "l": loop({"x": step(takes={"n": "$n"})}, over="a.l")})).succeeds("a", l=[4, 5])
    assert (story.given("l/0/x"), story.given("l/1/x")) == ({"n": 4}, {"n": 5})


def test_a_loop_goes_over_artifacts() -> None:
    """Each round is given one."""
    first = loop({"x": step()}, over=[1, 2], gives={"as": ["x.a"]})
    story = Story(pipeline({"l": first, "m": loop({"y": step(takes={"b": "$a"})}, over="l.as")})).succeeds("l/0/x", "l/1/x")
    assert (story.given_artifacts("m/0/y"), story.given_artifacts("m/1/y")) == ({"b": ["l/0/x"]}, {"b": ["l/1/x"]})


def test_a_loop_over_what_is_no_list_fails() -> None:
    """The message says what it was given."""
    story = Story(pipeline({"a": step(), "l": loop({"x": step()}, over="a.n")})).succeeds("a", n=5)
    assert story.states == {"a": "SUCCEEDED", "l": "FAILED"}
    assert story.error("l") == "cannot start: its input items is no list but 5"
    assert story.run.error is not None
    assert story.run.error.message == "l: cannot start: its input items is no list but 5"  # named once


def test_after_a_round_that_failed_no_other_begins() -> None:
    """Those that have begun go on, and then the loop has failed."""
    story = Story(pipeline({"l": loop({"x": step(), "y": step("x")}, over=[1, 2, 3], limit=2)})).fails("l/0/x").succeeds("l/1/x")
    assert story.running == {"l/1/y"}
    story.succeeds("l/1/y")
    assert (story.states["l/0"], story.states["l/1"], story.states["l"]) == ("FAILED", "SUCCEEDED", "FAILED")
    assert "l/2" not in story.states


def test_with_keep_going_all_rounds_run() -> None:
    """The loop fails in the end all the same."""
    story = Story(pipeline({"l": loop({"x": step()}, over=[1, 2, 3], limit=1)}), _KEEP_GOING).fails("l/0/x").succeeds("l/1/x").fails("l/2/x")
    assert {name: story.states[name] for name in ("l/0", "l/1", "l/2", "l")} == {
        "l/0": "FAILED", "l/1": "SUCCEEDED", "l/2": "FAILED", "l": "FAILED"
    }  # fmt: skip
    assert story.error() == "l/0/x: exit code 1"


# ---------------------------------------------------------------- exit tasks and termination


def test_an_exit_task_is_told_what_became_of_what_it_follows() -> None:
    """State and error of the group, and the name of the task."""
    story = Story(pipeline({"exit-handler-1": group({"x": step()}), "z": step("exit-handler-1", always=True, status_of="exit-handler-1")}))
    story.fails("exit-handler-1/x")
    assert story.given("z")["status"] == {
        "state": "FAILED",
        "pipelineJobResourceName": "groups-run",
        "pipelineTaskName": "exit-handler-1",
        "error": {"code": 2, "message": "exit-handler-1/x: exit code 1"},
    }
    assert story.succeeds("z").run.state is RunState.FAILED


_WITH_EXIT = {
    "exit-handler-1": group({"x": step(), "y": step("x")}),
    "other": step(),
    "later": step("other"),
    "z": step("exit-handler-1", always=True, status_of="exit-handler-1"),
}


def test_termination_cancels_everything_but_exit_tasks_whose_handler_has_begun() -> None:
    """What runs is stopped; then the exit task runs, and the run is canceled."""
    story = Story(pipeline(_WITH_EXIT)).is_terminated()
    assert story.states == {
        "exit-handler-1": "CANCELED", "exit-handler-1/x": "CANCELED", "exit-handler-1/y": "CANCELED",
        "other": "CANCELED", "later": "CANCELED", "z": "RUNNING",
    }  # fmt: skip
    status = story.given("z")["status"]
    assert isinstance(status, dict)
    assert status["state"] == "CANCELLED"
    assert story.succeeds("z").run.state is RunState.CANCELED
    assert story.error() == "terminated by ann"


def test_an_exit_task_whose_handler_has_not_begun_is_canceled() -> None:
    """There is nothing to clean up."""
    handler = group({"x": step()}, "first")
    story = Story(pipeline({"first": step(), "exit-handler-1": handler, "z": step("exit-handler-1", always=True)})).is_terminated()
    assert story.states == {"first": "CANCELED", "exit-handler-1": "CANCELED", "z": "CANCELED"}
    assert story.run.state is RunState.CANCELED


def test_a_task_that_runs_always_is_no_exit_task() -> None:
    """It follows no exit handler: termination cancels it."""
    story = Story(pipeline({"a": step(), "z": step("a", always=True)})).is_terminated()
    assert story.states == {"a": "CANCELED", "z": "CANCELED"}


def test_termination_at_once_ends_exit_tasks_too() -> None:
    """Those that wait and those that run."""
    assert Story(pipeline(_WITH_EXIT)).is_terminated(now=True).states["z"] == "CANCELED"
    story = Story(pipeline(_WITH_EXIT)).is_terminated()
    assert story.running == {"z"}
    assert story.is_terminated(now=True).states["z"] == "CANCELED"
    assert story.run.state is RunState.CANCELED


def test_a_terminated_loop_begins_no_more_rounds() -> None:
    """It is canceled when those that ran are."""
    story = Story(pipeline({"l": loop({"x": step()}, over=[1, 2, 3], limit=1)})).is_terminated()
    assert story.states == {"l": "CANCELED", "l/0": "CANCELED", "l/0/x": "CANCELED"}


def test_a_whole_pipeline_as_exit_task_runs_to_its_end_after_a_termination() -> None:
    """With its loops, and with conditions that do not hold: these are skipped, and what may do without them goes on."""
    clean = group(
        {
            "no": group({"x": step()}, takes={"c": "$n"}, gives={"n": ["x.n"]}, condition=_NO),
            "all": loop({"x": step()}, over=[1, 2], limit=1),
            "last": step("all", takes={"m": "no.n"}, optional=["m"]),
        },
        "exit-handler-1",
        takes={"n": "$n"},
        always=True,
    )
    story = Story(pipeline({"exit-handler-1": group({"x": step()}), "clean": clean}, n=3)).is_terminated()
    assert story.states["clean/no"] == "SKIPPED"
    story.succeeds("clean/all/0/x", "clean/all/1/x", "clean/last")
    assert (story.states["clean"], story.run.state) == ("SUCCEEDED", RunState.CANCELED)


def test_nothing_is_launched_after_a_termination_but_exit_tasks() -> None:
    """Not even what was admitted at the same time."""
    story = Story(pipeline(_WITH_EXIT))
    known = len(story.commands)
    story.is_terminated()
    assert [one.launch.attempt.task_id for one in story.commands[known:] if isinstance(one, Launch)] == ["z"]
