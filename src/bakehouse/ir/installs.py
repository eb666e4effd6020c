"""The `pip install` lines of the script that an SDK puts before a Python component: what the author asked for, without the SDK's own needs. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_OWN = re.compile(r"kfp==[0-9][\w.!+-]*")
_PUNCTUATION = frozenset(";&|()\n")
_SHELL_WORDS = frozenset(("if", "then", "else", "!", "fi"))
#: What SDKs set before a command or on a line of its own; `$` stands before a substitution, which is a command of its own here.
_ASSIGNMENTS = frozenset(("PIP_DISABLE_PIP_VERSION_CHECK=1", "_KFP_RUNTIME=true", "tmp=$", "venv=$(mktemp -d)"))
_PIP = ("python3", "-m", "pip", "install")
#: What stands beside `pip install` in the scripts of kfp 2.0 to 2.17 and of Bakehouse: they bring pip, make a venv, go on.
_BESIDE = frozenset({
    ("[", "-x", "$(command -v pip)", "]"),
    ("python3", "-m", "pip", "--version", ">/dev/null", "2>/dev/null"),
    ("python3", "-m", "ensurepip"), ("python3", "-m", "ensurepip", "--user"),
    ("python3", "-m", "ensurepip", "--upgrade"), ("python3", "-m", "ensurepip", "--upgrade", "--user"),
    ("apt-get", "install", "python3-pip"),
    ("set", "-e"), ("export", "PIP_DISABLE_PIP_VERSION_CHECK=1"), ("mktemp", "-d"),
    ("python3", "-m", "venv", "$tmp/venv", "--system-site-packages"), (".", "$tmp/venv/bin/activate"),
    ("python3", "-m", "venv", "--system-site-packages", "$venv"), (".", "$venv/bin/activate"),
    ("python3", "-c", "import kfp.dsl.executor_main", "2>/dev/null"),
    ("$0", "$@"), ("exec", "$0", "$@"),
})  # fmt: skip
_INDEX = frozenset(("-i", "--index-url"))
_WITH_VALUE = frozenset(("--extra-index-url", "--trusted-host", *_INDEX))
#: Options that SDKs write of their own accord.
_SDK_OPTIONS = frozenset(("--quiet", "--no-warn-script-location"))
_NO_DEPS = "--no-deps"


@dataclass
class Installs:
    """What is to be installed, in order. `index_urls[0]` is the index, the rest are extra indexes; hosts are such as `example.org:8080`."""

    requirements: list[str] = field(default_factory=list)
    index_urls: list[str] = field(default_factory=list)
    trusted_hosts: list[str] = field(default_factory=list)


@dataclass
class _Group:
    """One `pip install`. `requirements`: whatever else pip is told, in order, options that the author put among them included."""

    requirements: list[str] = field(default_factory=list)
    without_dependencies: bool = False

    @property
    def own(self) -> list[str]:
        """Releases of kfp in it."""
        return [one for one in self.requirements if _OWN.fullmatch(one)]

    @property
    def is_of_the_sdk(self) -> bool:
        """Whether it is what the SDK itself needs: `kfp==X --no-deps typing-extensions…`."""
        others = [one for one in self.requirements if one not in self.own]
        return self.without_dependencies and bool(self.own) and all(one.startswith("typing-extensions") for one in others)


def installs(script: str, *, kfp_is_last: bool) -> Installs | None:
    """What a script installs; `None` when it does anything that is not known of an SDK.

    `kfp_is_last`: the script is of kfp 2.0, which appends its own requirement to the author's.
    """
    found = Installs()
    groups: list[_Group] = []
    try:
        for words in _commands(script):
            bare = _bare(words)
            if bare[: len(_PIP)] == _PIP:
                groups.append(_group(bare[len(_PIP) :], found))
            elif bare and bare not in _BESIDE:
                return None
    except ValueError:  # quotes that do not close, options without a value, output sent elsewhere
        return None
    for index, group in enumerate(groups):
        requirements = _authors(group, kfp_is_last=kfp_is_last and index == len(groups) - 1, alone=len(groups) == 1)
        found.requirements += [one for one in requirements if one not in found.requirements]
    if _no_dependencies(groups):
        found.requirements.append(_NO_DEPS)
    return found


def _authors(group: _Group, *, kfp_is_last: bool, alone: bool) -> list[str]:
    """The author's requirements of one `pip install`."""
    if group.is_of_the_sdk:
        return []
    if kfp_is_last and group.own and group.requirements[-1] == group.own[-1]:
        return group.requirements[:-1]
    if not alone and group.requirements == group.own:
        # A version of kfp for the SDK, named by the author: it stands in a command of its own.
        return []
    return group.requirements


def _no_dependencies(groups: list[_Group]) -> bool:
    """Whether the author wants no dependencies: the SDK says so of kfp alone, be it a release or a path in a command of its own."""
    given = [group for group in groups if group.without_dependencies and not group.is_of_the_sdk]
    of_a_path = len(groups) > 1 and len(given) == 1 and len(given[0].requirements) == 1 and not any(group.is_of_the_sdk for group in groups)
    return bool(given) and not of_a_path


def _commands(script: str) -> Iterator[list[str]]:
    """The simple commands of a shell script, as words."""
    lexer = shlex.shlex(script, posix=True, punctuation_chars=";&|()\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    for word in lexer:
        if word and set(word) <= _PUNCTUATION:
            if words:
                yield words
            words = []
        else:
            words.append(word)
    if words:
        yield words


def _bare(words: list[str]) -> tuple[str, ...]:
    """A command without the shell's words and the assignments before it."""
    start = 0
    while start < len(words) and (words[start] in _SHELL_WORDS or words[start] in _ASSIGNMENTS):
        start += 1
    return tuple(words[start:])


def _group(arguments: tuple[str, ...], found: Installs) -> _Group:
    """What one `pip install` is told; indexes and hosts go to `found`. Raises `ValueError` for what is no word of pip's."""
    group = _Group()
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        option, equals, value = word.partition("=")
        if option in _WITH_VALUE:
            if not equals and not rest:
                raise ValueError(word)
            _note(option, value if equals else rest.pop(0), found)
        elif word == _NO_DEPS:
            group.without_dependencies = True
        elif word.startswith((">", "<", "2>", "#")):
            raise ValueError(word)
        elif word not in _SDK_OPTIONS:
            group.requirements.append(word)
    return group


def _note(option: str, value: str, found: Installs) -> None:
    if option == "--trusted-host":
        # kfp up to 2.13 gives the whole URL of an index here.
        host = urlsplit(value).netloc.rpartition("@")[2] if "://" in value else value
        known, one = found.trusted_hosts, host
    else:
        known, one = found.index_urls, value
    if one not in known:
        if option in _INDEX and known:
            known.insert(0, one)
        else:
            known.append(one)
