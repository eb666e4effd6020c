"""Steps that wait, fail and are hard to place: one pipeline for each."""

from kfp import dsl, kubernetes

BUSYBOX = "busybox:1.36"


@dsl.container_component
def wait(seconds: int):
    return dsl.ContainerSpec(BUSYBOX, ["sh", "-c", "echo begun; sleep $0; echo done"], [seconds])


@dsl.container_component
def wait_at_first():
    return dsl.ContainerSpec(BUSYBOX, ["sh", "-c", '[ "$BAKEHOUSE_ATTEMPT" = 2 ] || sleep 60'])


@dsl.container_component
def append(file: str, word: str):
    return dsl.ContainerSpec(BUSYBOX, ["sh", "-c", 'echo "$1" >> "$0"; sleep 2'], [file, word])


@dsl.container_component
def fail():
    return dsl.ContainerSpec(BUSYBOX, ["sh", "-c", "echo last words; exit 3"])


@dsl.container_component
def eat():
    return dsl.ContainerSpec("python:3.11", ["python3", "-c", "x = []\nwhile True: x.append(bytearray(1 << 20))"])


@dsl.container_component
def missing():
    return dsl.ContainerSpec("no-such-image:1", ["true"])


@dsl.container_component
def nothing():
    return dsl.ContainerSpec(BUSYBOX, ["/no/such/program"])


@dsl.container_component
def alone():
    return dsl.ContainerSpec(BUSYBOX, args=["word"])


@dsl.pipeline
def waits(seconds: int = 30):
    wait(seconds=seconds)


@dsl.pipeline
def waits_at_first():
    wait_at_first()


@dsl.pipeline
def exit_code():
    fail()


@dsl.pipeline
def out_of_memory():
    eat().set_memory_limit("64Mi")


@dsl.pipeline
def no_image():
    missing()


@dsl.pipeline
def no_program():
    nothing()


@dsl.pipeline
def no_command():
    alone()


@dsl.pipeline
def no_secret():
    kubernetes.use_secret_as_env(wait(seconds=0), "no-such-secret", {"key": "KEY"})


@dsl.pipeline
def no_volume():
    kubernetes.use_secret_as_volume(wait(seconds=0), "no-such-secret", "/secret")


@dsl.pipeline
def no_node():
    kubernetes.add_node_selector(wait(seconds=0), "no-such", "label")


@dsl.pipeline
def no_claim():
    kubernetes.mount_pvc(wait(seconds=0), "no-such-claim", "/data")


@dsl.pipeline
def too_large():
    wait(seconds=0).set_cpu_request("100")


@dsl.pipeline
def bad_beginning():
    kubernetes.add_init_container(wait(seconds=0), "fetch", BUSYBOX, ["sh", "-c", "exit 4"])


@dsl.pipeline
def too_long():
    kubernetes.set_timeout(wait(seconds=60), 2)


@dsl.pipeline
def unbound():
    kubernetes.mount_pvc(wait(seconds=0), "bakehouse-tests-unbound", "/data")


@dsl.pipeline
def large():
    wait_at_first().set_cpu_request("1")
