"""Names, defaults and types that are given to the compiler."""

from kfp import dsl

OPTIONS = {
    "pipeline_name": "another-name",
    "pipeline_display_name": "Another name",
    "pipeline_parameters": {"n": 7, "text": "given", "items": [1, {"a": 2}], "rate": 2.5},
}


@dsl.component
def step(n: int, text: str, items: list, rate: float = 1.0):
    pass


@dsl.pipeline(name="own-name", description="Described.", display_name="Own")
def overrides(n: int, text: str = "default", items: list = [], rate: float = 0.5, other: int = 3):
    step(n=n, text=text, items=items, rate=rate)
