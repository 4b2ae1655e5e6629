"""A run is canceled with everything in it, by those who may, and only if it is a run."""

import pytest

from domain.executions.models import Execution
from domain.executions.states import Status
from domain.missions.cancel import CancelRun, cancel_run
from domain.shared.errors import Forbidden, NotFound
from domain.shared.ids import new_id
from tests.factories.missions import children_of, end_run, make_mission_of, start
from tests.factories.templates import make_test
from tests.factories.workspaces import Tenant

pytestmark = pytest.mark.integration


async def cancel(tenant: Tenant, run_id) -> Execution:
    async with tenant.begin() as uow:
        return await cancel_run(uow, tenant.actor, CancelRun(run_id))


async def make_run(tenant: Tenant) -> Execution:
    test = await make_test(tenant)
    return await start(tenant, await make_mission_of(tenant, [test, test]))


async def test_what_no_worker_holds_ends_at_once(tenant: Tenant):
    run = await make_run(tenant)
    canceled = await cancel(tenant, run.id)
    assert canceled.status == Status.CANCELED
    assert {one.status for one in await children_of(tenant, run)} == {Status.CANCELED}


async def test_a_run_that_has_ended_stays_as_it_is(tenant: Tenant):
    run = await make_run(tenant)
    await end_run(tenant, run, Status.SUCCEEDED, Status.SUCCEEDED)
    assert (await cancel(tenant, run.id)).status == Status.SUCCEEDED


async def test_only_runs_of_this_workspace_are_found(tenant: Tenant, stranger: Tenant):
    theirs = await make_run(stranger)
    (child, _) = await children_of(tenant, await make_run(tenant))
    for run_id in (theirs.id, child.id, new_id()):
        with pytest.raises(NotFound, match="The run was not found"):
            await cancel(tenant, run_id)


async def test_canceling_needs_its_permission(tenant: Tenant):
    run = await make_run(tenant)
    with pytest.raises(Forbidden):
        await cancel(tenant.may_not("execution.cancel"), run.id)
