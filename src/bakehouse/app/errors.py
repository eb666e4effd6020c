"""What keeps a server, or a step that is replayed, from starting, and an author's file from being compiled.

ServerRuns       another server is at work on this home
PortTaken        another program listens there
NotReady         the environment of a step that is to be replayed cannot be had
NotEmpty         a project is to be made in a folder that has files
NotAnAddress     what the server is to answer at is no address of a machine
NoToken          the token that a server asks for cannot be read or made
NoTokenReview    the cluster does not tell whose a token is
KfpNotInstalled  a file is to be compiled by the installed kfp, and there is none
KfpIsImported    an installed kfp was imported before Bakehouse was to answer to its name
MixedSdks        a pipeline of one SDK uses a component of the other
ExtraMissing     what speaks to something outside is not installed
"""

from __future__ import annotations

from bakehouse.errors import BadInput, Unavailable
from bakehouse.ir.execution import StepError


class NotReady(Unavailable):
    """The environment of a step that is to be replayed cannot be had."""

    code = "not_ready"

    def __init__(self, *, task: str, error: StepError) -> None:
        self.task = task
        super().__init__(f"the environment of {task} cannot be made ready: {error.message}", remedy=error.remedy or None)


class ExtraMissing(Unavailable):
    """What speaks to something outside is not installed."""

    code = "extra_missing"

    def __init__(self, *, what: str, extra: str) -> None:
        self.what, self.extra = what, extra
        super().__init__(f"what speaks to {what} is not installed", remedy=f"pip install 'bakehouse[{extra}]'")


class ServerRuns(BadInput):
    """Another server is at work on this home."""

    code = "server_runs"

    def __init__(self, *, home: str, url: str, pid: str) -> None:
        self.home, self.url, self.pid = home, url, pid
        who = f"process {pid}, " if pid else ""
        super().__init__(
            f"a server is at work on {home} already: {url or 'it is just starting'}",
            remedy=f"Open {url or 'its page'}; or end it first ({who}Ctrl-C or TERM). Another home (BAKEHOUSE_HOME) can have a server of its own.",
        )


class PortTaken(BadInput):
    """Another program listens there."""

    code = "port_taken"

    def __init__(self, *, host: str, port: int, why: str) -> None:
        self.host, self.port = host, port
        super().__init__(
            f"port {port} of {host} cannot be used: {why}",
            place="--port",
            remedy=f"Choose another one: `bakehouse server --port {port + 1 if port < 65_535 else 8812}`; --port 0 takes any that is free.",  # noqa: PLR2004
        )


class NotAnAddress(BadInput):
    """What the server is to answer at is no address of a machine."""

    code = "not_an_address"

    def __init__(self, *, host: str) -> None:
        self.host = host
        remedy = "127.0.0.1 is this machine alone; with 0.0.0.0, or one address of it, others reach the server too, and it asks for a token."
        super().__init__(f"{host} is no address", place="--host", remedy=remedy)


class NoToken(Unavailable):
    """The token that a server asks for cannot be read or made."""

    code = "no_token"

    def __init__(self, *, path: str, why: str) -> None:
        self.path = path
        remedy = "Let the server's user read and write it, or name another file by BAKEHOUSE_TOKEN_FILE. `bakehouse token --new` makes one."
        super().__init__(f"the token in {path} cannot be used: {why}", place=path, remedy=remedy)


class NoTokenReview(Unavailable):
    """The cluster does not tell whose a token is."""

    code = "no_token_review"

    def __init__(self, *, why: str, has_right: bool = True) -> None:
        remedy = (
            "Whoever shows the server's own token is let in meanwhile; the cluster is asked again for each request."
            if has_right
            else "Give the service account of Bakehouse a ClusterRole with `create` on `tokenreviews`: deploy/kubernetes/components/kubeflow has one."
        )
        super().__init__(f"the cluster does not tell whose a token is: {why}", place="TokenReview", remedy=remedy)


class KfpNotInstalled(BadInput):
    """A file is to be compiled by the installed kfp, and there is none, or one of another generation."""

    code = "kfp_not_installed"

    def __init__(self, *, found: str, remedy: str) -> None:
        self.found = found
        what = f"the installed kfp is {found}, and compiles to what only KFP 1 runs" if found else "kfp is not installed beside Bakehouse"
        super().__init__(what, place="--sdk kfp", remedy=remedy)


class KfpIsImported(BadInput):
    """An installed kfp was imported before Bakehouse was to answer to its name."""

    code = "kfp_is_imported"

    def __init__(self, *, file: str) -> None:
        self.file = file
        super().__init__(
            "an installed kfp is imported already", place=file or None, remedy="Call bakehouse.install_as_kfp() before anything imports kfp."
        )


class MixedSdks(BadInput):
    """A pipeline of one SDK uses a component of the other."""

    code = "mixed_sdks"

    def __init__(self, *, component: str, of: str, pipeline: str, built_by: str, place: str) -> None:
        self.component, self.pipeline = component, pipeline
        super().__init__(
            f"the component {component} is of {of}, the pipeline {pipeline} of {built_by}: they cannot be mixed",
            place=place,
            remedy="Import both from one: write `from kfp import dsl` in your own files too, and the installed kfp compiles all of it.",
        )


class NotEmpty(BadInput):
    """A project is to be made in a folder that has files already."""

    code = "not_empty"

    def __init__(self, *, folder: str) -> None:
        self.folder = folder
        super().__init__(
            "the folder has files in it",
            place=folder,
            remedy="Name a new folder; or write beside what is there, which stays as it is: `bakehouse init --force`.",
        )
