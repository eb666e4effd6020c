"""Files of points: read whatever stands in them, put in order, joined, and thinned out without losing what one looks for."""

from __future__ import annotations

import errno
import io
import json
import math
import os
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.actions import points
from bakehouse.actions.points import Curve, Found, Part
from bakehouse.runners import reading
from tests.repo.tree import ROOT

LOSS = ("m", "loss")
VALUES = st.floats(allow_nan=True, allow_infinity=True)


def line(step: object, value: object = 0.5, *, output: object = "m", metric: object = "loss", at: object = 1.0) -> bytes:
    """A line as a step writes it."""
    return json.dumps([output, metric, step, value, at]).encode() + b"\n"


def read(path: Path, *contents: bytes, offset: int = 0, most_bytes: int = 1 << 30, most_curves: int = 100) -> Found:
    """What a file with these contents holds."""
    path.write_bytes(b"".join(contents))
    return points.read(path, lambda _: True, most_bytes=most_bytes, most_curves=most_curves, offset=offset)


def curve(*places: tuple[int, float]) -> Curve:
    """A curve of steps and values; each point has its number as its time."""
    made = Curve()
    for number, (step, value) in enumerate(places):
        made.add(step, value, number)
    return made


def of_values(values: Sequence[float]) -> Curve:
    """A curve whose steps count from 0."""
    return curve(*enumerate(values))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A path for the file of an attempt."""
    return tmp_path / "series"


# ---------------------------------------------------------------- read


def test_series_are_told_apart_by_output_and_metric(file: Path) -> None:
    """In the order in which they were logged first."""
    found = read(file, line(1), line(1, 2, metric="rate"), line(2, math.nan), line(1, output="other"), line(3, -math.inf))
    assert list(found.curves) == [LOSS, ("m", "rate"), ("other", "loss")]
    assert list(found.curves[LOSS].steps) == [1, 2, 3]
    assert [str(value) for value in found.curves[LOSS].values] == ["0.5", "nan", "-inf"]
    assert (found.next_offset, found.damaged, found.cut, found.truncated, found.error) == (file.stat().st_size, 0, False, False, "")


def test_a_line_that_has_no_end_yet_is_left_alone(file: Path) -> None:
    """It is being written, or its writer was killed; reading goes on before it when it has its end."""
    whole, half = line(1), line(2)[:10]
    found = read(file, whole, half)
    assert (list(found.curves[LOSS].steps), found.next_offset, found.damaged) == ([1], len(whole), 0)
    assert list(read(file, whole, line(2), offset=found.next_offset).curves[LOSS].steps) == [2]


@pytest.mark.parametrize(
    "damage",
    [
        b"garbage\n",
        b"\x00\x00\x00\n",
        b"\xff\xfe[1]\n",
        b"3\n",
        b'{"cut": false}\n',
        b'["m", "loss", 1, 0.5]\n',
        b"[" * 100_000 + b"\n",
        line("1"),
        line(True),
        line(1.5),
        line(1 << 60),
        line(1, "0.5"),
        line(1, None),
        line(1, 10**400),
        line(1, output=3),
        line(1, metric=None),
        line(1, at="now"),
        line(1, at=math.nan),
        line(1, at=1e300),
    ],
    ids=lambda damage: repr(damage[:30]),
)
def test_damage_is_counted_and_passed_over(file: Path, damage: bytes) -> None:
    """Whatever a step, or a disk, left between the points."""
    found = read(file, line(1), damage, line(2))
    assert (list(found.curves[LOSS].steps), found.damaged) == ([1, 2], 1)


def test_two_broken_lines_are_no_point(file: Path) -> None:
    """Even where they would make one together; blank lines are nothing."""
    found = read(file, b'["m", "loss", 1\n', b"0.5, 1.0]\n", b"\n\n", line(2))
    assert (list(found.curves[LOSS].steps), found.damaged) == ([2], 2)


def test_a_line_without_end_does_not_hold_the_reader(file: Path) -> None:
    """Longer than anything that is a point, in blocks, or in the pieces of a stream."""
    found = read(file, line(1), b"x" * (3 << 20), b"\n", line(2))
    assert list(found.curves[LOSS].steps) == [1, 2]
    assert found.damaged > 0
    offset, steps = 0, []
    while offset < file.stat().st_size:
        found = points.read(file, lambda _: True, most_bytes=1 << 16, most_curves=9, offset=offset)
        assert found.next_offset > offset
        offset = found.next_offset
        steps += list(found.curves[LOSS].steps) if LOSS in found.curves else []
    assert steps == [1, 2]


def test_pieces_make_up_the_whole(file: Path) -> None:
    """Each begins where the one before ended."""
    file.write_bytes(b"".join(line(step) for step in range(2_000)))
    offset, steps = 0, []
    while True:
        found = points.read(file, lambda _: True, most_bytes=1000, most_curves=1, offset=offset)
        if found.next_offset == offset:
            break
        offset = found.next_offset
        steps += list(found.curves[LOSS].steps)
    assert steps == list(range(2_000))


def test_what_is_read_is_bounded(file: Path) -> None:
    """By bytes and by curves; it is said that there is more."""
    assert read(file, *[line(step) for step in range(100)], most_bytes=500).truncated
    found = read(file, *[line(1, metric=f"metric {number}") for number in range(5)], most_curves=3)
    assert (len(found.curves), found.truncated, found.damaged) == (3, True, 0)
    assert not read(file, line(1), most_curves=1).truncated


def test_the_mark_of_a_cut_file(file: Path) -> None:
    """It is no damage."""
    found = read(file, line(1), b'{"cut": true}\n', b'{"cut": true}\n')
    assert (found.cut, found.damaged) == (True, 0)


def test_what_is_no_file(file: Path) -> None:
    """Nothing there is no error; a pipe, or a folder, is one that is said, and holds nobody."""
    assert points.read(file, lambda _: True, most_bytes=10, most_curves=1) == Found({}, 0)
    os.mkfifo(file)
    assert points.read(file, lambda _: True, most_bytes=10, most_curves=1).error == "it is not a file"
    file.unlink()
    file.mkdir()
    assert points.read(file, lambda _: True, most_bytes=10, most_curves=1).error == "it is not a file"


def test_a_disk_that_fails_amid_a_file_costs_nothing_and_repeats_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read is told with the place where the next look goes on."""

    class Failing(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError(errno.EIO, "the disk is broken")
            return super().read(size)

    one = line(1)
    with monkeypatch.context() as patched:
        patched.setattr(points, "_BLOCK", len(one))
        patched.setattr(reading, "opened", Failing)
        found = read(file, one, line(2))
    assert (list(found.curves[LOSS].steps), found.next_offset, found.error) == ([1], len(one), "the disk is broken")
    rest = points.read(file, lambda _: True, most_bytes=1000, most_curves=1, offset=found.next_offset)
    assert (list(rest.curves[LOSS].steps), rest.error) == ([2], "")


# ---------------------------------------------------------------- in order, and joined


def test_of_one_step_the_last_value_counts() -> None:
    """And points are put in order, since several processes log as they please."""
    made = points.ordered(curve((3, 0.3), (1, 0.1), (3, 0.33), (2, 0.2), (1, 0.11)))
    assert list(made) == [(1, 0.11, 4), (2, 0.2, 3), (3, 0.33, 2)]


@given(st.lists(st.tuples(st.integers(-20, 20), st.floats(allow_nan=False))))
def test_ordering_is_what_a_mapping_does(places: list[tuple[int, float]]) -> None:
    """For whatever is logged."""
    assert [(step, value) for step, value, _ in points.ordered(curve(*places))] == sorted(dict(places).items())


def test_an_attempt_goes_on_where_it_began() -> None:
    """What earlier ones logged from there on counts no more, even if a later one began yet earlier."""
    one, two, three = of_values([1.0] * 10), curve((5, 2.0), (6, 2.0)), curve((6, 3.0))
    whole, parts = points.joined([(1, one), (2, two), (4, three)])
    assert [(step, value) for step, value, _ in whole] == [*((step, 1.0) for step in range(5)), (5, 2.0), (6, 3.0)]
    assert parts == [Part(1, 0, 5), Part(2, 5, 1), Part(4, 6, 1)]
    whole, parts = points.joined([(1, one), (2, curve((5, 2.0))), (3, curve((0, 3.0)))])
    assert ([value for _, value, _ in whole], parts) == ([3.0], [Part(3, 0, 1)])


# ---------------------------------------------------------------- thinned out


@given(st.lists(VALUES, min_size=1, max_size=400), st.integers(points.FEWEST, 60))
def test_thinning_keeps_ends_and_extremes(values: list[float], most: int) -> None:
    """At most as many as asked for, in order, with both ends, the least and largest finite value, and each kind of the others."""
    whole = of_values(values)
    few = points.thinned(whole, most)
    assert len(few) <= max(most, points.FEWEST)
    steps = list(few.steps)
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (0, len(values) - 1)
    assert all(repr(values[step]) == repr(value) for step, value, _ in few)
    finite = [value for value in values if math.isfinite(value)]
    kept = [value for value in few.values if math.isfinite(value)]
    assert (min(kept, default=None), max(kept, default=None)) == (min(finite, default=None), max(finite, default=None))
    assert {repr(value) for value in values if not math.isfinite(value)} == {repr(value) for value in few.values if not math.isfinite(value)}
    if len(values) <= most:
        assert len(few) == len(values)


@given(st.lists(st.floats(-1e6, 1e6), min_size=100, max_size=1000), st.integers(0, 999))
def test_no_spike_is_further_away_than_a_stretch(values: list[float], place: int) -> None:
    """Around each point something at least as large, and something at most as small, is shown."""
    few, place, stretch = points.thinned(of_values(values), 50), place % len(values), len(values) // 24 + 2
    near = [value for step, value, _ in few if abs(step - place) <= stretch]
    assert min(near) <= values[place] <= max(near)


def test_the_range_is_that_of_all_values() -> None:
    """NaN and infinities are counted, and hide nothing."""
    assert points.measured(of_values([1.0, math.nan, -2.0, math.inf])) == points.Range(4, 2, -2.0, 1.0)
    assert points.measured(of_values([math.nan])) == points.Range(1, 1, None, None)


@pytest.mark.slow
def test_a_million_points_take_bounded_memory(file: Path) -> None:
    """Read in pieces and kept as numbers: less than the file itself, even where they are in no order."""
    script = f"""
        import sys
        from pathlib import Path
        from bakehouse.actions import points
        from tests import memory
        before = memory.peak()
        found = points.read(Path({str(file)!r}), lambda _: True, most_bytes=1 << 30, most_curves=10)
        whole = points.ordered(found.curves["m", "loss"])
        few = points.thinned(whole, 1000)
        print(len(whole), len(few), min(few.values), memory.peak() - before)
        """
    for steps, most in ((range(1_000_000), 64 << 20), (range(1_000_000, 0, -1), 160 << 20)):
        with file.open("wb") as writing:
            for step in steps:
                writing.write(b'["m", "loss", %d, %s, 1764458304.123]\n' % (step, b"-7" if step == 654_321 else b"0.5"))
        count, few, least, taken = _said(script).split()
        assert (count, float(least)) == ("1000000", -7.0)
        assert int(few) <= 1000
        assert int(taken) < most


def _said(script: str) -> str:
    return subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, check=True, capture_output=True, text=True).stdout
