"""What one process hands to the other arrives as it was."""

from __future__ import annotations

import json

from bakehouse.app import parcels
from bakehouse.ir import spec
from bakehouse.ir.execution import Origin


def test_a_pipeline_file_arrives_as_it_was() -> None:
    """Every kind of value of the IR: nested dataclasses, enums, tuples, sets, lists, numbers of both kinds, nothing."""
    dag = spec.Dag(
        tasks={
            "a": spec.Task(
                component="comp-a",
                inputs=spec.TaskInputs({"x": spec.Constant([1, 2.0, None, {"k": ("no",)[0]}]), "y": spec.TaskOutputParameter("b", "Output")}),
                dependent_tasks=("b",),
                trigger=spec.TriggerPolicy(strategy=spec.TriggerStrategy.ALL_UPSTREAM_TASKS_COMPLETED),
            )
        },
        outputs=spec.DagOutputs({"o": (spec.OutputSelector("a", "Output"),)}, oneof=frozenset({"o"})),
    )
    inputs = spec.ComponentInputs({"n": spec.ParameterInput(spec.ParameterType.NUMBER_INTEGER, default=3.0, literals=(1, 2))})
    root = spec.Component(inputs=inputs, dag=dag)
    file = spec.PipelineFile(spec.PipelineSpec(spec.PipelineInfo("p"), root, executors={"e": spec.Container("i", env=(("A", "1"),))}), {"x": [1]})
    sent = {"file": file, "origins": {"e": Origin("/p.py", 3)}, "notices": ("n",)}
    assert parcels.unpacked(json.loads(json.dumps(parcels.packed(sent)))) == sent
