"""The token of a server lies in a file that only its user may read."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bakehouse.app.errors import NoToken
from bakehouse.app.login_token import LoginToken


def test_it_is_made_once(tmp_path: Path) -> None:
    """By whoever comes first; nothing else is left in the folder."""
    path = tmp_path / "home" / "token"
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: LoginToken(path).made(), range(32)))
    assert len(made) == 1
    assert len(next(iter(made))) >= 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["token"]


def test_a_new_one_is_seen_by_whoever_knew_the_old(tmp_path: Path) -> None:
    """Without asking twice."""
    kept, other = LoginToken(tmp_path / "token"), LoginToken(tmp_path / "token")
    before = kept.made()
    assert other.renewed() == kept.current() != before


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 40])
def test_what_is_no_token_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty file would let in whoever shows nothing."""
    path = tmp_path / "token"
    path.write_bytes(content)
    with pytest.raises(NoToken, match="cannot be used"):
        LoginToken(path).made()


@pytest.mark.parametrize("name", ["file/token", "t" * 300])
def test_a_file_that_cannot_be_there_is_named(tmp_path: Path, name: str) -> None:
    """With what to do, also where it cannot even be looked for."""
    (tmp_path / "file").write_text("")
    with pytest.raises(NoToken, match="BAKEHOUSE_TOKEN_FILE"):
        LoginToken(tmp_path / name).made()
