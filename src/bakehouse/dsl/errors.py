"""What an author can do wrong. Each error is also of the Python class that kfp raises in the same place.

AuthoringError
├── InvalidSignature (TypeError)      a function's parameters or annotations cannot be those of a component or pipeline
├── InvalidFunction (ValueError)      a function cannot be a component at all: it has no source, an invalid name
├── OutsideName (NameError)           a component uses a name that its source does not carry
├── PositionalArgument (TypeError)    an argument without a name that is one too many, or has been given by name
├── MissingInput (TypeError)          a required input is not given
├── UnknownInput (TypeError)          an argument that the component does not have
├── WrongType (TypeError)             a value or artifact of another type than is asked for
├── WrongValue (ValueError)           a value of the right type that means nothing: a quantity, a duration, a name
├── NoSuchOutput (AttributeError, KeyError)  an output that the task does not have, or one that is not the only one
├── NoSuchSetting (AttributeError)    something is asked of a task that it does not have
├── ForeignTask (ValueError)          a task or value of another pipeline
├── OutOfScope (ValueError)           a value or task is used outside of the loop or branch that makes it
├── InvalidPipeline (ValueError)      what a pipeline function does as a whole: no task, wrong results
├── NotKnownNow (TypeError, AttributeError)  Python is asked for something of a value that exists only when the pipeline runs
├── NotCallableHere (NotImplementedError)  `execute` of a component that is no Python function
└── OutsidePipeline (RuntimeError)    a component is called where no pipeline is being built
AuthoringProblems (TypeError, ValueError)  several of them, reported together
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from bakehouse.errors import BadInput, Problem, Problems, by_lines


class AuthoringError(BadInput):
    """Something in the author's own code: `place` is `FILE:LINE`, `remedy` what to write instead."""

    code = "authoring_error"

    def __str__(self) -> str:
        # KeyError, one of the bases below, would show the representation of the text.
        return str(Problem(self.message, self.place, self.remedy))

    def at(self, place: str) -> AuthoringError:
        """The same error with a place, unless it has one: what finds a mistake does not always know where the author's code stands."""
        if self.place:
            return self
        placed = type(self)(self.message, place=place, remedy=self.remedy).with_traceback(self.__traceback__)
        placed.__cause__ = self.__cause__
        return placed


class InvalidSignature(AuthoringError, TypeError):
    """A parameter or annotation cannot be that of a component or pipeline."""


class InvalidFunction(AuthoringError, ValueError):
    """A function cannot be a component."""


class OutsideName(AuthoringError, NameError):
    """A component uses a name that its source does not carry: it would fail with a NameError in the step."""


class PositionalArgument(AuthoringError, TypeError):
    """An argument without a name has no input left: there are too many, or it is given by name as well."""


class MissingInput(AuthoringError, TypeError):
    """A required input is not given."""


class UnknownInput(AuthoringError, TypeError):
    """The component has no such input."""


class WrongType(AuthoringError, TypeError):
    """A value or artifact of another type than is asked for."""


class WrongValue(AuthoringError, ValueError):
    """A value of the right type that means nothing here."""


class NoSuchOutput(AuthoringError, AttributeError, KeyError):
    """The task has no such output, or several where one is asked for."""


class NoSuchSetting(AuthoringError, AttributeError):
    """A task is asked for something that it does not have, or that only tasks of KFP 1 had."""


class ForeignTask(AuthoringError, ValueError):
    """A task or value of another pipeline."""


class OutOfScope(AuthoringError, ValueError):
    """A value or task is used outside of the loop or branch that makes it."""


class InvalidPipeline(AuthoringError, ValueError):
    """What a pipeline function does as a whole cannot be a pipeline."""


class NotKnownNow(AuthoringError, TypeError, AttributeError):
    """A value that exists only when the pipeline runs is used as if it were there while the pipeline is built."""


class NotCallableHere(AuthoringError, NotImplementedError):
    """A component that is no Python function is to be called as one."""


class OutsidePipeline(AuthoringError, RuntimeError):
    """A component is called where no pipeline is being built."""


class AuthoringProblems(Problems, TypeError, ValueError):
    """Several authoring errors, found while one pipeline was built."""

    code = "authoring_error"

    def __init__(self, errors: Sequence[AuthoringError]) -> None:
        self.errors = tuple(errors)
        super().__init__([problem for error in errors for problem in error.problems])


def combined(errors: Iterable[AuthoringError]) -> AuthoringError | AuthoringProblems | None:
    """What to raise for some errors: the only one as it is, several together in the order of their lines, each said once; `None` for none."""
    distinct = by_lines({(error.place, error.message): error for error in errors}.values())
    if len(distinct) > 1:
        return AuthoringProblems(distinct)
    return distinct[0] if distinct else None


def nearest(name: str, known: Iterable[str]) -> str:
    """A remedy that names what was probably meant, or else all there is."""
    names = list(known)
    found = difflib.get_close_matches(name, names, n=1)
    if found:
        return f"Did you mean `{found[0]}`?"
    return f"There is: {', '.join(names)}." if names else "There is none at all."
