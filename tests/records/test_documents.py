"""Values go into columns and come back equal."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.ir.execution import Artifact, AttemptId, Cause, Ending, Job, LaunchSpec, Origin, Outputs, Place, Program, Requests, StepError, Usage
from bakehouse.ir.spec import ArtifactType, ParameterType
from bakehouse.orchestrator.ports import Environment, RunnerKind, RunOptions
from bakehouse.records import documents

#: Any text that Python's JSON can hold, lone surrogates included.
_TEXT = st.text(st.characters(), max_size=12)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
_OBJECT = st.dictionaries(_TEXT, _JSON, max_size=3)
_FINITE = st.floats(allow_nan=False, allow_infinity=False)


def _values(kind: type[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **fields)


_ERRORS = st.builds(StepError, _TEXT, type=_TEXT, file=_TEXT, line=st.none() | st.integers(), source_line=_TEXT, traceback=_TEXT, remedy=_TEXT)
_ARTIFACTS = _values(
    Artifact,
    name=_TEXT,
    type=st.builds(ArtifactType, _TEXT, _TEXT, _TEXT, _TEXT),
    uri=_TEXT,
    metadata=_OBJECT,
    digest=_TEXT,
    size=st.none() | st.integers(0),
    id=_TEXT,
)
_GROUPS = st.dictionaries(_TEXT, st.lists(_ARTIFACTS, max_size=2).map(tuple), max_size=2)
_OUTPUTS = st.builds(Outputs, _OBJECT, _GROUPS, st.dictionaries(_TEXT, _TEXT, max_size=2))
_ENDINGS = _values(
    Ending,
    cause=st.none() | st.sampled_from(Cause),
    exit_code=st.none() | st.integers(),
    error=st.none() | _ERRORS,
    outputs=_OUTPUTS,
    usage=st.builds(Usage, st.none() | _FINITE, st.none() | st.integers(0)),
    times=st.dictionaries(_TEXT, _FINITE, max_size=3),
    inputs_unchanged=st.booleans(),
    log_note=_TEXT,
)
_TEXTS = st.lists(_TEXT, max_size=2).map(tuple)
_LAUNCHES = st.builds(
    LaunchSpec,
    attempt=st.builds(AttemptId, _TEXT, _TEXT, st.integers(1)),
    pipeline_name=_TEXT,
    image=_TEXT,
    root=_TEXT,
    program=st.none() | st.builds(Program, _TEXT, _TEXT, _TEXTS, _TEXTS, _TEXTS),
    command=_TEXTS,
    args=_TEXTS,
    env=st.dictionaries(_TEXT, _TEXT, max_size=2),
    parameters=_OBJECT,
    inputs=_GROUPS,
    output_parameters=st.dictionaries(_TEXT, st.sampled_from(ParameterType), max_size=2),
    output_artifacts=st.dictionaries(_TEXT, _ARTIFACTS, max_size=2),
    origin=st.none() | st.builds(Origin, _TEXT, st.integers()),
    place=st.none() | st.builds(Place, _TEXT, _TEXT, _TEXT, _TEXT),
    limits=st.builds(Requests, _FINITE, st.integers(0), st.lists(st.tuples(_TEXT, st.integers(0)), max_size=1).map(tuple)),
    job=st.builds(Job, uuid=_TEXT, workspace_path=st.none() | _TEXT),
)
_OPTIONS = st.builds(RunOptions, st.sampled_from(RunnerKind), st.booleans(), st.booleans(), st.integers(), st.sampled_from(Environment))
_QUICK = settings(max_examples=60)


@_QUICK
@given(_ERRORS)
def test_errors(error: StepError) -> None:
    """Every field of a `StepError` survives."""
    assert documents.error_of(documents.error_text(error)) == error


@_QUICK
@given(_OUTPUTS)
def test_outputs(outputs: Outputs) -> None:
    """Parameters keep their types, artifacts their order and metadata."""
    assert documents.outputs_of(documents.outputs_text(outputs)) == outputs


@_QUICK
@given(_ENDINGS)
def test_endings(ending: Ending) -> None:
    """Every field of an `Ending` survives."""
    assert documents.ending_of(documents.ending_text(ending)) == ending


@_QUICK
@given(_LAUNCHES)
def test_launches(launch: LaunchSpec) -> None:
    """A launch spec is the same for the engine that takes over."""
    assert documents.launch_of(documents.launch_text(launch)) == launch


def test_options_stay_readable_as_they_were_written() -> None:
    """The texts in the columns of databases that there are."""
    text = '{"environment":"current","keep_going":false,"max_parallel":2,"runner":"local","use_cache":true}'
    assert documents.options_of(text) == RunOptions(RunnerKind.LOCAL, max_parallel=2, environment=Environment.CURRENT)
    assert documents.options_text(documents.options_of(text)) == text.replace('"runner"', '"nested_lists":false,"runner"').replace(
        '"use', '"strict_resources":false,"timeout":0.0,"use'
    )
    assert documents.options_of(text.replace("current", "")).environment is Environment.ISOLATED


@_QUICK
@given(_OPTIONS, st.dictionaries(_TEXT, st.builds(Origin, _TEXT, st.integers()), max_size=2))
def test_options_and_origins(options: RunOptions, origins: dict[str, Origin]) -> None:
    """How a run is to be run, and where sources stand."""
    assert documents.options_of(documents.options_text(options)) == options
    assert documents.origins_of(documents.origins_text(origins)) == origins


@_QUICK
@given(_JSON)
def test_columns_are_ascii(value: Any) -> None:
    """No text of a column can be refused by a database for its characters."""
    assert documents.dumped(value).isascii()
    assert "\0" not in documents.dumped(value)


@_QUICK
@given(_TEXT)
def test_plain_texts_can_be_stored(text: str) -> None:
    """Whatever the text; one that is Unicode stays as it is."""
    stored = documents.plain(text)
    stored.encode()
    assert "\0" not in stored
    if "\0" not in text and text.encode("utf-8", "ignore").decode() == text:
        assert stored == text


def test_what_is_absent_stays_absent() -> None:
    """No error and no outputs are no text."""
    assert (documents.error_text(None), documents.error_of(None)) == (None, None)
    assert (documents.outputs_text(None), documents.outputs_of(None)) == (None, None)


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_infinities_come_back(value: float) -> None:
    """Python's `json` reads what it writes."""
    assert documents.loaded(documents.dumped({"x": value})) == {"x": value}
    assert math.isnan(documents.loaded(documents.dumped(math.nan)))


def test_paths_of_any_bytes() -> None:
    """A file name that is not UTF-8 is a path again when it is read."""
    path = Path("/data/\udce4")
    assert documents.loaded(documents.dumped(str(path))) == str(path)
