"""What is kept of what was made lately."""

from __future__ import annotations

from bakehouse.storage.recent import Recent


class Maker:
    """Makes values, and notes which."""

    def __init__(self, most: int) -> None:
        self.recent = Recent[str](most)
        self.made: list[str] = []

    def get(self, key: str, weight: int = 4) -> str:
        """The value of a key, which is the key itself in capitals."""

        def make() -> tuple[str, int]:
            self.made.append(key)
            return key.upper(), weight

        return self.recent.get(key, make)


def test_what_was_asked_for_last_is_kept() -> None:
    """What nobody has asked for the longest goes first."""
    maker = Maker(10)
    for key in ("a", "b", "a", "c", "a", "b"):
        assert maker.get(key) == key.upper()
    assert maker.made == ["a", "b", "c", "b"]
    assert maker.recent.weight == 8


def test_what_is_heavier_than_the_bound_is_kept_alone() -> None:
    """Somebody looks at it: it is not made again for every look. The next one takes its place."""
    maker = Maker(10)
    for key, weight in (("a", 4), ("huge", 100), ("huge", 100), ("a", 4), ("a", 4)):
        maker.get(key, weight)
    assert maker.made == ["a", "huge", "a"]
    assert maker.recent.weight == 4


def test_a_value_that_two_make_at_once_is_counted_once() -> None:
    """The later one is kept."""
    recent = Recent[str](10)

    def make() -> tuple[str, int]:
        recent.get("a", lambda: ("first", 4))
        return "second", 4

    assert recent.get("a", make) == "second"
    assert recent.weight == 4
