"""The schema: the roots are made of what every feature brings."""

import strawberry
from strawberry.schema.config import StrawberryConfig

import graph.accounts.groups.queries
import graph.accounts.invitations.queries
import graph.accounts.members.queries
import graph.accounts.queries
import graph.elements.queries
import graph.evidence.queries
import graph.executions.queries
import graph.missions.queries
import graph.templates.queries
from graph.accounts.access_tokens.mutations import AccessTokenMutations
from graph.accounts.groups.mutations import GroupMutations
from graph.accounts.groups.queries import GroupQueries
from graph.accounts.invitations.mutations import InvitationMutations
from graph.accounts.invitations.queries import InvitationQueries
from graph.accounts.members.mutations import MemberMutations
from graph.accounts.members.queries import MemberQueries
from graph.accounts.mutations import AccountMutations
from graph.accounts.people.mutations import PeopleMutations
from graph.accounts.people.queries import PeopleQueries
from graph.accounts.people.second_factor import SecondFactorMutations
from graph.accounts.queries import AccountQueries
from graph.accounts.sessions.mutations import SessionMutations
from graph.accounts.workspaces.mutations import WorkspaceMutations
from graph.accounts.workspaces.queries import ViewerQueries
from graph.audit.queries import AuditQueries
from graph.elements.mutations import ElementMutations
from graph.elements.queries import ElementQueries
from graph.elements.subscriptions import ElementSubscriptions
from graph.evidence.mutations import EvidenceMutations
from graph.executions.mutations import ExecutionMutations
from graph.executions.queries import ExecutionQueries
from graph.executions.subscriptions import ExecutionSubscriptions
from graph.missions.mutations import MissionMutations
from graph.missions.queries import MissionQueries
from graph.missions.subscriptions import MissionSubscriptions
from graph.support.context import Info
from graph.support.fields import Id, described
from graph.support.ids import parse_id
from graph.support.nodes import Node, NodeReader
from graph.support.rate_limit import RateLimitQueries
from graph.support.scalars import SCALARS
from graph.templates.mutations import TemplateMutations
from graph.templates.queries import TemplateQueries

NODES: dict[str, NodeReader] = {
    **graph.accounts.queries.NODES,
    **graph.accounts.members.queries.NODES,
    **graph.accounts.groups.queries.NODES,
    **graph.accounts.invitations.queries.NODES,
    **graph.templates.queries.NODES,
    **graph.evidence.queries.NODES,
    **graph.executions.queries.NODES,
    **graph.elements.queries.NODES,
    **graph.missions.queries.NODES,
}


@strawberry.type
class Query(
    AccountQueries,
    PeopleQueries,
    ViewerQueries,
    MemberQueries,
    GroupQueries,
    InvitationQueries,
    TemplateQueries,
    ExecutionQueries,
    ElementQueries,
    MissionQueries,
    AuditQueries,
    RateLimitQueries,
):
    """Reading."""

    @described("Anything by its id; null where there is nothing for the caller.")
    async def node(self, info: Info, identity: Id) -> Node | None:
        """Whatever the id names."""
        await info.context.actor()
        parsed = parse_id(identity)
        reader = None if parsed is None else NODES.get(parsed[0])
        return None if parsed is None or reader is None else await reader(info.context, parsed[1])


@strawberry.type
class Mutation(
    AccountMutations,
    WorkspaceMutations,
    MemberMutations,
    GroupMutations,
    InvitationMutations,
    SessionMutations,
    PeopleMutations,
    SecondFactorMutations,
    AccessTokenMutations,
    TemplateMutations,
    EvidenceMutations,
    ExecutionMutations,
    ElementMutations,
    MissionMutations,
):
    """Changing and starting."""


@strawberry.type
class Subscription(ExecutionSubscriptions, ElementSubscriptions, MissionSubscriptions):
    """Watching."""


schema = strawberry.Schema(
    Query, Mutation, Subscription, config=StrawberryConfig(scalar_map=SCALARS)
)
