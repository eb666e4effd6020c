r"""Conditions as KFP's compiler writes them: comparisons, negated or not, joined by `&&`, with texts whose quotes are not escaped. Pure.

A text is read by CEL's rules first (`expression_syntax`). Where that fails, or gives what nobody would write (`_is_sensible`), and
the whole is what the compiler writes, this is how it is read:

- A text ends at the first quotation mark after which the condition can go on: at its end, or with `&&` and another comparison, each
  after the `)` of a negation. All before it is the text, character by character: `'it's'` is it's, `'C:\dir'` is what stands there.
  The first, not the last: of `!(x == 'it's') && x == 'he's'`, the last would make one text of nearly everything.
- An input between quotation marks, `'int(inputs.parameter_values['n'])' == '5'`, is the text of its value: so the compiler writes
  the comparison of a number or a truth value with a text.

A text with a backslash that CEL understands may have been escaped by its author or not: `'C:\new'` is equal to both readings.
"""

from __future__ import annotations

import re

from bakehouse.ir import expression_syntax
from bakehouse.ir.errors import InvalidExpression
from bakehouse.ir.expression_nodes import RELATIONS, Binary, Choice, Literal, Logical, Name, Node, Text, Unary, Values, walk

# Whatever can be repeated is bounded or ends in a sign of its own, so that no text is scanned again and again.
_INPUT = r"(?:(?:int|double)\(){0,4}inputs\.parameter_values\['[^']{1,1024}'\]\){0,4}"
_SIDE = rf"(?:{_INPUT}|'{_INPUT}')"
_RELATION = r"(?:==|!=|<=|>=|<|>)"
_END = rf"\s*(?:\Z|&&(?=\s*(?:!\(\s*)?{_SIDE}\s*{_RELATION}))"
_COMPARISON = re.compile(
    rf"\s*(?P<negated>!\(\s*)?(?P<left>{_SIDE})\s*(?P<relation>{_RELATION})\s*"
    rf"(?:(?P<right>{_SIDE}|double\([-+.\w]{{1,4000}}\)|[-+.\w]{{1,4000}})|'(?P<text>.*?)')(?(negated)\s*\)){_END}",
    re.DOTALL,
)
_AMBIGUOUS = ("\\", "'''")


def tree(text: str) -> Node:
    """The syntax tree of an expression. Raises `InvalidExpression`."""
    try:
        strict = expression_syntax.tree(text)
    except InvalidExpression as error:
        compiled = _compiled(text, escapes=False)
        if compiled is None:
            raise error from None
        return compiled
    if not _is_sensible(strict):
        return _compiled(text, escapes=False) or strict
    if any(sign in text for sign in _AMBIGUOUS):
        return _compiled(text, escapes=True) or strict
    return strict


def _compiled(text: str, *, escapes: bool) -> Node | None:
    """The tree of what KFP's compiler wrote; `None` if this is nothing of the kind."""
    if len(text) > expression_syntax.LONGEST:
        return None
    operands: list[Node] = []
    position = 0
    while position < len(text):
        found = _COMPARISON.match(text, position)
        if found is None:
            return None
        position = found.end()
        try:
            comparison = Binary(
                found["relation"], _side(found["left"]), _side(found["right"]) if found["right"] else _literal(found["text"], escapes=escapes)
            )
        except InvalidExpression:
            return None
        operands.append(Unary("!", comparison) if found["negated"] else comparison)
    return operands[0] if len(operands) == 1 else Logical("&&", tuple(operands)) if operands else None


def _side(text: str) -> Node:
    """An operand that is no text: an input, in quotation marks or not, a number, a truth value."""
    return Text(expression_syntax.tree(text[1:-1])) if text.startswith("'") else expression_syntax.tree(text)


def _literal(text: str, *, escapes: bool) -> Node:
    """A text as it stands, and as CEL reads it where that may be meant."""
    if not escapes:
        return Literal(text)
    try:
        read = expression_syntax.tree(f"'{text}'")
    except InvalidExpression:
        return Literal(text)
    return Literal(text, read.value if isinstance(read, Literal) and read.value != text else None)


# ---------------------------------------------------------------- what nobody would write


def _is_sensible(root: Node) -> bool:
    """Whether a condition means something: every operation depends on an input, and texts are not taken for truth values."""
    return not _is_text(root) and all(_fits(node) for node, _ in walk(root))


def _fits(node: Node) -> bool:
    match node:
        case Logical(_, operands):
            return not any(_is_text(one) for one in operands)
        case Unary("!", one) | Choice(one, _, _):
            return not _is_text(one)
        case Binary(operator, left, right):
            if operator in RELATIONS and ((_is_text(left) and _is_truth(right)) or (_is_truth(left) and _is_text(right))):
                return False
            return any(isinstance(one, Name | Values) for one, _ in walk(node))
        case _:
            return True


def _is_text(node: Node) -> bool:
    match node:
        case Literal(value):
            return isinstance(value, str)
        case Choice(_, yes, no):
            return _is_text(yes) or _is_text(no)
        case Binary("+", left, right):
            return _is_text(left) or _is_text(right)
        case _:
            return False


def _is_truth(node: Node) -> bool:
    match node:
        case Literal(value):
            return isinstance(value, bool)
        case Logical() | Unary("!", _):
            return True
        case Binary(operator, _, _):
            return operator in RELATIONS
        case _:
            return False
