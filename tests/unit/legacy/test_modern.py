"""The modern form that the warning shows: pasted, it compiles to the same."""

from __future__ import annotations

from typing import Any

from bakehouse import compiler, dsl
from bakehouse.legacy.component import ContainerOpComponent
from tests.unit.legacy.samples import modern, pipeline


def test_it_compiles_to_the_same() -> None:
    """Quotes, braces, values in texts, files of every kind; names that Python keeps for itself."""
    old = dsl.pipeline(pipeline)
    space: dict[str, Any] = {"dsl": dsl}
    exec(modern(old), space)  # noqa: S102  # as if it were pasted
    assert compiler.compile_pipeline(space["pipeline"]).file == compiler.compile_pipeline(old).file


def test_it_can_be_read() -> None:
    """Short lists stand in a line, long ones below each other, texts of several lines line by line."""
    old = dsl.pipeline(pipeline)
    (first, *_) = old.recording.components
    assert isinstance(first, ContainerOpComponent)
    assert (
        first.modern_form
        == """\
@dsl.container_component
def _1st(name: str, rate: float, model_path: dsl.OutputPath(str)):
    return dsl.ContainerSpec(
        image=f'image:{name}',
        command=[
            'sh',
            '-c',
            '(shift 1; exec "$@") || exit\\n'
            "value=$(cat '/a b' && echo .) || exit\\n"
            'value="${value%.}"\\n'
            'mkdir -p "$(dirname "$1")" && printf %s "${value%\\n'
            '}" > "$1" || exit',
            'sh',
            model_path,
            'sh',
            '-c',
        ],
        args=[f"a {rate} {{{name}}}\\nb '{rate}'", rate, 'it\\'s a "brace" {x} \\\\n %s'],
    )

_1st_task = _1st(name=name, rate=rate)"""
    )
