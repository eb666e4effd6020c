"""What a component's package list means."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Origin, Program
from bakehouse.runners import requirements
from bakehouse.runners.errors import NotBuilt
from bakehouse.runners.pip_settings import PipSettings
from bakehouse.runners.requirements import Wanted
from tests.unit.runners.specs import spec


def wanted(*texts: str, pip: PipSettings | None = None, origin: Path | None = None, program: Program | None = None) -> Wanted:
    """What these requirements mean."""
    launch = spec(Path("/home"), requirements=texts)
    launch = replace(launch, program=program or launch.program, origin=Origin(str(origin), 1) if origin else None)
    return requirements.wanted(launch, pip or PipSettings())


def test_plain_requirements_are_left_as_they_are() -> None:
    """Versions, extras, markers and URLs are the installer's business."""
    texts = ("numpy", "pandas>=2", "a[b,c]==1.*", 'x; python_version < "3.9"', "git+https://h/r.git@v1", "y @ https://h/y.whl")
    assert wanted(*texts).requirements == texts
    assert wanted(*texts).local == ()


def test_options_may_stand_among_them() -> None:
    """As in pip's own command line, with the value beside or behind; they win over pip's settings, lists are joined."""
    pip = PipSettings(index_url="http://pip", extra_index_urls=("http://one",))
    found = wanted("torch", "--index-url", "http://mine", "--extra-index-url=http://two", "-f /wheels", "--pre", "-U", "--no-deps", pip=pip)
    assert found.requirements == ("torch",)
    assert found.pip == PipSettings(index_url="http://mine", extra_index_urls=("http://two", "http://one"), find_links=("/wheels",), pre=True)
    assert found.no_deps


@pytest.mark.parametrize("text", ["-r reqs.txt", "-e .", "--target=/x", "--index-url"])
def test_other_options_are_refused(text: str) -> None:
    """The message names the option and those that may stand there."""
    with pytest.raises(NotBuilt, match="an option of pip that is not passed on") as caught:
        wanted("six", text)
    assert "--extra-index-url" in caught.value.error.remedy
    assert caught.value.place == "packages_to_install"


def test_the_components_indexes_win() -> None:
    """`pip_index_urls`: the first is the index, the rest are extra indexes."""
    pip = PipSettings(index_url="http://pip", extra_index_urls=("http://one",), trusted_hosts=("h",), no_index=True)
    program = Program("", "f", ("six",), index_urls=("http://a", "http://b"), trusted_hosts=("t",))
    assert wanted(pip=pip, program=program).pip == PipSettings(
        index_url="http://a", extra_index_urls=("http://b", "http://one"), trusted_hosts=("t", "h")
    )


@pytest.mark.parametrize("text", ["{}/my.whl", "{uri}/my.whl", "my @ {uri}/my.whl", "my[extra] @ {uri}/my.whl", "{}/my.whl[extra]"])
def test_local_files_are_found(tmp_path: Path, text: str) -> None:
    """By path, by URL, with a name, with extras: their bytes are part of what an environment is."""
    (tmp_path / "my.whl").touch()
    found = wanted(text.format(tmp_path, uri=tmp_path.as_uri()))
    assert found.local == (tmp_path / "my.whl",)


def test_relative_paths_are_taken_from_here_or_from_the_authors_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine in the background runs elsewhere: the author's folder is looked at too."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "my-1.0-py3-none-any.whl").touch()
    (tmp_path / "elsewhere").mkdir()
    expected = f"{tmp_path}/dist/my-1.0-py3-none-any.whl"
    monkeypatch.chdir(tmp_path)
    assert wanted("./dist/my-1.0-py3-none-any.whl").requirements == (expected,)
    assert wanted("dist/my-1.0-py3-none-any.whl").requirements == (expected,)
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert wanted("./dist/my-1.0-py3-none-any.whl", origin=tmp_path / "p.py").requirements == (expected,)


def test_a_missing_local_file_is_named(tmp_path: Path) -> None:
    """With the folders that were looked at, before any installer is started."""
    with pytest.raises(NotBuilt, match=r"no my\.whl in"):
        wanted(f"{tmp_path}/my.whl")


def test_people_read_names() -> None:
    """Paths are shortened to their last part, long lists are cut."""
    assert Wanted(("scikit-learn", "/x/my.whl")).said == "scikit-learn, my.whl"
    assert len(Wanted(("x" * 50, "y" * 50)).said) <= 80
