"""Experiments: found by id or name, and made."""

from __future__ import annotations

import json

from bakehouse.client import noting
from bakehouse.client.answers import Experiment
from bakehouse.client.base import Base
from bakehouse.client.connection import part
from bakehouse.client.errors import NotOnServer, ServerConflict, WrongArguments

_PATH = "/experiments"
_EQUALS = 1  # backend/api/v2beta1/filter.proto of kubeflow/pipelines


class Experiments(Base):
    """The methods of a client that are about experiments."""

    @noting.asks
    def create_experiment(self, name: str, description: str | None = None, namespace: str | None = None) -> Experiment:
        """The experiment of this name; it is made if there is none. Raises what `client.errors` lists."""
        try:
            return self.get_experiment(experiment_name=name, namespace=namespace)
        except NotOnServer:
            body = {"display_name": name, "description": description or "", "namespace": namespace or self._namespace}
        try:
            return Experiment(self._connection.post(_PATH, {key: value for key, value in body.items() if value}))
        except ServerConflict:  # somebody else was first
            return self.get_experiment(experiment_name=name, namespace=namespace)

    @noting.asks
    def get_experiment(self, experiment_id: str | None = None, experiment_name: str | None = None, namespace: str | None = None) -> Experiment:
        """The experiment of this id, or of this name. Raises `NotOnServer` (a `ValueError`) if there is none."""
        if (experiment_id is None) == (experiment_name is None):
            raise WrongArguments(
                "an experiment is known by its id or its name",
                place="get_experiment",
                remedy="Give one of them: experiment_id=… or experiment_name=….",
            )
        if experiment_id is not None:
            return Experiment(self._connection.get(f"{_PATH}/{part(experiment_id, 'experiment_id')}"))
        condition = {"predicates": [{"operation": _EQUALS, "key": "display_name", "stringValue": experiment_name}]}
        found = self._connection.get(_PATH, filter=json.dumps(condition), namespace=namespace or self._namespace).get("experiments") or []
        if not found:
            remedy = "Make it: create_experiment(name=…)."
            raise NotOnServer(f"there is no experiment {experiment_name}", status=404, place="experiment_name", remedy=remedy)
        return Experiment(found[0])
