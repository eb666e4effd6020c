"""What is installed, as lock text."""

from __future__ import annotations

import json
from pathlib import Path

from bakehouse.runners import distributions
from bakehouse.storage.local import LocalStore

store = LocalStore()


def test_the_lock_is_sorted_and_canonical(tmp_path: Path) -> None:
    """Names as indexes compare them; the first folder that has a distribution wins, as on `sys.path`."""
    for folder in ("one/Zope.Interface-1.0.dist-info", "one/a_b-2.0+cpu.dist-info", "two/a_b-3.0.dist-info", "two/old-1.2-py3.11.egg-info"):
        (tmp_path / folder).mkdir(parents=True)
    found = distributions.installed([tmp_path / "one", tmp_path / "two", tmp_path / "none"])
    assert distributions.lock_text(found, {"a-b": "blake3:00"}) == "a-b==2.0+cpu @ blake3:00\nold==1.2\nzope-interface==1.0\n"


def test_what_came_from_this_disk_is_known(tmp_path: Path) -> None:
    """Installers write down the URL of what they were given by path."""
    info = tmp_path / "my-1.0.dist-info"
    info.mkdir()
    [found] = distributions.installed([tmp_path])
    assert distributions.local_source(found) is None
    for url, expected in (("file:///a%20b/my.whl", Path("/a b/my.whl")), ("https://h/my.whl", None)):
        (info / "direct_url.json").write_text(json.dumps({"url": url}))
        assert distributions.local_source(found) == expected
    (info / "direct_url.json").write_text("broken")
    assert distributions.local_source(found) is None


def test_a_folders_digest_is_that_of_its_sources(tmp_path: Path) -> None:
    """What building and running leave there does not count; everything else does."""
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("x = 1")
    before = distributions.source_digest(tmp_path, store)
    for left in ("build/lib/x.py", "my.egg-info/PKG-INFO", ".git/HEAD", "pkg/__pycache__/x.pyc", "dist/my.whl"):
        (tmp_path / left).parent.mkdir(parents=True)
        (tmp_path / left).touch()
    assert distributions.source_digest(tmp_path, store) == before
    (tmp_path / "pkg" / "table.csv").write_text("1,2")
    assert distributions.source_digest(tmp_path, store) != before


def test_archives_tell_name_and_version(tmp_path: Path) -> None:
    """Wheels and source archives; other files are passed over."""
    for name in ("My_Pkg-1.0-py3-none-any.whl", "other-pkg-2.1.tar.gz", "notes.txt", "plain.zip"):
        (tmp_path / name).touch()
    assert [(name, version) for name, version, _ in distributions.archives(tmp_path)] == [("my-pkg", "1.0"), ("other-pkg", "2.1")]
    assert list(distributions.archives(tmp_path / "none")) == []
