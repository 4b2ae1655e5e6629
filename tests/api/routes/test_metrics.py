"""Metrics count by what the server calls things, never by what clients make up."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.routes.metrics import note_executions
from domain.executions.probe import request_probe
from domain.shared.database import Database
from tests.factories.workspaces import make_tenant

pytestmark = pytest.mark.integration


async def read_samples(client: httpx.AsyncClient) -> dict[tuple, float]:
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_requests_are_counted_by_route_and_status(client: httpx.AsyncClient):
    await client.get("/healthz")
    await client.get("/healthz")
    samples = await read_samples(client)
    assert samples["metamorph_requests_total", "GET /healthz", "200"] == 2
    assert samples["metamorph_request_seconds_count", "GET /healthz"] == 2


async def test_made_up_paths_and_methods_share_one_name(client: httpx.AsyncClient):
    for number in range(5):
        await client.get(f"/made-up/{number}")
    samples = await read_samples(client)
    assert samples["metamorph_requests_total", "unmatched", "404"] == 5
    assert not [name for name in samples if "made-up" in str(name)]


async def test_two_applications_count_apart(client: httpx.AsyncClient, parts):
    await client.get("/healthz")
    other = type(parts.metrics)()
    assert b'operation="GET /healthz"' in parts.metrics.write()
    assert b'operation="GET /healthz"' not in other.write()


async def test_the_process_and_its_listeners_are_watched(client: httpx.AsyncClient, parts):
    async with parts.live.listen("execution:1"), parts.live.listen("execution:1"):
        samples = await read_samples(client)
    assert samples[("metamorph_live_listeners",)] == 2
    assert samples[("process_open_fds",)] > 0


async def test_what_runs_is_counted_for_all_workspaces(client: httpx.AsyncClient, databases):
    before = await read_samples(client)
    assert before["metamorph_executions", "scheduled"] == 0
    for _ in range(2):
        tenant = await make_tenant(databases)
        async with tenant.begin() as uow:
            await request_probe(uow, tenant.actor)
    after = await read_samples(client)
    assert after["metamorph_executions", "scheduled"] == 2
    assert after["metamorph_executions", "running"] == 0


async def test_without_a_database_there_is_no_number(client: httpx.AsyncClient, parts):
    await note_executions(parts.metrics, Database("postgresql+asyncpg://u@127.0.0.1:1/x"))
    assert b"metamorph_executions{" not in parts.metrics.write()
