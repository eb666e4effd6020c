"""What an author's file holds, once it is loaded, and the modules that travel with it; the user is told what there is to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from bakehouse.app import loaded
from bakehouse.app.loaded import Loaded
from bakehouse.app.loading import Loading
from bakehouse.cli import answers
from bakehouse.cli.commands import part

if TYPE_CHECKING:
    from bakehouse.dsl.folders import Packed


def finished(loading: Loading) -> Loaded:
    """What is being loaded; whoever waits is told now and then. Raises as `loaded.finish` does."""
    return loaded.finish(loading, lambda seconds: answers.notice(f"{loading.path} is still being loaded after {seconds:.0f} s; Ctrl-C stops"))


def packed(found: Loaded, asked: str) -> Mapping[str, Packed]:
    """The folders of modules that its steps need, or that were asked for, by executor label. Raises `WrongValue`."""
    if not (asked or found.code):
        return {}
    travelling = part("travelling")
    by_label = cast("Mapping[str, Packed]", travelling.packed(found.file, found.code, asked))
    answers.notes(travelling.notes(by_label))
    return by_label
