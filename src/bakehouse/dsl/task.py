"""A task of a pipeline that is being built, and everything that can be set on it."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bakehouse.dsl import arguments, channels, older, policies, reach, settings
from bakehouse.dsl.channels import PipelineChannel, PipelineParameterChannel, UnknownChannel
from bakehouse.dsl.checking import R
from bakehouse.dsl.errors import AuthoringError, InvalidPipeline, NoSuchOutput, NoSuchSetting, NotKnownNow, WrongType, WrongValue, nearest
from bakehouse.dsl.groups import TasksGroup
from bakehouse.dsl.places import here
from bakehouse.dsl.switches import caching_is_on
from bakehouse.dsl.values import writable
from bakehouse.ir.policies import PLATFORM
from bakehouse.ir.spec import BACKOFF_DURATION, BACKOFF_FACTOR, BACKOFF_MAX_DURATION, CachingOptions, ParameterType, RetryPolicy

if TYPE_CHECKING:
    from bakehouse.dsl.checking import Given
    from bakehouse.dsl.component import BaseComponent
    from bakehouse.dsl.recording import Recording

T = TypeVar("T")
#: A setting: a text, or a channel whose value is put in when the pipeline runs.
Setting = str | PipelineParameterChannel


class Outputs(dict[str, PipelineChannel]):
    """The outputs of a task by name. A name that is not there is reported, and stands for anything."""

    def __init__(self, task: PipelineTask) -> None:
        super().__init__()
        self._task = task

    def __missing__(self, name: str) -> PipelineChannel:
        return self._task.no_such_output(name)


class PipelineTask(Generic[R]):
    """One call of a component in a pipeline. Setters return the task, so that they can be chained.

    ```python
    from bakehouse import dsl


    @dsl.component
    def fetch(url: str) -> str:
        return url


    @dsl.component
    def train(data: str) -> float:
        return float(len(data))


    @dsl.pipeline
    def daily(url: str = "https://example.org/data"):
        fetched = fetch(url=url).set_retry(num_retries=3, backoff_duration="10s", backoff_factor=2).set_caching_options(False)
        trained = train(data=fetched.output).set_cpu_limit("2").set_memory_limit("4G").set_display_name("train the model")
        train(data="baseline").after(trained).set_env_variable("SEED", "7")
    ```
    """

    def __init__(self, component: BaseComponent, inputs: Mapping[str, Any], building: Recording) -> None:
        self.component, self.recording = component, building
        self.place = here()
        self.inputs: dict[str, Any] = dict(inputs)
        self.group = building.group
        self.name = building.add(self)
        self.display_name = self.name
        self.caching = CachingOptions(enable_cache=caching_is_on())
        self.retry: RetryPolicy | None = None
        self.env: dict[str, str] = {}
        #: Settings of the container by KFP's names: cpu_limit, memory_request, accelerator_type, … base_image.
        self.settings: dict[str, Setting] = {}
        self.upstream: dict[str, PipelineTask | TasksGroup] = {}
        #: Where `.after()` names each of them.
        self.after_places: dict[str, str] = {}
        self.runs_after_failure = False
        self.platform_config: dict[str, Any] = {}
        self.injected: list[PipelineChannel] = []
        #: What is run whatever happened before it: the block that this task ends.
        self.exit_of: TasksGroup | None = None
        self._outputs = Outputs(self)
        self._outputs.update(channels.outputs(self))

    def __repr__(self) -> str:
        return f"<PipelineTask {self.name}>"

    def __bool__(self) -> bool:
        asked = f"Python asks whether the task {self.name} is true (`if`, `while`, `not`, `and`, `or`)"
        remedy = "Decide by `with dsl.If(task.output == …):`, or inside a component: it gets the value itself."
        error = NotKnownNow(f"{asked}, and what it gives is known only when the pipeline runs", place=here(), remedy=remedy)
        self.recording.refused = error
        raise error

    def __getattr__(self, name: str) -> Any:
        old = older.MOVED.get(name) or older.GONE.get(name)
        if old is None:
            meant = [] if name.startswith("_") else difflib.get_close_matches(name, [one for one in dir(type(self)) if not one.startswith("_")], n=1)
            if meant:
                raise NoSuchSetting(f"the task {self.name} has no {name}", place=here(), remedy=f"Did you mean `{meant[0]}`?")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        raise NoSuchSetting(f"the task {self.name} is asked for .{name}, which belongs to KFP 1", place=here(), remedy=old)

    # ------------------------------------------------------------ what it gives and needs

    @property
    def outputs(self) -> Mapping[str, Any]:  # a channel each; to a checker they fit where an int or a Dataset is declared
        """What the task gives, by name."""
        return self._outputs

    if TYPE_CHECKING:
        output = Given()
    else:

        @property
        def output(self) -> PipelineChannel:
            """The only thing that the task gives."""
            return self._only_output()

    def _only_output(self) -> PipelineChannel:
        if len(self._outputs) == 1:
            return next(iter(self._outputs.values()))
        if self.component.errors:
            return UnknownChannel(self.recording, self)
        count = "gives nothing" if not self._outputs else f"gives {', '.join(self._outputs)}: `.output` is ambiguous"
        remedy = self.component.output_remedy if not self._outputs else "Write `.outputs['…']`."
        self.recording.report(NoSuchOutput(f"the task {self.name} {count}", place=here(), remedy=remedy))
        return UnknownChannel(self.recording, self)

    def no_such_output(self, name: str) -> PipelineChannel:
        """Report an output that is not there; what stands for it."""
        if not self.component.errors:
            self.recording.report(
                NoSuchOutput(f"the task {self.name} has no output {name!r}", place=here(), remedy=nearest(str(name), self._outputs))
            )
        return UnknownChannel(self.recording, self)

    @property
    def channel_inputs(self) -> list[PipelineChannel]:
        """The channels that the task takes, those inside constants included."""
        return [*self.fed_channels(), *self.injected, *(value for value in self.settings.values() if isinstance(value, PipelineChannel))]

    def fed_channels(self) -> Iterator[PipelineChannel]:
        """The channels in the task's arguments."""
        for value in self.inputs.values():
            yield from arguments.channels_within(value, self.recording)

    @property
    def dependent_tasks(self) -> list[str]:
        """The tasks that `.after()` names."""
        return list(self.upstream)

    @property
    def platform_spec(self) -> Mapping[str, Any]:
        """The settings of platforms for this task."""
        return self.platform_config

    def register_pipeline_channels(self, pipeline_channels: list[PipelineChannel]) -> None:
        """Let the task take channels that none of its inputs take: settings of platforms refer to them."""
        known = {id(one) for one in self.injected}
        self.injected += [one for one in pipeline_channels if id(one) not in known]

    # ------------------------------------------------------------ order and failure

    def after(self, *tasks: PipelineTask | TasksGroup) -> PipelineTask:
        """Start only when these tasks, or all that an exit handler holds, are done."""
        given: tuple[object, ...] = tasks
        for task in given:
            if isinstance(task, UnknownChannel):
                continue
            error = self._order(task)
            if error is not None:
                self._report(error)
            elif isinstance(task, PipelineTask | TasksGroup):
                self.upstream[task.name], self.after_places[task.name] = task, here()
        return self

    def _order(self, task: object) -> AuthoringError | None:
        """What is wrong with waiting for something."""
        if not isinstance(task, PipelineTask) and not (isinstance(task, TasksGroup) and task.has_exit):
            what = f"a {task.construct}" if isinstance(task, TasksGroup) else repr(task)
            return WrongValue(f".after() takes tasks, but is given {what}", remedy="Pass what the call of a component returns, or a dsl.ExitHandler.")
        if task.recording is not self.recording:
            return arguments.foreign(f"{self.name} is to run after {task.name}")
        if task is self:
            return InvalidPipeline(f"the task {self.name} is to run after itself", remedy="Name another task.")
        return reach.order(self.name, task, self.group)

    def set_retry(
        self, num_retries: int, backoff_duration: str | None = None, backoff_factor: float | None = None, backoff_max_duration: str | None = None
    ) -> PipelineTask:
        """Try again after a failure: how often, and how long to pause before the first time, growing by a factor up to a longest pause."""
        with self._reported():
            if not isinstance(num_retries, int) or num_retries < 0:
                raise WrongValue(f"{num_retries!r} is no number of retries", remedy="Write a whole number that is not negative.")
            self.retry = RetryPolicy(
                max_retry_count=num_retries,
                backoff_duration=settings.seconds(backoff_duration) if backoff_duration else BACKOFF_DURATION,
                backoff_factor=float(backoff_factor or BACKOFF_FACTOR),
                backoff_max_duration=settings.seconds(backoff_max_duration) if backoff_max_duration else BACKOFF_MAX_DURATION,
            )
        return self

    def set_retry_policy(
        self,
        *,
        on: Sequence[str] | None = None,
        never: Sequence[str] | None = None,
        exit_codes: Sequence[int] | None = None,
        never_exit_codes: Sequence[int] | None = None,
        jitter: float | str | None = None,
    ) -> PipelineTask:
        """Which failures are tried again, of those that `set_retry` allows for; Bakehouse's own, KFP skips it.

        `on`: only these causes (`"exit code"`, `"timeout"` …), `never`: none of these. Of attempts that end with an exit code,
        `exit_codes` and `never_exit_codes` say the same. `jitter`: by what part a pause may be longer, or `"full"` for anything up to the pause.
        """
        said = {"on": on, "never": never, "exitCodes": exit_codes, "neverExitCodes": never_exit_codes, "jitter": jitter}
        return self._police("retryPolicy", said)

    def set_timeout(self, running: str | None = None, *, starting: str | None = None, queueing: str | None = None) -> PipelineTask:
        """How long each attempt of the step may run, start, and wait for a slot: `"30m"`; Bakehouse's own, KFP skips it.

        `starting` is counted until its environment is ready, and again from its launch until its process runs.
        """
        return self._police("timeout", {"running": running, "starting": starting, "queueing": queueing})

    def set_memory_growth(self, factor: float, up_to: str) -> PipelineTask:
        """Let each further attempt ask for more memory than one that ran out of it: by this factor, up to this amount; Bakehouse's own, KFP skips it.

        How many attempts there may be is what `set_retry` says; how much the first one asks for, `set_memory_request`.
        """
        return self._police("memoryGrowth", {"factor": factor, "upTo": up_to})

    def set_cache_ttl(self, ttl: str) -> PipelineTask:
        """How old a result may be that is reused instead of running the step: `"12h"`; Bakehouse's own, KFP skips it."""
        return self._police("caching", {"ttl": ttl})

    def _police(self, kind: str, said: dict[str, Any]) -> PipelineTask:
        """Set what stands under `platforms.bakehouse`."""
        with self._reported():
            self.check_step(f"{kind} is set")
            self.platform_config.setdefault(PLATFORM, {})[kind] = policies.checked(kind, said)
        return self

    def ignore_upstream_failure(self) -> PipelineTask:
        """Run even if upstream tasks fail; every input that such a task feeds needs a default then."""
        for name, value in self.inputs.items():
            fed = any(one.task is not None for one in arguments.channels_within(value, self.recording))
            if fed and name in self.component.interface.required:
                message = (
                    f"the task {self.name} ignores failures before it, but its input {name} has no default for when an upstream task gave nothing"
                )
                self._report(InvalidPipeline(message, remedy=f"Give the parameter {name} of {self.component.name} a default."))
        self.runs_after_failure = True
        return self

    # ------------------------------------------------------------ how it is shown, kept and configured

    def set_display_name(self, name: str) -> PipelineTask:
        """The name that people see."""
        with self._reported():
            if channels.names_in(settings.text("a display name", name)):
                raise WrongValue(
                    f"the display name of {self.name} holds a value that is known only when the pipeline runs, and names are given before",
                    remedy="Write a name that is known now; the page of a run shows the step's inputs beside it.",
                )
            self.display_name = name
        return self

    def set_caching_options(self, enable_caching: bool, cache_key: str | None = None) -> PipelineTask:  # noqa: FBT001  # kfp's signature
        """Whether results of earlier runs may be used, and a key of one's own that decides which."""
        with self._reported():
            if not isinstance(enable_caching, bool):
                raise WrongType(f"enable_caching is True or False, but is {enable_caching!r}", remedy="Write True or False.")
            self.caching = CachingOptions(enable_cache=enable_caching, cache_key=settings.text("a cache key", cache_key or ""))
        return self

    def set_env_variable(self, name: str, value: str) -> PipelineTask:
        """Set an environment variable of the step, to a text that is known now."""
        with self._reported():
            self.check_step(f"the environment variable {name} is set")
            given: tuple[object, ...] = (name, value)
            if any(isinstance(one, UnknownChannel) for one in given):
                return self
            self.env[settings.env("name", name)] = settings.env("value", value)
        return self

    def set_debug_pause(self, before: bool = False, after: bool = True, on_error: bool = False) -> PipelineTask:  # noqa: FBT001, FBT002  # kfp's signature
        """Let Argo pause the step's container, to look into it."""
        with self._reported():
            self.check_step("a pause is set")
            if on_error and not after:
                raise WrongValue("on_error pauses after the step, so that after=False contradicts it", remedy="Leave out after=False.")
            if not before and not after:
                raise WrongValue("neither before nor after the step is paused", remedy="Leave out set_debug_pause, or set one of them.")
            if before:
                self.env["ARGO_DEBUG_PAUSE_BEFORE"] = "true"
            if after:
                self.env["ARGO_DEBUG_PAUSE_ON_ERROR" if on_error else "ARGO_DEBUG_PAUSE_AFTER"] = "true"
        return self

    # ------------------------------------------------------------ its container

    def set_cpu_request(self, cpu: Setting) -> PipelineTask:
        """The cores that the step is given at least: `"0.5"`, `"500m"`."""
        return self._set("cpu_request", cpu, settings.cpu)

    def set_cpu_limit(self, cpu: Setting) -> PipelineTask:
        """The cores that the step may use at most."""
        return self._set("cpu_limit", cpu, settings.cpu)

    def set_memory_request(self, memory: Setting) -> PipelineTask:
        """The memory that the step is given at least: `"512Mi"`."""
        return self._set("memory_request", memory, settings.memory)

    def set_memory_limit(self, memory: Setting) -> PipelineTask:
        """The memory that the step may use at most."""
        return self._set("memory_limit", memory, settings.memory)

    def set_accelerator_type(self, accelerator: Setting) -> PipelineTask:
        """The kind of accelerator: `"nvidia.com/gpu"`. One of them, unless `set_accelerator_limit` says otherwise."""
        return self._set("accelerator_type", accelerator, str)

    def set_accelerator_limit(self, limit: int | Setting) -> PipelineTask:
        """How many accelerators."""
        return self._set("accelerator_count", limit, settings.count)

    def set_gpu_limit(self, gpu: str) -> PipelineTask:
        """Deprecated spelling of `set_accelerator_limit`."""
        warnings.warn("set_gpu_limit() is deprecated: use set_accelerator_limit()", DeprecationWarning, stacklevel=2)
        return self.set_accelerator_limit(gpu)

    def add_node_selector_constraint(self, accelerator: str) -> PipelineTask:
        """Deprecated spelling of `set_accelerator_type`."""
        warnings.warn("add_node_selector_constraint() is deprecated: use set_accelerator_type()", DeprecationWarning, stacklevel=2)
        return self.set_accelerator_type(accelerator)

    def set_container_image(self, name: Setting) -> PipelineTask:
        """The image of the step's container."""
        return self._set("base_image", name, str)

    def _set(self, name: str, value: Any, checked: Callable[[Any], str]) -> PipelineTask:
        """Set a setting of the container, which may be a channel."""
        with self._reported():
            self.check_step(f"{name} is set")
            if isinstance(value, UnknownChannel):
                return self
            if isinstance(value, PipelineChannel):
                self.settings[name] = self._parameter(name, value)
            elif isinstance(value, str) and channels.names_in(value):
                raise WrongValue(
                    f"{name} is a text with a value in it that is known only when the pipeline runs",
                    remedy="Pass the value itself, without text around it: let a component put the text together.",
                )
            else:
                self.settings[name] = writable(name, checked(value))
        return self

    def _parameter(self, setting: str, channel: PipelineChannel) -> PipelineParameterChannel:
        error = arguments.usable(f"{setting} of the task {self.name}", channel, self.group)
        if error is not None:
            raise error
        if not isinstance(channel, PipelineParameterChannel) or channel.kind not in {ParameterType.STRING, ParameterType.NUMBER_INTEGER}:
            raise WrongType(f"{setting} of the task {self.name} is given {channel.full_name}, which is no text", remedy="Pass a `str`.")
        return channel

    def check_step(self, what: str) -> None:
        """Raise what is wrong with a setting of a container where there is none."""
        if not self.component.is_step:
            raise InvalidPipeline(
                f"{what} of the task {self.name}, which is no step with a container of its own",
                remedy="Set it on the steps of the pipeline that is called here, where they are called.",
            )

    def _report(self, error: AuthoringError) -> None:
        self.recording.report(error.at(here()))

    def _reported(self) -> AbstractContextManager[None]:
        """An error of the setting is reported, and the setting stays as it was."""
        return self.recording.reporting()
