"""What an annotation of a component's function means: a value, an artifact, a path, a status."""

from __future__ import annotations

from .annotations import marks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict

_NONE = type(None)


def annotations_of(function: Callable[..., Any]) -> Dict[str, Any]:
    """The annotations of a function, those written as text evaluated where the function stands (or left as they are)."""
    found: Dict[str, Any] = dict(getattr(function, "__annotations__", {}))
    space = getattr(function, "__globals__", {})
    for name, annotation in found.items():
        if isinstance(annotation, str):
            try:
                found[name] = eval(annotation, space)  # noqa: S307  # the user's own code, in the user's own process
            except Exception:  # noqa: S112  # said beside it
                continue  # what cannot be named cannot be an artifact: a plain value
    return found


def plain(annotation: Any) -> Any:
    """An annotation without `Optional`, `Annotated` and the type's parameters: `list` for `Optional[List[str]]`."""
    annotation = unwrapped(annotation)
    origin = getattr(annotation, "__origin__", None)
    return annotation if origin is None else origin


def unwrapped(annotation: Any) -> Any:
    """An annotation without `Optional` (or `| None`) and marks: `Dataset` for `Input[Dataset]`."""
    while True:
        if getattr(annotation, "__metadata__", None):
            annotation = annotation.__origin__
            continue
        arguments = getattr(annotation, "__args__", None)
        if not arguments or _NONE not in arguments or getattr(annotation, "__origin__", None) in (tuple, list, dict):
            return annotation
        rest = [each for each in arguments if each is not _NONE]
        if len(rest) != 1:
            return annotation
        annotation = rest[0]


def marked(annotation: Any) -> str:
    """The mark on an annotation: `Input`, `Output`, `Embedded`, or nothing; also inside `Optional`."""
    while annotation is not None:
        for name in marks(annotation):
            if name.endswith("Annotation"):
                return name[: -len("Annotation")]
        rest = [each for each in getattr(annotation, "__args__", None) or () if each is not _NONE]
        annotation = rest[0] if len(rest) == 1 and _NONE in annotation.__args__ else None
    return ""


def is_artifact(annotation: Any) -> bool:
    """Whether this is an artifact class, of whatever SDK: it says a schema."""
    return isinstance(annotation, type) and hasattr(annotation, "schema_title")


def element(annotation: Any) -> Any:
    """The artifact class of a list of artifacts; `None` for anything else."""
    annotation = unwrapped(annotation)
    arguments = getattr(annotation, "__args__", None)
    if plain(annotation) is not list or not arguments:
        return None
    inner = unwrapped(arguments[0])
    return inner if is_artifact(inner) else None


def called(annotation: Any) -> str:
    """The name of a class or of an instance's class: `OutputPath` for `OutputPath(int)`."""
    annotation = unwrapped(annotation)
    return annotation.__name__ if isinstance(annotation, type) else type(annotation).__name__


def spelled(annotation: Any) -> str:
    """An annotation as a user writes it."""
    if isinstance(annotation, type) and not getattr(annotation, "__args__", None):
        return annotation.__name__
    return str(annotation).replace("typing.", "")
