"""`Client`: what a program asks a server of pipelines for, Bakehouse's or another that speaks KFP's v2beta1."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

from bakehouse.client import noting
from bakehouse.client.answers import Health
from bakehouse.client.connection import API, Connection, host_of
from bakehouse.client.errors import NoServer, NotServedYet, WrongArguments
from bakehouse.client.pipelines import Pipelines
from bakehouse.client.runs import Runs
from bakehouse.dsl import only_loaded
from bakehouse.dsl.only_loaded import Kind, NotRun

#: The namespace of kfp's own installation: as an argument it means that none is chosen.
_NO_NAMESPACE = "kubeflow"
_ATTEMPTS = 5

#: Methods and other public names of kfp's client that there are not yet, and the route that answers the same question.
LATER: Mapping[str, str] = {
    "archive_experiment": f"POST {API}/experiments/ID:archive",
    "archive_run": f"POST {API}/runs/ID:archive",
    "create_recurring_run": "",
    "delete_experiment": f"DELETE {API}/experiments/ID",
    "delete_job": "",
    "delete_pipeline": f"DELETE {API}/pipelines/ID",
    "delete_pipeline_version": f"DELETE {API}/pipelines/ID/versions/ID",
    "delete_recurring_run": "",
    "delete_run": f"DELETE {API}/runs/ID",
    "disable_job": "",
    "disable_recurring_run": "",
    "enable_job": "",
    "enable_recurring_run": "",
    "get_pipeline": f"GET {API}/pipelines/ID",
    "get_pipeline_id": f"GET {API}/pipelines/names/NAME",
    "get_pipeline_version": f"GET {API}/pipelines/ID/versions/ID",
    "get_recurring_run": "",
    "list_experiments": f"GET {API}/experiments",
    "list_pipeline_versions": f"GET {API}/pipelines/ID/versions",
    "list_pipelines": f"GET {API}/pipelines",
    "list_recurring_runs": "",
    "list_runs": f"GET {API}/runs",
    "set_user_namespace": "",
    "terminate_run": f"POST {API}/runs/ID:terminate",
    "unarchive_experiment": f"POST {API}/experiments/ID:unarchive",
    "unarchive_run": f"POST {API}/runs/ID:unarchive",
    "upload_pipeline_version": f"POST {API}/pipelines/upload_version?pipelineid=ID",
    "upload_pipeline_version_from_pipeline_func": f"POST {API}/pipelines/upload_version?pipelineid=ID",
}


class Client(Runs, Pipelines):
    """A client of the server at `host`: BAKEHOUSE_ENDPOINT or KF_PIPELINES_ENDPOINT where it is not given, else that of this machine.

    The constructor is that of kfp's client, and asks the server nothing. `namespace` is for servers of several users. `existing_token` and
    `cookies` say who asks; `ssl_ca_cert` is the file of an authority, `ui_host` the address of the pages where that is another one.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # kfp's signature
        self,
        host: str | None = None,
        client_id: str | None = None,
        namespace: str = _NO_NAMESPACE,
        other_client_id: str | None = None,
        other_client_secret: str | None = None,
        existing_token: str | None = None,
        cookies: str | None = None,
        proxy: str | None = None,
        ssl_ca_cert: str | None = None,
        kube_context: str | None = None,
        credentials: Any = None,
        ui_host: str | None = None,
        verify_ssl: bool | None = None,  # noqa: FBT001  # as above
    ) -> None:
        """Raises `WrongArguments` for an address that is none, and for ways to log in that there are not."""
        self._namespace = "" if namespace == _NO_NAMESPACE else namespace
        if only_loaded.is_on():  # nobody is asked: where and as whom does not matter
            self._connection = cast("Connection", NotRun("connection"))
            return
        for name, value in [
            ("client_id", client_id),
            ("other_client_id", other_client_id),
            ("other_client_secret", other_client_secret),
            ("kube_context", kube_context),
            ("credentials", credentials),
        ]:
            if value is not None:
                remedy = "Give the address, host=…, and what the server asks for: existing_token=… or cookies=…."
                raise WrongArguments(f"{name} is not served: no login by Google or Kubernetes is made here", place=f"Client({name}=…)", remedy=remedy)
        token = {"Authorization": f"Bearer {existing_token}"} if existing_token else {}
        said = {"Cookie": cookies} if cookies else {}
        verify = False if verify_ssl is False else (ssl_ca_cert or True)
        self._connection = Connection(host_of(host), {**token, **said}, proxy, verify)
        self._ui_host = (os.environ.get("KF_PIPELINES_UI_ENDPOINT") or ui_host or self._connection.host).rstrip("/")

    def __repr__(self) -> str:
        return f"Client(host={self._connection.host!r})"

    def __getattr__(self, name: str) -> NotRun:
        if name in LATER and only_loaded.noted(Kind.CLIENT, name):
            return NotRun(f"{name}(…)")
        if name in LATER:
            raise NotServedYet(method=name, route=LATER[name])
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    @noting.asks
    def get_kfp_healthz(self, sleep_duration: float = 5) -> Health:
        """Whether the server is there: it is asked five times, with so many seconds between. Raises `NoServer` if it is not."""
        for _ in range(_ATTEMPTS - 1):
            with suppress(NoServer):
                return Health(self._connection.get("/healthz"))
            time.sleep(sleep_duration)
        return Health(self._connection.get("/healthz"))

    def get_user_namespace(self) -> str:
        """The namespace that the client was made for; empty if none was chosen."""
        return self._namespace
