"""Branches: what is compared with what, what is carried to it through how many groups, what waits for what."""

from kfp import dsl


@dsl.component
def flip(n: int = 1) -> str:
    """Give a side."""
    return "heads"


@dsl.component
def count(text: str = "") -> int:
    """Give a number."""
    return len(text)


@dsl.component
def say(text: str = "") -> str:
    """Say it."""
    return text


@dsl.component
def hold(values: dict) -> None:
    """Take a mapping."""


@dsl.pipeline
def nested(word: str = "a", number: int = 3) -> None:
    """Conditions, a loop and values from all levels."""
    first = flip()
    with dsl.If(first.output == "heads", name="first"):
        second = count()
        with dsl.If(second.output > number):
            say(text=word)
            with dsl.ParallelFor(["a", "b"]) as item:
                say(text=item)
                hold(values={"a": first.output, "b": [word, f"{second.output}{word}"]})
        say(text=first.output)
    say(text="free").after(first)


@dsl.pipeline
def chains(s: str) -> None:
    """Several branches with and without names, and tasks between them."""
    with dsl.If(s == "x", name="A"):
        say()
    say(text="between")
    with dsl.Elif(s == "y", name="B"):
        say()
    with dsl.Elif(s != "z"):
        say(text=s)
    with dsl.Else(name="C"):
        say()
    with dsl.Condition(s == "k", name="old"):
        say()
    with dsl.Condition(s == "l", "older"):
        say()


@dsl.pipeline
def conditionals_in_branches(s: str = "") -> None:
    """The numbers of groups, where the first branch is renumbered after what is in it."""
    with dsl.If(s == "x"):
        first = say()
        second = say().after(first)
        with dsl.If(s == "y"):
            say().after(second)
        with dsl.Else():
            say()
        with dsl.ParallelFor(["q"]):
            say(text=s)
    with dsl.Else():
        with dsl.If(s == "y"):
            say()
        with dsl.Elif(s == "z"):
            say()
        with dsl.Else():
            say()


@dsl.pipeline
def comparisons(s: str, i: int, f: float, b: bool, s2: str, i2: int, f2: float, b2: bool) -> None:
    """Each type with what it can be compared with."""
    decisions = [
        s == 5, s == True, s != 5.5, s > s2, s >= "m", "x" == s, s == "", s == 'a"b', s == "a && b", s == "{{$.x}} {y}",  # noqa: E712, SIM300
        i == 5, i != -3, i < 5.5, i <= f, i > i2, i >= 10**20, 5 < i, f == 5, f != 1e-7, f > i, f < f2,  # noqa: SIM300
        b == True, b != False, b == b2, b > False,  # noqa: E712
    ]  # fmt: skip
    for decision in decisions:
        with dsl.If(decision):
            say()
    with dsl.If(i == 5.5):
        say()
    with dsl.Elif(f == i):
        say()
    with dsl.Elif(b == b2):
        say()


@dsl.pipeline
def settings(cores: str = "1", image: str = "alpine") -> None:
    """What is set inside of a branch is carried there."""
    made = say()
    with dsl.If(cores == "1"):
        say(text="a").set_cpu_limit(cores).set_container_image(image)
        say().set_container_image(made.output)
    with dsl.ParallelFor(["1", "2"]) as item:
        say(text="a").set_cpu_limit(item)
        other = say()
        say().set_container_image(other.output)
