"""Modules that need what an extra installs: they are loaded by name, when something needs them."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from bakehouse.app.errors import ExtraMissing


@dataclass(frozen=True)
class Extra:
    """An extra of Bakehouse, what it speaks to, and the packages that come with it, by which they are imported."""

    name: str
    speaks_to: str
    packages: frozenset[str]

    def loaded(self, module: str) -> Any:  # what is loaded by name has no types
        """A module that needs these packages. Raises `ExtraMissing`."""
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in self.packages:
                raise
            raise ExtraMissing(what=self.speaks_to, extra=self.name) from error
