"""What a step asks to be installed: requirements, and the options of pip that stand among them or beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bakehouse.ir.execution import LaunchSpec, Program, StepError
from bakehouse.runners.errors import NotBuilt
from bakehouse.runners.pip_settings import PipSettings, settings
from bakehouse.storage.files import is_local, local_path

#: Options of pip that take a value and may stand among the requirements, as they could in pip's own command line.
_VALUES = {
    "-i": "index-url", "--index-url": "index-url", "--extra-index-url": "extra-index-url", "-f": "find-links",
    "--find-links": "find-links", "--trusted-host": "trusted-host", "-c": "constraint", "--constraint": "constraint",
    "--only-binary": "only-binary", "--no-binary": "no-binary",
}  # fmt: skip
_FLAGS = {"--no-index": "no-index", "--pre": "pre", "--no-deps": "no-deps"}
#: Options that mean nothing where an environment is always new.
_IGNORED = frozenset({"-U", "--upgrade", "-q", "--quiet", "--no-cache-dir", "--disable-pip-version-check", "--no-warn-script-location"})
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz")
_NAMED_URL = re.compile(r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^]]*\])?\s*@\s*(?P<url>[^\s;]+)")
_PATH = re.compile(r"\s*(?P<path>[^;\[]+?)\s*(?P<rest>\[[^]]*\])?\s*(;.*)?$")


@dataclass(frozen=True)
class Wanted:
    """What is to be installed: plain requirements in order (local ones with absolute paths), and where from."""

    requirements: tuple[str, ...] = ()
    local: tuple[Path, ...] = ()
    pip: PipSettings = field(default_factory=PipSettings)
    no_deps: bool = False

    @property
    def link_folders(self) -> list[Path]:
        """The find-links places that are folders of this machine."""
        return [local_path(each) for each in self.pip.find_links if is_local(each)]

    @property
    def said(self) -> str:
        """The requirements for people: names as they were written, shortened."""
        text = ", ".join(Path(each).name if "/" in each else each for each in self.requirements)
        return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


_SHOWN = 80


def wanted(launch: LaunchSpec, pip: PipSettings) -> Wanted:
    """What this attempt's program wants, on top of pip's own settings. Raises `NotBuilt` for what cannot be meant."""
    program = launch.program or Program(source="", function="")
    plain, values = _separated(program.requirements)
    folders = [Path.cwd(), *([Path(launch.origin.file).parent] if launch.origin else [])]
    found = [_placed(each, folders) for each in plain]
    return Wanted(
        requirements=tuple(text for text, _ in found),
        local=tuple(path for _, path in found if path is not None),
        pip=_overlaid(pip, settings({name: " ".join(each) for name, each in values.items()}), program),
        no_deps="no-deps" in values,
    )


def in_image(launch: LaunchSpec, pip: PipSettings) -> Wanted:
    """The same for a step in its image: paths are the image's own, so they stay as they are written. Raises `NotBuilt`."""
    program = launch.program or Program(source="", function="")
    plain, values = _separated(program.requirements)
    own = settings({name: " ".join(each) for name, each in values.items()})
    return Wanted(requirements=tuple(plain), pip=_overlaid(pip, own, program), no_deps="no-deps" in values)


def _separated(given: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Requirements and options apart."""
    plain: list[str] = []
    values: dict[str, list[str]] = {}
    rest = list(given)
    while rest:
        text = rest.pop(0).strip()
        option, equals, value = text.partition("=") if text.startswith("--") else text.partition(" ")
        if not text.startswith("-"):
            plain.append(text)
        elif option in _VALUES and (equals or rest):
            values.setdefault(_VALUES[option], []).append(value.strip() if equals else rest.pop(0))
        elif text in _FLAGS:
            values.setdefault(_FLAGS[text], []).append("1")
        elif text not in _IGNORED:
            raise NotBuilt(
                StepError(
                    message=f"packages_to_install holds {text!r}, an option of pip that is not passed on",
                    remedy=f"Name packages. Options that may stand among them: {', '.join(sorted({*_VALUES, *_FLAGS}))}.",
                )
            )
    return [each for each in plain if each], values


def _overlaid(pip: PipSettings, own: PipSettings, program: Program) -> PipSettings:
    """What stands beside the requirements wins over pip's settings, as options of a command line do; lists are joined."""
    index = own.index_url or (program.index_urls[0] if program.index_urls else "")
    return replace(
        pip,
        index_url=index or pip.index_url,
        extra_index_urls=_joined(program.index_urls[1:], own.extra_index_urls, pip.extra_index_urls),
        find_links=_joined(own.find_links, pip.find_links),
        trusted_hosts=_joined(program.trusted_hosts, own.trusted_hosts, pip.trusted_hosts),
        constraints=_joined(own.constraints, pip.constraints),
        only_binary=_joined(own.only_binary, pip.only_binary),
        no_binary=_joined(own.no_binary, pip.no_binary),
        no_index=own.no_index or (pip.no_index and not index),
        pre=own.pre or pip.pre,
    )


def _joined(*groups: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for group in groups for each in group))


def _placed(text: str, folders: Sequence[Path]) -> tuple[str, Path | None]:
    """The requirement with an absolute path, and that path, if it names something on this machine's disk."""
    named = _NAMED_URL.match(text)
    url = named["url"] if named else text
    if url.startswith("file:"):
        path = Path(unquote(urlsplit(url.split(";")[0].strip()).path))
        return text, _existing(path, [path], text)
    match = _PATH.match(text)
    if match is None or not _names_path(match["path"]):
        return text, None
    given = Path(match["path"]).expanduser()
    path = _existing(given, [folder / given for folder in folders], text)
    return text.replace(match["path"], str(path), 1), path


def _names_path(text: str) -> bool:
    return text.startswith(("/", "./", "../", "~/")) or ("://" not in text and text.endswith(_ARCHIVES))


def _existing(given: Path, candidates: Sequence[Path], text: str) -> Path:
    for candidate in candidates:
        if candidate.exists():
            return candidate.resolve()
    looked = ", ".join(str(candidate.parent) for candidate in candidates)
    raise NotBuilt(
        StepError(
            message=f"packages_to_install names {text}, but there is no {given.name} in {looked}",
            remedy="Build the wheel first, or correct the path.",
        )
    )
