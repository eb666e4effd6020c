"""Reading of what stands under `platforms.bakehouse`: each setting is asked for by its name, and what nobody asked for is told. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from bakehouse.ir.findings import Finding, nearest
from bakehouse.ir.values import Json, JsonObject

T = TypeVar("T")


class Wrong(Exception):
    """A setting makes no sense."""

    def __init__(self, message: str, remedy: str | None) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


class Settings:
    """A mapping that is being read: what is wrong goes to `found`, names that nobody asked for included."""

    def __init__(self, value: Json, path: tuple[str, ...], found: list[Finding]) -> None:
        self._path, self._found = path, found
        self._asked: list[str] = []
        self._inner: list[Settings] = []
        self._value: JsonObject = value if isinstance(value, Mapping) else {}
        if not isinstance(value, Mapping):
            found.append(Finding("a mapping is expected here", path))

    def names(self) -> Iterator[str]:
        """The names that there are."""
        return iter(sorted(self._value))

    def inner(self, name: str) -> Settings:
        """The mapping of that name; an empty one where there is none."""
        self._asked.append(name)
        self._inner.append(Settings(self._value.get(name, {}), (*self._path, name), self._found))
        return self._inner[-1]

    def one(self, name: str, read: Callable[[Json], T], default: T) -> T:
        """The setting of that name as `read` makes it, which raises `Wrong`."""
        self._asked.append(name)
        if name not in self._value:
            return default
        try:
            return read(self._value[name])
        except Wrong as error:
            self.wrong(name, error.message, error.remedy)
            return default

    def wrong(self, name: str, message: str, remedy: str | None) -> None:
        """Tell of something."""
        self._found.append(Finding(message, (*self._path, name), remedy))

    def close(self) -> None:
        """Tell of all names that were not asked for: this Bakehouse would run the pipeline otherwise than it was meant."""
        for name in self._value:
            if name not in self._asked:
                remedy = nearest(name, self._asked) or "A newer Bakehouse may know it."
                self.wrong(name, f"this Bakehouse knows no setting {name!r}", remedy)
        for inner in self._inner:
            inner.close()
