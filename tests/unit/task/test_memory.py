"""What the kernel tells of memory that ran out is found, wherever it tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.task.memory import kills

_V1 = "4:memory:/a/b\n0::/\n"
_V2 = "0::/user.slice/session.scope\n"
_EVENTS = "low 0\nhigh 0\nmax 7\noom 3\noom_kill 2\noom_group_kill 1\n"
_VMSTAT = {"proc/vmstat": "nr_free_pages 1\noom_kill 9\n"}


@pytest.mark.parametrize(
    ("groups", "files", "count"),
    [
        (_V2, {"groups/user.slice/session.scope/memory.events": _EVENTS, **_VMSTAT}, 2),
        (_V2, {"groups/memory.events": _EVENTS, **_VMSTAT}, 2),
        ("0::/\n", {"groups/memory.events": _EVENTS}, 2),
        (_V1, {"groups/memory/a/b/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n"}, 4),
        (_V1, {"groups/memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n"}, 4),
        (_V1, {"groups/memory/a/b/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\n", **_VMSTAT}, 9),
        (_V2, _VMSTAT, 9),
        ("", _VMSTAT, 9),
        (_V2, {}, None),
    ],
    ids=["v2", "v2 in a container", "v2 at the root", "v1", "v1 in a container", "v1 of an old kernel", "no group", "no groups", "nothing"],
)
def test_kills_are_counted(tmp_path: Path, groups: str, files: dict[str, str], count: int | None) -> None:
    """In the nearest control group that tells; else on the machine."""
    for name, text in {"proc/self/cgroup": groups, **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert kills(str(tmp_path / "proc"), str(tmp_path / "groups")) == count


def test_this_machine_tells_or_does_not() -> None:
    """Whatever it is, asking it twice is no error."""
    first, second = kills(), kills()
    assert (first is None) is (second is None)
