"""Every mutation of the schema writes to the audit log, or it says here why it does not.

A new mutation fails this until it has its action in ACTIONS and a step in one of the chapters.
"""

import pytest

from domain.accounts.people.reset_password import prepare_reset
from domain.shared.ids import new_id
from domain.shared.settings import Settings
from graph.support.ids import encode_id, parse_id
from tests.factories.accounts import PASSWORD, units_of
from tests.factories.elements import add_element, add_version
from tests.factories.workspaces import Tenant
from tests.graph.audit.story import MUTATIONS, Story

pytestmark = pytest.mark.integration

OTHER_PASSWORD = "another long sentence of words"
TERMS = "2025-01"

ACTIONS = {
    "acceptInvitation": "invitation.accept",
    "acceptTerms": "account.accept_terms",
    "cancelExecution": "execution.cancel",
    "cancelRun": "execution.cancel",
    "changeMail": "account.request_mail_change",
    "changePassword": "account.change_password",
    "completeEvidenceUpload": "evidence.add",
    "confirmMail": "account.change_mail",
    "confirmSecondFactor": "second_factor.confirm",
    "createAccessToken": "access_token.create",
    "createEvidenceUpload": "evidence.announce",
    "createGroup": "group.create",
    "createMission": "mission.create",
    "createScenarioTemplate": "scenario_template.create",
    "createTestTemplate": "test_template.create",
    "createWorkspace": "workspace.create",
    "deleteAccount": "account.delete",
    "deleteEvidence": "evidence.delete",
    "deleteGroup": "group.delete",
    "deleteMission": "mission.delete",
    "deleteScenarioTemplate": "scenario_template.delete",
    "deleteTestTemplate": "test_template.delete",
    "deleteWorkspace": "workspace.delete",
    "endAllSessions": "session.end_all",
    "endSession": "session.end",
    "invalidateElement": "element.invalidate",
    "inviteMember": "invitation.create",
    "leaveWorkspace": "workspace.leave",
    "login": "session.begin",
    "logout": "session.end",
    "recordTestResult": "execution.record",
    "register": "account.register",
    "removeMember": "member.remove",
    "renewRecoveryCodes": "second_factor.renew_codes",
    "replayExecution": "execution.replay",
    "requestPasswordReset": "account.request_reset",
    "requestProbe": "probe.request",
    "resendInvitation": "invitation.resend",
    "resetPassword": "account.reset_password",
    "restoreElementVersion": "element.restore",
    "restoreWorkspace": "workspace.restore",
    "retryFailedTests": "mission.retry",
    "revokeAccessToken": "access_token.revoke",
    "revokeInvitation": "invitation.revoke",
    "setElementAside": "element.set_aside",
    "setMemberGroups": "member.set_groups",
    "setUpSecondFactor": "second_factor.set_up",
    "startMission": "mission.start",
    "switchWorkspace": "session.switch",
    "transferWorkspace": "workspace.transfer",
    "turnOffSecondFactor": "second_factor.turn_off",
    "updateAccount": "account.update",
    "updateGroup": "group.update",
    "updateMission": "mission.update",
    "updateScenarioTemplate": "scenario_template.update",
    "updateTestTemplate": "test_template.update",
    "updateWorkspace": "workspace.update",
    "useElementAgain": "element.use_again",
    "verifyMail": "account.create",
}
UNAUDITED = {
    "refreshSession": "every session does it every quarter of an hour; its reuse is an entry",
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An installation that lets everybody in, on terms."""
    return settings.model_copy(update={"registration": "open", "terms_version": TERMS})


@pytest.fixture
async def story(client, databases, authority, workspace_member) -> Story:
    """An installation with somebody in it."""
    return Story(client, databases, authority, workspace_member, await workspace_member())


def uuid_of(global_id: str):
    parsed = parse_id(global_id)
    assert parsed is not None
    return parsed[1]


async def do_missions(story: Story) -> None:
    """Templates, missions, runs, executions and evidence."""
    test = await story.do("createTestTemplate", name="T", kind="MANUAL", steps=["Look."])
    test_id = test["testTemplate"]["id"]
    await story.do("updateTestTemplate", id=test_id, expectedVersion=1, name="T2")
    scenario = await story.do("createScenarioTemplate", name="S", tests=[{"testId": test_id}])
    scenario_id = scenario["scenarioTemplate"]["id"]
    await story.do(
        "updateScenarioTemplate", id=scenario_id, expectedVersion=1, tests=[{"testId": test_id}] * 2
    )
    mission = await story.do("createMission", name="M", scenarioTemplateIds=[scenario_id])
    mission_id = mission["mission"]["id"]
    await story.do("updateMission", id=mission_id, expectedVersion=1, name="M2")
    run = (await story.do("startMission", id=mission_id))["run"]["id"]
    child = encode_id("Execution", await story.find_child(uuid_of(run)))
    await do_evidence(story, child)
    await story.do("recordTestResult", executionId=child, succeeded=False, note="It broke.")
    await story.do("cancelRun", id=run)
    await story.do("cancelRun", id=(await story.do("startMission", id=mission_id))["run"]["id"])
    await do_retry(story, mission_id)
    await story.do("deleteMission", id=mission_id)
    await story.do("deleteScenarioTemplate", id=scenario_id)
    await story.do("deleteTestTemplate", id=test_id)


async def do_retry(story: Story, mission_id: str) -> None:
    """A run whose tests fail is repeated."""
    run = (await story.do("startMission", id=mission_id))["run"]["id"]
    query = "SELECT id FROM executions WHERE parent_id = :run AND status = 'running'"
    while running := await story.read_as_owner(query, run=uuid_of(run)):
        child = encode_id("Execution", running[0])
        await story.do("recordTestResult", executionId=child, succeeded=False, note="It broke.")
    retried = (await story.do("retryFailedTests", id=mission_id))["run"]["id"]
    await story.do("cancelRun", id=retried)


async def do_evidence(story: Story, execution_id: str) -> None:
    """A file is announced, sent, kept and deleted."""
    announced = await story.do(
        "createEvidenceUpload",
        executionId=execution_id,
        name="a.txt",
        contentType="text/plain",
        sizeBytes=3,
    )
    sent = await story.client.put(announced["uploadUrl"], content=b"abc")
    assert sent.status_code == 204
    await story.do("completeEvidenceUpload", id=announced["evidence"]["id"])
    await story.do("deleteEvidence", id=announced["evidence"]["id"])


async def do_executions(story: Story) -> None:
    """Single executions, and elements."""
    probe = (await story.do("requestProbe"))["execution"]["id"]
    await story.do("cancelExecution", id=probe)
    await story.do("replayExecution", id=probe)
    tenant = Tenant(story.databases, story.kim.actor)
    async with tenant.begin() as uow:
        element = await add_element(uow.session, tenant)
        await add_version(uow.session, element)
    element_id = encode_id("Element", element.id)
    await story.do("setElementAside", id=element_id)
    await story.do("useElementAgain", id=element_id)
    await story.do("invalidateElement", id=element_id)
    await story.do("restoreElementVersion", id=element_id, version=1)


async def do_groups(story: Story) -> None:
    """Groups, invitations and members."""
    made = await story.do("createGroup", name="G", permissions=["mission.read"])
    group_id = made["group"]["id"]
    await story.do("updateGroup", id=group_id, expectedVersion=1, name="G2")
    guest = await story.member()
    invited = await story.do("inviteMember", email=guest.person.email, groupIds=[group_id])
    invitation_id = invited["invitation"]["id"]
    await story.do("resendInvitation", id=invitation_id)
    [newest, *_] = await story.read_as_owner("SELECT id FROM invitations ORDER BY created_at DESC")
    token = story.authority.links.token_of("invitation", newest)
    await story.do("acceptInvitation", guest.headers, token=token)
    other = await story.do("inviteMember", email="other@a.test", groupIds=[group_id])
    await story.do("revokeInvitation", id=other["invitation"]["id"])
    member_id = encode_id("Member", guest.actor.user_id)
    await story.do("setMemberGroups", id=member_id, groupIds=[])
    await story.do("removeMember", id=member_id)
    await story.do("deleteGroup", id=group_id)


async def do_workspaces(story: Story) -> None:
    """Workspaces change hands, close and open again."""
    owner = await story.member()
    heir = await story.member("admin", of=owner)
    old = encode_id("Workspace", owner.actor.workspace_id)
    await story.do("updateWorkspace", owner.headers, id=old, expectedVersion=1, name="Other")
    made = await story.do("createWorkspace", owner.headers, name=f"New {new_id().hex}")
    new = made["workspace"]["id"]
    second = await story.sign_in(owner.person.email, PASSWORD)
    switched = await story.do("switchWorkspace", second, id=new, refreshTokenIn="BODY")
    there = {"Authorization": f"Bearer {switched['accessToken']}"}
    await story.do("deleteWorkspace", there, id=new)
    await story.do("restoreWorkspace", owner.headers, id=new)
    heir_id = encode_id("Member", heir.actor.user_id)
    await story.do("transferWorkspace", owner.headers, id=old, memberId=heir_id)
    await story.do("leaveWorkspace", owner.headers, id=old)


async def do_accounts(story: Story) -> None:
    """Somebody registers, signs in and out, changes everything about the account, and goes."""
    await story.do("acceptTerms", version=TERMS)
    email, moved_to = f"{new_id().hex}@a.test", f"{new_id().hex}@b.test"
    await story.do(
        "register", {}, email=email, password=PASSWORD, displayName="Zoe", acceptedTerms=TERMS
    )
    token = await story.find_token("register")
    await story.do("verifyMail", {}, token=token, password=PASSWORD)
    lu = await story.sign_in(email, PASSWORD)
    await story.do("updateAccount", lu, displayName="Zoë")
    await story.do("changeMail", lu, password=PASSWORD, newEmail=moved_to)
    await story.do("confirmMail", {}, token=await story.find_token("change_mail"))
    lu = await story.sign_in(moved_to, PASSWORD)
    given = {"password": PASSWORD, "name": "ci", "scopes": ["account.self"], "days": 1}
    made = await story.do("createAccessToken", lu, **given)
    await story.do("revokeAccessToken", lu, id=made["accessToken"]["id"])
    await do_second_factor(story, lu)
    await do_sessions(story, lu, moved_to)
    await story.do("requestPasswordReset", {}, email=moved_to)
    async with units_of(story.databases.app).begin() as uow:
        links, clock = story.authority.links, story.authority.clock
        assert await prepare_reset(uow, links, clock, moved_to, new_id())
    token = await story.find_token("reset")
    await story.do("resetPassword", {}, token=token, newPassword=OTHER_PASSWORD)
    lu = await story.sign_in(moved_to, OTHER_PASSWORD)
    await story.do("changePassword", lu, password=OTHER_PASSWORD, newPassword=PASSWORD)
    lu = await story.sign_in(moved_to, PASSWORD)
    await story.do("deleteAccount", lu, password=PASSWORD)


async def do_second_factor(story: Story, headers) -> None:
    """A second factor is turned on and off."""
    enrolment = await story.do("setUpSecondFactor", headers, password=PASSWORD)
    code = story.make_code(enrolment["secret"])
    confirmed = await story.do("confirmSecondFactor", headers, code=code)
    await story.do("renewRecoveryCodes", headers, password=PASSWORD)
    query = "SELECT count(*) FROM recovery_codes"
    assert await story.read_as_owner(query) == [len(confirmed["recoveryCodes"])]
    renewed = await story.do("renewRecoveryCodes", headers, password=PASSWORD)
    [recovery, *_] = renewed["recoveryCodes"]
    await story.do("turnOffSecondFactor", headers, password=PASSWORD, code=recovery)


async def do_sessions(story: Story, headers, email: str) -> None:
    """Sessions are gone on with and ended in every way."""
    begun = await story.do("login", {}, email=email, password=PASSWORD)
    await story.do("refreshSession", {}, refreshToken=begun["refreshToken"])
    [newest, *_] = await story.read_as_owner("SELECT id FROM sessions ORDER BY created_at DESC")
    await story.do("endSession", headers, id=encode_id("Session", newest))
    await story.do("logout", await story.sign_in(email, PASSWORD))
    await story.sign_in(email, PASSWORD)
    await story.do("endAllSessions", headers, keepCurrent=True)


CHAPTERS = (do_missions, do_executions, do_groups, do_workspaces, do_accounts)


def test_every_mutation_has_its_action_or_a_reason():
    assert sorted(MUTATIONS) == sorted([*ACTIONS, *UNAUDITED])


async def test_every_mutation_writes_its_action(story: Story):
    for chapter in CHAPTERS:
        await chapter(story)
    wrong = {
        name: (expected, story.told.get(name, "was not carried out"))
        for name, expected in ACTIONS.items()
        if expected not in story.told.get(name, [])
    }
    assert wrong == {}
    assert sorted(story.told) == sorted(MUTATIONS)


async def test_what_is_not_audited_writes_nothing(story: Story):
    person = story.kim.person
    begun = await story.do("login", {}, email=person.email, password=PASSWORD)
    await story.do("refreshSession", {}, refreshToken=begun["refreshToken"])
    assert [name for name in UNAUDITED if story.told[name]] == []
