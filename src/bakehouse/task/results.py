"""What the component's function returned, and the artifacts it filled, to KFP's ExecutorOutput document."""

from __future__ import annotations

from . import documents, kinds
from .errors import BadOutput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Tuple

    from .arguments import Given

_SINGLE = "Output"
_PLAIN = (str, int, float, bool, list, dict)
_SHOWN = 80


class Results:
    """Collects what one call of `function` gave."""

    def __init__(self, function: str, given: Given) -> None:
        self.function, self.given = function, given
        self.parameters: Dict[str, Any] = {}
        self.outputs: Dict[str, List[Any]] = dict(given.outputs)

    def take(self, returned: Any) -> None:
        """Take the function's return value. Raises `BadOutput` when it is not what the function declares."""
        declared = self.given.annotations.get("return")
        if returned is None or declared is None:
            return
        fields = _fields(declared)
        if fields is None:
            self._take_one(_SINGLE, declared, returned)
            return
        for name, (annotation, value) in _matched(fields, returned, self.function).items():
            self._take_one(name, annotation, value)

    def text(self) -> str:
        """The document as JSON. Raises `BadOutput` naming what JSON cannot hold."""
        document: Dict[str, Any] = {}
        if self.parameters:
            document["parameterValues"] = self.parameters
        if self.outputs:
            document["artifacts"] = {name: {"artifacts": [_entry(each) for each in group]} for name, group in self.outputs.items()}
        try:
            return documents.text_of(document, _simple)
        except (TypeError, ValueError, RecursionError) as error:
            raise self._not_json(document, error) from None

    def _take_one(self, name: str, annotation: Any, value: Any) -> None:
        if value is None:
            return
        if kinds.is_artifact(kinds.unwrapped(annotation)):
            self._take_artifact(name, value)
        elif kinds.element(annotation) is not None:
            self.outputs[name] = list(value)
        else:
            self.parameters[name] = self._checked(name, annotation, value)

    def _take_artifact(self, name: str, value: Any) -> None:
        """An artifact object is the output; anything else is the text of it."""
        if hasattr(type(value), "schema_title") and hasattr(value, "uri"):
            if not value.name and self.outputs.get(name):
                value.name = self.outputs[name][0].name
            self.outputs[name] = [value]
            return
        declared = self.outputs.get(name)
        if not declared:
            raise BadOutput(f"`{self.function}` returned a value for the artifact {name!r}, which the task does not have")
        with open(declared[0].path, "w", encoding="utf-8") as file:
            file.write(str(value))

    def _checked(self, name: str, annotation: Any, value: Any) -> Any:
        wanted = kinds.plain(annotation)
        if hasattr(value, "model_dump"):
            return value.model_dump(mode="json", by_alias=True)
        value = _scalar(value)
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        fits = isinstance(value, wanted) if wanted in _PLAIN else True
        if not fits or (isinstance(value, bool) and wanted in (int, float)):
            raise BadOutput(
                f"`{self.function}` declares its output {name!r} as {kinds.spelled(annotation)}, but returned {_shown(value)}",
                "Return a value of the declared type, or declare the type that is returned.",
            )
        return value

    def _not_json(self, document: Dict[str, Any], error: Exception) -> BadOutput:
        sides: "List[Tuple[str, Any]]" = [(f"output {name!r}", value) for name, value in self.parameters.items()]
        for name, group in document.get("artifacts", {}).items():
            sides += [(f"metadata of the artifact {name!r}", each["metadata"]) for each in group["artifacts"]]
        for side, value in sides:
            found = _culprit(value, [])
            if found is not None:
                place = "".join(f"[{key!r}]" for key in found[0])
                return BadOutput(
                    f"the {side} of `{self.function}` cannot be written as JSON: {place or 'it'} is {found[1]}",
                    "Return str, int, float, bool, None, and lists and dicts of these; give anything else as an artifact.",
                )
        return BadOutput(f"what `{self.function}` gave cannot be written as JSON: {error}")


def _fields(declared: Any) -> Any:
    """The fields of a NamedTuple by name, in order; `None` for any other annotation."""
    declared = kinds.unwrapped(declared)
    if not (isinstance(declared, type) and issubclass(declared, tuple) and hasattr(declared, "_fields")):
        return None
    found = kinds.annotations_of(declared)
    return {name: found.get(name) for name in declared._fields}


def _matched(fields: Dict[str, Any], returned: Any, function: str) -> "Dict[str, Tuple[Any, Any]]":
    """The declared fields with the values returned for them: by place in a tuple, by name in anything else."""
    if isinstance(returned, (tuple, list)):
        if len(returned) != len(fields):
            raise BadOutput(
                f"`{function}` declares {len(fields)} outputs ({', '.join(fields)}), but returned {len(returned)} values",
                "Return one value for each field of the NamedTuple, in its order.",
            )
        return {name: (annotation, value) for (name, annotation), value in zip(fields.items(), returned)}  # noqa: B905  # Python 3.10
    if isinstance(returned, dict):
        return {name: (annotation, returned.get(name)) for name, annotation in fields.items()}
    if not any(hasattr(returned, name) for name in fields):
        raise BadOutput(f"`{function}` declares the outputs {', '.join(fields)}, but returned {_shown(returned)}")
    return {name: (annotation, getattr(returned, name, None)) for name, annotation in fields.items()}


def _entry(artifact: Any) -> Dict[str, Any]:
    entry = {"name": artifact.name, "uri": artifact.uri, "metadata": artifact.metadata}
    custom = getattr(artifact, "custom_path", "")
    if custom:
        entry["custom_path"] = str(custom)
    return entry


def _scalar(value: Any) -> Any:
    """A number of another library (numpy has many) as Python's own; anything else as it is."""
    if getattr(value, "shape", None) == () and hasattr(value, "dtype") and hasattr(value, "item"):
        return value.item()
    return value


def _simple(value: Any) -> Any:
    """What JSON does not know as what it knows, where nothing is lost."""
    scalar = _scalar(value)
    if scalar is value:
        raise TypeError(f"{type(value).__name__} is not a JSON value")
    return scalar


def _culprit(value: Any, above: "List[int]") -> "Any":
    """The keys that lead to what is no JSON value, and what it is; `None` if nothing is found."""
    value = _scalar(value)
    if value is None or isinstance(value, (str, int, float)):
        return None
    if not isinstance(value, (dict, list, tuple)):
        return [], _shown(value)
    if id(value) in above:
        return [], "a container that contains itself"
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(value, dict) and not (key is None or isinstance(key, (str, int, float))):
            return [], f"a dict with the key {_shown(key)}"
        found = _culprit(each, [*above, id(value)])
        if found is not None:
            return [key, *found[0]], found[1]
    return None


def _shown(value: Any) -> str:
    text = repr(value)
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    kind = type(value).__name__
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}: {text}"
