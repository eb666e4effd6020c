"""A cached result is reused only while its artifacts are what they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from bakehouse.errors import Unavailable
from bakehouse.ir.execution import Artifact, Outputs, RunId, TaskId
from bakehouse.ir.spec import ArtifactType
from bakehouse.orchestrator.events import CachedResult, Looked, Unusable
from bakehouse.orchestrator.lookups import Lookups, damage
from bakehouse.orchestrator.ports import Driving
from bakehouse.orchestrator.rebuilding import recorded
from bakehouse.runners import inputs
from bakehouse.runners.errors import BadInputs
from bakehouse.runners.inputs import Known
from bakehouse.storage.files import NOTHING, Fate, fate
from bakehouse.storage.local import LocalStore
from tests.unit.orchestrator.pipelines import pipeline, record
from tests.unit.runners.specs import spec


@pytest.mark.parametrize(
    ("recorded", "found", "became"),
    [
        ("blake3:aa", ("blake3:aa", 3), Fate.SAME),
        ("blake3:aa", ("blake3:bb", 3), Fate.CHANGED),
        ("blake3:aa", None, Fate.GONE),
        ("blake3-tree:aa", None, Fate.GONE),
        (NOTHING, None, Fate.SAME),
        (NOTHING, (NOTHING, 0), Fate.SAME),
        (NOTHING, ("blake3:aa", 3), Fate.CHANGED),
    ],
)
def test_what_became_of_an_artifact(recorded: str, found: tuple[str, int] | None, became: Fate) -> None:
    """Only what was never written can be missing without being gone."""
    assert fate(recorded, found) is became


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "empty").touch()


def _gone(path: Path) -> None:
    (path / "empty").unlink()
    path.rmdir()


@pytest.mark.parametrize("change", [_gone, lambda path: (path / "empty").unlink(), lambda path: (path / "more").touch(), lambda _path: None])
def test_the_cache_offers_nothing_that_a_step_would_not_take(tmp_path: Path, change: Callable[[Path], None]) -> None:
    """A folder that holds no bytes is no exception: engine and runner say the same of it."""
    store, path = LocalStore(), tmp_path / "made"
    _folder(path)
    digest, size = store.digest(str(path)) or ("", -1)
    assert size == 0
    made = Artifact("made", ArtifactType("system.Dataset", "0.0.1"), str(path), digest=digest, size=size)
    change(path)
    result = CachedResult("key", RunId("r"), "earlier", TaskId("t"), 1, 0.0, Outputs(artifacts={"made": (made,)}))
    launch = replace(spec(tmp_path), inputs={"made": (made,)})
    if damage(result, store):
        with pytest.raises(BadInputs):
            inputs.check(launch, Known(store))
    else:
        inputs.check(launch, Known(store))
    assert bool(damage(result, store)) is (store.digest(str(path)) != (digest, size))


class _Broken:
    """Records that cannot be asked."""

    def look_up(self, namespace: str, key: str, ttl: float) -> Looked:
        raise Unavailable(f"{namespace} {key} is locked ({ttl})")


def test_a_cache_that_cannot_be_asked_is_a_miss() -> None:
    """The step runs, and the record says why nothing was reused."""
    lookups = Lookups(cast("Driving", _Broken()), LocalStore())
    said: list[Looked] = []
    run = recorded(record(pipeline({"a": []})))
    lookups.ask(run, run.tasks[TaskId("a")], "key", said.append)
    lookups.close()
    assert said == [Looked(because=Unusable.UNREADABLE, note="the cache could not be asked: default key is locked (inf)")]
