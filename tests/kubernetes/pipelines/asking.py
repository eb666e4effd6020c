"""Steps that ask the cluster for all that the functions of `kfp.kubernetes` can say, and print what they got of it."""

from kfp import dsl, kubernetes

BUSYBOX = "busybox:1.36"
_LOOK = """
id -u
cat /secret/key /config/key
echo "$FROM_SECRET $FROM_MAP $NODE $LABEL"
busybox grep -c " /scratch tmpfs " /proc/mounts
busybox grep -c " /dev/shm tmpfs " /proc/mounts
cat /shared/word
busybox touch /here 2>/dev/null || echo closed
"""


@dsl.container_component
def look(said: dsl.OutputPath(str)):
    return dsl.ContainerSpec(BUSYBOX, ["sh", "-c", 'mkdir -p "$(busybox dirname "$1")"; sh -c "$0" 2>&1 | busybox tee "$1"', _LOOK, said])


@dsl.container_component
def write(path: str, word: str):
    return dsl.ContainerSpec(BUSYBOX, ["sh", "-c", 'echo -n "$1" > "$0"', path, word])


@dsl.container_component
def read(path: str, said: dsl.OutputPath(str)):
    return dsl.ContainerSpec(BUSYBOX, ["sh", "-c", 'mkdir -p "$(busybox dirname "$1")"; cat "$0" > "$1"', path, said])


@dsl.component
def name() -> str:
    return "bakehouse-tests"


@dsl.component
def selector() -> dict:
    return {"kubernetes.io/os": "linux"}


@dsl.component
def keep(workspace: str) -> str:
    with open(workspace + "/word", "w") as file:
        file.write("kept")
    return workspace


@dsl.component
def find(workspace: str) -> str:
    with open(workspace + "/word") as file:
        return file.read()


@dsl.pipeline
def asking(secret: str = "bakehouse-tests"):
    named, chosen = name(), selector()
    task = look()
    kubernetes.use_secret_as_env(task, secret, {"key": "FROM_SECRET"})
    kubernetes.use_config_map_as_env(task, named.output, {"key": "FROM_MAP"})
    kubernetes.use_secret_as_volume(task, secret, "/secret")
    kubernetes.use_config_map_as_volume(task, named.output, "/config")
    kubernetes.use_field_path_as_env(task, "NODE", "spec.nodeName")
    kubernetes.use_field_path_as_env(task, "LABEL", "metadata.labels['team']")
    kubernetes.add_pod_label(task, "team", "bakers")
    kubernetes.add_pod_annotation(task, "why", "a test")
    kubernetes.empty_dir_mount(task, "scratch", "/scratch", "Memory", "1Mi")
    kubernetes.empty_dir_mount(task, "shared", "/shared")
    kubernetes.enable_shared_memory(task, "1Mi")
    kubernetes.add_init_container(task, "fetch", BUSYBOX, ["sh", "-c", "echo fetched > /s/word"], volume_mounts={"shared": "/s"})
    kubernetes.set_security_context(task, run_as_user=1000, run_as_group=1000, run_as_non_root=True)
    kubernetes.set_image_pull_policy(task, "Never")
    kubernetes.add_node_selector_json(task, chosen.output)
    kubernetes.add_node_affinity(task, [{"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}], weight=1)
    kubernetes.add_toleration(task, "no-such-taint", "Exists", effect="NoSchedule")
    kubernetes.set_timeout(task, 300)
    main = {"name": "main", "securityContext": {"readOnlyRootFilesystem": True}}
    kubernetes.patch_pod(task, {"spec": {"containers": [main]}})


@dsl.pipeline
def claims():
    made = kubernetes.CreatePVC(access_modes=["ReadWriteOnce"], size="1Mi", pvc_name_suffix="-tests")
    written = write(path="/data/word", word="through a claim")
    kubernetes.mount_pvc(written, made.outputs["name"], "/data")
    found = read(path="/data/word").after(written)
    kubernetes.mount_pvc(found, made.outputs["name"], "/data")
    kubernetes.DeletePVC(pvc_name=made.outputs["name"]).after(found)


@dsl.pipeline(pipeline_config=dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="1Mi")))
def workspace():
    kept = keep(workspace=dsl.WORKSPACE_PATH_PLACEHOLDER)
    find(workspace=dsl.WORKSPACE_PATH_PLACEHOLDER).after(kept)
