"""Parameters of every type, with and without defaults, and constants of every type."""

from typing import Dict, List, Optional

from kfp import dsl


@dsl.component
def everything(
    text: str,
    whole: int,
    real: float,
    truth: bool,
    items: list,
    words: List[str],
    numbers: list[int],
    mapping: dict,
    counts: Dict[str, int],
    options: dict[str, list],
):
    print(text, whole, real, truth, items, words, numbers, mapping, counts, options)


@dsl.component
def defaults(
    text: str = "a 'quoted' \"text\" with ünïcode\nand a second line",
    empty: str = "",
    whole: int = 3,
    zero: int = 0,
    real: float = 0.5,
    whole_real: float = 2,
    truth: bool = True,
    lie: bool = False,
    words: List[str] = ["x", "y"],
    none: list = [],
    counts: Dict[str, int] = {"b": 1, "a": [1, {"c": 2}]},
    nothing: dict = {},
) -> str:
    return text


@dsl.component
def optional(
    text: Optional[str] = None,
    number: Optional[int] = 5,
    real: float = None,
    given: Optional[bool] = None,
    items: Optional[list] = None,
    required: Optional[dict[str, int]] = None,
    untyped_none: str = None,
):
    print(text)


@dsl.pipeline
def parameters(
    text: str,
    whole: int = 1,
    real: float = 1e-05,
    truth: bool = False,
    items: list = [1, 2.5, "three", True],
    mapping: Dict[str, int] = {"z": 1, "a": 2},
    maybe: Optional[str] = None,
    large: int = 2**40,
):
    everything(
        text=text,
        whole=whole,
        real=real,
        truth=truth,
        items=items,
        words=items,
        numbers=items,
        mapping=mapping,
        counts=mapping,
        options=mapping,
    )
    everything(
        text="constant: äöü {{ }} 'x' \"y\" \\ \n end",
        whole=7,
        real=0.1,
        truth=False,
        items=[],
        words=["a", "b"],
        numbers=[1, 2],
        mapping={},
        counts={"b": 1, "a": 2},
        options={"x": [1, {"y": ["", True, 1.5]}]},
    )
    defaults()
    defaults(text="given", truth=False, words=[])
    optional()
    optional(text=maybe, number=whole)
    optional(text="x", items=["a"], required={"k": 1})
