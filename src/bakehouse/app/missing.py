"""What of `kfp` an author's file, or a package that it uses, asked for in vain: who asked, for what, and what to do about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

from bakehouse.app.aliases import NotServed, Package, spelling
from bakehouse.app.submodules import Submodule
from bakehouse.dsl import places
from bakehouse.dsl.errors import nearest
from bakehouse.version import KFP_VERSION

_OURS = "bakehouse."
#: What brings the real SDK.
INSTALL = f"{sys.executable} -m pip install kfp=={KFP_VERSION}"


@dataclass(frozen=True)
class Need:
    """`what` is a module or a name as kfp calls it; `who` asked for it: `FILE:LINE` of the author, or the name of a package.

    `guess`: a remedy that names what was probably meant, if something of ours is called nearly so.
    """

    who: str
    what: str
    verb: str = "imports"
    guess: str = ""

    def __str__(self) -> str:
        return f"{self.who} {self.verb} {self.what}"

    @property
    def words(self) -> str:
        """What is wrong, for whoever sees the line of the author: only a package has to be named beside it."""
        return f"{self.what} is not served yet" + ("" if ":" in self.who else f"; {self.who} {self.verb} it")

    @property
    def remedy(self) -> str:
        """What to do where Bakehouse alone answers to `kfp`."""
        if self.guess:
            return self.guess
        if is_installed():
            return "The kfp that is installed may have it: leave `--sdk bakehouse` out, or write `--sdk kfp`."
        return (
            f"Install kfp beside Bakehouse, then kfp compiles the file (without `--sdk bakehouse`) and Bakehouse runs it: `{INSTALL}`. "
            "Or do without it."
        )


def is_installed() -> bool:
    """Whether this interpreter has the real SDK. Parts of it that are installed alone, such as `kfp.pipeline_spec`, make no package `kfp`."""
    found = PathFinder.find_spec("kfp")
    return found is not None and found.origin is not None


def need(error: BaseException) -> Need | None:
    """What of kfp an exception is about, itself or one that it came of; `None` for all others."""
    for one in _chain(error):
        if isinstance(one, NotServed):
            return Need(_asker(one), one.module)
        if isinstance(one, ImportError) and (module := _ours(sys.modules.get(one.name or ""))) is not None:
            return _name(one, module, _imported(one), "imports")
        if isinstance(one, AttributeError) and (module := _ours(one.obj)) is not None:
            return _name(one, module, one.name or "", "uses")
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _ours(module: object) -> ModuleType | None:
    """A module that answers to a name of kfp, or one of Bakehouse's."""
    is_ours = isinstance(module, Package | Submodule) or (isinstance(module, ModuleType) and module.__name__.startswith(_OURS))
    return module if is_ours and isinstance(module, ModuleType) else None


def _name(error: BaseException, module: ModuleType, name: str, verb: str) -> Need:
    if not name:
        return Need(_asker(error), _spelling(module.__name__), verb)
    guess = nearest(name, getattr(module, "__all__", ()))
    return Need(_asker(error), f"{_spelling(module.__name__)}.{name}", verb, guess if guess.startswith("Did") else "")


def _spelling(module: str) -> str:
    """As the file calls it: by kfp's names if it uses any."""
    return spelling(module) if "kfp" in sys.modules else module


def _imported(error: ImportError) -> str:
    """The name in `from MODULE import NAME`, which Python tells in words alone before 3.12; empty where it is about none."""
    quoted = str(error).split("'")
    return quoted[1] if str(error).startswith("cannot import name") and len(quoted) > 1 else ""


def _asker(error: BaseException) -> str:
    """The innermost code in a traceback that is neither ours nor of Python's import system."""
    asker = "the file"
    for frame in places.frames(error):
        if not frame.file.startswith("<") and frame.module != "importlib" and not frame.module.startswith(_OURS):
            asker = frame.module.partition(".")[0] if places.is_installed(frame.file) else _shown(frame.place)
    return asker


def _shown(place: str) -> str:
    """As the user would type it here."""
    return place.removeprefix(f"{Path.cwd()}{os.sep}")
