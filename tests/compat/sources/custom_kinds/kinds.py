"""Artifact classes of a user."""

from kfp.dsl import Artifact


class Table(Artifact):
    """A table of a service."""

    schema_title = "google.CustomTable"
    schema_version = "0.0.2"


class Endpoint(Artifact):
    """An endpoint of a service."""

    schema_title = "google.CustomEndpoint"
    schema_version = "1.2.3"
