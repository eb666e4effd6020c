"""What a step asks of Kubernetes, with the values of the run put in where its settings refer to them. Pure.

KFP's settings name such values by `InputParameterSpec`: a constant, an input of the DAG around the step, or an output of a sibling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bakehouse.ir.spec import ComponentInputParameter, Constant, ParameterSource, TaskOutputParameter
from bakehouse.ir.values import Json, JsonObject

#: The fields whose value is such a reference.
_REFERENCES = frozenset(
    ("secretNameParameter", "configMapNameParameter", "pvcNameParameter", "nodeSelectorJson", "tolerationJson", "nodeAffinityJson")
)
_INPUT, _OUTPUT = "componentInputParameter", "taskOutputParameter"

#: The value of a source; `None` where it has none.
ValueOf = Callable[[ParameterSource], Json]


def settled(settings: JsonObject, value_of: ValueOf) -> JsonObject:
    """The settings with plain values in place of references; `None` where an optional value was not given."""
    return {field: _settled(field, value, value_of) for field, value in settings.items()}


def _settled(field: str, value: Json, value_of: ValueOf) -> Json:
    if isinstance(value, list | tuple):
        return [_settled("", one, value_of) for one in value]
    if not isinstance(value, Mapping):
        return value
    if field in _REFERENCES:
        source = _source(value)
        return None if source is None else value_of(source)
    # Claims, as kfp-kubernetes before 1.4 names them: the reference stands in the mount itself.
    source = None if "pvcNameParameter" in value else _source({key: value[key] for key in (_INPUT, _OUTPUT) if key in value})
    rest = {key: _settled(key, one, value_of) for key, one in value.items() if key not in {_INPUT, _OUTPUT}}
    return rest if source is None else {**rest, "constant": value_of(source)}


def _source(reference: JsonObject) -> ParameterSource | None:
    selector = str(reference.get("parameterExpressionSelector") or "")
    if _INPUT in reference:
        return ComponentInputParameter(str(reference[_INPUT]), selector)
    output = reference.get(_OUTPUT)
    if isinstance(output, Mapping):
        return TaskOutputParameter(str(output.get("producerTask")), str(output.get("outputParameterKey")), selector)
    constant = reference.get("runtimeValue")
    return Constant(constant.get("constant"), selector) if isinstance(constant, Mapping) else None
