"""Values inside texts: f-strings of parameters and outputs, in texts, lists and mappings; placeholders of the run."""

from kfp import dsl


@dsl.component
def say(text: str, items: list = [], options: dict = {}) -> str:
    return text


@dsl.component
def number() -> int:
    return 1


@dsl.component
def placeholder_default(
    name: str = dsl.PIPELINE_JOB_NAME_PLACEHOLDER,
    text: str = f"id: {dsl.PIPELINE_JOB_ID_PLACEHOLDER}",
):
    pass


@dsl.pipeline
def texts(name: str = "you", times: int = 2, real: float = 0.5, items: list = [], root: str = dsl.PIPELINE_ROOT_PLACEHOLDER):
    n = number()
    say(text=f"hello {name}")
    said = say(text=f"{name} {name} {times} {real} {n.output}")
    say(text=f"{said.output}", items=[name, f"<{times}>", {"deep": [said.output, n.output]}], options={"k": name, "l": [f"{name}!"]})
    say(text=name, items=[f"{items}"])
    say(
        text=dsl.PIPELINE_JOB_NAME_PLACEHOLDER,
        items=[
            dsl.PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER,
            dsl.PIPELINE_JOB_ID_PLACEHOLDER,
            dsl.PIPELINE_TASK_NAME_PLACEHOLDER,
            dsl.PIPELINE_TASK_ID_PLACEHOLDER,
            dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER,
            dsl.PIPELINE_TASK_EXECUTOR_OUTPUT_PATH_PLACEHOLDER,
            dsl.PIPELINE_ROOT_PLACEHOLDER,
            dsl.PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER,
            dsl.PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER,
        ],
    )
    say(text=f"{root}/{dsl.PIPELINE_TASK_NAME_PLACEHOLDER}/{name}")
    placeholder_default()
    placeholder_default(name=name)
    say(text="{{ braces }} {{$.not.ours}} {}")
