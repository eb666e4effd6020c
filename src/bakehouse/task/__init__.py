"""RUN, inside the step: the runtime and every name that `kfp.dsl` has inside a step."""
