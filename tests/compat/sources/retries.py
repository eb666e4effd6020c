"""Retries, with durations in every spelling."""

from kfp import dsl


@dsl.component
def step():
    pass


@dsl.pipeline
def retries():
    step().set_retry(num_retries=3)
    step().set_retry(num_retries=0)
    step().set_retry(2, "30s", 1.5, "1h")
    for duration in ("0s", "30s", "45 sec", "45 seconds", "5m", "5 min", "5 minutes", "2h", "2 hours", "1 day", "3d", "2 weeks", "1w"):
        step().set_retry(num_retries=1, backoff_duration=duration)
    step().set_retry(num_retries=1, backoff_max_duration="2 weeks")
    step().set_retry(num_retries=1, backoff_factor=0.5)
    step().set_retry(num_retries=1, backoff_factor=3, backoff_max_duration="10s")
    step().set_retry(num_retries=1).set_retry(num_retries=4)
