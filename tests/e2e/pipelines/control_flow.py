"""Branches, loops, exit handlers, pipelines in pipelines and importers, written as a user writes them."""

from typing import Dict, List, NamedTuple

from kfp import dsl
from kfp.dsl import Dataset, Input, Output, PipelineTaskFinalStatus


@dsl.component
def side(n: int) -> str:
    return "heads" if n % 2 else "tails"


@dsl.component
def double(n: int) -> int:
    assert type(n) is int, repr(n)
    return n * 2


@dsl.component
def say(text: str) -> str:
    return text


@dsl.component
def seen(values: list) -> list:
    return values


@dsl.component
def told(values: dict) -> str:
    return values["state"]


@dsl.component
def write(text: str, out: Output[Dataset]):
    with open(out.path, "w") as file:
        file.write(text)


@dsl.component
def read(rows: Input[Dataset]) -> str:
    with open(rows.path) as file:
        return file.read()


@dsl.component
def join(rows: Input[List[Dataset]]) -> str:
    texts = []
    for one in rows:
        with open(one.path) as file:
            texts.append(file.read())
    return "+".join(texts)


@dsl.component
def fail() -> str:
    raise ValueError("as it is to be")


@dsl.component
def append(path: str, text: str):
    with open(path, "a") as file:
        file.write(f"{text}\n")


@dsl.component
def note(path: str, text: str, status: PipelineTaskFinalStatus):
    with open(path, "a") as file:
        file.write(f"{status.state} {text}\n")


@dsl.pipeline
def branches(n: int = 3, word: str = "it's") -> str:
    tossed = side(n=n)
    with dsl.If((tossed.output == "heads") & ~(n == 5)):
        with dsl.If(word == "it's"):
            inner = say(text=f"{word} {n}")
        with dsl.Else():
            other = say(text="other")
        a = say(text=dsl.OneOf(inner.output, other.output))
    with dsl.Elif((n == 5) | (n == 7)):
        b = say(text=tossed.output)
    with dsl.Else():
        c = say(text="none")
    return say(text=f"<{dsl.OneOf(a.output, b.output, c.output)}>").output


@dsl.pipeline
def loops(
    numbers: List[int] = [1, 2, 3],
    unknown: list = [1, 2],
    people: List[Dict[str, str]] = [{"name": "ann", "role": "x"}, {"name": "bob", "role": "y"}],
) -> NamedTuple("Out", [("doubled", list), ("pairs", list), ("names", list), ("files", str), ("again", list), ("kept", list)]):
    with dsl.ParallelFor(numbers, parallelism=2) as number:
        doubled = double(n=number)
        file = write(text=f"{number}")
        with dsl.ParallelFor(["u", "v"]) as letter:
            pair = say(text=f"{letter}{number}")
    with dsl.ParallelFor(unknown) as number:
        double(n=number)
        with dsl.ParallelFor(unknown) as other:
            say(text=f"{number}{other}")
    with dsl.ParallelFor(people) as person:
        name = say(text=person.name)
        with dsl.If(person.role == "x"):
            with dsl.ParallelFor([{"a": 1, "b": "t"}]) as row:
                kept = say(text=f"{person.name}{row.a}{row.b}")
    with dsl.ParallelFor(dsl.Collected(file.outputs["out"])) as one:
        read(rows=one)
    with dsl.ParallelFor(dsl.Collected(doubled.output)) as number:
        again = double(n=number)
    Out = NamedTuple("Out", [("doubled", list), ("pairs", list), ("names", list), ("files", str), ("again", list), ("kept", list)])
    return Out(
        doubled=seen(values=dsl.Collected(doubled.output)).output,
        pairs=dsl.Collected(pair.output),
        names=dsl.Collected(name.output),
        files=join(rows=dsl.Collected(file.outputs["out"])).output,
        again=dsl.Collected(again.output),
        kept=dsl.Collected(kept.output),
    )


@dsl.pipeline
def closing(path: str, status: PipelineTaskFinalStatus):
    state = told(values=status)
    with dsl.If(state.output == "FAILED"):
        append(path=path, text=f"{state.output} closed")


@dsl.pipeline
def handlers(path: str):
    with dsl.ExitHandler(note(path=path, text="fine")) as fine:
        with dsl.ParallelFor([{"a": "b"}]) as item:
            say(text=item.a)
    say(text="later").after(fine)
    with dsl.ExitHandler(closing(path=path)):
        fail()


@dsl.pipeline
def inner(text: str = "d", times: int = 2) -> NamedTuple("Out", [("word", str), ("rows", Dataset)]):
    with dsl.If(times == 2):
        a = write(text=text)
    with dsl.Else():
        b = write(text="other")
    rows = dsl.OneOf(a.outputs["out"], b.outputs["out"])
    Out = NamedTuple("Out", [("word", str), ("rows", Dataset)])
    return Out(word=read(rows=rows).output, rows=rows)


@dsl.pipeline
def nested(words: List[str] = ["x", "y"], folder: str = "") -> NamedTuple("Out", [("words", list), ("rows", Dataset), ("brought", str)]):
    with dsl.ParallelFor(words) as word:
        each = inner(text=word)
        with dsl.If(each.outputs["word"] == "x"):
            read(rows=each.outputs["rows"])
    alone = inner(times=3)
    brought = dsl.importer(artifact_uri=f"{folder}/rows.txt", artifact_class=Dataset, metadata={"of": folder, "n": [1]})
    Out = NamedTuple("Out", [("words", list), ("rows", Dataset), ("brought", str)])
    return Out(words=dsl.Collected(each.outputs["word"]), rows=alone.outputs["rows"], brought=read(rows=brought.output).output)


@dsl.component
def second_time() -> str:
    import os

    if os.environ["BAKEHOUSE_ATTEMPT"] == "1":
        raise ValueError("try again")
    return os.environ["BAKEHOUSE_ATTEMPT"]


@dsl.pipeline
def tried_again() -> str:
    return second_time().set_retry(2, backoff_duration="0s").output
