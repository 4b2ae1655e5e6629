"""Members, groups, invitations and workspaces in the schema, from the first mail to the last day."""

import pytest

from domain.accounts.invitations.invite import PURPOSE
from domain.accounts.permissions import ADMIN, EVERYBODY, OWNER, PERMISSIONS, PRESET_GROUPS
from domain.accounts.sessions import Authority
from graph.support.ids import encode_id, parse_id
from tests.fixtures.people import Answer, Ask, Member

pytestmark = pytest.mark.integration

VIEWER = """
    { viewer {
        account { email }
        workspace { id name }
        permissions { name meaning }
    } }
"""
MEMBERS = """
    { members(first: 10) {
        totalCount
        edges { node { id name email isOwner joinedAt groups { name preset } } }
    } }
"""
GROUPS = "{ groups { id name preset permissions memberCount version } }"
WORKSPACES = "{ me { workspaces { id name isOwner isCurrent deletedAt purgedAfter } } }"


def write(name: str, selection: str) -> str:
    """A mutation with its input as the only variable."""
    kind = name[0].upper() + name[1:]
    return f"""
        mutation ($input: {kind}Input!) {{
            {name}(input: $input) {{ {selection} userErrors {{ code message field }} }}
        }}
    """


async def do(ask: Ask, by: Member, name: str, selection: str = "", /, **given: object) -> dict:
    """What a mutation answers that has nothing to complain about."""
    done = (await ask(write(name, selection), by=by, input=given)).data[name]
    assert done["userErrors"] == []
    return done


async def ask_as(ask: Ask, tokens: dict, document: str) -> Answer:
    return await ask(document, token=tokens["accessToken"])


async def read_groups(ask: Ask, by: Member) -> dict[str, dict]:
    return {group["name"]: group for group in (await ask(GROUPS, by=by)).data["groups"]}


async def invite(ask: Ask, authority: Authority, by: Member, whom: Member, *groups: str) -> str:
    """Invite somebody; returns the token of the mail."""
    known = await read_groups(ask, by)
    ids = [known[name]["id"] for name in groups]
    sent = await do(
        ask, by, "inviteMember", "invitation { id }", email=whom.person.email, groupIds=ids
    )
    found = parse_id(sent["invitation"]["id"])
    assert found is not None
    return authority.links.token_of(PURPOSE, found[1])


async def test_the_viewer_sees_what_he_may_do_and_what_that_means(ask: Ask, workspace_member):
    kim = await workspace_member()
    viewer = (await ask(VIEWER, by=kim)).data["viewer"]
    assert viewer["account"] == {"email": kim.person.email}
    assert viewer["workspace"]["id"] == encode_id("Workspace", kim.person.workspace_id)
    told = {one["name"]: one["meaning"] for one in viewer["permissions"]}
    assert told.keys() == ADMIN | OWNER | EVERYBODY
    assert all(PERMISSIONS[name] == meaning for name, meaning in told.items())


async def test_members_are_listed_with_their_groups(ask: Ask, workspace_member):
    kim = await workspace_member()
    lu = await workspace_member("viewer", "blue", of=kim)
    members = (await ask(MEMBERS, by=lu)).data["members"]
    assert members["totalCount"] == 2
    first, second = [edge["node"] for edge in members["edges"]]
    assert (first["email"], first["isOwner"]) == (kim.person.email, True)
    assert (second["email"], second["isOwner"]) == (lu.person.email, False)
    assert [group["name"] for group in second["groups"]] == ["blue", "viewer"]


async def test_a_list_of_members_takes_as_many_statements_for_two_as_for_one(
    ask: Ask, workspace_member, count_statements
):
    kim = await workspace_member()
    taken = []
    for _ in range(2):
        with count_statements() as log:
            await ask(MEMBERS, by=kim)
        taken.append(len(log))
        await workspace_member("viewer", of=kim)
    assert taken[0] == taken[1]


async def test_every_workspace_starts_with_the_preset_groups(ask: Ask, workspace_member):
    groups = await read_groups(ask, await workspace_member())
    assert groups.keys() == PRESET_GROUPS.keys()
    for name, group in groups.items():
        assert group["preset"] == name
        assert set(group["permissions"]) == PRESET_GROUPS[name]
        assert group["memberCount"] == (name == "admin")


async def test_a_custom_group_is_made_changed_and_deleted(ask: Ask, workspace_member):
    kim = await workspace_member()
    made = await do(
        ask,
        kim,
        "createGroup",
        "group { id version permissions preset }",
        name="Readers",
        permissions=["mission.read"],
    )
    group = made["group"]
    assert (group["permissions"], group["preset"]) == (["mission.read"], None)
    changed = await do(
        ask,
        kim,
        "updateGroup",
        "group { name version permissions }",
        id=group["id"],
        expectedVersion=group["version"],
        permissions=["mission.read", "execution.read"],
    )
    assert changed["group"] == {
        "name": "Readers",
        "version": 2,
        "permissions": ["execution.read", "mission.read"],
    }
    await do(ask, kim, "deleteGroup", id=group["id"], expectedVersion=2)
    assert "Readers" not in await read_groups(ask, kim)


async def test_a_change_of_groups_is_felt_with_the_next_operation(ask: Ask, workspace_member):
    kim = await workspace_member()
    lu = await workspace_member("viewer", of=kim)
    document = "{ missions { totalCount } }"
    assert (await ask(document, by=lu)).data
    member = encode_id("Member", lu.person.user_id)
    await do(ask, kim, "setMemberGroups", "member { groups { name } }", id=member, groupIds=[])
    assert (await ask(document, by=lu)).codes == ["FORBIDDEN"]
    await do(ask, kim, "removeMember", "member { email }", id=member)
    answer = await ask(document, by=lu)
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])


async def test_whoever_is_invited_joins_and_goes_there(
    ask: Ask, authority: Authority, workspace_member
):
    kim, lu = await workspace_member(), await workspace_member()
    token = await invite(ask, authority, kim, lu, "viewer", "red")
    joined = await do(ask, lu, "acceptInvitation", "workspaceId", token=token)
    assert joined["workspaceId"] == encode_id("Workspace", kim.person.workspace_id)
    mine = (await ask(WORKSPACES, by=lu)).data["me"]["workspaces"]
    places = {(one["isOwner"], one["isCurrent"]) for one in mine}
    assert (len(mine), places) == (2, {(True, True), (False, False)})
    moved = await do(
        ask, lu, "switchWorkspace", "accessToken refreshToken", id=joined["workspaceId"]
    )
    viewer = (await ask_as(ask, moved, VIEWER)).data["viewer"]
    assert viewer["workspace"]["id"] == joined["workspaceId"]
    held = {one["name"] for one in viewer["permissions"]}
    assert held == PRESET_GROUPS["red"] | PRESET_GROUPS["viewer"] | EVERYBODY


async def test_case_40_an_invitation_of_another_address_is_forbidden(
    ask: Ask, authority: Authority, workspace_member
):
    kim, lu, thief = [await workspace_member() for _ in range(3)]
    token = await invite(ask, authority, kim, lu, "admin")
    answer = await ask(write("acceptInvitation", ""), by=thief, input={"token": token})
    assert (answer.status, answer.codes) == (403, ["FORBIDDEN"])


async def test_invitations_are_listed_until_they_are_answered(
    ask: Ask, authority: Authority, workspace_member
):
    kim, lu = await workspace_member(), await workspace_member()
    token = await invite(ask, authority, kim, lu, "viewer")
    listed = """{ invitations { totalCount edges { node {
        id email sends groups { name } invitedBy { email }
    } } } }"""
    found = (await ask(listed, by=kim)).data["invitations"]
    (node,) = [edge["node"] for edge in found["edges"]]
    assert node["email"] == lu.person.email
    assert node["groups"] == [{"name": "viewer"}]
    assert node["invitedBy"] == {"email": kim.person.email}
    again = await do(ask, kim, "resendInvitation", "invitation { sends }", id=node["id"])
    assert again["invitation"] == {"sends": 2}
    await do(ask, lu, "acceptInvitation", "workspaceId", token=token)
    assert (await ask(listed, by=kim)).data["invitations"]["totalCount"] == 0
    late = await ask(write("revokeInvitation", ""), by=kim, input={"id": node["id"]})
    (error,) = late.data["revokeInvitation"]["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["id"])


async def test_a_deleted_workspace_is_left_by_all_and_restored_from_nowhere(
    ask: Ask, workspace_member
):
    kim = await workspace_member()
    lu = await workspace_member("editor", of=kim)
    here = encode_id("Workspace", kim.person.workspace_id)
    deleted = await do(ask, kim, "deleteWorkspace", "purgedAfter", id=here)
    assert deleted["purgedAfter"]
    for member in (kim, lu):
        answer = await ask(VIEWER, by=member)
        assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    login = write("login", "accessToken")
    given = {"email": kim.person.email, "password": kim.person.password}
    tokens = (await ask(login, input=given)).data["login"]
    mine = (await ask_as(ask, tokens, WORKSPACES)).data["me"]["workspaces"]
    assert [(one["id"], one["isCurrent"]) for one in mine] == [(here, False)]
    assert mine[0]["purgedAfter"] == deleted["purgedAfter"]
    nowhere = await ask_as(ask, tokens, "{ missions { totalCount } }")
    assert nowhere.codes == ["FORBIDDEN"]
    restore = write("restoreWorkspace", "workspace { id }")
    restored = await ask(restore, token=tokens["accessToken"], input={"id": here})
    assert restored.data["restoreWorkspace"]["workspace"] == {"id": here}
    assert (await ask(VIEWER, by=lu)).data["viewer"]["workspace"]["id"] == here


async def test_a_workspace_is_made_handed_on_and_left(ask: Ask, workspace_member):
    kim = await workspace_member()
    lu = await workspace_member("admin", of=kim)
    made = await do(ask, kim, "createWorkspace", "workspace { id name slug }", name="Blue Team")
    assert made["workspace"]["slug"].startswith("blue-team")
    here = encode_id("Workspace", kim.person.workspace_id)
    member = encode_id("Member", lu.person.user_id)
    refused = await ask(write("leaveWorkspace", ""), by=kim, input={"id": here})
    assert [one["code"] for one in refused.data["leaveWorkspace"]["userErrors"]] == ["CONFLICT"]
    await do(ask, kim, "transferWorkspace", "workspace { id }", id=here, memberId=member)
    await do(ask, kim, "leaveWorkspace", id=here)
    assert (await ask(VIEWER, by=kim)).status == 401
    owners = (await ask(MEMBERS, by=lu)).data["members"]["edges"]
    assert [edge["node"]["email"] for edge in owners] == [lu.person.email]
    assert owners[0]["node"]["isOwner"]
