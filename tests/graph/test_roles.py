"""Every root field of the schema and every role: allowed exactly as the permissions say.

Ids lead nowhere, so that whoever is allowed in finds nothing and changes nothing.
"""

from collections.abc import Iterator

import pytest
from graphql import OperationType

from domain.accounts.permissions import EVERYBODY, PRESET_GROUPS
from graph.schema import NODES, schema
from graph.support.ids import encode_id
from graph.support.permissions import declared
from graph.support.targets import NOBODY
from tests.fixtures.people import Ask, Member
from tests.support.documents import write_document

pytestmark = pytest.mark.integration

CORE = schema._schema
QUERIES = {
    "me": "account.self",
    "node": "mission.read",  # the sample id is a mission's
    "testTemplate": "template.read",
    "testTemplates": "template.read",
    "scenarioTemplate": "template.read",
    "scenarioTemplates": "template.read",
    "mission": "mission.read",
    "missions": "mission.read",
    "execution": "execution.read",
    "executions": "execution.read",
    "element": "element.read",
    "elements": "element.read",
    "auditEntries": "audit.read",
}
"""Queries declare nothing in the schema, so what each needs is agreed here."""

ROLES = {**PRESET_GROUPS, "no group": EVERYBODY}
REFUSALS = {"FORBIDDEN", "UNAUTHENTICATED"}


def list_fields() -> Iterator[tuple[OperationType, str, str | None]]:
    """Kind, name and permission of every root field; `logout` comes last, it ends the session."""
    for name in CORE.query_type.fields:
        yield OperationType.QUERY, name, QUERIES[name]
    for kind, root in (
        (OperationType.SUBSCRIPTION, "Subscription"),
        (OperationType.MUTATION, "Mutation"),
    ):
        fields = schema.get_type_by_name(root).fields
        for field in sorted(fields, key=lambda field: field.python_name == "logout"):
            name = schema.config.name_converter.get_graphql_name(field)
            yield kind, name, declared(field).permission


def test_what_every_query_needs_is_agreed():
    assert CORE.query_type.fields.keys() == QUERIES.keys()


async def find_wrong_answers(ask: Ask, member: Member | None, held: frozenset[str]) -> list[str]:
    """Fields that let somebody in who may not, or the other way round."""
    wrong = []
    for kind, name, permission in list_fields():
        document, variables = write_document(CORE, kind, name)
        answer = await ask(document, by=member, **variables)
        if permission is None:
            expected: set[str] = set()
        elif member is None:
            expected = {"UNAUTHENTICATED"}
        else:
            expected = set() if permission in held else {"FORBIDDEN"}
        if REFUSALS & set(answer.codes) != expected:
            wrong.append(f"{name} needs {permission}: {answer.codes or answer.body}")
        if "INTERNAL" in answer.codes:
            wrong.append(f"{name} broke")
    return wrong


async def test_nobody_gets_in_anywhere_but_at_the_door(ask: Ask):
    assert await find_wrong_answers(ask, None, frozenset()) == []


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_do_what_its_permissions_say(ask: Ask, workspace_member, role: str):
    kim = await workspace_member()
    member = kim if role == "admin" else await workspace_member(role, of=kim)
    assert member.actor.permissions == ROLES[role]
    assert await find_wrong_answers(ask, member, ROLES[role]) == []


async def test_an_id_of_any_type_that_leads_nowhere_is_null(ask: Ask, workspace_member):
    kim = await workspace_member()
    for type_name in NODES:
        sample = encode_id(type_name, NOBODY)
        answer = await ask("query ($id: ID!) { node(id: $id) { id } }", by=kim, id=sample)
        assert answer.data == {"node": None}, type_name


def test_every_type_that_has_a_global_id_can_be_fetched_by_it():
    nodes = {kind.name for kind in CORE.get_implementations(CORE.type_map["Node"]).objects}
    assert nodes == NODES.keys()
