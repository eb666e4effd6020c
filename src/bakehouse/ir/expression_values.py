"""What the operators and functions of expressions do with values: types are kept, nothing is converted unasked. Pure.

Whole numbers and others compare mathematically and may be mixed in arithmetic; truth values are no numbers. Values of different
kinds are not equal, and to ask which is greater is an error.
"""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence

from bakehouse.ir import placeholders
from bakehouse.ir.findings import nearest
from bakehouse.ir.values import Json

_INTEGER = re.compile(r"[-+]?[0-9]+")
_LARGEST_BITS = 1 << 13  # Python itself prints no more than 4300 digits
_LARGEST_SIZE = 1 << 24  # characters or items
_SHOWN = 60
_TRUTHS = {**dict.fromkeys(("true", "True", "TRUE", "t", "1"), True), **dict.fromkeys(("false", "False", "FALSE", "f", "0"), False)}
_ORDERS: Mapping[str, Callable[[Json, Json], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_SIGNS: Mapping[str, Callable[[Json, Json], Json]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


class Refused(Exception):
    """An operation that these values do not allow, with what to do about it."""

    def __init__(self, message: str, remedy: str) -> None:
        self.message, self.remedy = message, remedy
        super().__init__(message)


def kind(value: Json) -> str:
    """What a value is, in words."""
    words: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "a truth value"), (int, "a whole number"), (float, "a number"), (str, "a text"), ((list, tuple), "a list"), (Mapping, "a mapping"),
    )  # fmt: skip
    return next((word for types, word in words if isinstance(value, types)), "null")


def shown(value: Json) -> str:
    """A value with its kind, as a message shows it: `the text 'abc'`, `a list`."""
    if value is None or isinstance(value, list | tuple | Mapping):
        return kind(value)
    written = repr(value[: _SHOWN + 1]) if isinstance(value, str) else placeholders.written(value)
    return f"the{kind(value)[1:]} {written if len(written) <= _SHOWN + 2 else written[:_SHOWN] + '…'}"


def texts(value: Json) -> tuple[str, ...]:
    """How a value may be written as text: as KFP passes it to a step (`1.5`, `true`), then as Python prints it (`5.0`, `True`)."""
    own = placeholders.written(value)
    python = str(value) if value is None or isinstance(value, bool | float) else own
    return (own,) if own == python else (own, python)


def is_number(value: Json) -> bool:
    """Whether a value is a number; truth values are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


# ---------------------------------------------------------------- comparing


def equal(left: Json, right: Json) -> bool:
    """Whether two values are the same: numbers mathematically, lists and mappings item by item, different kinds never."""
    if is_number(left) and is_number(right):
        return bool(left == right)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    return kind(left) == kind(right) and left == right


def ordered(sign: str, left: Json, right: Json) -> bool:
    """`<` and its like, of two numbers, two texts (by code points) or two truth values."""
    same = (is_number(left) and is_number(right)) or (kind(left) == kind(right) and isinstance(left, str | bool))
    if not same:
        message = f"{shown(left)} and {shown(right)} cannot be compared with {sign}"
        raise Refused(message, "Compare two numbers or two texts; int(…), double(…) and string(…) convert.")
    return _ORDERS[sign](left, right)


def contained(_: str, item: Json, whole: Json) -> bool:
    """`in`: an item of a list, a key of a mapping."""
    if isinstance(whole, Mapping):
        return isinstance(item, str) and item in whole
    if isinstance(whole, list | tuple):
        return any(equal(item, one) for one in whole)
    remedy = "For a part of a text, write text.contains('part')." if isinstance(whole, str) else "Write VALUE in [A, B]."
    raise Refused(f"in needs a list or a mapping on its right, not {shown(whole)}", remedy)


def found(whole: Json, key: Json) -> Json:
    """`whole[key]`."""
    if isinstance(whole, Mapping):
        if isinstance(key, str) and key in whole:
            return whole[key]
        if not isinstance(key, str):
            raise Refused(f"a mapping is asked for {shown(key)}", "The keys of a mapping are texts.")
        raise Refused(f"there is no key {key!r}", nearest(key, map(str, whole)) or "The mapping is empty.")
    if isinstance(whole, list | tuple):
        return _item(whole, key)
    raise Refused(
        f"{shown(whole)} has no items, and {placeholders.written(key)!r} is asked of it",
        "Only lists and mappings have items; a text of JSON becomes one by parseJson(…).",
    )


def _item(whole: Sequence[Json], key: Json) -> Json:
    if not is_number(key) or key != key // 1:
        raise Refused(f"an item of a list is asked for by {shown(key)}", "The items of a list are [0], [1] and so on.")
    if not 0 <= key < len(whole):
        raise Refused(f"there is no item {placeholders.written(key)}", f"The list has {len(whole)} items, and the first is [0].")
    return whole[int(key)]


# ---------------------------------------------------------------- computing


def computed(sign: str, left: Json, right: Json) -> Json:
    """`+ - * / %` of numbers, `+` of texts and lists."""
    joins = sign == "+" and kind(left) == kind(right) and isinstance(left, str | list | tuple)
    if joins:
        if len(left) + len(right) > _LARGEST_SIZE:
            raise Refused(f"{sign} would make {kind(left)} that is too large", "Compute it in a step.")
        return left + right if isinstance(left, str) else [*left, *right]
    if not (is_number(left) and is_number(right)):
        raise Refused(f"{shown(left)} and {shown(right)} cannot be computed with {sign}", "Convert them: int(…), double(…), string(…).")
    try:
        result = _SIGNS[sign](left, right) if sign in _SIGNS else _divided(sign, left, right)
    except OverflowError:
        raise Refused(f"the result of {sign} is too large", "Compute it in a step.") from None
    if isinstance(result, int) and result.bit_length() > _LARGEST_BITS:
        raise Refused(f"the result of {sign} is too large", "Compute it in a step.")
    return result


def _divided(sign: str, left: Json, right: Json) -> Json:
    whole = isinstance(left, int) and isinstance(right, int)
    if sign == "%" and not whole:
        raise Refused(f"% needs whole numbers, not {shown(left)} and {shown(right)}", "Convert them with int(…).")
    if right == 0 and whole:
        raise Refused(f"{shown(left)} is divided by zero", "Test for zero first: b != 0 && a / b > 1.")
    if not whole:
        if right == 0:
            return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)
        return left / right
    quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    return quotient if sign == "/" else left - quotient * right


def negative(value: Json) -> Json:
    """`-value`."""
    if not is_number(value):
        raise Refused(f"- needs a number, not {shown(value)}", "Convert it with int(…) or double(…).")
    return -value


# ---------------------------------------------------------------- functions


def _size(value: Json) -> int:
    if isinstance(value, str | list | tuple | Mapping):
        return len(value)
    raise Refused(f"{shown(value)} has no size", "Texts, lists and mappings have one.")


def _string(value: Json) -> str:
    if isinstance(value, str | int | float):
        return placeholders.written(value)
    raise Refused(f"string(…) does not take {shown(value)}", "It takes texts, numbers and truth values.")


def _int(value: Json) -> int:
    try:
        if is_number(value) or (isinstance(value, str) and _INTEGER.fullmatch(value)):
            return int(value)
    except (ValueError, OverflowError):  # infinity, not a number, more digits than Python converts
        pass
    raise Refused(f"int(…) does not take {shown(value)}", "It takes numbers and texts such as '12'.")


def _double(value: Json) -> float:
    try:
        if is_number(value) or (isinstance(value, str) and value == value.strip() and "_" not in value):
            return float(value)
    except (ValueError, OverflowError):
        pass
    raise Refused(f"double(…) does not take {shown(value)}", "It takes numbers and texts such as '0.5'.")


def _bool(value: Json) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _TRUTHS:
        return _TRUTHS[value]
    raise Refused(f"bool(…) does not take {shown(value)}", "It takes truth values and the texts 'true' and 'false'.")


def _parsed(value: Json) -> Json:
    if not isinstance(value, str):
        raise Refused(f"parseJson(…) does not take {shown(value)}", "It takes a text of JSON, such as string_value.")
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise Refused(
            f"{shown(value)} is not JSON: {error}", "Let the step that makes it write JSON, or give it a list or a mapping as output."
        ) from None


def _method(name: str, ask: Callable[[str, str], bool]) -> Callable[[Json, Json], bool]:
    def asked(text: Json, part: Json) -> bool:
        if isinstance(text, str) and isinstance(part, str):
            return ask(text, part)
        remedy = "For an item of a list, write item in list." if isinstance(text, list | tuple) else "Convert with string(…)."
        raise Refused(f"{name} needs two texts, not {shown(text)} and {shown(part)}", remedy)

    return asked


#: The functions, and the methods with their receiver as first argument.
FUNCTIONS: Mapping[str, Callable[..., Json]] = {
    "size": _size, "string": _string, "int": _int, "double": _double, "bool": _bool, "parseJson": _parsed,
    "startsWith": _method("startsWith", str.startswith), "endsWith": _method("endsWith", str.endswith),
    "contains": _method("contains", operator.contains),
}  # fmt: skip
