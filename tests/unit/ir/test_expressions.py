"""Conditions and selectors: what they mean, what KFP's compiler wrote and meant, and what is said where they have no result."""

from __future__ import annotations

import contextlib
import json
import operator
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.errors import BadInput
from bakehouse.ir import expressions, text, validation
from bakehouse.ir.errors import InvalidExpression, NoResult
from bakehouse.ir.values import Json
from tests.unit.ir.samples import changed, problems

X = "inputs.parameter_values['x']"
Y = "inputs.parameter_values['y']"
RELATIONS = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
NUMBER = "number: {taskOutputParameter: {producerTask: make, outputParameterKey: number}}"


def taken(condition: str, **parameters: Json) -> bool:
    """Whether a condition holds."""
    return expressions.condition(expressions.parse(condition), parameters)


# ---------------------------------------------------------------- the language


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2", 3), ("1 + 2 * 3", 7), ("(1 + 2) * 1", 3), ("7 / 2", 3), ("-7 / 2", -3), ("7 % 4", 3), ("-7 % 4", -3), ("7.0 / 2", 3.5),
        ("2 - 5", -3),
        ("- -3", 3), ("0x7", 7), ("7u", 7), ("5e-1", 0.5), (".5", 0.5), ("'a' + 'b'", "ab"), ("[1] + [2, 3]", [1, 2, 3]), ("true ? 1 : 2", 1),
        ("false ? 1 : false ? 2 : 3", 3), ("!false", True), ("!!false", False), ("1 < 2 && 2 < 1 || true", True), ("true || true && false", True),
        ("size('é☃a')", 3), ("[1, 2, 3].size()", 3), ("size({})", 0), ("2 in [1, 2.0]", True), ("'2' in [1, 2]", False), ("'a' in {'a': 1}", True),
        ("'b' in {'a': 1}", False), ("1 in {'a': 1}", False), ("string(5)", "5"), ("string(0.5)", "0.5"), ("string(true)", "true"), ("int('-3')", -3),
        ("int(3.9)", 3), ("int(-3.9)", -3), ("double('0.5')", 0.5), ("double(3) / 1", 3.0), ("bool('true')", True), ("bool('False')", False),
        ("parseJson('{\"a\": [0, 7]}').a[1]", 7), ("parseJson('7')", 7), ("[1, 2, 3][2]", 3), ("[1, 2, 3][2.0]", 3), ("{'a': {'b': 7}}['a'].b", 7),
        ("'abc'.startsWith('ab')", True), ("'abc'.endsWith('ab')", False), ("'abc'.contains('bc')", True), ("null", None), ("null == null", True),
        ("[1, 'a', [true]] == [1.0, 'a', [true]]", True), ("{'a': 1} == {'a': 1.0}", True), ("[1] == [true]", False), ("{'a': 1, }", {"a": 1}),
        ("r'a' + r\"\"", "a"), ("'''a'''", "a"), ('"""ab"""', "ab"), ("'\\x61\\u0062'", "ab"), ("'\\141'", "a"), ("// said\n 7 // so", 7),
        ("inf > 1", True),
        ("1 == 1.0", True), ("1 == true", False), ("'1' == 1", False), ("'a' != 1", True), ("null == false", False),
        ("9007199254740993 == 9007199254740992.0", False),
        ("false < true", True), ("'B' < 'a'", True), ("'\U0001d11e' > '\uffff'", True), ("nan == nan", False), ("-inf < 0", True),
    ],
)  # fmt: skip
def test_the_language_means_what_cel_means(expression: str, expected: Json) -> None:
    """Types are kept: a number is no text and no truth value, a whole number equals the same number."""
    found = expressions.selected(expression, None)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("false && 1 < 'a'", False), ("1 < 'a' && false", False), ("true || missing_", None), (f"{X} || true", True), (f"true || {X}", True),
        (f"{X} && true", None), (f"{X} || false", None), ("1 && false", False), ("'a' || true", True),
        ("false || 1 / 0 == 1 || true", True), ("1", None),
        ("true ? true : 1 / 0 == 1", True), ("1 ? true : true", None), ("!1", None),
    ],
)  # fmt: skip
def test_and_and_or_ignore_an_error_that_does_not_matter(condition: str, expected: bool | None) -> None:  # noqa: FBT001  # what is expected
    """On either side; if it matters, it is an error, and never false."""
    if expected is None:
        with pytest.raises(BadInput):
            taken(condition)
    else:
        assert taken(condition) is expected


@pytest.mark.parametrize(
    ("condition", "said", "remedy"),
    [
        (f"{X} == 1 || {X}.a == 2", "there is no key 'a' (of the input x)", ""),
        ("inputs.parameter_values['z'] == 1", "the input z is not given", "There is n, s, t"),
        ("!(inputs.parameter_values.z == 1)", "the input z is not given", "There is"),
        ("inputs.parameter_values['tt']", "the input tt is not given", "Did you mean t?"),
        ("inputs.parameter_values['s']", "must be true or false, but this is the text 'abc' (of the input s)", "Compare it"),
        ("!inputs.parameter_values['n']", "not the whole number 5 (of the input n)", "Compare it"),
        ("inputs.parameter_values['s'] < 5", "the text 'abc' and the whole number 5 cannot be compared with < (of the input s)", "int(…)"),
        ("int(inputs.parameter_values['s']) == 5", "int(…) does not take the text 'abc' (of the input s)", "'12'"),
        ("int(inputs.parameter_values['t']) == 5", "int(…) does not take the truth value true (of the input t)", ""),
        ("double(inputs.parameter_values['t']) == 5", "double(…) does not take the truth value true", ""),
        ("bool(inputs.parameter_values['n'])", "bool(…) does not take the whole number 5", "'true'"),
        ("inputs.parameter_values['n'] + inputs.parameter_values['s'] == 1", "cannot be computed with + (of the inputs n, s)", "string(…)"),
        ("inputs.parameter_values['n'] / 0 == 1", "divided by zero", "Test for zero"),
        ("inputs.parameter_values['n'] % 1.5 == 1", "% needs whole numbers", "int(…)"),
        ("inputs.parameter_values['s'] in 'abc'", "in needs a list", ".contains("),
        ("[1, 2][2] == 1", "there is no item 2", "has 2 items"),
        ("[1, 2]['a'] == 1", "by the text 'a'", "[0]"),
        ("{'a': 1}[0] == 1", "asked for the whole number 0", "texts"),
        ("inputs.parameter_values['s'].a == 1", "the text 'abc' has no items", "parseJson(…)"),
        ("parseJson(inputs.parameter_values['s']).a == 1", "is not JSON", "write JSON"),
        ("size(1) == 1", "has no size", "lists"),
        ("string([1]) == ''", "string(…) does not take a list", ""),
        ("1.startsWith('a')", "1. is no number", ""),
        ("[1].contains(1)", "contains needs two texts", "item in list"),
        ("-'a' == 1", "- needs a number", "int(…)"),
        ("{1: 2} == {}", "a key of a mapping is a text", "'key'"),
        ("inputs.artifacts['a'] == 1", "cannot ask about inputs", "inputs.parameter_values['NAME']"),
        ("outputs.x == 1", "cannot ask about outputs", "inputs.parameter_values['NAME']"),
        ("string_value == 'a'", "cannot ask about string_value", "inputs.parameter_values['NAME']"),
        (f"{'9' * 4000} * {'9' * 4000} == 1", "too large", "in a step"),
    ],
)
def test_what_has_no_result_is_said(condition: str, said: str, remedy: str) -> None:
    """Which input, what it is, what there is: an error, never silently false."""
    with pytest.raises((NoResult, InvalidExpression)) as refused:
        taken(condition, n=5, s="abc", t=True, x={})
    assert said in refused.value.message
    assert remedy in (refused.value.remedy or "")


@pytest.mark.parametrize(
    ("condition", "column", "said", "remedy"),
    [
        ("", 1, "the expression ends", "CEL"),
        ("1 ==", 5, "the expression ends", "CEL"),
        ("x == 1", 1, "nothing called x", "inputs.parameter_values['NAME']"),
        (f"{X} = 1", len(X) + 2, "'=' is not expected", "=="),
        (f"{X} == True", len(X) + 5, "nothing called True", "written true"),
        (f"{X} == 1 and {Y} == 2", len(X) + 7, "and stands there", "written &&"),
        (f"{X} == 'it's' || true", len(X) + 10, "does not end", "written \\'"),
        (f"{X} == 'a", len(X) + 5, "does not end", "Close it"),
        (f"{X} == 'a\\q' || true", len(X) + 5, "no escape", "\\\\"),
        (f"{X}.matches('a*')", len(X) + 2, "no function matches", "startsWith"),
        ("siez('a') == 1", 1, "no function siez", "size"),
        ("size('a', 'b') == 1", 1, "takes 1 arguments, not 2", ""),
        ("[1, 2", 6, "a ] or a comma", ""),
        ("{'a' 1}", 6, "a : is expected", ""),
        ("(1", 3, "a ) is expected", ""),
        ("1 2", 3, "the end is expected", ""),
        ("5abc == 1", 2, "5a is no number", ""),
        ("1 == 1 & true", 8, "'&' is not expected", "&&"),
        ("$ == 1", 1, "'$' is not expected", ""),
        ("'\\ud800' == ''", 1, "no escape", ""),
        (f"{'1' * 4001} == 1", 1, "more than 4000 digits", ""),
        (f"{X} == '{'a' * 70_000}'", 65_536, "65536 is the limit", "in a step"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_column(condition: str, column: int, said: str, remedy: str) -> None:
    """And what to write instead."""
    with pytest.raises(InvalidExpression) as refused:
        expressions.parse(condition)
    assert said in refused.value.message
    assert refused.value.column == column
    assert remedy in (refused.value.remedy or "")


@pytest.mark.parametrize("opening", ["(", "!", "[", "1 + (", "true ? 1 : ", "1 || 1 && 1 == 1 + 1 * (", "{'a': ", "int(", f"{X}[", "1 + ", "'a' == "])
def test_depth_is_bounded(opening: str) -> None:
    """Thousands of levels are refused without exhausting the stack."""
    with pytest.raises(InvalidExpression):
        expressions.parse(opening * 2000 + "1" + (")" if "(" in opening else "") * 2000)


def test_a_long_chain_is_no_deep_one() -> None:
    """An If with hundreds of Elifs has a long condition, and any of its texts may have a quotation mark."""
    chain = " && ".join(f"!({X} == '{number}'s')" for number in range(1000))
    assert taken(chain, x="none")
    assert not taken(chain, x="999's")


# ---------------------------------------------------------------- selectors

ITEM = {"a": {"b": [1, {"c": "é"}]}, "n": 1.5, "a b": None}


@pytest.mark.parametrize(
    ("selector", "given_", "expected"),
    [
        ('parseJson(string_value)["n"]', ITEM, 1.5),
        ("parseJson(string_value)['a']", ITEM, ITEM["a"]),
        ('parseJson(string_value)["a"]["b"][1]["c"]', ITEM, "é"),
        ('parseJson(string_value)["a"]["b"][0]', ITEM, 1),
        ('parseJson(string_value)["a b"]', ITEM, None),
        ('parseJson(string_value)["a"]', '{"a": [1, 2.0]}', [1, 2.0]),
        ("parseJson(string_value)[1]", [1, [2]], [2]),
        ("parseJson(string_value)", 7, 7),
        ("string_value", ITEM["a"], '{"b":[1,{"c":"é"}]}'),
        ("string_value", "text", "text"),
        ("string_value", True, "true"),
        ("string_value", None, "null"),
        ("string_value", 5.0, "5"),
        ("struct_value.a.b[0]", ITEM, 1),
        ("list_value[0]", [3], 3),
        ("number_value + 1", 3, 4),
        ("bool_value ? 'yes' : 'no'", False, "no"),
        ("null_value", None, None),
        ('{"a": string_value}', "x", {"a": "x"}),
    ],
)
def test_a_selector_takes_a_part_of_a_value(selector: str, given_: Json, expected: Json) -> None:
    """Types are kept: a whole number stays one."""
    found = expressions.selected(selector, given_)
    assert (found, type(found)) == (expected, type(expected))
    assert expressions.check_selector(selector) == []


@pytest.mark.parametrize(
    ("selector", "given_", "said", "remedy"),
    [
        ('parseJson(string_value)["aa"]', {"a": 1, "b": 2}, "there is no key 'aa'", "Did you mean a?"),
        ('parseJson(string_value)["alpha"]', {"alhpa": 1}, "there is no key 'alpha'", "alhpa"),
        ('parseJson(string_value)["a"]', {}, "there is no key 'a'", "empty"),
        ('parseJson(string_value)["a"]', "no json", "the text 'no json' is not JSON", "write JSON"),
        ('parseJson(string_value)["a"]', [1], "by the text 'a'", "[0]"),
        ("parseJson(string_value)[5]", [1], "there is no item 5", "has 1 items"),
        ("number_value", "5", "there is no number_value: the value is the text '5'", "string_value"),
        ("struct_value", [1], "the value is a list", "list_value"),
        ("inputs.parameter_values['a']", 1, "cannot ask about inputs", "string_value"),
        ("parseJson(string_value", 1, "a ) or a comma is expected", ""),
    ],
)
def test_what_cannot_be_selected_is_said(selector: str, given_: Json, said: str, remedy: str) -> None:
    """What is missing, and what there is."""
    with pytest.raises(BadInput) as refused:
        expressions.selected(selector, given_)
    assert said in refused.value.message
    assert remedy in (refused.value.remedy or "")


def test_deep_values_end_in_an_error_of_ours() -> None:
    """Not in a stack that is exhausted."""
    deep: Json = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(NoResult, match="nested too deeply"):
        taken(f"{X} == {Y}", x=deep, y=[deep])
    with pytest.raises(NoResult, match="a list"):
        taken(X, x=deep)
    with pytest.raises(NoResult):
        expressions.selected("string_value", deep)
    with pytest.raises(NoResult, match="not JSON"):
        expressions.selected("parseJson(string_value)", "[" * 100_000)


# ---------------------------------------------------------------- before a run


@pytest.mark.parametrize(
    ("condition", "said", "meant"),
    [
        (f"{X} == 1 && inputs.parameter_values['numbr'] == 2", "an input numbr,", "number"),
        ("inputs.artifacts['a'] == 1", "cannot ask about inputs", "inputs.parameter_values"),
        ("'a'", "neither true nor false", ""),
        ("1 + 1", "neither true nor false", ""),
        (f"{X} ==", "cannot be read", ""),
        (f"{X} == 'x-{{{{channel:task=a;name=Output;type=String;}}}}'", "holds {{channel:task=a;name=Output;type=String;}}", "in a step"),
    ],
)
def test_a_wrong_condition_is_found_before_the_run(condition: str, said: str, meant: str) -> None:
    """Each problem once, with what was probably meant."""
    [problem] = expressions.check(condition, ["number", "x"])
    assert said in problem.message
    assert meant in (problem.remedy or "")


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        (("taskInfo: {name: use}", "triggerPolicy: {condition: \"inputs.parameter_values['numbr'] == 1.0\"}"), "condition", "input numbr"),
        (("taskInfo: {name: use}", 'triggerPolicy: {condition: "1 ="}'), "condition", "cannot be read"),
        ((NUMBER, NUMBER[:-1] + ", parameterExpressionSelector: 'parseJson(string_value)[\"a\"'}"), "parameterExpressionSelector", "cannot be read"),
        ((NUMBER, NUMBER[:-1] + ", parameterExpressionSelector: inputs.a}"), "parameterExpressionSelector", "cannot ask about inputs"),
    ],
)
def test_a_pipeline_with_a_wrong_expression_is_refused(change: tuple[str, str], place: str, said: str) -> None:
    """At the place where it stands."""
    [problem] = problems(changed(change))
    assert said in problem.message
    assert (problem.place or "").endswith(f"{place})")


def test_a_condition_sees_what_its_task_is_given() -> None:
    """Its inputs, and those that its component declares."""
    condition = "inputs.parameter_values['number'] == 1.0 && inputs.parameter_values['factor'] > 1.0"
    pipeline = changed(("taskInfo: {name: use}", f'triggerPolicy: {{condition: "{condition}"}}'))
    assert validation.problems(text.read(pipeline)) == []


# ---------------------------------------------------------------- anything at all

SCALARS = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8), st.none())
PARTS = st.sampled_from(
    [X, Y, "'", '"', "''", "'a'", "'it's'", "\\", "\n", " ", "(", ")", "!(", "[", "]", "{", "}", ",", ":", "?", "&&",
    " && ", "||", "==", " == ", "<", "in", "+", "-",
     "*", "/", "%", "1", "0", "2.5", "1e9", "true", "null", "inf", "size(", "int(", "string(", "parseJson(", ".contains(", ".a", "inputs",
     "string_value", "r'"]
)  # fmt: skip


@given(st.one_of(st.text(), st.text(alphabet=string.printable), st.lists(PARTS, max_size=25).map("".join)), SCALARS)
def test_nothing_ends_in_another_error(expression: str, given_: Any) -> None:
    """Whatever is written: it is refused, it has no result, or it has one."""
    expressions.check(expression, ["x"])
    for evaluate in (lambda: taken(expression, x=given_, y=[given_]), lambda: expressions.selected(expression, given_)):
        with contextlib.suppress(InvalidExpression, NoResult):
            evaluate()


def _literal(written: Json) -> str:
    if isinstance(written, str):
        return json.dumps(written, ensure_ascii=False).replace("\x7f", "\\x7f")
    return json.dumps(written) if written is None or isinstance(written, bool) else repr(written)


@given(SCALARS, st.sampled_from(sorted(RELATIONS)), SCALARS)
def test_comparisons_are_those_of_python(left: Json, relation: str, right: Json) -> None:
    """Of values of one kind; values of different kinds are not equal, and which is greater is an error."""
    number = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (left, right))
    same_kind = number or type(left) is type(right)
    for condition in (f"{X} {relation} {_literal(right)}", f"{X} {relation} {Y}"):
        if same_kind and (left is not None or relation in {"==", "!="}):
            assert taken(condition, x=left, y=right) is RELATIONS[relation](left, right)
        elif relation in {"==", "!="}:
            assert taken(condition, x=left, y=right) is (relation == "!=")
        else:
            with pytest.raises(NoResult):
                taken(condition, x=left, y=right)
