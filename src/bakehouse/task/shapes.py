"""Values of JSON as what a function's annotations say, and back: members of an Enum, instances of a dataclass or of a pydantic model.

What stands below the imports is put into the source of components that need it, inside of a function, so that they run on KFP too: there the
runtime knows str, int, float, bool, list and dict alone. On the author's side the same functions tell what is wrong with a value; `is_known` then
says what of it is there, for some is known only when the pipeline runs, and nothing is made of it.
"""

import dataclasses
import inspect
import typing


def shape_step(function: typing.Any) -> typing.Any:
    """The function as a runtime calls it that knows JSON alone: it takes and gives what JSON has, and its annotations say so."""
    hints = shape_hints(function)
    returned = hints.get("return")
    plain = {name: shape_plain(hint) or hint for name, hint in hints.items()}
    if returned is not None and shape_is_tuple(returned):
        fields = [(name, shape_plain(hint) or hint) for name, hint in shape_fields(returned).items()]
        plain["return"] = typing.NamedTuple(returned.__name__, fields)

    def shape_called(**given: typing.Any) -> typing.Any:
        flaws: typing.List[str] = []
        arguments = {name: shape_in(hints.get(name), value, "the input " + name, flaws) for name, value in given.items()}
        if flaws:
            raise ValueError("; ".join(flaws))
        return shape_returned(function(**arguments), returned, plain.get("return"))

    shape_called.__name__ = shape_called.__qualname__ = function.__name__
    shape_called.__doc__, shape_called.__module__ = function.__doc__, function.__module__
    shape_called.__annotations__ = plain
    # Some runtimes ask the signature, others the annotations.
    signature = inspect.signature(function)
    parameters = [one.replace(annotation=plain.get(one.name, one.annotation)) for one in signature.parameters.values()]
    given_back = plain.get("return", inspect.Signature.empty)
    vars(shape_called)["__signature__"] = signature.replace(parameters=parameters, return_annotation=given_back)
    return shape_called


def shape_in(wanted: typing.Any, value: typing.Any, where: str, flaws: typing.List[str]) -> typing.Any:
    """One input as the function wants it; what JSON has is left to the runtime."""
    return value if shape_plain(wanted) is None else shape_read(wanted, value, where, flaws)


def shape_returned(value: typing.Any, wanted: typing.Any, plain: typing.Any) -> typing.Any:
    """What a function returned, as JSON has it. Raises `TypeError` if it is not what the function declares."""
    flaws: typing.List[str] = []
    if shape_is_tuple(wanted):
        hints = shape_fields(wanted)
        given = shape_results(value, wanted._fields)
        # What is no such tuple is for the runtime to tell.
        made = [shape_out(hints[name], given[name], "the output " + name, flaws) for name in given]
        found = plain(*made) if given else value
    else:
        found = shape_out(wanted, value, "the output", flaws)
    if flaws:
        raise TypeError("; ".join(flaws))
    return found


def shape_results(value: typing.Any, names: typing.Sequence[str]) -> typing.Dict[str, typing.Any]:
    """What was returned for each field: by place in a tuple, by name in anything else; nothing if it is neither."""
    if isinstance(value, (tuple, list)):
        return dict(zip(names, value)) if len(value) == len(names) else {}  # noqa: B905  # Python 3.10
    if isinstance(value, dict):
        return {name: value.get(name) for name in names}
    return {name: getattr(value, name, None) for name in names} if any(hasattr(value, name) for name in names) else {}


def shape_out(wanted: typing.Any, value: typing.Any, where: str, flaws: typing.List[str]) -> typing.Any:
    """One output as JSON has it, if it is of a type that JSON does not have."""
    if value is None or shape_plain(wanted) is None:
        return value
    written = shape_write(value)
    shape_read(wanted, written, where, flaws)
    return written


def shape_write(value: typing.Any) -> typing.Any:
    """A value with all that JSON does not have written as JSON has it: members of an Enum, dataclasses and models, also inside lists and dicts."""
    kind = type(value)
    if shape_is_enum(kind):
        return shape_write(value.value)
    if shape_is_record(kind) and not shape_is_mapping(kind):
        return {name: shape_write(getattr(value, name)) for name, _, _ in shape_parts(kind)}
    if shape_is_model(kind):
        return value.model_dump(mode="json", by_alias=True)
    if getattr(value, "shape", None) == () and hasattr(value, "dtype") and hasattr(value, "item"):
        return value.item()  # a number of numpy, torch or the like
    if kind is dict:
        return {shape_write(key): shape_write(each) for key, each in value.items()}
    return [shape_write(each) for each in value] if kind is list else value


# ---------------------------------------------------------------- what annotations are


def shape_hints(owner: typing.Any) -> typing.Dict[str, typing.Any]:
    """The annotations of a function or class by name, texts evaluated where that can be done."""
    found: typing.Dict[str, typing.Any] = {}
    for each in reversed(getattr(owner, "__mro__", (owner,))):
        found.update(getattr(each, "__annotations__", {}))
    space = dict(vars(typing), **(getattr(owner, "__globals__", None) or vars(inspect.getmodule(owner) or typing)))
    # A class can name itself and what it extends, wherever they stand.
    space.update((each.__name__, each) for each in reversed(getattr(owner, "__mro__", ())))
    return {name: shape_named(hint, space) for name, hint in found.items()}


def shape_named(hint: typing.Any, space: typing.Dict[str, typing.Any]) -> typing.Any:
    """An annotation with its texts evaluated, also inside of a Union, list or dict."""
    text = hint if isinstance(hint, str) else getattr(hint, "__forward_arg__", None)
    if text is not None:
        try:
            return shape_named(eval(text, space), space)  # noqa: S307  # the author's own code
        except Exception:  # what cannot be named stays as it is: anything
            return hint
    options = shape_options(hint)
    origin = getattr(hint, "__origin__", None)
    inside = options or (getattr(hint, "__args__", ()) if origin in (list, dict) else ())
    named = tuple(shape_named(each, space) for each in inside)
    if all(one is each for one, each in zip(named, inside)):  # noqa: B905  # Python 3.9
        return hint
    outer: typing.Any = typing.Union if options else typing.List if origin is list else typing.Dict
    return outer[named]


def shape_options(wanted: typing.Any) -> typing.Tuple[typing.Any, ...]:
    """What a Union can be; nothing for anything else."""
    is_union = getattr(wanted, "__origin__", None) is typing.Union or type(wanted).__name__ == "UnionType"
    return tuple(wanted.__args__) if is_union else ()


def shape_bare(wanted: typing.Any) -> typing.Any:
    """An annotation without marks, and without `Optional` where one other thing is left."""
    while getattr(wanted, "__metadata__", None):
        wanted = wanted.__origin__
    rest = [each for each in shape_options(wanted) if each is not type(None)]
    return shape_bare(rest[0]) if len(rest) == 1 else wanted


def shape_choices(wanted: typing.Any) -> typing.List[typing.Tuple[typing.Any, typing.Any]]:
    """The values of a Literal and the members of an Enum, each with how JSON has it; nothing for anything else."""
    origin = getattr(wanted, "__origin__", None)
    if origin is not None and origin is getattr(typing, "Literal", None):
        return [(each, each) for each in wanted.__args__]
    return [(each, shape_write(each.value)) for each in wanted] if shape_is_enum(wanted) else []


def shape_is_enum(kind: typing.Any) -> bool:
    """Whether it is an Enum; by what it has, for few steps import that module."""
    return isinstance(kind, type) and hasattr(kind, "__members__") and hasattr(kind, "_value2member_map_")


def shape_is_model(kind: typing.Any) -> bool:
    """Whether it is a model of pydantic."""
    return isinstance(kind, type) and hasattr(kind, "model_validate") and hasattr(kind, "model_fields")


def shape_is_mapping(kind: typing.Any) -> bool:
    """Whether it is a TypedDict."""
    return isinstance(kind, type) and issubclass(kind, dict) and hasattr(kind, "__total__")


def shape_is_record(kind: typing.Any) -> bool:
    """Whether it is a dataclass or a TypedDict, and not one that the runtime itself fills in or makes."""
    if not isinstance(kind, type) or shape_is_fed(kind) or hasattr(kind, "schema_title"):
        return False
    return dataclasses.is_dataclass(kind) or shape_is_mapping(kind)


def shape_is_fed(kind: typing.Any) -> bool:
    """Whether it is a class of an SDK that the runtime itself fills in; authors may have their own of that name."""
    home = str(getattr(kind, "__module__", "")).partition(".")[0]
    return home in ("kfp", "bakehouse", "_bakehouse_task") and getattr(kind, "__name__", "") in ("PipelineTaskFinalStatus", "TaskConfig")


def shape_is_tuple(kind: typing.Any) -> bool:
    """Whether it is a NamedTuple."""
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def shape_fields(kind: typing.Any) -> typing.Dict[str, typing.Any]:
    """The annotations of a NamedTuple's fields, in order."""
    hints = shape_hints(kind)
    return {name: hints.get(name) for name in kind._fields}


def shape_parts(kind: typing.Any) -> typing.List[typing.Tuple[str, typing.Any, bool]]:
    """The fields of a dataclass or TypedDict: name, annotation, whether it must be given."""
    hints = shape_hints(kind)
    if shape_is_mapping(kind):
        return [(name, hint, name in getattr(kind, "__required_keys__", hints)) for name, hint in hints.items()]
    missing = dataclasses.MISSING
    fields = [one for one in dataclasses.fields(kind) if one.init]
    return [(one.name, hints.get(one.name, one.type), one.default is missing and one.default_factory is missing) for one in fields]


def shape_plain(wanted: typing.Any) -> typing.Any:
    """The class by which JSON has what an annotation says; `None` where that is the annotation's own."""
    bare = shape_bare(wanted)
    written = [each for _, each in shape_choices(bare) if each is not None]
    if written:
        return type(written[0])
    if shape_is_record(bare) or shape_is_model(bare):
        return dict
    origin = getattr(bare, "__origin__", None)
    inside = getattr(bare, "__args__", None) or ()
    if origin in (list, dict) and any(shape_plain(each) for item in inside for each in shape_options(item) or (item,)):
        return origin
    return None


# ---------------------------------------------------------------- from JSON


def shape_read(wanted: typing.Any, value: typing.Any, where: str, flaws: typing.List[str], is_known: typing.Any = None) -> typing.Any:
    """A value of JSON as what is wanted. What is wrong with it goes to `flaws`, a sentence each."""
    if is_known is not None and not is_known(value):
        return value
    while getattr(wanted, "__metadata__", None):
        wanted = wanted.__origin__
    kind = getattr(wanted, "__origin__", wanted)
    read: typing.Any = shape_read_scalar
    if shape_options(wanted):
        read = shape_read_option
    elif shape_choices(wanted):
        read = shape_read_choice
    elif shape_is_record(wanted):
        read = shape_read_parts
    elif shape_is_model(wanted):
        read = shape_read_model
    elif kind in (list, dict):
        read = shape_read_items
    elif kind not in (str, int, float, bool):
        return value
    return read(wanted, value, where, flaws, is_known)


def shape_read_option(wanted: typing.Any, value: typing.Any, where: str, flaws: typing.List[str], is_known: typing.Any) -> typing.Any:
    """The first of the options that fits."""
    options = [each for each in shape_options(wanted) if each is not type(None)]
    if value is None and len(options) < len(shape_options(wanted)):
        return None
    if len(options) == 1:
        return shape_read(options[0], value, where, flaws, is_known)
    for option in options:
        found: typing.List[str] = []
        read = shape_read(option, value, where, found, is_known)
        if not found:
            return read
    flaws.append(f"{where} is {value!r}, which is none of {', '.join(map(shape_name, options))}")
    return value


def shape_read_choice(wanted: typing.Any, value: typing.Any, where: str, flaws: typing.List[str], _is_known: typing.Any) -> typing.Any:
    """A member of an Enum, or one of the values of a Literal."""
    choices = shape_choices(wanted)
    for choice, written in choices:
        # JSON does not tell 3 from 3.0, but true from 1.
        if value is choice or (written == value and isinstance(written, bool) == isinstance(value, bool)):
            return choice
    flaws.append(f"{where} is {value!r}, and can be {' or '.join(repr(written) for _, written in choices)}")
    return value


def shape_read_parts(wanted: typing.Any, value: typing.Any, where: str, flaws: typing.List[str], is_known: typing.Any) -> typing.Any:
    """An instance of a dataclass, or a mapping with the fields of a TypedDict."""
    if not shape_is_mapping(wanted) and isinstance(value, wanted):
        return value
    if not isinstance(value, dict):
        flaws.append(f"{where} is {value!r}, and not the fields of {wanted.__name__}")
        return value
    before = len(flaws)
    parts = shape_parts(wanted)
    known = [name for name, _, _ in parts]
    flaws += [f"{where} has the field {name!r}, which {wanted.__name__} does not have" for name in value if name not in known]
    flaws += [f"{where} lacks the field {name!r} of {wanted.__name__}" for name, _, needed in parts if needed and name not in value]
    made = {name: shape_read(hint, value[name], f"{where}.{name}", flaws, is_known) for name, hint, _ in parts if name in value}
    return value if is_known is not None or len(flaws) > before else wanted(**made)


def shape_read_model(wanted: typing.Any, value: typing.Any, where: str, flaws: typing.List[str], is_known: typing.Any) -> typing.Any:
    """A model of pydantic; its own words tell what is wrong."""
    if is_known is not None and not shape_is_known(value, is_known):
        return value
    try:
        return wanted.model_validate(value)
    except ValueError as error:
        told = error.errors() if hasattr(error, "errors") else [{"loc": (), "msg": str(error)}]
        flaws += [f"{'.'.join(map(str, [where, *each['loc']]))}: {each['msg']}" for each in told]
        return value


def shape_is_known(value: typing.Any, is_known: typing.Any) -> bool:
    """Whether all of a value is known."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return is_known(value) and all(shape_is_known(each, is_known) for each in inside)


def shape_read_items(wanted: typing.Any, value: typing.Any, where: str, flaws: typing.List[str], is_known: typing.Any) -> typing.Any:
    """A list or a mapping, each item as it is annotated."""
    kind = getattr(wanted, "__origin__", wanted)
    inside = getattr(wanted, "__args__", None) or (None,)
    if not isinstance(value, kind):
        flaws.append(f"{where} is {shape_name(kind)}, but is given {value!r}")
        return value
    if kind is list:
        return [shape_read(inside[-1], each, f"{where}[{index}]", flaws, is_known) for index, each in enumerate(value)]
    return {
        shape_read(inside[0], key, f"a key of {where}", flaws, is_known): shape_read(inside[-1], each, f"{where}[{key!r}]", flaws, is_known)
        for key, each in value.items()
    }


def shape_read_scalar(kind: typing.Any, value: typing.Any, where: str, flaws: typing.List[str], _is_known: typing.Any) -> typing.Any:
    """A text, number or truth value; numbers in the type that is asked for, where nothing is lost."""
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        flaws.append(f"{where} is {shape_name(kind)}, but is given {value!r}")
    return value


def shape_name(kind: typing.Any) -> str:
    """A type with its article."""
    name = getattr(kind, "__name__", None) or str(kind).replace("typing.", "")
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
