"""Versions in `/apis/v2beta1`: pages of large ones, and runs of one that was deleted."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.types import ASGIApp

from bakehouse.actions import pipelines
from bakehouse.actions.context import Context
from bakehouse.server import kfp_shown
from tests.records.stories import new_run
from tests.server.serving import ask, get
from tests.unit.ir.samples import PIPELINE

KFP = "/apis/v2beta1"


def uploaded(app: ASGIApp, **query: str) -> dict[str, Any]:
    """What an upload gives, which must be well."""
    route = "upload_version" if "pipelineid" in query else "upload"
    answer = ask(app, "POST", f"{KFP}/pipelines/{route}", params=query, files={"uploadfile": ("sample.yaml", PIPELINE)})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_page_ends_early_where_specs_are_large(app: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks for 200 specs of 32 MiB on purpose; page by page all versions come, each once, in order."""
    pipeline = uploaded(app, name="v0")["pipeline_id"]
    for number in range(1, 5):
        uploaded(app, pipelineid=pipeline, name=f"v{number}")
    monkeypatch.setattr(pipelines, "_LARGEST_PAGE", len(PIPELINE))
    query, pages = {"page_size": "200", "sort_by": "name desc"}, []
    while True:
        answer = get(app, f"{KFP}/pipelines/{pipeline}/versions", params=query).json()
        assert answer["total_size"] == 5
        pages.append([one["name"] for one in answer["pipeline_versions"]])
        assert all(one["pipeline_spec"] for one in answer["pipeline_versions"])
        if "next_page_token" not in answer:
            break
        query["page_token"] = answer["next_page_token"]
    assert sum(pages, []) == ["v4", "v3", "v2", "v1", "v0"]  # noqa: RUF017  # short
    assert len(pages) > 1


def test_a_run_of_a_deleted_version_shows_its_spec(app: ASGIApp, context: Context) -> None:
    """It refers to a version as long as there is one; then it shows what it ran itself."""
    pipeline = uploaded(app, name="p")["pipeline_id"]
    (version,) = get(app, f"{KFP}/pipelines/{pipeline}/versions").json()["pipeline_versions"]
    reference = {"pipeline_id": pipeline, "pipeline_version_id": version["pipeline_version_id"]}
    new = new_run(pipeline_id=pipeline, version_id=version["pipeline_version_id"])
    context.records.create_run(new)
    run = get(app, f"{KFP}/runs/{new.id}").json()
    assert (run["pipeline_version_reference"], "pipeline_spec" in run) == (reference, False)
    ask(app, "DELETE", f"{KFP}/pipelines/{pipeline}/versions/{version['pipeline_version_id']}")
    run = get(app, f"{KFP}/runs/{new.id}").json()
    assert ("pipeline_version_reference" in run, run["pipeline_spec"]) == (False, kfp_shown.spec(new.pipeline))
