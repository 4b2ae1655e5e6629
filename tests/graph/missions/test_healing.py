"""What a test does when an element has changed is copied into missions, and told to workers."""

import pytest

from domain.missions import repository as missions
from domain.missions.prepare import prepare_browser_test
from domain.templates.models import Healing, TestTemplate
from domain.templates.update import UpdateTestTemplate, update_test_template
from graph.support.ids import encode_id
from tests.factories.executions import make_execution
from tests.factories.missions import SEALER, make_mission_of
from tests.factories.templates import make_test
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker

pytestmark = pytest.mark.integration

TESTS = "query ($id: ID!) { mission(id: $id) { scenarios { tests { healing } } } }"


async def heal(tenant: Tenant, template: TestTemplate, version: int, healing: Healing) -> None:
    """Change the setting of a template."""
    async with tenant.begin() as uow:
        command = UpdateTestTemplate(template.id, version, healing=healing)
        await update_test_template(uow, tenant.actor, command)


async def test_a_mission_and_its_worker_get_what_the_template_said(tenant: Tenant, asker: Asker):
    template = await make_test(tenant)
    await heal(tenant, template, 1, Healing.SUGGEST)
    mission = await make_mission_of(tenant, [template])
    await heal(tenant, template, 2, Healing.OFF)

    shown = await asker.ask(TESTS, id=encode_id("Mission", mission.id))

    assert shown == {"mission": {"scenarios": [{"tests": [{"healing": "SUGGEST"}]}]}}
    async with tenant.read() as session:
        found = await missions.read_tests_of_missions(session, tenant.workspace_id, [mission.id])
    (test,) = found[mission.id]
    claimed = await make_execution(tenant, subject_id=test.id, input={})
    async with tenant.read() as session:
        prepared = await prepare_browser_test(session, SEALER, test.id, claimed)
    assert (prepared.healing, prepared.element_layers) == (Healing.SUGGEST, {})
