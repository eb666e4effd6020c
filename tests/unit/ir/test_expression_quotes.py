"""Conditions as KFP's compiler writes them decide as their author meant, though texts in them are not escaped."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.ir import expressions
from bakehouse.ir.values import Json

X = "inputs.parameter_values['x']"
Y = "inputs.parameter_values['y']"
S, N, F, B = (f"inputs.parameter_values['pipelinechannel--{name}']" for name in "snfb")


def taken(condition: str, **parameters: Json) -> bool:
    """Whether a condition holds."""
    return expressions.condition(expressions.parse(condition), parameters)


COMPILED = [
    # A text whose quotes and backslashes are not escaped: (condition, values for which it holds, values for which it does not).
    (f"{S} == 'it's'", ["it's"], ["its", "it", ""]),
    (f"{S} == ''", [""], ["'", "a"]),
    (f"{S} == '''", ["'"], ["", "''"]),
    (f"{S} == ''''", ["''"], ["'", ""]),
    (f"{S} == ''a''", ["'a'"], ["a", ""]),
    (f"{S} == 'a''", ["a'"], ["a"]),
    (f"{S} == 'say \"hi\"'", ['say "hi"'], ["say hi"]),
    (f"{S} == '{{'a': \"b\"}}'", ["{'a': \"b\"}"], ["{}"]),
    (f"{S} == '{{{{$.inputs.parameters['x']}}}}'", ["{{$.inputs.parameters['x']}}"], ["x"]),
    (f"{S} == 'one\ntwo's'", ["one\ntwo's"], ["one two's"]),
    (f"{S} == 'one\ntwo'", ["one\ntwo"], ["one\\ntwo"]),
    (f"{S} == 'C:\\new\\temp'", ["C:\\new\\temp"], ["C:newtemp"]),
    (f"{S} == 'C:\\dir\\'", ["C:\\dir\\"], ["C:dir"]),
    (f"{S} == '\\\\server\\share'", ["\\\\server\\share"], ["\\server\\share"]),
    (f"{S} == 'é☃'", ["é☃"], ["e"]),
    (f"{S} != 'it's'", ["its"], ["it's"]),
    (f"{S} < 'it's'", ["it"], ["it's", "iu"]),
    # A text that looks like code is a text.
    (f"{S} == 'x' or 'a'=='a'", ["x' or 'a'=='a"], ["x", "a", "b"]),
    (f"{S} == 'x' || 'a' == 'a'", ["x' || 'a' == 'a"], ["x", "a", "b"]),
    (f"{S} == 'a' && 'b'", ["a' && 'b"], ["a", "b"]),
    (f"{S} == 'a' == 'a'", ["a' == 'a"], ["a"]),
    (f"{S} == 'a' ? 'b' : 'c'", ["a' ? 'b' : 'c"], ["a", "b"]),
    (f"{S} == 'a' + 'b'", ["a' + 'b"], ["ab"]),
    (f"{S} == 'a') && ('b'", ["a') && ('b"], ["a", "b"]),
    (f"!({S} == 'a') && ('b')", ["a"], ["a') && ('b"]),
    (f"{S} == 'true' || !''", ["true' || !'"], ["true", "a"]),
    # Elif and Else: every text ends where it ends.
    (f"!({S} == 'it's') && {S} == 'he's'", ["he's"], ["it's", "a"]),
    (f"!({S} == 'it's') && !({S} == 'that's') && {S} == 'he's'", ["he's"], ["it's", "that's", "a"]),
    (f"!({S} == ''') && !({S} == '''')", ["a"], ["'", "''"]),
    (f"!({S} == '''') && !({S} == ''')", ["a"], ["'", "''"]),
    (f"!({S} == 'a\\') && !({S} == '\\')", ["b"], ["a\\", "\\"]),
    # Numbers and truth values.
    (f"int({N}) == 5", [5, 5.0], [4, 6]),
    (f"int({N}) > -3", [-2, 0], [-3, -4]),
    (f"double(int({N})) == 5.0", [5, 5.0], [6]),
    (f"double(int({N})) < 5.5", [5], [6]),
    (f"double(int({N})) < inf", [5, 10**20], []),
    (f"int({N}) == 100000000000000000000", [10**20], [10**20 + 1]),
    (f"{F} == 5.5", [5.5], [5.0, 5]),
    (f"{F} == double(5)", [5.0, 5], [5.5]),
    (f"{F} > double(-3)", [-2.5, -2], [-3.0, -3.5]),
    (f"{F} == 1e-07", [1e-7], [1e-6]),
    (f"{F} == inf", [math.inf], [1e308]),
    (f"{B} == true", [True], [False]),
    (f"!({B} == false)", [True], [False]),
    # A number or a truth value that is compared with a text: KFP writes the operand as a text.
    (f"'int({N})' == '5'", [5, 5.0], [4]),
    (f"'int({N})' != '5'", [4], [5]),
    (f"'int({N})' == 'it's'", [], [5]),
    (f"'int({N})' == '05'", [], [5]),
    (f"!('int({N})' == '5') && {N} == 6", [6], [5, 7]),
    (f"'{F}' == '5.5'", [5.5], [5.0]),
    (f"'{F}' == '5'", [5.0], [5.5]),
    (f"'{F}' == '5.0'", [5.0], [5.5]),
    (f"'{F}' == '1e-07'", [1e-7], [1e-6]),
    (f"'{B}' == 'true'", [True], [False]),
    (f"'{B}' == 'True'", [True], [False]),
    (f"'{B}' == 'False'", [False], [True]),
    (f"'{B}' != 'true'", [False], [True]),
]


@pytest.mark.parametrize(("condition", "holds", "fails"), COMPILED, ids=[case[0] for case in COMPILED])
def test_what_kfp_compiles_decides_as_it_was_meant(condition: str, holds: list[Json], fails: list[Json]) -> None:
    """The right branch, however the compiler wrote it."""
    name = next(name for name in "snfb" if f"--{name}'" in condition)
    assert [each for each in (*holds, *fails) if taken(condition, **{f"pipelinechannel--{name}": each})] == holds
    assert expressions.check(condition, {f"pipelinechannel--{name}"}) == []


@pytest.mark.parametrize(
    ("condition", "s", "other", "expected"),
    [
        (f"{S} == 'int({N})'", "5", 5, True), (f"{S} == 'int({N})'", "6", 5, False), (f"{S} != '{F}'", "1.5", 1.5, False),
        (f"'{B}' == {S}", "True", True, True), (f"'{B}' == {S}", "true", True, True), (f"'{B}' == {S}", "false", True, False),
        (f"'int({N})' < {S}", "6", 50, True), (f"{S} < 'int({N})'", "50", 6, True),
    ],
)  # fmt: skip
def test_two_channels_of_which_one_is_a_text_are_compared_as_texts(condition: str, s: str, other: Json, expected: bool) -> None:  # noqa: FBT001  # what is expected
    """Also with less and greater: '50' comes before '6'."""
    given_ = {f"pipelinechannel--{name}": other for name in "nfb"} | {"pipelinechannel--s": s}
    assert taken(condition, **given_) is expected


@pytest.mark.parametrize("condition", [f"{S} == 'it\\'s'", f'{S} == "it\'s"', f'{S} == r"it\'s"', f"{S} == '''it's'''", f"{S} == 'it\\u0027s'"])
def test_a_text_that_is_escaped_is_understood_too(condition: str) -> None:
    """Whoever escapes for the compiler, or writes CEL by hand, gets the same."""
    assert taken(condition, **{"pipelinechannel--s": "it's"})
    assert not taken(condition, **{"pipelinechannel--s": "its"})


@pytest.mark.parametrize(
    "smuggled", ["x' or 'a'=='a", "x' || 'a' == 'a", "y", "') || true || ('", "{{$.inputs.parameters['b']}}", "\\'", "inputs.parameter_values['y']"]
)
@pytest.mark.parametrize("condition", [f"{X} == 'x'", f"{X} == {Y}", f"{X} == 'it's'", f"'{X}' == 'x'", f"parseJson({Y}) == {X}"])
def test_a_value_is_never_code(condition: str, smuggled: str) -> None:
    """What an upstream task gives is compared and never read."""
    assert not taken(condition, x=smuggled, y='"x"')


@given(st.text(), st.text(), st.sampled_from(["{s} == '{t}'", "!({s} == '{t}')", "!({s} == 'it's') && {s} == '{t}'"]))
def test_any_text_is_compared_as_it_stands(constant: str, other: str, form: str) -> None:
    """What KFP writes between quotation marks without escaping it holds for this text, and for no other."""
    condition = form.format(s=S, t=constant)
    for candidate in {constant, other} - {"it's"}:
        also_meant = ("\\" in constant or "''" in constant) and candidate != constant
        if not also_meant:
            assert taken(condition, **{"pipelinechannel--s": candidate}) is ((candidate == constant) is not condition.endswith(")"))
