"""Artifact classes of the user's own, in every way of importing them."""

from custom_kinds import kinds
from custom_kinds.kinds import Endpoint, Table

from kfp import dsl
from kfp.dsl import Artifact, Dataset, Input, Output


@dsl.component
def direct(table: Input[Table], endpoint: Output[Endpoint], data: Output[Dataset]):
    print(table.path)


@dsl.component
def through_module(table: Input[kinds.Table], endpoint: Output[kinds.Endpoint]):
    print(table.path)


@dsl.component
def mixed(table: Input[Table], other: Input[kinds.Table], any_kind: Input[Artifact] = None) -> Endpoint:
    return Endpoint(uri=dsl.get_uri())


@dsl.component
def make(table: Output[Table]):
    pass


@dsl.pipeline
def custom_artifacts() -> Endpoint:
    table = make().outputs["table"]
    direct(table=table)
    through_module(table=table)
    return mixed(table=table, other=table, any_kind=table).output
