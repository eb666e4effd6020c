"""Names of what a run has in a cluster."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.runners.kubernetes import names

_DNS_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_TEXTS = st.text(max_size=150)


@given(_TEXTS, _TEXTS, _TEXTS, st.integers(1, 1_000_000))
def test_any_attempt_has_a_name_that_kubernetes_takes(pipeline: str, run: str, task: str, number: int) -> None:
    """A DNS label, which is what the host name of a pod must be."""
    assert _DNS_LABEL.fullmatch(names.pod("home", pipeline, AttemptId(RunId(run), TaskId(task), number)))


@given(_TEXTS)
def test_labels_and_volumes_too(value: str) -> None:
    """Whatever a secret, a run or a task is called."""
    assert _LABEL_VALUE.fullmatch(names.label(value))
    assert _DNS_LABEL.fullmatch(names.volume(value))


def test_the_name_can_be_read_and_is_the_attempt_s_own() -> None:
    """The same for whoever acts again; another for another home, run, task, round or attempt."""
    first = AttemptId(RunId("r1"), TaskId("loop.3.train"), 1)
    assert re.fullmatch(r"digits-loop-3-train-[0-9a-f]{12}-1", names.pod("h", "Digits", first))
    others = [AttemptId(RunId("r2"), first.task_id, 1), AttemptId(first.run_id, TaskId("loop.4.train"), 1), AttemptId(first.run_id, first.task_id, 2)]
    assert len({names.pod("h", "digits", one) for one in (first, *others)} | {names.pod("other", "digits", first)}) == 5
    assert names.pod("h", "digits", first) == names.pod("h", "digits", first)


def test_what_fits_is_kept() -> None:
    """Names of secrets and claims are what init containers and patches call their volumes by."""
    assert names.volume("my-secret") == "my-secret"
    assert names.volume("my.secret") != names.volume("my-secret")
    assert names.label("3c5f-11") == "3c5f-11"


def test_all_attempts_of_a_task_make_the_same_claim() -> None:
    """A retry finds what the attempt before has made."""
    first = AttemptId(RunId("r"), TaskId("createpvc"), 1)
    assert names.claim("h", first, "-data") == names.claim("h", AttemptId(first.run_id, first.task_id, 2), "-data")
    assert names.claim("h", first, "-data").endswith("-data")
    assert names.claim("h", first, "-data") != names.claim("h", AttemptId(first.run_id, TaskId("createpvc-2"), 1), "-data")
