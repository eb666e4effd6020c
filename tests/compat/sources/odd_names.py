"""Names of inputs, outputs, tasks and pipelines."""

from typing import NamedTuple

from kfp import dsl
from kfp.dsl import Dataset, Input, Output


@dsl.component
def step_1__of_Many(a_B: int, class_: str = "x", Ünïcode: int = 1, name: str = "n", task: str = "t") -> NamedTuple(
    "R", [("Output", int), ("some_Thing", str)]
):
    return (1, "")


@dsl.component
def kfp_names(inputs: dict, outputs: list, output_path: str = "") -> int:
    return 1


@dsl.component
def artifact_names(input_data: Input[Dataset], out_1: Output[Dataset], out_2: Output[Dataset]):
    pass


@dsl.pipeline(name="Odd Names: a/B_c")
def ODD_Names(a_B: int = 1, name: str = "x", in_data: Input[Dataset] = None):
    made = step_1__of_Many(a_B=a_B, name=name)
    kfp_names(inputs={}, outputs=[], output_path=made.outputs["some_Thing"])
    step_1__of_Many(a_B=made.outputs["Output"], Ünïcode=2)
    artifact_names(input_data=artifact_names(input_data=in_data).outputs["out_2"])
