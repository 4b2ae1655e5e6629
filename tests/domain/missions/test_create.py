"""A mission copies its scenarios and tests, and keeps secret values sealed."""

import pytest
from sqlalchemy import select

from domain.missions import repository
from domain.missions.models import Mission, MissionTest
from domain.missions.values import Vault, read_plain, read_sealed
from domain.shared.errors import Forbidden, Invalid
from domain.shared.ids import new_id
from domain.templates.models import RunMode
from domain.templates.rules import Parameter, read_parameters
from domain.templates.update import UpdateTestTemplate, update_test_template
from tests.factories.missions import SEALER, make_mission, make_mission_of, values
from tests.factories.templates import (
    browser_test,
    login_test,
    make_scenario,
    make_test,
    position,
)
from tests.factories.workspaces import Tenant

pytestmark = pytest.mark.integration


async def copies_of(tenant: Tenant, mission: Mission) -> list[MissionTest]:
    async with tenant.read() as session:
        found = await repository.read_tests_of_missions(session, tenant.workspace_id, [mission.id])
    return found[mission.id]


async def test_scenarios_and_tests_are_copied_in_order(tenant: Tenant):
    first, second = await make_test(tenant, browser_test("one")), await make_test(tenant)
    smoke = await make_scenario(tenant, [first, second, first], name="smoke")
    rest = await make_scenario(tenant, [second], name="rest", run_mode=RunMode.PARALLEL)
    mission = await make_mission(tenant, [rest, smoke, rest])
    async with tenant.read() as session:
        found = await repository.read_scenarios(session, tenant.workspace_id, [mission.id])
    copies = [(row.position, row.name, row.run_mode) for row in found[mission.id]]
    assert copies == [(0, "rest", "parallel"), (1, "smoke", "sequential"), (2, "rest", "parallel")]
    tests = await copies_of(tenant, mission)
    assert [test.template_id for test in tests] == [
        second.id,
        first.id,
        second.id,
        first.id,
        second.id,
    ]
    assert len({test.id for test in tests}) == 5


async def test_a_position_gives_its_values_to_its_copy_only(tenant: Tenant):
    content = browser_test(parameters=[Parameter("colour", "red"), Parameter("shape", "round")])
    test = await make_test(tenant, content)
    mission = await make_mission_of(
        tenant, [position(test, colour="blue"), test, position(test, colour="green")]
    )
    defaults = [
        {name: one.default for name, one in read_parameters(copy.parameters).items()}
        for copy in await copies_of(tenant, mission)
    ]
    assert defaults == [
        {"colour": "blue", "shape": "round"},
        {"colour": "red", "shape": "round"},
        {"colour": "green", "shape": "round"},
    ]


async def test_a_later_change_of_the_template_does_not_reach_the_mission(tenant: Tenant):
    test = await make_test(tenant, browser_test("before", tags=["old"]))
    mission = await make_mission_of(tenant, [test])
    change = UpdateTestTemplate(
        test.id, 1, name="after", tags=["new"], steps=[{"kind": "goto", "url": "/other"}]
    )
    async with tenant.begin() as uow:
        await update_test_template(uow, tenant.actor, change)
    (copy,) = await copies_of(tenant, mission)
    assert (copy.name, copy.tags, copy.steps) == (
        "before",
        ["old"],
        [{"kind": "goto", "url": "/"}],
    )


async def test_a_value_of_a_position_that_fits_no_longer_is_dropped(tenant: Tenant):
    content = browser_test(parameters=[Parameter("colour"), Parameter("shape")])
    test = await make_test(tenant, content)
    scenario = await make_scenario(tenant, [position(test, colour="blue", shape="round")])
    change = UpdateTestTemplate(test.id, 1, parameters=[Parameter("colour", secret=True)])
    async with tenant.begin() as uow:
        await update_test_template(uow, tenant.actor, change)
    (copy,) = await copies_of(tenant, await make_mission(tenant, [scenario]))
    assert read_parameters(copy.parameters) == {"colour": Parameter("colour", secret=True)}


async def test_secret_values_are_sealed_at_rest(tenant: Tenant):
    test = await make_test(tenant, login_test())
    given = values(username="ada", password="hunter2-secret")
    mission = await make_mission_of(tenant, [test], parameters=given)
    async with tenant.read() as session:
        stored = (await session.scalars(select(Mission.parameters))).one()
    assert read_plain(stored) == {"username": "ada"}
    assert "hunter2-secret" not in str(stored)
    sealed = read_sealed(stored)["password"]
    assert Vault(SEALER, mission.id).open("password", sealed) == "hunter2-secret"


async def test_values_must_be_declared_by_a_test(tenant: Tenant):
    test = await make_test(tenant, login_test())
    with pytest.raises(Invalid) as raised:
        await make_mission_of(tenant, [test], parameters=values(username="a", usrname="b"))
    assert raised.value.field == ("parameters", "1", "name")


async def test_a_name_cannot_be_secret_and_plain_in_one_mission(tenant: Tenant):
    secret = await make_test(tenant, login_test())
    plain = await make_test(tenant, browser_test(parameters=[Parameter("password")]))
    with pytest.raises(Invalid, match="The parameter password is secret in one test"):
        await make_mission_of(tenant, [secret, plain])


async def test_scenarios_that_are_not_there_are_named_by_position(tenant: Tenant, stranger: Tenant):
    theirs = await make_scenario(stranger, [])
    ours = await make_scenario(tenant, [])
    ours_gone = await make_scenario(tenant, [])
    ours_gone.id = new_id()
    with pytest.raises(Invalid) as raised:
        await make_mission(tenant, [ours, theirs, ours_gone])
    found = [(raised.value.field, raised.value.message), *raised.value.details]
    assert found == [
        (("scenario_template_ids", "1"), "The scenario template was not found."),
        (("scenario_template_ids", "2"), "The scenario template was not found."),
    ]


async def test_more_scenarios_than_allowed_are_refused(tenant: Tenant):
    scenario = await make_scenario(tenant, [])
    with pytest.raises(Invalid) as raised:
        await make_mission(tenant, [scenario] * 101)
    assert raised.value.field == ("scenario_template_ids",)


async def test_names_are_trimmed_and_limited(tenant: Tenant):
    assert (await make_mission(tenant, name="  Smoke ")).name == "Smoke"
    with pytest.raises(Invalid) as raised:
        await make_mission(tenant, name="x\x00", base_url="nowhere")
    assert {raised.value.field, *(path for path, _ in raised.value.details)} == {
        ("name",),
        ("base_url",),
    }


async def test_creating_needs_the_permission_to_edit_missions(tenant: Tenant):
    with pytest.raises(Forbidden):
        await make_mission(tenant.may_not("mission.edit"))
