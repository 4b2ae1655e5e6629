"""A prepared test becomes a browser job without losing or adding anything."""

from pathlib import Path

import pytest

from domain.missions.prepare import PreparedTest
from domain.shared.ids import new_id
from workers.browser.job import BrowserJob
from workers.missions.browser_job import RunSurroundings, build_browser_job

pytestmark = pytest.mark.unit


def test_the_job_holds_the_test_and_the_workers_surroundings():
    prepared = PreparedTest(
        mission_test_id=new_id(),
        name="Log in",
        steps=({"kind": "goto", "url": "/"},),
        base_url="https://app.example.test",
        timeout_seconds=45,
        allowed_hosts=("app.example.test",),
        scope_id=new_id(),
        parameters={"user": "ada", "password": "hunter2"},
        secret_names=frozenset({"password"}),
    )
    run_id = new_id()
    remembered = {"step_key": "k", "url_pattern": "/", "element": {}}
    surroundings = RunSurroundings(
        Path("evidence"), [remembered], {"photo": Path("photo.png")}, trace="always"
    )
    job = build_browser_job(prepared, run_id, surroundings)
    assert job == BrowserJob(
        run_id=str(run_id),
        steps=({"kind": "goto", "url": "/"},),
        evidence_dir=Path("evidence"),
        allowed_hosts=("app.example.test",),
        base_url="https://app.example.test",
        parameters={"user": "ada", "password": "hunter2"},
        secret_parameter_names=frozenset({"password"}),
        timeout_s=45,
        trace="always",
        uploads={"photo": Path("photo.png")},
        stored_elements=(remembered,),
    )
    assert "hunter2" not in repr(prepared)
    assert "hunter2" not in repr(job)
