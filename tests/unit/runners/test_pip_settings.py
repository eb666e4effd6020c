"""pip's settings are read as pip reads them, and said to uv."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.runners import pip_settings
from bakehouse.runners.pip_settings import PipSettings


def home(tmp_path: Path, **files: str) -> dict[str, str]:
    """An environment whose configuration files all lie below this folder: `xdg`, `legacy`, `user`, `prefix`, `named`."""
    places = {
        "xdg": tmp_path / "xdg" / "pip" / "pip.conf",
        "legacy": tmp_path / "home" / ".pip" / "pip.conf",
        "user": tmp_path / "home" / ".config" / "pip" / "pip.conf",
        "prefix": tmp_path / "prefix" / "pip.conf",
        "named": tmp_path / "named.conf",
    }
    for name, text in files.items():
        places[name].parent.mkdir(parents=True, exist_ok=True)
        places[name].write_text(text)
    environ = {"HOME": str(tmp_path / "home"), "XDG_CONFIG_DIRS": str(tmp_path / "xdg")}
    return {**environ, "PIP_CONFIG_FILE": str(places["named"])} if "named" in files else environ


def read(tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> PipSettings:
    """The settings without those of the machine the test runs on."""
    files = pip_settings.config_files
    monkeypatch.setattr(pip_settings, "config_files", lambda given, prefix: [path for path in files(given, prefix) if path != Path("/etc/pip.conf")])
    return pip_settings.read(environ, tmp_path / "prefix")


@pytest.mark.parametrize("names", [("xdg",), ("xdg", "legacy"), ("legacy", "user"), ("user", "prefix"), ("prefix", "named")])
def test_later_files_win(tmp_path: Path, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Global, user, the environment's own, the named one: in pip's order."""
    environ = home(tmp_path, **{name: f"[global]\nindex-url = http://{name}/simple\n" for name in names})
    assert read(tmp_path, environ, monkeypatch).index_url == f"http://{names[-1]}/simple"


def test_the_section_of_the_command_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`[install]` over `[global]`, wherever they stand."""
    environ = home(tmp_path, user="[install]\nindex-url = http://b\n[global]\nindex-url = http://a\n")
    assert read(tmp_path, environ, monkeypatch).index_url == "http://b"


def test_variables_win_over_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PIP_* variables are options, too; empty ones say nothing."""
    environ = {**home(tmp_path, user="[global]\nindex-url = http://a\ncert = /c\n"), "PIP_INDEX_URL": "http://b", "PIP_CERT": ""}
    found = read(tmp_path, environ, monkeypatch)
    assert (found.index_url, found.cert) == ("http://b", "/c")


def test_no_files_are_read_when_pip_is_told_so(tmp_path: Path) -> None:
    """PIP_CONFIG_FILE=/dev/null leaves the variables alone."""
    environ = {**home(tmp_path, user="[global]\nindex-url = http://a\n"), "PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INDEX": "1"}
    assert pip_settings.read(environ, tmp_path / "prefix") == PipSettings(no_index=True)


def test_all_settings_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists stand on one line or on several; underscores are dashes; `default-timeout` is an old name."""
    (tmp_path / "there").mkdir()
    there = (tmp_path / "there").as_uri()
    text = f"""
[global]
index_url = http://index/simple
extra-index-url =
    http://one/simple
    {there}
find-links = ./wheels http://links
trusted-host = one two:8080
constraint = /c.txt
cert = ca.pem
client-cert = /client.pem
proxy = http://proxy:1
default-timeout = 30
no-index = false
pre = yes
only-binary = :all:
no-binary = a,b
"""
    found = read(tmp_path, home(tmp_path, user=text), monkeypatch)
    assert found == PipSettings(
        index_url="http://index/simple",
        extra_index_urls=("http://one/simple", there),
        find_links=("./wheels", "http://links"),
        trusted_hosts=("one", "two:8080"),
        constraints=("/c.txt",),
        only_binary=(":all:",),
        no_binary=("a", "b"),
        pre=True,
        cert="ca.pem",
        client_cert="/client.pem",
        proxy="http://proxy:1",
        timeout="30",
    )
    placed = found.with_paths(Path("/here"))
    assert placed.find_links == ("/here/wheels", "http://links")
    assert (placed.cert, placed.client_cert) == ("/here/ca.pem", "/client.pem")


def test_index_folders_that_do_not_exist_are_passed_over(tmp_path: Path) -> None:
    """As pip does; uv would give up."""
    values = {"extra-index-url": f"{(tmp_path / 'gone').as_uri()} {tmp_path.as_uri()}"}
    assert pip_settings.settings(values).extra_index_urls == (tmp_path.as_uri(),)


@pytest.mark.parametrize("text", ["no section\n", "[global\n", "[global]\nindex-url\n", "\xff"])
def test_broken_files_are_passed_over(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that pip could not read either does not stop a run; the others count."""
    environ = home(tmp_path, xdg="[global]\ncert = /c\n")
    path = tmp_path / "home" / ".config" / "pip" / "pip.conf"
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode("latin-1"))
    assert read(tmp_path, environ, monkeypatch).cert == "/c"


EVERYTHING = PipSettings(
    index_url="http://me:secret@index",
    extra_index_urls=("http://one", "http://two"),
    find_links=("/my wheels", "http://links/a,b"),
    trusted_hosts=("one",),
    constraints=("/c.txt",),
    only_binary=(":all:",),
    no_binary=("sdists", ":none:"),
    no_index=True,
    pre=True,
    cert="/ca.pem",
    client_cert="/client.pem",
    proxy="http://proxy:1",
    timeout="30.0",
)


def test_uv_is_told_the_same() -> None:
    """Each setting has an option or a variable of uv's; all indexes count alike, as for pip; no URL stands in the command line."""
    assert pip_settings.uv_arguments(EVERYTHING) == [
        "--index-strategy=unsafe-best-match",
        "--allow-insecure-host=one",
        "--constraints=/c.txt",
        "--only-binary=:all:",
        "--no-binary=sdists",
        "--no-index",
        "--prerelease=allow",
    ]
    assert pip_settings.uv_variables(EVERYTHING) == {
        "HTTP_PROXY": "http://proxy:1",
        "HTTPS_PROXY": "http://proxy:1",
        "ALL_PROXY": "http://proxy:1",
        "UV_DEFAULT_INDEX": "http://me:secret@index",
        "UV_INDEX": "http://one http://two",
        "UV_FIND_LINKS": "file:///my%20wheels,http://links/a%2Cb",
        "SSL_CERT_FILE": "/ca.pem",
        "SSL_CLIENT_CERT": "/client.pem",
        "UV_HTTP_TIMEOUT": "30",
    }
    assert pip_settings.uv_arguments(PipSettings()) == ["--index-strategy=unsafe-best-match"]
    assert pip_settings.uv_variables(PipSettings()) == {}


def test_pip_is_told_the_same() -> None:
    """Also what a component asks for by itself, which pip cannot read anywhere."""
    assert pip_settings.pip_arguments(EVERYTHING) == [
        "--trusted-host=one",
        "--constraint=/c.txt",
        "--only-binary=:all:",
        "--no-binary=sdists",
        "--pre",
    ]
    assert pip_settings.pip_variables(EVERYTHING) == {
        "PIP_NO_INDEX": "1",
        "PIP_INDEX_URL": "http://me:secret@index",
        "PIP_EXTRA_INDEX_URL": "http://one http://two",
        "PIP_FIND_LINKS": "file:///my%20wheels http://links/a%2Cb",
        "PIP_PROXY": "http://proxy:1",
        "PIP_CERT": "/ca.pem",
        "PIP_CLIENT_CERT": "/client.pem",
    }
    assert pip_settings.pip_arguments(PipSettings()) == []
    assert pip_settings.pip_variables(PipSettings()) == {"PIP_NO_INDEX": "0"}
