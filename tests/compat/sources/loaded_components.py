"""Components that are loaded from texts and files: of KFP 1, and what kfp compiled."""

import os

from kfp import components, dsl

LOADED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "loaded")

train = components.load_component_from_text("""
name: Train a Model_v1
description: Trains.
metadata: {annotations: {author: somebody}}
inputs:
- {name: Training Data, type: CSV, description: rows}
- {name: Rows, type: Dataset, optional: true}
- {name: Learning Rate, type: Float, default: '0.1'}
- {name: rounds, type: Integer, default: 10}
- {name: Verbose, type: Bool, default: 'yes'}
- {name: layers, type: JsonArray, default: '[1, 2]'}
- {name: params, type: JsonObject, default: '{"a": 1.5}'}
- {name: "typed", type: "typing.List[str]", optional: true}
- {name: note, type: String, optional: true}
- {name: bucket, type: {GCSPath: {data_type: CSV}}, optional: true}
- {name: untyped, default: x}
- {name: vertex, type: google.VertexModel, optional: true}
outputs:
- {name: The Model, type: Model}
- {name: Score, type: Float}
- {name: Anything}
implementation:
  container:
    image: python:3.12
    command: [python3, -m, train, --data, {inputPath: Training Data}, --model, {outputPath: The Model}, --score, {outputPath: Score}]
    args:
    - --rate
    - {inputValue: Learning Rate}
    - {concat: [--rounds=, {inputValue: rounds}, ' ', {inputValue: params}]}
    - {if: {cond: {isPresent: note}, then: [--note, {inputValue: note}], else: [--no-note]}}
    - {if: {cond: {isPresent: Rows}, then: {concat: [--rows=, {inputUri: Rows}]}}}
    - {outputUri: Anything}
    - {executorInput: null}
    env: {LEVEL: info}
""")
nameless = components.load_component_from_text("implementation: {container: {image: alpine}}")
lightweight = components.load_component_from_file(os.path.join(LOADED, "lightweight.yaml"))
container = components.load_component_from_file(os.path.join(LOADED, "container.yaml"))


@dsl.component
def rows(table: dsl.Output[dsl.Dataset]) -> float:
    return 0.5


@dsl.pipeline
def all_of_them(number: int, note: str = "n"):
    data = rows()
    trained = train(training_data=data.outputs["table"], learning_rate=data.outputs["Output"], note=note, layers=[3])
    train(training_data=data.outputs["table"], rows=data.outputs["table"], rounds=number).after(nameless())
    added = lightweight(number=number, rows=data.outputs["table"]).set_memory_limit("1G")
    container(n=2, rows=trained.outputs["the_model"])
    container(n=number).set_env_variable("A", "b").after(added)
