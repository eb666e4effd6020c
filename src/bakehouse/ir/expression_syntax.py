"""Texts in the expression language (a subset of CEL) to syntax trees. Pure; bounded in length and depth, never `eval`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from bakehouse.ir.errors import InvalidExpression
from bakehouse.ir.expression_nodes import Binary, Call, Choice, Item, ListOf, Literal, Logical, MapOf, Name, Node, Unary, Values, walk
from bakehouse.ir.findings import nearest

LONGEST = 64 * 1024
DEEPEST = 100
#: What there is to ask of a value in a selector, as in protobuf's `Value`.
VALUE_NAMES = frozenset(("string_value", "number_value", "bool_value", "null_value", "struct_value", "list_value"))
FUNCTIONS = dict.fromkeys(("size", "string", "int", "double", "bool", "parseJson"), 1)
METHODS = {"startsWith": 1, "endsWith": 1, "contains": 1, "size": 0}

_NAMES = frozenset(("inputs", "outputs", *VALUE_NAMES))
_NUMBERS = {"inf": float("inf"), "nan": float("nan")}
_WORDS = {"true": True, "false": False, "null": None, **_NUMBERS}
_PYTHON = {"True": "true", "False": "false", "None": "null", "and": "&&", "or": "||", "not": "!"}
_PRECEDENCE = {"||": 1, "&&": 2, **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), 3), "+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
_LOGICAL = frozenset(("&&", "||"))
_GRAMMAR = "Conditions are written in CEL, such as inputs.parameter_values['x'] == 'a'; the reference lists what is known of it."

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n\f]+|//[^\n]*)"
    r"|(?P<raw>[rR](?:'''.*?'''|\"\"\".*?\"\"\"|'[^'\r\n]*'|\"[^\"\r\n]*\"))"
    r"|(?P<string>'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^'\\\r\n]|\\.)*'|\"(?:[^\"\\\r\n]|\\.)*\")"
    r"|(?P<number>0[xX][0-9a-fA-F]+[uU]?|(?:[0-9]+\.[0-9]+|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|[0-9]+[uU]?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{}])",
    re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:(?P<one>[abfnrtv\\?\"'`])|[xX](?P<two>[0-9a-fA-F]{2})|u(?P<four>[0-9a-fA-F]{4})|U(?P<eight>[0-9a-fA-F]{8})|(?P<octal>[0-3][0-7]{2})|)"
)
_ONE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LONGEST_NUMBER = 4000  # digits; Python itself converts no more
_SURROGATES, _LAST_CHARACTER = range(0xD800, 0xE000), 0x10FFFF


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    column: int


def tree(text: str) -> Node:
    """The syntax tree of a text that follows CEL's rules. Raises `InvalidExpression`."""
    if len(text) > LONGEST:
        raise InvalidExpression(
            f"it has {len(text)} characters, and {LONGEST} is the limit",
            text=text,
            column=LONGEST,
            remedy="Compute the answer in a step, and test that.",
        )
    parser = _Parser(text)
    root = parser.expression()
    parser.expect("end", "the end")
    if any(depth > DEEPEST for _, depth in walk(root)):
        parser.too_deep()
    return root


def _tokens(text: str) -> list[_Token]:
    found, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            _refuse_character(text, position)
        kind, position = str(match.lastgroup), match.end()
        if kind != "blank":
            found.append(_Token(kind, match[0], match.start() + 1))
        if kind == "number" and (text[position : position + 1].isalnum() or text[position : position + 1] in {"_", "."}):
            raise InvalidExpression(f"{match[0]}{text[position]} is no number", text=text, column=position + 1, remedy=_GRAMMAR)
    return [*found, _Token("end", "", len(text) + 1)]


def _refuse_character(text: str, position: int) -> NoReturn:
    character = text[position]
    if character in "'\"":
        remedy = f"Close it; {character} and \\ inside it are written \\{character} and \\\\."
        raise InvalidExpression(f"a text begins with {character} and does not end", text=text, column=position + 1, remedy=remedy)
    remedy = "Equal is written ==." if character == "=" else "And is written &&, or ||." if character in "&|" else _GRAMMAR
    raise InvalidExpression(f"{character!r} is not expected", text=text, column=position + 1, remedy=remedy)


def unescaped(content: str) -> str | None:
    """The content of a text literal with its escapes resolved; `None` where one of them is none of CEL's."""
    parts, position = [], 0
    for found in _ESCAPE.finditer(content):
        one, two, four, eight, octal = found.groups()
        parts.append(content[position : found.start()])
        position = found.end()
        digits, base = (octal, 8) if octal else (two or four or eight, 16)
        if one:
            parts.append(_ONE.get(one, one))
        elif digits and int(digits, base) <= _LAST_CHARACTER and int(digits, base) not in _SURROGATES:
            parts.append(chr(int(digits, base)))
        else:
            return None
    return "".join((*parts, content[position:]))


class _Parser:
    """Recursive descent, by precedence. Every recursion passes `_deeper`."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens = text, _tokens(text)
        self._next, self._depth = 0, 0

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _taken(self, *texts: str) -> str | None:
        """The next token, passed over, if it is one of these signs or words."""
        token = self._token
        if token.kind in {"sign", "name"} and token.text in texts:
            self._next += 1
            return token.text
        return None

    def expect(self, wanted: str, said: str) -> None:
        """Pass over a sign, or the end; anything else is refused."""
        token = self._token
        if wanted != (token.text if token.kind == "sign" else token.kind):
            found = "the expression ends" if token.kind == "end" else f"{token.text} stands there"
            self._refuse(f"{said} is expected, but {found}", token, self._advice(token))
        self._next += 1

    def _advice(self, token: _Token) -> str:
        if token.text in _PYTHON:
            return f"In CEL, {token.text} is written {_PYTHON[token.text]}."
        before = self._tokens[self._next - 1] if self._next else token
        if before.kind in {"string", "raw"} or token.kind == "string":
            return "A quotation mark inside a text is written with a backslash before it: 'it\\'s'."
        return _GRAMMAR

    def _refuse(self, message: str, token: _Token, remedy: str = _GRAMMAR) -> NoReturn:
        raise InvalidExpression(message, text=self._text, column=token.column, remedy=remedy)

    def too_deep(self) -> NoReturn:
        """Refuse what would need too deep a stack."""
        self._refuse(
            f"it is nested deeper than {DEEPEST} levels",
            self._tokens[min(self._next, len(self._tokens) - 1)],
            "Compute the answer in a step, and test that.",
        )

    def expression(self) -> Node:
        """Anything, with its ternary."""
        self._deeper()
        node = self._binary(1)
        if self._taken("?"):
            yes = self.expression()
            self.expect(":", "the : of ?")
            node = Choice(node, yes, self.expression())
        self._depth -= 1
        return node

    def _binary(self, precedence: int) -> Node:
        self._deeper()
        left = self._unary()
        while (own := self._operator()) >= precedence:
            operator = self._token.text
            operands = [left]
            while self._taken(operator):
                operands.append(self._binary(own + 1))
                if operator not in _LOGICAL:
                    break
            left = Logical(operator, tuple(operands)) if operator in _LOGICAL else Binary(operator, *operands)
        self._depth -= 1
        return left

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > 2 * DEEPEST:
            self.too_deep()

    def _operator(self) -> int:
        return _PRECEDENCE.get(self._token.text, 0) if self._token.kind in {"sign", "name"} else 0

    def _unary(self) -> Node:
        signs = []
        while sign := self._taken("!", "-"):
            signs.append(sign)
        node = self._postfix(self._primary())
        for sign in reversed(signs):
            is_number = isinstance(node, Literal) and isinstance(node.value, int | float) and not isinstance(node.value, bool)
            node = Literal(-node.value) if sign == "-" and isinstance(node, Literal) and is_number else Unary(sign, node)
        return node

    def _postfix(self, node: Node) -> Node:
        while sign := self._taken(".", "["):
            if sign == "[":
                node = Item(node, self.expression())
                self.expect("]", "a ]")
                continue
            token = self._token
            self.expect("name", "a name")
            if self._taken("("):
                node = self._call(token, METHODS, (node,))
            elif node == Name("inputs") and token.text == "parameter_values":
                node = Values()
            else:
                node = Item(node, Literal(token.text))
        return node

    def _call(self, token: _Token, known: dict[str, int], receiver: tuple[Node, ...]) -> Node:
        if token.text not in known:
            remedy = "Use startsWith, endsWith or contains." if token.text == "matches" else nearest(token.text, known) or _GRAMMAR
            self._refuse(f"there is no function {token.text} here", token, remedy)
        arguments = self._items(")")
        if len(arguments) != known[token.text]:
            self._refuse(f"{token.text} takes {known[token.text]} arguments, not {len(arguments)}", token)
        return Call(token.text, (*receiver, *arguments))

    def _items(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self._taken(closing):
            items.append(self.expression())
            if not self._taken(","):
                self.expect(closing, f"a {closing} or a comma")
                break
        return tuple(items)

    def _primary(self) -> Node:
        token = self._token
        self._next += token.kind != "end"
        match token.kind, token.text:
            case "number", _:
                node: Node = Literal(self._number(token))
            case "string" | "raw", _:
                node = Literal(self._string(token))
            case "name", _:
                node = self._named(token)
            case "sign", "(":
                node = self.expression()
                self.expect(")", "a )")
            case "sign", "[":
                node = ListOf(self._items("]"))
            case "sign", "{":
                node = self._map()
            case _:
                found = "the expression ends" if token.kind == "end" else f"{token.text} stands there"
                self._refuse(f"a value is expected, but {found}", token)
        return node

    def _map(self) -> Node:
        entries: list[tuple[Node, Node]] = []
        while not self._taken("}"):
            key = self.expression()
            self.expect(":", "a :")
            entries.append((key, self.expression()))
            if not self._taken(","):
                self.expect("}", "a } or a comma")
                break
        return MapOf(tuple(entries))

    def _named(self, token: _Token) -> Node:
        if token.text in _WORDS:
            return Literal(_WORDS[token.text])
        if self._taken("("):
            return self._call(token, FUNCTIONS, ())
        if token.text not in _NAMES:
            advice = (
                self._advice(token)
                if token.text in _PYTHON
                else "A text stands between quotation marks; an input is inputs.parameter_values['NAME']."
            )
            self._refuse(f"there is nothing called {token.text}", token, advice)
        return Name(token.text)

    def _number(self, token: _Token) -> int | float:
        digits = token.text.rstrip("uU").lower()
        is_hexadecimal = digits.startswith("0x")
        longest = _LONGEST_NUMBER // 2 if is_hexadecimal else _LONGEST_NUMBER
        if len(digits) > longest:
            self._refuse(f"a number has more than {longest} digits", token)
        if is_hexadecimal:
            return int(digits, 16)
        return int(digits) if digits.isdecimal() else float(digits)

    def _string(self, token: _Token) -> str:
        content = token.text[1:] if token.kind == "raw" else token.text
        width = 3 if content[:3] in {"'''", '"""'} and len(content) >= 6 else 1  # noqa: PLR2004  # two fences of three
        content = content[width:-width]
        if token.kind == "raw":
            return content
        value = unescaped(content)
        if value is None:
            self._refuse("a text holds a backslash with something that is no escape", token, "A backslash inside a text is written \\\\.")
        return value
