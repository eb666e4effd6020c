"""Whether a component's source uses anything of `from typing import *`, which every SDK writes before it.

Importing `typing` takes about as long as all the rest of a short step. A source that cannot tell the difference goes without.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Iterator

#: All that `from typing import *` brings, in Python 3.7 to 3.14.
_WORDS = """
AbstractSet Annotated Any AnyStr AsyncContextManager AsyncGenerator AsyncIterable AsyncIterator Awaitable BinaryIO ByteString Callable
ChainMap ClassVar Collection Concatenate Container ContextManager Coroutine Counter DefaultDict Deque Dict Final ForwardRef FrozenSet
Generator Generic Hashable IO ItemsView Iterable Iterator KeysView List Literal LiteralString Mapping MappingView Match MutableMapping
MutableSequence MutableSet NamedTuple Never NewType NoDefault NoReturn NotRequired Optional OrderedDict ParamSpec ParamSpecArgs
ParamSpecKwargs Pattern Protocol ReadOnly Required Reversible Self Sequence Set Sized SupportsAbs SupportsBytes SupportsComplex
SupportsFloat SupportsIndex SupportsInt SupportsRound TYPE_CHECKING Text TextIO Tuple Type TypeAlias TypeAliasType TypeGuard TypeIs TypeVar
TypeVarTuple TypedDict Union Unpack ValuesView assert_never assert_type cast clear_overloads dataclass_transform evaluate_forward_ref final
get_args get_origin get_overloads get_protocol_members get_type_hints is_protocol is_typeddict no_type_check no_type_check_decorator
overload override reveal_type runtime_checkable
"""
NAMES = frozenset(_WORDS.split())
#: What looks at a module's names without writing them down.
_REFLECTION = frozenset(("__globals__", "dir", "eval", "exec", "f_globals", "globals", "import_module", "locals", "modules", "vars"))
_FIRST_UNKNOWN = (3, 15)
_LONGEST_ANNOTATION = 300


def used(*programs: CodeType) -> bool:
    """Whether these may use a name of `typing` that they do not import themselves. In doubt, they do."""
    if sys.version_info >= _FIRST_UNKNOWN:
        return True
    return any(_uses(code) for program in programs for code in _codes(program))


def _uses(code: CodeType) -> bool:
    names = {*code.co_names, *code.co_varnames, *code.co_freevars}
    if not names.isdisjoint(NAMES) or not names.isdisjoint(_REFLECTION):
        return True
    return any(_mentions(constant) for constant in code.co_consts)


def _mentions(constant: object) -> bool:
    """Whether a text may be an annotation (or code) with such a name in it."""
    if isinstance(constant, tuple):
        return any(_mentions(each) for each in constant)
    if not isinstance(constant, str) or len(constant) > _LONGEST_ANNOTATION or "\n" in constant:
        return False
    return any(name in constant for name in NAMES)


def _codes(program: CodeType) -> Iterator[CodeType]:
    yield program
    for constant in program.co_consts:
        if isinstance(constant, type(program)):
            yield from _codes(constant)
