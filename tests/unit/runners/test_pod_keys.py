"""The key of a home is made once, and closed to others."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bakehouse.api import attempt_ids, tokens
from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.runners import pod_keys
from bakehouse.runners.errors import BadKey, BadSecret


def test_many_who_need_it_first_get_the_same(tmp_path: Path) -> None:
    """Also when there is no home yet; nobody else may read it, and nothing else is left."""
    home = tmp_path / "home"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: pod_keys.of_home(home), range(16)))
    assert len(keys) == 1
    assert len(keys.pop()) == 32
    assert [one.name for one in home.iterdir()] == ["pods.key"]
    assert stat.S_IMODE((home / "pods.key").stat().st_mode) == 0o600


def test_a_token_of_the_home(tmp_path: Path) -> None:
    """It is the attempt's own."""
    attempt = AttemptId(RunId("r"), TaskId("t"), 1)
    token = pod_keys.token(tmp_path, attempt, 10.0)
    assert tokens.verified(pod_keys.of_home(tmp_path), token, 5.0) == attempt_ids.encoded(attempt)


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    """With an empty one, anybody could sign."""
    (tmp_path / "pods.key").write_bytes(content)
    with pytest.raises(BadKey, match=r"pods\.key"):
        pod_keys.of_home(tmp_path)


def test_homes_with_one_secret_have_one_key(tmp_path: Path) -> None:
    """A home that had another one takes it; the name of their pods follows from the secret too, and tells nothing of the key."""
    secret, homes = tmp_path / "secret", [tmp_path / "a", tmp_path / "b"]
    secret.write_text("a secret of both of them\n")
    for home in homes:
        pod_keys.of_home(home)
        pod_keys.share(home, secret)
    (key,) = {pod_keys.of_home(home) for home in homes}
    name = pod_keys.installation(secret)
    assert len(name) == 32
    assert name not in key.hex()
    secret.write_text("another one of both of them")
    assert pod_keys.installation(secret) != name


@pytest.mark.parametrize("content", [None, "too short"])
def test_a_secret_that_is_none_is_refused(tmp_path: Path, content: str | None) -> None:
    """With the setting that names it."""
    if content is not None:
        (tmp_path / "secret").write_text(content)
    with pytest.raises(BadSecret, match="BAKEHOUSE_POD_KEY_FILE"):
        pod_keys.share(tmp_path, tmp_path / "secret")
