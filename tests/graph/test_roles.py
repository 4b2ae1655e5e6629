"""Case 42: every field of the schema and every role: allowed exactly as the table says.

Root fields are asked with ids that lead nowhere, so that whoever is allowed in finds nothing and
changes nothing; fields of objects are asked of objects that are there.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, OperationType, get_named_type, is_composite_type
from strawberry.types.base import StrawberryObjectDefinition

from domain.accounts.groups import repository as groups
from domain.accounts.models import Group
from domain.accounts.permissions import EVERYBODY, OWNER, PERMISSIONS, PRESET_GROUPS
from domain.accounts.sessions import Authority
from domain.evidence.storage import EvidenceStorage
from domain.shared.ids import SYSTEM_WORKSPACE, new_id
from domain.shared.settings import Settings
from graph.schema import NODES as READERS
from graph.schema import schema
from graph.support.ids import encode_id
from graph.support.lists import PagedField
from graph.support.permissions import declared
from graph.support.rows import RelationField
from graph.support.targets import NOBODY
from tests.factories.accounts import sign_in, units_of
from tests.factories.furnished import Furnished, furnish
from tests.factories.workspaces import Tenant
from tests.fixtures.database import Databases
from tests.fixtures.people import Ask, MakeMember, Member
from tests.graph.decisions import (
    FIELDS,
    LIKE_ITS_OBJECT,
    MUTATIONS,
    NODES,
    OPEN,
    QUERIES,
    REACHED,
    SUBSCRIPTIONS,
)
from tests.support.documents import write_document

pytestmark = pytest.mark.integration

CORE = schema._schema
ROOTS: Mapping[OperationType, Mapping[str, str | None]] = {
    OperationType.QUERY: QUERIES,
    OperationType.SUBSCRIPTION: SUBSCRIPTIONS,
    OperationType.MUTATION: MUTATIONS,
}
ENDING = {"logout", "endAllSessions"}
"""They end the session that asks: they come last, and each gets one of its own."""
ROLES: Mapping[str, frozenset[str]] = {
    **{name: held | EVERYBODY for name, held in PRESET_GROUPS.items()},
    "owner": PRESET_GROUPS["admin"] | OWNER | EVERYBODY,
    "no group": EVERYBODY,
    "no workspace": EVERYBODY,
}
NODE = "query ($id: ID!) { node(id: $id) { id } }"
REFUSALS = {"FORBIDDEN", "UNAUTHENTICATED"}
Cast = Callable[[str], Awaitable[Member]]
"""Somebody in a role; a new session each time."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An installation that takes new people, so that nothing but permissions is in the way."""
    return settings.model_copy(update={"registration": "open"})


@pytest.fixture
def cast(databases: Databases, authority: Authority, workspace_member: MakeMember) -> Cast:
    """Somebody in a role, in a workspace that somebody else owns unless he is the owner."""
    people: dict[str, Member] = {}

    async def play(role: str) -> Member:
        if role in people:
            signed_in = await sign_in(databases.app, authority, people[role].person)
            return replace(people[role], signed_in=signed_in)
        kim = await workspace_member()
        member = kim if role == "owner" else await workspace_member(role, of=kim)
        if role == "no workspace":
            member = await send_away(databases, authority, member)
        people[role] = member
        return member

    return play


async def send_away(databases: Databases, authority: Authority, member: Member) -> Member:
    """The same person without any workspace."""
    from domain.accounts.members.remove import end_membership

    actor = member.actor
    async with units_of(databases.app).begin(actor.workspace_id) as uow:
        now = authority.clock.now()
        await end_membership(uow.session, actor.workspace_id, actor.user_id, now)
    signed_in = await sign_in(databases.app, authority, member.person)
    assert signed_in.workspace_id == SYSTEM_WORKSPACE
    actor = replace(actor, workspace_id=SYSTEM_WORKSPACE, permissions=EVERYBODY)
    return Member(member.person, signed_in, actor)


def test_case_42_what_every_root_field_needs_is_decided():
    for kind, decided in ROOTS.items():
        root = CORE.get_root_type(kind)
        assert root is not None
        assert root.fields.keys() == decided.keys(), kind


def test_every_decision_is_a_permission_that_somebody_can_hold():
    decided = [*QUERIES.values(), *MUTATIONS.values(), *SUBSCRIPTIONS.values(), *NODES.values()]
    named = {*decided, *FIELDS.values()} - {OPEN, LIKE_ITS_OBJECT}
    assert named <= PERMISSIONS.keys()


@pytest.mark.parametrize("root", ["Mutation", "Subscription"])
def test_the_schema_declares_what_is_decided(root: str):
    decided = {**MUTATIONS, **SUBSCRIPTIONS}
    for field in schema.get_type_by_name(root).fields:
        name = schema.config.name_converter.get_graphql_name(field)
        assert declared(field).permission == decided[name], name


def test_case_42_what_every_field_of_an_object_needs_is_decided():
    assert set(list_worked_out_fields()) == FIELDS.keys()


def list_worked_out_fields() -> Iterator[str]:
    """Fields that run code when they are asked for, and so may show something else."""
    for name in CORE.type_map:
        kind = schema.get_type_by_name(name)
        if not isinstance(kind, StrawberryObjectDefinition):
            continue
        if name in ("Query", "Mutation", "Subscription") or name.endswith("Connection"):
            continue
        for field in kind.fields:
            if field.base_resolver is not None or isinstance(field, RelationField | PagedField):
                yield f"{name}.{schema.config.name_converter.get_graphql_name(field)}"


def test_what_every_type_with_a_global_id_needs_is_decided():
    kinds = {kind.name for kind in CORE.get_implementations(CORE.type_map["Node"]).objects}
    assert kinds == READERS.keys() == NODES.keys()


async def find_wrong_answers(
    ask: Ask, play: Callable[[], Awaitable[Member | None]], held: frozenset[str]
) -> list[str]:
    """Root fields that let somebody in who may not, or the other way round."""
    wrong, member = [], await play()
    fields = [(kind, *one) for kind, decided in ROOTS.items() for one in decided.items()]
    for kind, name, permission in sorted(fields, key=lambda field: field[1] in ENDING):
        asking = await play() if name in ENDING else member
        document, variables = write_document(CORE, kind, name)
        answer = await ask(document, by=asking, **variables)
        expected = expect(permission, held, is_signed_in=member is not None)
        if REFUSALS & set(answer.codes) != expected:
            wrong.append(f"{name} needs {permission}: {answer.codes or answer.body}")
        if "INTERNAL" in answer.codes:
            wrong.append(f"{name} broke")
    return wrong


def expect(permission: str | None, held: frozenset[str], *, is_signed_in: bool = True) -> set[str]:
    """Which refusals an answer holds."""
    if permission is OPEN:
        return set()
    if not is_signed_in:
        return {"UNAUTHENTICATED"}
    return set() if permission in held else {"FORBIDDEN"}


async def test_case_42_nobody_gets_in_anywhere_but_at_the_door(ask: Ask):
    async def play() -> None:
        return None

    assert await find_wrong_answers(ask, play, frozenset()) == []


async def test_case_42_every_role_may_do_what_its_permissions_say(ask: Ask, cast: Cast):
    """All in one test: the application reads each document once."""
    wrong = {}
    for role, held in ROLES.items():
        member = await cast(role)
        assert member.actor.permissions == held
        wrong[role] = await find_wrong_answers(ask, partial(cast, role), held)
    assert wrong == {role: [] for role in ROLES}


@pytest.fixture
async def furnished(
    databases: Databases, authority: Authority, workspace_member: MakeMember, tmp_path: Path
) -> Furnished:
    """A workspace with one of everything."""
    owner = await workspace_member()
    storage = EvidenceStorage(tmp_path / "evidence")
    tenant = Tenant(databases, owner.actor)
    return await furnish(tenant, owner, authority, storage, tmp_path)


def write_reaching(name: str) -> tuple[str, str, str]:
    """For `Type.field`: whose id leads there, the document, and what the way there needs."""
    kind, _, field = name.partition(".")
    core = CORE.type_map[kind]
    assert isinstance(core, GraphQLObjectType)
    inner = " { __typename }" if is_composite_type(get_named_type(core.fields[field].type)) else ""
    if kind in REACHED:
        origin, document, needed = REACHED[kind]
        return origin, document % (field + inner), needed
    document = f"query ($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ {field}{inner} }} }} }}"
    return kind, document, NODES[kind]


async def find_wrong_fields(
    ask: Ask, furnished: Furnished, member: Member, held: frozenset[str]
) -> list[str]:
    """Fields of objects that show themselves to somebody who may not see them, or do not."""
    wrong = []
    for name, decided in FIELDS.items():
        if name.partition(".")[0] not in {*NODES, *REACHED}:
            continue
        origin, document, way = write_reaching(name)
        own = {"Account": member.actor.user_id, "Session": member.signed_in.session_id}
        target = encode_id(origin, {**furnished.ids, **own}[origin])
        variables = {"id": target} if "$id" in document else {}
        answer = await ask(document, by=member, **variables)
        needed = way if decided == LIKE_ITS_OBJECT else decided
        expected = expect(way, held) | expect(needed, held)
        if REFUSALS & set(answer.codes) != expected or "INTERNAL" in answer.codes:
            wrong.append(f"{name} needs {way} and {needed}: {answer.body}")
        if not expected and not reached(answer.body):
            wrong.append(f"{name} was not reached: {answer.body}")
    return wrong


def reached(body: Mapping[str, object]) -> bool:
    """Whether the answer holds the object that the field belongs to."""
    data = body.get("data")
    return isinstance(data, dict) and next(iter(data.values())) is not None


async def test_case_42_a_role_sees_of_objects_what_its_permissions_say(
    ask: Ask, furnished: Furnished, workspace_member: MakeMember
):
    for role in (*PRESET_GROUPS, "no group"):
        member = await workspace_member(role, of=furnished.owner)
        assert await find_wrong_fields(ask, furnished, member, ROLES[role]) == [], role


async def test_case_42_who_may_see_an_object_sees_nothing_else_through_it(
    ask: Ask, furnished: Furnished, workspace_member: MakeMember
):
    for way in sorted(set(NODES.values()) - EVERYBODY):
        await add_group(furnished, way, {way})
        member = await workspace_member(way, of=furnished.owner)
        assert await find_wrong_fields(ask, furnished, member, EVERYBODY | {way}) == [], way


async def add_group(furnished: Furnished, name: str, permissions: set[str]) -> None:
    """A group that holds exactly these."""
    workspace = furnished.tenant.workspace_id
    async with furnished.tenant.begin() as uow:
        group = Group(id=new_id(), workspace_id=workspace, name=name)
        await groups.store_group(uow.session, group, permissions)


async def test_case_42_an_id_needs_what_its_type_needs_and_nothing_else(
    ask: Ask, furnished: Furnished, workspace_member: MakeMember
):
    kinds = {kind: needed for kind, needed in NODES.items() if needed not in EVERYBODY}
    for needed in set(kinds.values()):
        await add_group(furnished, f"but {needed}", set(PERMISSIONS) - {needed} - EVERYBODY)
        await add_group(furnished, needed, {needed})
        for group, refusals in ((f"but {needed}", {"FORBIDDEN"}), (needed, set())):
            member = await workspace_member(group, of=furnished.owner)
            for kind in (one for one in kinds if kinds[one] == needed):
                target = encode_id(kind, furnished.ids[kind])
                answer = await ask(NODE, by=member, id=target)
                assert set(answer.codes) == refusals, (kind, answer.body)
                assert refusals or answer.data["node"] == {"id": target}


async def test_what_is_personal_is_there_for_its_owner_alone(
    ask: Ask, furnished: Furnished, workspace_member: MakeMember
):
    boss = await workspace_member("admin", of=furnished.owner)
    for kind in (kind for kind, needed in NODES.items() if needed in EVERYBODY):
        target = encode_id(kind, furnished.ids[kind])
        assert (await ask(NODE, by=boss, id=target)).data == {"node": None}, kind
        own = await ask(NODE, by=furnished.owner, id=target)
        assert own.data == {"node": {"id": target}}, kind


async def test_an_id_of_any_type_that_leads_nowhere_is_null(ask: Ask, workspace_member):
    kim = await workspace_member()
    for type_name in READERS:
        sample = encode_id(type_name, NOBODY)
        answer = await ask(NODE, by=kim, id=sample)
        assert answer.data == {"node": None}, type_name
