"""pip's own settings, read as pip reads them, so that an environment that `uv` builds comes from where pip would take it.

Order, later ones win: global, user, and the engine's own environment's files, the file that PIP_CONFIG_FILE names, PIP_* variables.
Within the files, `[install]` wins over `[global]`.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

_SECTIONS = ("global", "install")
_PREFIX = "PIP_"
_NO = frozenset({"", "0", "false", "no", "off", "f", "n"})
_TIMEOUTS = ("timeout", "default-timeout")


@dataclass(frozen=True)
class PipSettings:
    """The settings that matter for installing. Texts are as written; `timeout` in seconds, empty where nothing is set."""

    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    only_binary: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    no_index: bool = False
    pre: bool = False
    cert: str = ""
    client_cert: str = ""
    proxy: str = ""
    timeout: str = ""

    def with_paths(self, folder: Path) -> PipSettings:
        """The same with all paths absolute: relative ones are taken from this folder."""

        def placed(text: str) -> str:
            return text if "://" in text or not text else str(folder / Path(text).expanduser())

        links, constraints = tuple(map(placed, self.find_links)), tuple(map(placed, self.constraints))
        return replace(self, find_links=links, constraints=constraints, cert=placed(self.cert), client_cert=placed(self.client_cert))


def read(environ: Mapping[str, str], prefix: Path) -> PipSettings:
    """The settings for a Python whose environment lies at `prefix`. Files that cannot be read or parsed are passed over."""
    values: dict[str, str] = {}
    for path in config_files(environ, prefix):
        values.update(_parsed(path))
    values.update(_variables(environ))
    return settings({name: value for name, value in values.items() if value.strip()})


def config_files(environ: Mapping[str, str], prefix: Path) -> list[Path]:
    """The configuration files that pip would read, in their order."""
    named = environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return []
    home = Path(environ.get("HOME") or "~").expanduser()
    system = [Path(each) for each in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":") if each]
    files = [each / "pip" / "pip.conf" for each in system]
    files += [Path("/etc/pip.conf"), home / ".pip" / "pip.conf"]
    files += [Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf", prefix / "pip.conf"]
    return [*files, Path(named)] if named else files


def settings(values: Mapping[str, str]) -> PipSettings:
    """The values of pip, by their long option names, as settings. Lists are separated by white space, as pip has it."""
    no_index = _yes(values.get("no-index", ""))
    return PipSettings(
        index_url=values.get("index-url", "").strip(),
        extra_index_urls=tuple(url for url in _words(values, "extra-index-url") if not _missing(url)),
        find_links=_words(values, "find-links"),
        trusted_hosts=_words(values, "trusted-host"),
        constraints=_words(values, "constraint"),
        only_binary=_listed(values, "only-binary"),
        no_binary=_listed(values, "no-binary"),
        no_index=no_index,
        pre=_yes(values.get("pre", "")),
        cert=values.get("cert", "").strip(),
        client_cert=values.get("client-cert", "").strip(),
        proxy=values.get("proxy", "").strip(),
        timeout=next((values[name].strip() for name in _TIMEOUTS if name in values), ""),
    )


def _parsed(path: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"), str(path))
    except (OSError, ValueError, configparser.Error):
        return {}
    found: dict[str, str] = {}
    for section in _SECTIONS:
        if parser.has_section(section):
            found.update({_normal(name): value for name, value in parser.items(section) if value})
    return found


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    return {_normal(name[len(_PREFIX) :]): value for name, value in environ.items() if name.startswith(_PREFIX) and value}


def _normal(name: str) -> str:
    name = name.lower().replace("_", "-")
    return name.removeprefix("--")


def _words(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(values.get(name, "").split())


def _listed(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word for word in values.get(name, "").replace(",", " ").split() if word)


def _yes(text: str) -> bool:
    return text.strip().lower() not in _NO


def _missing(url: str) -> bool:
    """Whether an index is a folder that does not exist: pip then goes on with the others, `uv` would give up."""
    parts = urlsplit(url)
    return parts.scheme == "file" and not Path(unquote(parts.path)).exists()


# ---------------------------------------------------------------- the same, said to an installer
# URLs may hold a password, and the command line of a process is everybody's to read: they travel as variables.


def uv_arguments(pip: PipSettings) -> list[str]:
    """The options of `uv pip install` that say the same. pip looks at all indexes and takes the best version: so must uv."""
    named = {"--allow-insecure-host": pip.trusted_hosts, "--constraints": pip.constraints}
    flags = ["--no-index"] * pip.no_index + ["--prerelease=allow"] * pip.pre
    return ["--index-strategy=unsafe-best-match", *_options({**named, **_formats(pip)}), *flags]


def uv_variables(pip: PipSettings) -> dict[str, str]:
    """The variables that say the rest of it to uv."""
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), pip.proxy)
    said = {
        "UV_DEFAULT_INDEX": pip.index_url,
        "UV_INDEX": " ".join(pip.extra_index_urls),
        "UV_FIND_LINKS": ",".join(_links(pip)),
        "SSL_CERT_FILE": pip.cert,
        "SSL_CLIENT_CERT": pip.client_cert,
        "UV_HTTP_TIMEOUT": pip.timeout.partition(".")[0],
    }
    return {name: value for name, value in {**proxies, **said}.items() if value}


def pip_arguments(pip: PipSettings) -> list[str]:
    """The options of `pip install` that say the same, whatever pip itself would read."""
    named = {"--trusted-host": pip.trusted_hosts, "--constraint": pip.constraints}
    return [*_options({**named, **_formats(pip)}), *["--pre"] * pip.pre]


def pip_variables(pip: PipSettings) -> dict[str, str]:
    """The variables that say the rest of it to pip."""
    said = {
        "PIP_INDEX_URL": pip.index_url,
        "PIP_EXTRA_INDEX_URL": " ".join(pip.extra_index_urls),
        "PIP_FIND_LINKS": " ".join(_links(pip)),
        "PIP_PROXY": pip.proxy,
        "PIP_CERT": pip.cert,
        "PIP_CLIENT_CERT": pip.client_cert,
    }
    return {"PIP_NO_INDEX": str(int(pip.no_index)), **{name: value for name, value in said.items() if value}}


def _formats(pip: PipSettings) -> dict[str, Iterable[str]]:
    return {"--only-binary": pip.only_binary, "--no-binary": pip.no_binary}


def _options(named: Mapping[str, Iterable[str]]) -> list[str]:
    return [f"{option}={value}" for option, values in named.items() for value in values if value != ":none:"]


def _links(pip: PipSettings) -> list[str]:
    """Where to find links, as URLs without blanks and commas, which part them in a variable. Paths must be absolute."""
    return [(each if "://" in each else Path(each).as_uri()).replace(",", "%2C") for each in pip.find_links]
