"""What a component's function returns: values of the declared type, artifacts, several at once; and what is said when they are not."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tests.unit.task.attempts import Attempt


@pytest.mark.parametrize(
    ("declared", "returned", "value"),
    [
        ("int", "5", 5),
        ("float", "5", 5.0),
        ("float", "0.5", 0.5),
        ("bool", "True", True),
        ("str", "'ä\\n'", "ä\n"),
        ("str", "''", ""),
        ("list", "[1, [2]]", [1, [2]]),
        ("List[int]", "[]", []),
        ("Dict[str, float]", "{'a': 1.5}", {"a": 1.5}),
        ("Optional[int]", "3", 3),
        ("'int'", "3", 3),
    ],
)
def test_a_value_of_the_declared_type(attempt: Attempt, declared: str, returned: str, value: Any) -> None:
    """A single value is the output `Output`; an int will do for a float."""
    attempt.body = f"def step() -> {declared}:\n    return {returned}\n"
    found = attempt.run().values
    assert found == {"Output": value}
    assert type(found["Output"]) is type(value)


@pytest.mark.parametrize(
    ("declared", "returned", "said"),
    [
        ("str", "5", "an int: 5"),
        ("int", "5.0", "a float: 5.0"),
        ("int", "True", "a bool: True"),
        ("float", "False", "a bool: False"),
        ("bool", "1", "an int: 1"),
        ("list", "(1, 2)", "a tuple: (1, 2)"),
        ("Dict[str, int]", "[1]", "a list: [1]"),
    ],
)
def test_another_type_is_refused(attempt: Attempt, declared: str, returned: str, said: str) -> None:
    """The message names the function, what it declares and what it returned; the cause is the output, not the user's code."""
    attempt.body = f"def step() -> {declared}:\n    return {returned}\n"
    attempt.run()
    assert attempt.exit["code"] == 1
    assert attempt.error["cause"] == "bad output"
    message = attempt.error["message"]
    assert "`step`" in message
    assert "'Output'" in message
    assert declared in message
    assert said in message
    assert attempt.error["remedy"]
    assert message in attempt.log
    assert "Traceback" not in attempt.log


def test_nothing_returned_is_nothing_written(attempt: Attempt) -> None:
    """`None` is no value: neither for an optional output, nor where it was forgotten."""
    attempt.body = "def step() -> Optional[str]:\n    return None\n"
    assert attempt.run().values == {}


def test_what_is_not_declared_is_not_an_output(attempt: Attempt) -> None:
    """Without an annotation a return value goes nowhere."""
    attempt.body = "def step():\n    return object()\n"
    assert attempt.run().values == {}


@pytest.mark.parametrize("returned", ["(1, 'x')", "[1, 'x']", "O(1, 'x')", "{'n': 1, 'text': 'x'}", "type('X', (), {'n': 1, 'text': 'x'})()"])
def test_several_outputs(attempt: Attempt, returned: str) -> None:
    """A NamedTuple's fields are outputs, whether the function returns one, another tuple, or something with these names."""
    attempt.body = f"""
        class O(NamedTuple):
            n: int
            text: str


        def step() -> O:
            return {returned}
        """
    assert attempt.run().values == {"n": 1, "text": "x"}


@pytest.mark.parametrize(("returned", "said"), [("(1,)", "2 outputs (n, text), but returned 1 values"), ("5", "returned an int: 5")])
def test_a_wrong_number_of_outputs(attempt: Attempt, returned: str, said: str) -> None:
    """The fields that are expected are named."""
    attempt.body = f"def step() -> NamedTuple('O', [('n', int), ('text', str)]):\n    return {returned}\n"
    attempt.run()
    assert said in attempt.error["message"]


def test_numbers_without_end_or_meaning_are_kept(attempt: Attempt) -> None:
    """NaN and infinity are values like others."""
    attempt.body = "def step() -> list:\n    return [float('nan'), float('inf'), -float('inf'), 1e300, 2 ** 70]\n"
    found = attempt.run().values["Output"]
    assert math.isnan(found[0])
    assert found[1:] == [math.inf, -math.inf, 1e300, 2**70]


NUMBERS = """
class Number:
    shape = ()
    dtype = "float64"

    def __init__(self, value):
        self.value = value

    def item(self):
        return self.value


"""


@pytest.mark.parametrize(
    ("declared", "returned", "value"),
    [
        ("int", "Number(3)", 3),
        ("float", "Number(3)", 3.0),
        ("float", "Number(0.5)", 0.5),
        ("bool", "Number(True)", True),
        ("list", "[Number(1)]", [1]),
    ],
)
def test_numbers_of_other_libraries(attempt: Attempt, declared: str, returned: str, value: Any) -> None:
    """Scalars of numpy are numbers too, alone and inside of lists and dicts."""
    attempt.prelude += NUMBERS
    attempt.body = f"def step() -> {declared}:\n    return {returned}\n"
    found = attempt.run().values
    assert json.dumps(found) == json.dumps({"Output": value})


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("{'a': [1, {'b': {1, 2}}]}", "['a'][1]['b'] is a set: {1, 2}"),
        ("{'a': {(1, 2): 3}}", "['a'] is a dict with the key a tuple: (1, 2)"),
        ("{'a': b'x'}", "['a'] is a bytes: b'x'"),
    ],
)
def test_what_json_cannot_hold_is_named_by_its_key(attempt: Attempt, returned: str, said: str) -> None:
    """The reader sees which key of the dict is wrong."""
    attempt.body = f"def step() -> dict:\n    return {returned}\n"
    attempt.run()
    assert attempt.error["cause"] == "bad output"
    assert said in attempt.error["message"]
    assert "output 'Output' of `step`" in attempt.error["message"]


def test_a_value_that_contains_itself_is_named(attempt: Attempt) -> None:
    """No endless recursion."""
    attempt.body = "def step() -> dict:\n    d = {}\n    d['me'] = [d]\n    return d\n"
    attempt.run()
    assert "['me'][0] is a container that contains itself" in attempt.error["message"]


def test_metadata_that_json_cannot_hold_is_named(attempt: Attempt) -> None:
    """So is a wrong value in an artifact's metadata."""
    attempt.body = "def step(m: Output[Metrics]):\n    m.metadata['x'] = object()\n"
    attempt.outputs = {"m": {"type": {"schemaTitle": "system.Metrics"}}}
    attempt.run()
    assert "metadata of the artifact 'm' of `step` cannot be written as JSON: ['x'] is an object" in attempt.error["message"]


def test_a_returned_artifact(attempt: Attempt) -> None:
    """An artifact that the function makes below `dsl.get_uri()` and returns is the output, with its metadata."""
    attempt.body = """
        def step() -> Dataset:
            made = Dataset(uri=dsl.get_uri("rows"), metadata={"n": 2})
            with open(made.path, "w") as file:
                file.write("x")
            return made
        """
    attempt.outputs = {"Output": {"type": {"schemaTitle": "system.Dataset"}}}
    attempt.run()
    assert attempt.values == {}
    assert attempt.output["artifacts"]["Output"]["artifacts"] == [{"name": "Output", "uri": str(attempt.root / "rows"), "metadata": {"n": 2}}]
    assert (attempt.root / "rows").read_text() == "x"


def test_anything_else_returned_for_an_artifact_is_its_text(attempt: Attempt) -> None:
    """A function that is to give an artifact may return its text."""
    attempt.body = "def step() -> NamedTuple('O', [('page', HTML), ('n', int)]):\n    return ('<p>', 1)\n"
    attempt.outputs = {"page": {"type": {"schemaTitle": "system.HTML"}}}
    attempt.run()
    assert attempt.values == {"n": 1}
    assert (attempt.root / "page").read_text() == "<p>"


def test_a_custom_path_is_told(attempt: Attempt) -> None:
    """The collector learns where the bytes are, if not at the artifact's path."""
    attempt.body = "def step(m: Output[Model]):\n    m.custom_path = '/somewhere/m'\n"
    attempt.outputs = {"m": {"type": {"schemaTitle": "system.Model"}}}
    attempt.run()
    assert attempt.output["artifacts"]["m"]["artifacts"][0]["custom_path"] == "/somewhere/m"


def test_outputs_that_were_not_written_are_left_to_the_collector(attempt: Attempt) -> None:
    """A step that writes nothing to its output ends well; whether something is missing is seen later."""
    attempt.body = "def step(p: OutputPath(int), m: Output[Model]):\n    pass\n"
    attempt.outputs = {"m": {"type": {"schemaTitle": "system.Model"}}}
    attempt.output_parameters = ["p"]
    attempt.run()
    assert attempt.exit["code"] == 0
    assert not (attempt.folder / "outputs" / "p").exists()
    assert not (attempt.root / "m").exists()


@pytest.mark.parametrize("code", ["0", "None", ""])
def test_leaving_early_with_success(attempt: Attempt, code: str) -> None:
    """`sys.exit(0)` ends the function well: what it logged so far counts."""
    attempt.body = f"def step(m: Output[Metrics]) -> int:\n    import sys\n    m.log_metric('a', 1.5)\n    sys.exit({code})\n"
    attempt.outputs = {"m": {"type": {"schemaTitle": "system.Metrics"}}}
    attempt.run()
    assert attempt.values == {}
    assert attempt.output["artifacts"]["m"]["artifacts"][0]["metadata"] == {"a": 1.5}


def test_exit_codes_are_kept(attempt: Attempt) -> None:
    """`sys.exit(3)` is exit code 3, not an error of the user's code."""
    attempt.body = "def step():\n    import sys\n    sys.exit(3)\n"
    attempt.run()
    assert (attempt.exit["code"], attempt.exit["signal"], attempt.error) == (3, None, {})
    assert attempt.output == {}


def test_a_message_on_leaving(attempt: Attempt) -> None:
    """`sys.exit("why")` says why, on stderr and in the error, and is exit code 1."""
    attempt.body = "def step():\n    import sys\n    sys.exit('no data today')\n"
    attempt.run()
    assert attempt.exit["code"] == 1
    assert attempt.log == "no data today\n"
    assert attempt.error["message"] == "no data today"
    assert attempt.error["source_line"] == "sys.exit('no data today')"
