"""Scenario templates order tests, any of them as often as wanted, each with values of its own."""

import pytest

from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from domain.shared.ids import new_id
from domain.templates import repository
from domain.templates.delete import (
    DeleteTemplate,
    delete_scenario_template,
    delete_test_template,
)
from domain.templates.models import RunMode, ScenarioTemplate
from domain.templates.positions import Position
from domain.templates.rules import ParameterValue
from domain.templates.update import UpdateScenarioTemplate, update_scenario_template
from tests.factories.templates import (
    login_test,
    make_scenario,
    make_test,
    position,
)
from tests.factories.workspaces import Tenant

pytestmark = pytest.mark.integration


async def positions_of(tenant: Tenant, scenario: ScenarioTemplate) -> list[tuple]:
    async with tenant.read() as session:
        found = await repository.read_positions(session, tenant.workspace_id, [scenario.id])
    return [(row.position, row.test_id, row.parameters) for row in found[scenario.id]]


async def change(tenant: Tenant, command: UpdateScenarioTemplate) -> ScenarioTemplate:
    async with tenant.begin() as uow:
        return await update_scenario_template(uow, tenant.actor, command)


async def test_the_same_test_may_stand_at_several_positions(tenant: Tenant):
    first = await make_test(tenant, login_test())
    second = await make_test(tenant)
    scenario = await make_scenario(
        tenant, [position(first, username="ada"), second, position(first, username="bob")]
    )
    assert await positions_of(tenant, scenario) == [
        (0, first.id, {"username": "ada"}),
        (1, second.id, {}),
        (2, first.id, {"username": "bob"}),
    ]


async def test_tests_are_replaced_as_a_whole(tenant: Tenant):
    first, second = await make_test(tenant), await make_test(tenant)
    scenario = await make_scenario(tenant, [first, second, first])
    command = UpdateScenarioTemplate(
        scenario.id, 1, run_mode=RunMode.PARALLEL, tests=[Position(second.id), Position(first.id)]
    )
    changed = await change(tenant, command)
    assert (changed.version, changed.run_mode, changed.name) == (2, RunMode.PARALLEL, "A scenario")
    assert await positions_of(tenant, scenario) == [(0, second.id, {}), (1, first.id, {})]


async def test_a_new_name_leaves_the_tests_alone(tenant: Tenant):
    first = await make_test(tenant)
    scenario = await make_scenario(tenant, [first, first])
    await change(tenant, UpdateScenarioTemplate(scenario.id, 1, name=" Smoke "))
    assert len(await positions_of(tenant, scenario)) == 2


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ([ParameterValue("nobody", "x")], ("tests", "0", "parameters", "0", "name")),
        ([ParameterValue("password", "x")], ("tests", "0", "parameters", "0", "name")),
        (
            [ParameterValue("username", "x"), ParameterValue("username", "y")],
            ("tests", "0", "parameters", "1", "name"),
        ),
        ([ParameterValue("username", "\x00")], ("tests", "0", "parameters", "0", "value")),
    ],
)
async def test_values_must_fit_the_test(
    tenant: Tenant, values: list[ParameterValue], path: tuple[str, ...]
):
    test = await make_test(tenant, login_test())
    with pytest.raises(Invalid) as raised:
        await make_scenario(tenant, [Position(test.id, values)])
    assert raised.value.field == path


async def test_tests_that_are_not_there_are_named_by_position(tenant: Tenant, stranger: Tenant):
    theirs = await make_test(stranger)
    ours = await make_test(tenant)
    gone = await make_test(tenant)
    async with tenant.begin() as uow:
        await delete_test_template(uow, tenant.actor, DeleteTemplate(gone.id))
    with pytest.raises(Invalid) as raised:
        await make_scenario(
            tenant, [ours, Position(theirs.id), Position(gone.id), Position(new_id())]
        )
    found = [(raised.value.field, raised.value.message), *raised.value.details]
    assert [path for path, _ in found] == [("tests", str(n), "test_id") for n in (1, 2, 3)]
    assert {message for _, message in found} == {"The test template was not found."}


async def test_more_than_500_positions_are_refused(tenant: Tenant):
    test = await make_test(tenant)
    with pytest.raises(Invalid) as raised:
        await make_scenario(tenant, [test] * 501)
    assert raised.value.field == ("tests",)


async def test_a_stale_version_is_refused(tenant: Tenant):
    scenario = await make_scenario(tenant, [])
    await change(tenant, UpdateScenarioTemplate(scenario.id, 1, name="first"))
    with pytest.raises(Conflict, match="at version 2, not 1"):
        await change(tenant, UpdateScenarioTemplate(scenario.id, 1, name="second"))


async def test_deleting_a_scenario_frees_its_tests(tenant: Tenant):
    test = await make_test(tenant)
    scenario = await make_scenario(tenant, [test])
    async with tenant.begin() as uow:
        await delete_scenario_template(uow, tenant.actor, DeleteTemplate(scenario.id))
    async with tenant.begin() as uow:
        deleted = await delete_test_template(uow, tenant.actor, DeleteTemplate(test.id))
    assert deleted.deleted_at is not None


async def test_another_workspaces_scenario_answers_as_a_missing_one(
    tenant: Tenant, stranger: Tenant
):
    theirs = await make_scenario(stranger, [])
    for template_id in (theirs.id, new_id()):
        with pytest.raises(NotFound, match="The scenario template was not found"):
            await change(tenant, UpdateScenarioTemplate(template_id, 1, name="x"))
        with pytest.raises(NotFound, match="The scenario template was not found"):
            async with tenant.begin() as uow:
                await delete_scenario_template(uow, tenant.actor, DeleteTemplate(template_id))


async def test_every_verb_needs_the_permission_to_edit(tenant: Tenant):
    scenario = await make_scenario(tenant, [])
    reader = tenant.may_not("template.edit")
    with pytest.raises(Forbidden):
        await make_scenario(reader, [])
    with pytest.raises(Forbidden):
        await change(reader, UpdateScenarioTemplate(scenario.id, 1, name="x"))
    with pytest.raises(Forbidden):
        async with reader.begin() as uow:
            await delete_scenario_template(uow, reader.actor, DeleteTemplate(scenario.id))
