"""What a user's script does with the real `kfp` client against our server; runs in the environment of the real SDK. Prints one JSON document."""

import json
import sys

import kfp
import kfp_server_api

host, package, bad, fields = sys.argv[1:5]
client = kfp.Client(host=host)
said = {"health": client.get_kfp_healthz().multi_user}
experiment = client.create_experiment("tuning", description="why")
said["experiment"] = client.get_experiment(experiment_name="tuning").experiment_id == experiment.experiment_id
pipeline = client.upload_pipeline(package, pipeline_name="adding", description="adds")
version = client.upload_pipeline_version(package, pipeline_version_name="v2", pipeline_id=pipeline.pipeline_id)
said["pipeline_id"] = client.get_pipeline_id("adding") == pipeline.pipeline_id
said["versions"] = sorted(one.display_name for one in client.list_pipeline_versions(pipeline.pipeline_id).pipeline_versions)
run = client.run_pipeline(
    experiment.experiment_id, "by version", pipeline_id=pipeline.pipeline_id, version_id=version.pipeline_version_id, params={"a": 4}
)
said["by version"] = client.wait_for_run_completion(run.run_id, timeout=60, sleep_duration=1).state
inline = client.create_run_from_pipeline_package(package, arguments={"a": 5}, run_name="by file", experiment_name="tuning", enable_caching=False)
said["by file"] = inline.wait_for_run_completion(timeout=60).state
failed = client.create_run_from_pipeline_package(package, arguments={"a": 5, "limit": 1}, run_name="failing", experiment_name="tuning")
said["failing"] = client.wait_for_run_completion(failed.run_id, timeout=60, sleep_duration=1).state
said["runs"] = sorted(
    one.display_name for one in client.list_runs(experiment_id=experiment.experiment_id, page_size=10, sort_by="created_at desc").runs
)
matching = json.dumps({"predicates": [{"operation": "EQUALS", "key": "display_name", "stringValue": "failing"}]})
said["filtered"] = [one.run_id == failed.run_id for one in client.list_runs(filter=matching).runs]
said["tasks"] = sorted(one.display_name for one in client.get_run(run.run_id).run_details.task_details)
client.archive_run(run.run_id)
said["archived"] = client.get_run(run.run_id).storage_state
client.unarchive_run(run.run_id)
client.delete_run(run.run_id)
said["left"] = len(client.list_runs(experiment_id=experiment.experiment_id).runs)
client.archive_experiment(experiment.experiment_id)
client.unarchive_experiment(experiment.experiment_id)
client.delete_experiment(experiment.experiment_id)
client.delete_pipeline_version(pipeline.pipeline_id, version.pipeline_version_id)
client.delete_pipeline_version(pipeline.pipeline_id, client.list_pipeline_versions(pipeline.pipeline_id).pipeline_versions[0].pipeline_version_id)
client.delete_pipeline(pipeline.pipeline_id)
said["pipelines"] = client.list_pipelines().pipelines or []
try:
    client.upload_pipeline(bad, pipeline_name="broken")
except Exception as error:  # noqa: BLE001  # whatever the client makes of it is what is looked at
    said["refused"] = str(error)
said["whole"] = [client.get_run(one).to_dict() for one in (inline.run_id, failed.run_id)]
said["fields"] = {name: sorted(getattr(kfp_server_api, f"V2beta1{name}").openapi_types) for name in fields.split(",")}
print(json.dumps(said, default=str))  # noqa: T201  # the answer
