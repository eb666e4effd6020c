"""What was made lately of something that does not change, kept while all of it together stays within a bound."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """The values that were asked for last, of at most `most` weight together; a heavier one is kept alone. From any thread.

    Its maker says what a value weighs, in a unit of its own; for one that weighs nothing no other one goes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        #: What is kept weighs so much.
        self.weight = 0

    def get(self, key: Hashable, make: Callable[[], tuple[T, int]]) -> T:
        """The value of that key; if it is not kept, what `make` says that it is, and how much it weighs. Two that ask at once may both make it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        value, weight = make()
        with self._lock:
            self.weight += weight - self._kept.pop(key, (value, 0))[1]
            self._kept[key] = (value, weight)
            while self.weight > self._most and len(self._kept) > 1:
                _, (_, gone) = self._kept.popitem(last=False)
                self.weight -= gone
        return value
