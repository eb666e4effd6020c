"""What a user's script does with the real `kfp` against an installation: python outside.py HOST TOKEN; prints one JSON document."""

import json
import sys

import kfp
from kfp import compiler, dsl


@dsl.component(base_image="python:3.11")
def greet(name: str) -> str:
    print("in a pod")
    return f"hello, {name}"


@dsl.pipeline(name="greeting")
def greeting(name: str = "world") -> str:
    return greet(name=name).output


host, token = sys.argv[1:]
said = {}
try:
    kfp.Client(host=host).list_runs()
except Exception as error:
    said["without"] = getattr(error, "status", repr(error))
client = kfp.Client(host=host, existing_token=token)
compiler.Compiler().compile(greeting, "greeting.yaml")
pipeline = client.upload_pipeline("greeting.yaml", pipeline_name="greeting")
version = client.list_pipeline_versions(pipeline.pipeline_id).pipeline_versions[0]
experiment = client.create_experiment("installed")
run = client.run_pipeline(
    experiment.experiment_id, "a greeting", pipeline_id=pipeline.pipeline_id, version_id=version.pipeline_version_id, params={"name": "pod"}
)
done = client.wait_for_run_completion(run.run_id, timeout=120, sleep_duration=1)
print(json.dumps({**said, "run": run.run_id, "state": done.state}))
