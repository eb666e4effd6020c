"""Steps whose first act is a line in a file that all of them share: no line may be there twice."""

from kfp import dsl, kubernetes

BUSYBOX = "busybox:1.36"


@dsl.container_component
def work(seconds: int):
    line = 'echo "$BAKEHOUSE_TASK $BAKEHOUSE_ATTEMPT" >> /data/lines; echo begun; sleep "$0"; echo done'
    return dsl.ContainerSpec(BUSYBOX, ["sh", "-c", line, seconds])


@dsl.container_component
def lines(said: dsl.OutputPath(str)):
    return dsl.ContainerSpec(BUSYBOX, ["sh", "-c", 'mkdir -p "$(busybox dirname "$0")"; busybox sort /data/lines > "$0"', said])


@dsl.pipeline
def disturbed(rounds: list = [1, 2, 3, 4], seconds: int = 2):
    made = kubernetes.CreatePVC(access_modes=["ReadWriteOnce"], size="1Mi", pvc_name_suffix="-disturbed")
    with dsl.ParallelFor(rounds) as _:
        first = work(seconds=seconds)
        kubernetes.mount_pvc(first, made.outputs["name"], "/data")
        second = work(seconds=seconds).after(first)
        kubernetes.mount_pvc(second, made.outputs["name"], "/data")
        loop = second
    told = lines().after(loop)
    kubernetes.mount_pvc(told, made.outputs["name"], "/data")
    kubernetes.DeletePVC(pvc_name=made.outputs["name"]).after(told)


@dsl.container_component
def nothing():
    return dsl.ContainerSpec(BUSYBOX, ["true"])


@dsl.pipeline
def many(rounds: list = list(range(60))):
    with dsl.ParallelFor(rounds) as _:
        nothing()
