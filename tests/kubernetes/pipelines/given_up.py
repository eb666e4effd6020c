"""A step whose first attempt goes on until somebody makes a file in its pod; any other ends at once."""

from kfp import dsl

BUSYBOX = "busybox:1.36"
SCRIPT = """
echo begun
[ "$BAKEHOUSE_ATTEMPT" -gt 1 ] || until [ -e /bakehouse/go ]; do sleep 0.2; done
echo "said by attempt $BAKEHOUSE_ATTEMPT"
mkdir -p "$(busybox dirname "$0")"
printf "%s" "$BAKEHOUSE_ATTEMPT" > "$0"
"""


@dsl.container_component
def word(said: dsl.OutputPath(str)):
    return dsl.ContainerSpec(BUSYBOX, ["sh", "-c", SCRIPT, said])


@dsl.pipeline
def given_up():
    word()
