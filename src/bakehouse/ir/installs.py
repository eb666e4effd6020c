"""The `pip install` lines of the script that an SDK puts before a Python component: what the author asked for, without the SDK's own needs. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_OWN = re.compile(r"kfp==[0-9][\w.!+-]*")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_PYTHON = re.compile(r"(?:.*/)?python(?:3(?:\.\d+)?)?")
_OPERATORS = frozenset((";", "&", "&&", "|", "||", "(", ")", "\n"))
#: First words of commands that an SDK's script may hold beside `pip install`.
_HARMLESS = frozenset(("if", "then", "else", "fi", "!", "[", "test", "command", "export", "set", ".", "true", ":", "$0", "exec", "echo"))
_SHELL_WORDS = frozenset(("if", "then", "else", "!"))
_INDEX = frozenset(("-i", "--index-url"))
_WITH_VALUE = frozenset(("--extra-index-url", "--trusted-host", *_INDEX))


@dataclass
class Installs:
    """What is to be installed, in order. `index_urls[0]` is the index, the rest are extra indexes; hosts are such as `example.org:8080`."""

    requirements: list[str] = field(default_factory=list)
    index_urls: list[str] = field(default_factory=list)
    trusted_hosts: list[str] = field(default_factory=list)


@dataclass
class _Group:
    """One `pip install`."""

    requirements: list[str] = field(default_factory=list)
    without_dependencies: bool = False


def installs(script: str, *, kfp_is_last: bool) -> Installs | None:
    """What a script installs; `None` when it does anything that is not known of an SDK.

    `kfp_is_last`: the script is of kfp 2.0, which appends its own requirement to the author's.
    """
    found = Installs()
    groups: list[_Group] = []
    try:
        for words in _commands(script):
            arguments = _pip_arguments(words)
            if arguments is not None:
                groups.append(_group(arguments, found))
            elif not _is_harmless(words):
                return None
    except ValueError:  # quotes that do not close, options without a value
        return None
    for index, group in enumerate(groups):
        requirements = _authors(group, kfp_is_last=kfp_is_last and index == len(groups) - 1, alone=len(groups) == 1)
        found.requirements += [one for one in requirements if one not in found.requirements]
    return found


def _authors(group: _Group, *, kfp_is_last: bool, alone: bool) -> list[str]:
    """The author's requirements of one `pip install`."""
    own = [one for one in group.requirements if _OWN.fullmatch(one)]
    if group.without_dependencies and own:
        # `kfp==X --no-deps typing-extensions…` is what the SDK itself needs.
        return []
    if kfp_is_last and own and group.requirements[-1] == own[-1]:
        return group.requirements[:-1]
    if not alone and group.requirements == own:
        # A version of kfp for the SDK, named by the author: it stands in a command of its own.
        return []
    return group.requirements


def _commands(script: str) -> Iterator[list[str]]:
    """The simple commands of a shell script, as words."""
    lexer = shlex.shlex(script, posix=True, punctuation_chars=";&|()\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    for word in lexer:
        if word in _OPERATORS or (word and set(word) <= _PUNCTUATION):
            if words:
                yield words
            words = []
        else:
            words.append(word)
    if words:
        yield words


_PUNCTUATION = frozenset(";&|()\n")


def _bare(words: list[str]) -> list[str]:
    """A command without the shell's words and the assignments before it."""
    start = 0
    while start < len(words) and (words[start] in _SHELL_WORDS or _ASSIGNMENT.fullmatch(words[start])):
        start += 1
    return words[start:]


def _pip_arguments(words: list[str]) -> list[str] | None:
    bare = _bare(words)
    if bare[:2] in (["pip", "install"], ["pip3", "install"]):
        return bare[2:]
    if bare[:1] and _PYTHON.fullmatch(bare[0]) and "-m" in bare[1:4]:
        rest = bare[bare.index("-m") + 1 :]
        if rest[:2] == ["pip", "install"]:
            return rest[2:]
    return None


def _is_harmless(words: list[str]) -> bool:
    bare = _bare(words)
    if not bare or bare[0] in _HARMLESS or bare[0].startswith(("$", '"$')):
        return True
    if _PYTHON.fullmatch(bare[0]):
        return True
    if bare[0] == "mktemp":
        return True
    return bare[:2] == ["apt-get", "install"] and bare[2:] == ["python3-pip"]


def _group(arguments: list[str], found: Installs) -> _Group:
    group = _Group()
    position = 0
    while position < len(arguments):
        word = arguments[position]
        option, equals, value = word.partition("=")
        if option in _WITH_VALUE:
            if not equals:
                position += 1
                if position == len(arguments):
                    raise ValueError(word)
                value = arguments[position]
            _note(option, value, found)
        elif word == "--no-deps":
            group.without_dependencies = True
        elif not word.startswith("-") and not word.startswith((">", "<", "2>")):
            group.requirements.append(word)
        position += 1
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
