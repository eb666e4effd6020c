"""What a step in a container or pod left leads nowhere on the disk of whoever collects it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Artifact, Cause
from bakehouse.ir.spec import ParameterType
from tests.unit.runners.left import Attempt
from tests.unit.runners.specs import DATASET

_HIDDEN = "what only this machine knows"


@pytest.fixture
def attempt(tmp_path: Path) -> Attempt:
    """One that gives a parameter and an artifact; a secret lies beside its home."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text(_HIDDEN)
    made = Attempt(tmp_path)
    data = Artifact(name="data", type=DATASET, uri=str(made.root / "data"))
    made.launch = replace(made.launch, output_parameters={"said": ParameterType.STRING}, output_artifacts={"data": data})
    (made.root / "data").mkdir()
    (made.root / "data" / "own").write_text("its own")
    (made.root / "data" / "to-own").symlink_to("own")
    return made


def _linked(attempt: Attempt, secret: Path) -> None:
    (attempt.root / "data" / "own").unlink()
    (attempt.root / "data" / "to-own").unlink()
    (attempt.root / "data").rmdir()
    (attempt.root / "data").symlink_to(secret)


def _parameter(attempt: Attempt, secret: Path) -> None:
    place = attempt.folder.path / "outputs"
    place.mkdir(exist_ok=True)
    (place / "said").symlink_to(secret / "key")


def _uri(attempt: Attempt, secret: Path) -> None:
    attempt.says(artifacts={"data": {"artifacts": [{"uri": str(secret / "key")}]}})


def _dots(attempt: Attempt, secret: Path) -> None:
    attempt.says(artifacts={"data": {"artifacts": [{"uri": f"{attempt.root}/../../../../../{secret.name}/key"}]}})


def _custom(attempt: Attempt, secret: Path) -> None:
    attempt.says(artifacts={"data": {"artifacts": [{"custom_path": str(secret / "key")}]}})


_ATTACKS: dict[str, Callable[[Attempt, Path], None]] = {
    "its output is a link": _linked,
    "a link lies in its output": lambda attempt, secret: (attempt.root / "data" / "deep").symlink_to(secret / "key"),
    "a link to a folder lies in its output": lambda attempt, secret: (attempt.root / "data" / "deep").symlink_to(secret),
    "its parameter is a link": _parameter,
    "it says that its output lies there": _uri,
    "it says so by way of its own folder": _dots,
    "it names it as custom_path": _custom,
    "its document is a link": lambda attempt, secret: (attempt.root / "executor_output.json").symlink_to(secret / "key"),
}


@pytest.mark.parametrize("attack", _ATTACKS)
def test_nothing_of_this_machine_is_taken_for_an_output(attempt: Attempt, tmp_path: Path, attack: str) -> None:
    """The attempt ends as bad output, and no word of what lies there is told."""
    _ATTACKS[attack](attempt, tmp_path / "secret")
    ending = attempt.collect(apart=True)
    assert ending.cause is Cause.BAD_OUTPUT, ending
    assert ending.error is not None
    assert ending.error.remedy
    assert _HIDDEN not in repr(ending)


def test_its_own_files_and_what_it_was_given_are_taken(attempt: Attempt, tmp_path: Path) -> None:
    """Links within an output stay, and an input may be passed on."""
    assert attempt.collect(apart=True).cause is None
    (tmp_path / "given").write_text("of another step")
    given = Artifact(name="given", type=DATASET, uri=str(tmp_path / "given"))
    attempt.says(artifacts={"data": {"artifacts": [{"uri": given.uri}]}})
    ending = attempt.collect(replace(attempt.launch, inputs={"given": (given,)}), apart=True)
    assert ending.cause is None, ending
    assert ending.outputs.artifacts["data"][0].uri == given.uri
