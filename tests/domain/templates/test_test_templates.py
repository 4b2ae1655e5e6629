"""Test templates are created, changed and deleted by those who may, and only as they last saw them."""

import pytest

from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from domain.shared.ids import new_id
from domain.shared.paging import PageRequest
from domain.templates import repository
from domain.templates.create import create_test_template
from domain.templates.delete import DeleteTemplate, delete_test_template
from domain.templates.models import TestTemplate
from domain.templates.rules import Parameter
from domain.templates.update import UpdateTestTemplate, update_test_template
from tests.factories.templates import (
    browser_test,
    login_test,
    make_scenario,
    make_test,
    manual_test,
)
from tests.factories.workspaces import Tenant

pytestmark = pytest.mark.integration


async def change(tenant: Tenant, command: UpdateTestTemplate) -> TestTemplate:
    async with tenant.begin() as uow:
        return await update_test_template(uow, tenant.actor, command)


async def remove(tenant: Tenant, command: DeleteTemplate) -> TestTemplate:
    async with tenant.begin() as uow:
        return await delete_test_template(uow, tenant.actor, command)


async def test_a_created_template_can_be_read_back(tenant: Tenant):
    made = await make_test(tenant, login_test(tags=["smoke"]))
    async with tenant.read() as session:
        found = await repository.read_tests(session, tenant.workspace_id, [made.id])
    assert found[made.id].name == "Log in"
    assert found[made.id].tags == ["smoke"]
    assert found[made.id].version == 1


async def test_only_what_is_mentioned_changes(tenant: Tenant):
    made = await make_test(tenant, login_test(tags=["smoke"]))
    changed = await change(tenant, UpdateTestTemplate(made.id, 1, name="Sign in"))
    assert (changed.name, changed.version, changed.tags) == ("Sign in", 2, ["smoke"])
    assert changed.parameters == made.parameters
    assert changed.updated_at is not None


async def test_a_manual_test_keeps_its_sentences_when_its_name_changes(tenant: Tenant):
    made = await make_test(tenant, manual_test())
    changed = await change(tenant, UpdateTestTemplate(made.id, 1, name="Look"))
    assert (changed.name, changed.steps) == ("Look", made.steps)


async def test_steps_are_checked_against_the_parameters_they_will_have(tenant: Tenant):
    made = await make_test(tenant, login_test())
    with pytest.raises(Invalid) as raised:
        await change(tenant, UpdateTestTemplate(made.id, 1, parameters=[Parameter("username")]))
    assert raised.value.field == ("steps", "2", "value")


async def test_a_stale_version_is_refused(tenant: Tenant):
    made = await make_test(tenant)
    await change(tenant, UpdateTestTemplate(made.id, 1, name="first"))
    with pytest.raises(Conflict, match="at version 2, not 1"):
        await change(tenant, UpdateTestTemplate(made.id, 1, name="second"))
    with pytest.raises(Conflict):
        await remove(tenant, DeleteTemplate(made.id, expected_version=1))


async def test_a_deleted_template_is_gone_for_readers_and_verbs(tenant: Tenant):
    made = await make_test(tenant)
    deleted = await remove(tenant, DeleteTemplate(made.id, expected_version=1))
    assert deleted.deleted_at is not None
    async with tenant.read() as session:
        assert await repository.read_tests(session, tenant.workspace_id, [made.id]) == {}
    with pytest.raises(NotFound):
        await change(tenant, UpdateTestTemplate(made.id, 2, name="x"))
    with pytest.raises(NotFound):
        await remove(tenant, DeleteTemplate(made.id))


async def test_a_test_that_a_scenario_contains_is_kept(tenant: Tenant):
    made = await make_test(tenant)
    await make_scenario(tenant, [made], name="Smoke")
    with pytest.raises(Conflict, match="Smoke"):
        await remove(tenant, DeleteTemplate(made.id))


async def test_another_workspaces_template_answers_as_a_missing_one(
    tenant: Tenant, stranger: Tenant
):
    theirs = await make_test(stranger)
    messages = []
    for template_id in (theirs.id, new_id()):
        with pytest.raises(NotFound) as changed:
            await change(tenant, UpdateTestTemplate(template_id, 1, name="x"))
        with pytest.raises(NotFound) as removed:
            await remove(tenant, DeleteTemplate(template_id))
        messages.append((changed.value.message, removed.value.message))
    assert messages[0] == messages[1]


async def test_every_verb_needs_the_permission_to_edit(tenant: Tenant):
    made = await make_test(tenant)
    reader = tenant.may_not("template.edit")
    with pytest.raises(Forbidden):
        await make_test(reader)
    with pytest.raises(Forbidden):
        await change(reader, UpdateTestTemplate(made.id, 1, name="x"))
    with pytest.raises(Forbidden):
        await remove(reader, DeleteTemplate(made.id))


async def test_nothing_is_stored_of_a_refused_template(tenant: Tenant):
    with pytest.raises(Invalid):
        async with tenant.begin() as uow:
            await create_test_template(uow, tenant.actor, browser_test(steps=[]))
    async with tenant.read() as session:
        listed = repository.TESTS.page(
            tenant.workspace_id, None, repository.TemplateOrder.NAME, PageRequest(1)
        )
        assert await listed.count(session) == 0
