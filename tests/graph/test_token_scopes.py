"""Case 42 for scripts: an access token opens what its scopes name, and nothing else.

Two tokens show it for each root field: one that holds nothing but what the field needs, and one that
holds everything else. What is refused to all other scopes together is refused to each of them.
"""

from collections.abc import Collection, Mapping

import pytest
from graphql import OperationType

from domain.accounts.access_tokens.create import CreateAccessToken, make_token
from domain.accounts.permissions import PERMISSIONS, SCRIPTS, SECURE
from domain.accounts.sessions import Authority
from domain.reactions import react
from domain.shared.jobs import SilentOutlet
from domain.shared.settings import Settings
from domain.shared.unit_of_work import UnitsOfWork
from graph.schema import schema
from tests.fixtures.database import Databases
from tests.fixtures.people import Ask, MakeMember, Member
from tests.graph.decisions import MUTATIONS, OPEN, QUERIES, SUBSCRIPTIONS
from tests.support.documents import write_document

pytestmark = pytest.mark.integration

CORE = schema._schema
ROOTS: Mapping[OperationType, Mapping[str, str | None]] = {
    OperationType.QUERY: QUERIES,
    OperationType.SUBSCRIPTION: SUBSCRIPTIONS,
    OperationType.MUTATION: MUTATIONS,
}
SCOPES = sorted(PERMISSIONS.keys() - {SECURE})
REFUSALS = {"FORBIDDEN", "UNAUTHENTICATED"}
FOR_SESSIONS = {"logout"}
"""A script has no session to end, whatever it may."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An installation that takes new people, so that nothing but scopes is in the way."""
    return settings.model_copy(update={"registration": "open"})


@pytest.fixture
async def owner(workspace_member: MakeMember) -> Member:
    """Somebody who holds every permission there is."""
    kim = await workspace_member()
    assert kim.actor.permissions == PERMISSIONS.keys()
    return kim


async def make_tokens(
    databases: Databases, authority: Authority, owner: Member, each: Mapping[str, Collection[str]]
) -> Mapping[str, str]:
    """A token for each name, with these scopes."""
    made = {}
    units, actor = UnitsOfWork(databases.app, SilentOutlet(), react), owner.actor
    async with units.begin(actor.workspace_id, actor.user_id) as uow:
        for name, scopes in each.items():
            command = CreateAccessToken(name=name, scopes=scopes, days=1)
            made[name] = (await make_token(uow, actor, authority.clock, command)).token
    return made


async def find_refusals(
    ask: Ask, tokens: Mapping[str, str], wanted: Collection[str | None]
) -> Mapping[str, set[str]]:
    """What each root field that needs one of these answers to the token of that name."""
    found = {}
    for kind, decided in ROOTS.items():
        for name, permission in decided.items():
            if permission in wanted:
                document, variables = write_document(CORE, kind, name)
                token = tokens[permission or SECURE]
                answer = await ask(document, token=token, **variables)
                assert "INTERNAL" not in answer.codes, (name, answer.body)
                found[name] = REFUSALS & set(answer.codes)
    return found


async def test_case_42_one_scope_opens_every_field_that_needs_it(
    ask: Ask, databases: Databases, authority: Authority, owner: Member
):
    tokens = await make_tokens(databases, authority, owner, {scope: [scope] for scope in SCOPES})
    opened = await find_refusals(ask, tokens, SCOPES)
    assert {name for name, refusals in opened.items() if refusals} == FOR_SESSIONS


async def test_case_42_all_other_scopes_together_open_no_field_that_needs_it(
    ask: Ask, databases: Databases, authority: Authority, owner: Member
):
    tokens = await make_tokens(
        databases,
        authority,
        owner,
        {scope: [other for other in SCOPES if other != scope] for scope in SCOPES},
    )
    refused = await find_refusals(ask, tokens, set(SCOPES) - SCRIPTS)
    assert refused
    assert {name for name, refusals in refused.items() if refusals != {"FORBIDDEN"}} == set()


async def test_case_42_every_scope_together_opens_nothing_that_secures_an_account(
    ask: Ask, databases: Databases, authority: Authority, owner: Member
):
    tokens = await make_tokens(databases, authority, owner, {SECURE: SCOPES})
    refused = await find_refusals(ask, tokens, {SECURE})
    assert refused
    assert {name for name, refusals in refused.items() if refusals != {"FORBIDDEN"}} == set()
    at_the_door = await find_refusals(ask, tokens, {OPEN})
    assert {name for name, refusals in at_the_door.items() if refusals} == set()
