"""JSON instead of YAML."""

from kfp import dsl

SUFFIXES = (".json", ".yml")


@dsl.component
def step(text: str = "ä") -> str:
    return text


@dsl.pipeline
def json_files(text: str = "ö"):
    step(text=text)
