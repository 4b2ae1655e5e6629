"""What a run is given of its elements: from copies where there are any, and never too old."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import pytest

from domain.elements.hot import Version
from domain.elements.recall import recall_elements
from domain.elements.remember import RememberRun, remember_run
from domain.shared.database import JsonObject
from tests.domain.elements.decisions import HIT, learned
from tests.domain.elements.test_remember import SCOPE
from tests.factories.executions import make_execution
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration


class Copies:
    """Keeps copies, and says what it was asked for."""

    def __init__(self) -> None:
        self.kept: dict[tuple[UUID, Version], JsonObject] = {}
        self.asked: list[int] = []

    async def get(self, workspace_id: UUID, wanted: Sequence[Version]) -> dict[Version, JsonObject]:
        self.asked.append(len(wanted))
        keys = [(workspace_id, one) for one in wanted]
        return {key[1]: self.kept[key] for key in keys if key in self.kept}

    async def keep(self, workspace_id: UUID, copies: Mapping[Version, JsonObject]) -> None:
        self.kept |= {(workspace_id, one): copy for one, copy in copies.items()}


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    return await make_tenant(databases)


async def remember(tenant: Tenant, decisions: object = (), versions: object = ()) -> None:
    execution = await make_execution(tenant)
    command = RememberRun(
        tenant.workspace_id, execution.id, execution.attempt, SCOPE, decisions, versions
    )
    async with tenant.begin() as uow:
        assert await remember_run(uow, command)


async def recall(tenant: Tenant, copies: Copies) -> list[JsonObject]:
    async with tenant.read() as session:
        return await recall_elements(session, tenant.workspace_id, SCOPE, copies)


async def test_the_second_run_reads_nothing_that_has_not_changed(tenant: Tenant, count_statements):
    await remember(tenant, [], [learned() | {"step_key": f"step-{n}"} for n in range(5)])
    copies = Copies()
    first = await recall(tenant, copies)
    with count_statements() as log:
        second = await recall(tenant, copies)
    assert first == second
    assert (len(first), copies.asked, len(log)) == (5, [5, 5], 1)


async def test_the_record_of_use_is_never_a_copy(tenant: Tenant):
    await remember(tenant, [], [learned()])
    copies = Copies()
    assert (await recall(tenant, copies))[0]["element"]["successes"] == 0
    await remember(tenant, [HIT])
    assert (await recall(tenant, copies))[0]["element"]["successes"] == 1


async def test_a_newer_version_is_read_anew(tenant: Tenant):
    await remember(tenant, [], [learned()])
    copies = Copies()
    await recall(tenant, copies)
    await remember(tenant, [], [learned("healed", attributes={"id": "other"})])
    (found,) = await recall(tenant, copies)
    assert found["element"]["version"] == 2
    assert found["element"]["fingerprint"]["attributes"]["id"] == "other"


async def test_without_copies_the_answer_is_the_same(tenant: Tenant):
    await remember(tenant, [], [learned()])
    copies = Copies()
    async with tenant.read() as session:
        plain = await recall_elements(session, tenant.workspace_id, SCOPE)
    assert plain == await recall(tenant, copies) == await recall(tenant, copies)
