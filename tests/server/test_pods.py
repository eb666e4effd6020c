"""What passes between the keeper of a pod and the server: every route, and what goes wrong with it."""

from __future__ import annotations

import errno
import fcntl
import io
import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from bakehouse.actions.context import Context
from bakehouse.ir.execution import Cause, LaunchSpec
from bakehouse.pod import archives, protocol
from bakehouse.pod.archives import Archive, unpack
from bakehouse.runners import keepers, pod_deliveries, pods
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.collecting import Collector
from bakehouse.runners.inputs import Known
from bakehouse.runners.pod_arrivals import Arrivals, Part
from bakehouse.runners.pods import Staged
from bakehouse.storage import whole
from bakehouse.storage.local import LocalStore
from bakehouse.storage.recent import Recent
from tests.server.pods import Keeper, below


def made(folder: Path) -> Path:
    """A folder as a step may write one."""
    (folder / "deep" / "empty").mkdir(parents=True)
    (folder / "deep" / "rows.csv").write_bytes(b"a,b\n" * 200)
    (folder / "run.sh").write_bytes(b"#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "latest").symlink_to("deep/rows.csv")
    return folder


def tar(folder: Path) -> bytes:
    """The folder as a keeper sends it."""
    archive = Archive(str(folder))
    return archive.read(0, archive.size)


# ---------------------------------------------------------------- who asks


def test_a_token_is_for_the_keeper_that_first_shows_it(pods_home: Context) -> None:
    """Whoever reads it in the pod's manifest gets nothing for it, and leaves nothing: by another word, or without one."""
    keeper = Keeper(pods_home)
    ours = {protocol.KEEPER: "ours"}
    others: list[dict[str, str]] = [{protocol.KEEPER: "theirs"}, {}]
    assert keeper.get("launch", **ours).status_code == 200
    for headers in others:
        for answer in (keeper.get("launch", **headers), keeper.send("POST", "log?offset=0", b"x", **headers)):
            assert (answer.status_code, answer.json()["code"]) == (403, "other_keeper")
    assert keeper.tell(code=0).status_code == 403
    assert keeper.send("POST", "log?offset=0", b"mine", **ours).status_code == 200
    assert (keeper.folder.path / "log").read_bytes() == b"mine"


def test_what_a_failed_machine_left_of_a_word_is_none(pods_home: Context) -> None:
    """Else its keeper could never come back."""
    keeper = Keeper(pods_home)
    (keeper.folder.path / keepers.NAME).write_bytes(b"")
    assert keepers.admits(keeper.folder, "ours")
    assert not keepers.admits(keeper.folder, "theirs")


def test_a_word_that_was_heard_is_kept(pods_home: Context) -> None:
    """In the folder of the attempt, as its digest, so that a server that is started anew knows it."""
    keeper = Keeper(pods_home)
    keeper.get("launch", **{protocol.KEEPER: "ours"})
    kept = (keeper.folder.path / keepers.NAME).read_bytes()
    assert len(kept) == 64
    assert not keepers.admits(keeper.folder, "theirs")
    assert keepers.admits(keeper.folder, "ours")


def test_a_word_that_finds_no_room(pods_home: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keeper tries again: without it on the disk, anybody's word would be the first one."""
    keeper = Keeper(pods_home)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(whole, "once", full)
        answer = keeper.get("launch", **{protocol.KEEPER: "ours"})
    assert (answer.status_code, answer.json()["code"]) == (503, "untaken")
    assert os.strerror(errno.ENOSPC) in answer.json()["message"]
    assert keeper.get("launch", **{protocol.KEEPER: "ours"}).status_code == 200


# ---------------------------------------------------------------- what is fetched


def test_what_is_to_run_and_what_has_to_be_brought(pods_home: Context, tmp_path: Path) -> None:
    """Kind and size of each input; what was never written is left out; what earlier attempts left to this one."""
    (tmp_path / "tool").write_bytes(b"12345")
    (tmp_path / "tool").chmod(0o555)
    folder = made(tmp_path / "folder")
    inputs = (Staged("inputs/a/0/tool", str(tmp_path / "tool")), Staged("inputs/b/0/x", str(folder)), Staged("inputs/c/0/x", str(tmp_path / "never")))
    keeper = Keeper(pods_home, inputs=inputs, code=str(tmp_path / "tool"))
    keeper.folder.checkpoint.joinpath("state").write_text("7")
    said = keeper.get("launch").json()
    assert said["command"] == ["echo", "a b"]
    assert said["launch"] is None
    assert said["inputs"] == [
        {"path": "inputs/a/0/tool", "url": "inputs/0", "kind": "file", "size": 5, "executable": True},
        {"path": "inputs/b/0/x", "url": "inputs/1", "kind": "folder", "size": len(tar(folder))},
    ]
    assert said["code"]["url"] == "code"
    assert (said["checkpoint"]["url"], said["checkpoint"]["kind"]) == ("checkpoint", "folder")
    assert (said["outputs"], said["log_limit"]) == (["n", "a%2Fb"], 1000)


def test_numbers_that_json_lacks_reach_the_step(keeper: Keeper) -> None:
    """The launch document is given as it was written."""
    keeper.write(launch={"parameters": [math.nan, math.inf, "\ud800"]})
    [nan, infinity, half] = json.loads(keeper.get("launch").content)["launch"]["parameters"]
    assert (math.isnan(nan), infinity, half) == (True, math.inf, "\ud800")


def test_bytes_from_any_place_on(pods_home: Context, tmp_path: Path) -> None:
    """A transfer that broke goes on where it was; each piece comes with its digest."""
    content = bytes(range(256)) * 20_000
    (tmp_path / "file").write_bytes(content)
    keeper = Keeper(pods_home, inputs=(Staged("inputs/a/0/file", str(tmp_path / "file")),))
    whole = b""
    while len(whole) < len(content):
        answer = keeper.get("inputs/0", Range=f"bytes={len(whole)}-")
        assert answer.status_code == 206
        assert answer.headers[protocol.DIGEST] == protocol.digest(answer.content)
        assert answer.headers["Content-Range"] == f"bytes {len(whole)}-{len(whole) + len(answer.content) - 1}/{len(content)}"
        assert len(answer.content) <= protocol.PIECE
        whole += answer.content
    assert whole == content
    assert keeper.get("inputs/0", Range="bytes=10-19").content == content[10:20]
    assert keeper.get("code").status_code == 404


def test_a_folder_comes_as_a_tar(pods_home: Context, tmp_path: Path) -> None:
    """In pieces of any size; names, contents, links and who may execute are the same in the end."""
    folder = made(tmp_path / "folder")
    keeper = Keeper(pods_home, inputs=(Staged("inputs/a/0/x", str(folder)),))
    size, whole = len(tar(folder)), b""
    while len(whole) < size:
        whole += keeper.get("inputs/0", Range=f"bytes={len(whole)}-{len(whole) + 999}").content
    unpack(io.BytesIO(whole), str(tmp_path / "got"))
    assert below(tmp_path / "got") == below(folder)
    assert (tmp_path / "got" / "deep" / "empty").is_dir()
    assert (tmp_path / "got" / "run.sh").stat().st_mode & 0o111
    assert str((tmp_path / "got" / "latest").readlink()) == "deep/rows.csv"
    assert LocalStore().digest(str(tmp_path / "got")) == LocalStore().digest(str(folder))


def test_what_is_remembered_of_folders_is_bounded(pods_home: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of empty ones, too: every attempt with one would leave something in the server."""
    recent = Recent[Archive](10_000)
    monkeypatch.setattr(pod_deliveries, "_ARCHIVES", recent)
    (tmp_path / "empty").mkdir()
    document = pods.read(Keeper(pods_home, inputs=(Staged("inputs/a/0/x", str(tmp_path / "empty")),)).folder)
    for number in range(20):
        pod_deliveries.launch(AttemptFolder(tmp_path / str(number)), document)
    assert 5_000 < recent.weight <= 10_000


def test_an_empty_file(pods_home: Context, tmp_path: Path) -> None:
    """There is no range of it, and it is no mistake to ask."""
    (tmp_path / "file").touch()
    keeper = Keeper(pods_home, inputs=(Staged("inputs/a/0/file", str(tmp_path / "file")),))
    answer = keeper.get("inputs/0", Range="bytes=0-99")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("said", ["bytes=5-", "bytes=4-2", "bytes=-2", "lines=0-1", "bytes=0-1,3-4", "bytes=x-"])
def test_a_range_that_cannot_be_had(pods_home: Context, tmp_path: Path, said: str) -> None:
    """The answer says how long it is."""
    (tmp_path / "file").write_text("12345")
    answer = Keeper(pods_home, inputs=(Staged("inputs/a/0/file", str(tmp_path / "file")),)).get("inputs/0", Range=said)
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */5")


def test_an_input_that_is_gone(pods_home: Context, tmp_path: Path) -> None:
    """That is a cause of its own: waiting for it is of no use."""
    keeper = Keeper(pods_home, inputs=(Staged("inputs/a/0/file", str(tmp_path / "gone"), "blake3:1"),))
    for answer in (keeper.get("launch"), keeper.get("inputs/0"), keeper.get("inputs/1"), keeper.get("checkpoint/x")):
        assert answer.status_code == 404
    assert keeper.get("inputs/0").json()["code"] == "bad_inputs"


# ---------------------------------------------------------------- what is brought


def test_a_log_grows_by_offset(keeper: Keeper) -> None:
    """What was sent before is passed over, a gap is refused with what is expected."""
    assert keeper.send("POST", "log?offset=0", b"one\n").json() == {"size": 4}
    assert keeper.send("POST", "log?offset=0", b"one\n").json() == {"size": 4}
    assert keeper.send("POST", "log?offset=2", b"e\ntwo\n").json() == {"size": 8}
    assert keeper.send("POST", "log?offset=1", b"n").json() == {"size": 8}
    gap = keeper.send("POST", "log?offset=9", b"x")
    assert (gap.status_code, gap.headers["Upload-Offset"], gap.json()["code"]) == (409, "8", "misplaced")
    assert (keeper.folder.path / "log").read_bytes() == b"one\ntwo\n"


def test_a_series_grows_the_same_way(keeper: Keeper) -> None:
    """So it is seen while the step runs."""
    keeper.send("POST", "series?offset=0", b'["m","loss",1,0.5,1.0]\n')
    assert keeper.folder.series.read_bytes() == b'["m","loss",1,0.5,1.0]\n'


def test_a_log_has_an_end(keeper: Keeper) -> None:
    """The runner keeps to its limit; whoever writes to the log past it fills no disk of ours."""
    assert keeper.send("POST", "log?offset=0", b"x" * (1 << 20)).status_code == 200
    more = keeper.send("POST", f"log?offset={1 << 20}", b"x" * 2000)
    assert (more.status_code, more.json()["code"]) == (413, "too_much")


def test_outputs_and_documents(keeper: Keeper) -> None:
    """They come to lie where a local step leaves them."""
    assert keeper.send("PUT", "outputs/n", b"5").json() == {"size": 1}
    assert keeper.send("PUT", "outputs/a%252Fb", b"6").status_code == 200
    assert keeper.send("PUT", "files/executor_output.json", b"{}").status_code == 200
    assert keeper.send("PUT", "files/error.json", b"{}").status_code == 200
    assert keeper.send("PUT", "outputs/n", b"7").status_code == 200
    assert (keeper.folder.path / "outputs" / "n").read_text() == "7"
    assert (keeper.folder.path / "outputs" / "a%2Fb").read_text() == "6"
    assert (keeper.root / "executor_output.json").read_text() == "{}"
    assert (keeper.folder.path / "error.json").read_text() == "{}"


def test_an_artifact_in_parts(keeper: Keeper) -> None:
    """It is there when it is whole; the last part may be told twice; a new upload replaces it."""
    assert keeper.send("PUT", "artifacts/data?kind=file&last=false", b"123").json() == {"size": 3}
    assert not (keeper.root / "data").exists()
    for _ in range(2):
        assert keeper.send("PUT", "artifacts/data?kind=file&offset=3", b"45").json() == {"size": 5}
    assert (keeper.root / "data").read_bytes() == b"12345"
    keeper.send("PUT", "artifacts/data?kind=file", b"new")
    assert (keeper.root / "data").read_bytes() == b"new"
    assert keeper.send("PUT", "artifacts/data?kind=file&offset=9", b"45").status_code == 409


def test_a_folder_as_artifact(keeper: Keeper, tmp_path: Path) -> None:
    """Its tar is unpacked when it is whole, and replaces what was there."""
    folder, content = made(tmp_path / "folder"), tar(tmp_path / "folder")
    (keeper.root / "data").write_text("before")
    for offset in range(0, len(content), 1000):
        last = "true" if offset + 1000 >= len(content) else "false"
        part = content[offset : offset + 1000]
        assert keeper.send("PUT", f"artifacts/data?kind=folder&offset={offset}&last={last}", part).status_code == 200
    assert below(keeper.root / "data") == below(folder)
    assert LocalStore().digest(str(keeper.root / "data")) == LocalStore().digest(str(folder))
    assert [one.name for one in keeper.root.iterdir()] == ["data"]


def test_the_checkpoint_of_the_task(keeper: Keeper, tmp_path: Path) -> None:
    """The next attempt finds what this one left there, and nothing else."""
    (keeper.folder.checkpoint / "old").write_text("1")
    folder = made(tmp_path / "folder")
    assert keeper.send("PUT", "checkpoint", tar(folder)).status_code == 200
    assert below(keeper.folder.checkpoint) == below(folder)


def collected(keeper: Keeper) -> Cause | None:
    """How the engine sees that it ended."""
    launch = LaunchSpec(keeper.attempt, "p", "image", root=str(keeper.root))
    store = LocalStore()
    return Collector(store, Known(store), lambda: 9.0).collect(launch, keeper.folder).cause


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        ({"code": 0, "log_bytes": 5, "log_kept": 5, "times": {"ended": 4.0}}, None),
        ({"code": 3}, Cause.EXIT_CODE),
        ({"code": 137, "signal": 9}, Cause.EXIT_CODE),
        ({"killed": True}, Cause.LOST),
        ({"code": 143, "timeout": True}, Cause.TIMEOUT),
        ({"fault": "no room", "cause": "store"}, Cause.STORE),
        ({"fault": "gone", "cause": "input missing"}, Cause.INPUT_MISSING),
    ],
)
def test_how_it_ended(keeper: Keeper, told: dict[str, object], cause: Cause | None) -> None:
    """The engine collects it as it collects a local step."""
    assert keeper.tell(**told).json() == {"new": True}
    assert collected(keeper) is cause


@pytest.mark.parametrize(("asked", "cause"), [(True, Cause.TERMINATED), (False, Cause.EXIT_CODE)])
def test_who_told_it_to_end(keeper: Keeper, asked: bool, cause: Cause) -> None:  # noqa: FBT001  # a case of the test
    """It was terminated if we asked for it; else its pod tells why, which the keeper cannot know."""
    if asked:
        keeper.folder.ask_to_stop()
    keeper.tell(code=143, signal=15, terminated=True)
    assert collected(keeper) is cause
    assert (keeper.folder.read("exit") or {})["terminated"] is True


def test_after_the_end_nothing_is_taken(keeper: Keeper, tmp_path: Path) -> None:
    """A pod that goes on after its attempt was given up changes nothing; the word how it ended stays the first one."""
    keeper.send("PUT", "artifacts/data?kind=file&last=false", b"half")
    (keeper.folder.checkpoint / "state").write_text("1")
    assert keeper.folder.end({"code": None, "killed": True})
    before = keeper.left()
    folder = made(tmp_path / "folder")
    answers = [
        keeper.get("launch"),
        keeper.get("checkpoint"),
        keeper.send("POST", "log?offset=0", b"x"),
        keeper.send("POST", "series?offset=0", b"x"),
        keeper.send("PUT", "outputs/n", b"x"),
        keeper.send("PUT", "files/error.json", b"x"),
        keeper.send("PUT", "artifacts/data?kind=file&offset=4", b"x"),
        keeper.send("PUT", "artifacts/data?kind=folder", tar(folder)),
        keeper.send("PUT", "checkpoint", tar(folder)),
    ]
    assert {answer.status_code for answer in answers} == {410}
    assert keeper.tell(code=0).json() == {"new": False}
    assert keeper.folder.read("exit") == {"code": None, "killed": True}
    assert keeper.left() == [one for one in before if "/.arriving" not in one]


@pytest.mark.parametrize("route", ["checkpoint", "artifacts/data?kind=folder"])
def test_an_end_while_a_folder_is_unpacked(keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, route: str) -> None:
    """It is too late for it: what the next attempt reads by then is not replaced, and no half of it stays."""
    folder = made(tmp_path / "folder")
    (keeper.folder.checkpoint / "state").write_text("the next attempt reads it")

    def slowly(*args: Any, **options: Any) -> None:
        unpack(*args, **options)
        assert Arrivals(keeper.folder, pods.read(keeper.folder)).end({"killed": True})

    monkeypatch.setattr(archives, "unpack", slowly)
    assert keeper.send("PUT", route, tar(folder)).status_code == 410
    assert below(keeper.folder.checkpoint) == {"state": b"the next attempt reads it"}
    assert list(keeper.root.iterdir()) == []
    assert [one.name for one in keeper.folder.path.parent.iterdir() if one.name.startswith(".")] == []


def test_the_end_waits_for_what_is_put_into_place(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what comes later for the end: whoever sees that an attempt has ended sees all that was taken of it."""

    def is_held(kind: int) -> bool:
        with (keeper.folder.path / "ending").open("rb") as file:
            try:
                fcntl.flock(file, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    with keeper.folder.kept_open() as is_open:
        assert (is_open, is_held(fcntl.LOCK_EX), is_held(fcntl.LOCK_SH)) == (True, True, False)
    monkeypatch.setattr(whole, "once", lambda *_: is_held(fcntl.LOCK_SH))
    assert keeper.folder.end({"code": 0})


def test_two_attempts_that_bring_the_checkpoint_at_once(keeper: Keeper, tmp_path: Path) -> None:
    """One of them was given up. What they bring is not mixed."""
    folder = made(tmp_path / "folder")
    data = tar(folder)
    other = Arrivals(AttemptFolder(keeper.folder.path.with_name("2")), pods.read(keeper.folder))
    AttemptFolder(keeper.folder.path.with_name("2")).make()
    assert other.checkpoint(Part(b"other", 0)) == 5
    assert keeper.send("PUT", "checkpoint?offset=0&last=false", data[:700]).status_code == 200
    assert keeper.send("PUT", "checkpoint?offset=700&last=true", data[700:]).status_code == 200
    assert below(keeper.folder.checkpoint) == below(folder)
