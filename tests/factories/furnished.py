"""A workspace that holds one of everything, so that two of them hold the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from domain.accounts.access_tokens.create import CreateAccessToken, make_token
from domain.accounts.groups.create import CreateGroup, create_group
from domain.accounts.invitations.invite import InviteMember, invite_member
from domain.accounts.sessions import Authority
from domain.evidence.storage import EvidenceStorage
from domain.executions.states import Status
from domain.missions import repository as missions
from domain.reactions import react
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from tests.factories.elements import add_decision, add_element, add_version
from tests.factories.evidence import make_evidence, png_bytes
from tests.factories.executions import add_attempt, add_event, add_execution
from tests.factories.missions import end_run, make_mission, start
from tests.factories.templates import make_scenario, make_test
from tests.factories.workspaces import Tenant
from tests.fixtures.people import Member


@dataclass(frozen=True)
class Furnished:
    """A workspace with one of everything.

    Attributes:
        ids: By the type's name in the schema.
    """

    tenant: Tenant
    owner: Member
    ids: Mapping[str, UUID]


async def furnish(
    tenant: Tenant, owner: Member, authority: Authority, storage: EvidenceStorage, directory: Path
) -> Furnished:
    """Put one of everything into the workspace of a tenant, whose person is `owner`."""
    ids = {
        "Account": owner.actor.user_id,
        "Member": owner.actor.user_id,
        "Workspace": owner.actor.workspace_id,
        "Session": owner.signed_in.session_id,
    }
    ids |= await add_people(tenant, authority)
    ids |= await add_plans(tenant)
    ids |= await add_traces(tenant, ids["TestTemplate"], storage, directory)
    return Furnished(tenant, owner, ids)


async def add_people(tenant: Tenant, authority: Authority) -> Mapping[str, UUID]:
    """A custom group, an invitation into it and an access token."""
    units = UnitsOfWork(tenant.databases.app, SilentOutlet(), react)
    async with units.begin(tenant.workspace_id, tenant.actor.user_id) as uow:
        actor = tenant.actor
        group = await create_group(uow, actor, CreateGroup("Readers", ["mission.read"]))
        command = InviteMember("new@example.test", [group.id])
        invitation = await invite_member(uow, actor, authority, command)
        script = CreateAccessToken(name="CI", scopes=["mission.read"], days=7)
        token = await make_token(uow, actor, authority.clock, script)
    return {"Group": group.id, "Invitation": invitation.id, "AccessToken": token.row.id}


async def add_plans(tenant: Tenant) -> Mapping[str, UUID]:
    """Templates, and a mission of them that was run."""
    template = await make_test(tenant)
    scenario = await make_scenario(tenant, [template])
    mission = await make_mission(tenant, [scenario])
    await end_run(tenant, await start(tenant, mission), Status.SUCCEEDED)
    async with tenant.read() as session:
        found = await missions.read_scenarios(session, tenant.workspace_id, [mission.id])
        part = found[mission.id][0]
        tests = await missions.read_tests_of_scenarios(session, tenant.workspace_id, [part.id])
    return {
        "TestTemplate": template.id,
        "ScenarioTemplate": scenario.id,
        "Mission": mission.id,
        "MissionScenario": part.id,
        "MissionTest": tests[part.id][0].id,
    }


async def add_traces(
    tenant: Tenant, template_id: UUID, storage: EvidenceStorage, directory: Path
) -> Mapping[str, UUID]:
    """What a run leaves behind."""
    async with tenant.begin() as uow:
        execution = await add_execution(uow.session, tenant)
        await add_attempt(uow.session, execution, 1, None)
        await add_event(uow.session, execution, "execution.started", {})
        element = await add_element(uow.session, tenant, scope_id=template_id)
        await add_version(uow.session, element, made_by=tenant.actor.user_id)
        await add_decision(uow.session, execution, element_id=element.id)
    picture = directory / f"{execution.id}.png"
    picture.write_bytes(png_bytes())
    file = await make_evidence(tenant, storage, execution, picture)
    return {"Execution": execution.id, "Element": element.id, "EvidenceFile": file.id}
