"""Accounts and workspaces as clients see them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from domain.accounts import models, repository
from domain.accounts.rules import ELEMENT_LAYERS
from domain.elements import json_values
from domain.elements.policy import LayerWeights
from domain.shared.actor import Actor
from graph.accounts.access_tokens.types import AccessToken, read_access_tokens
from graph.accounts.sessions.types import Session, read_sessions
from graph.accounts.workspaces.types import WorkspaceMembership, list_workspaces
from graph.support.context import Context, Info
from graph.support.fields import described
from graph.support.ids import encode_id
from graph.support.nodes import Node


@strawberry.type(description="How much the layers of the element cache count, 0 to 100 each.")
class ElementLayers:
    """Weights; what is not measured of an element is left out of the sum."""

    structural: float
    visual: float
    behavioural: float
    context: float
    is_default: bool = strawberry.field(description="Whether all four are the product's own.")

    @classmethod
    def from_stored(cls, weights: Mapping[str, object]) -> Self:
        """The product's own weights with those of a workspace."""
        own = LayerWeights()
        held = {
            name: json_values.number(weights.get(name, getattr(own, name)))
            for name in ELEMENT_LAYERS
        }
        return cls(**held, is_default=not weights)


@strawberry.type(description="A team: everything else belongs to one.")
class Workspace(Node):
    """A row of `workspaces`."""

    name: str
    slug: str = strawberry.field(description="The short name, for addresses.")
    allowed_hosts: list[str] = strawberry.field(
        description="What tests may reach: host, host:port, *.domain, address or network."
    )
    element_layers: ElementLayers
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_row(cls, row: models.Workspace) -> Self:
        """Wrap a row."""
        return cls(
            id=encode_id("Workspace", row.id),
            name=row.name,
            slug=row.slug,
            allowed_hosts=row.allowed_hosts,
            element_layers=ElementLayers.from_stored(row.element_layers),
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


async def read_workspace(context: Context, identity: UUID) -> Workspace | None:
    """The workspace, for whoever may see it."""
    actor = await context.actor()
    actor.require("workspace.read")
    row = await context.load(repository.read_workspaces, identity)
    return None if row is None else Workspace.from_row(row)


@strawberry.type(description="A person as that person sees it.")
class Account(Node):
    """A row of `users`, and what the session it is seen from may do."""

    email: str
    display_name: str
    has_second_factor: bool = strawberry.field(
        description="Whether signing in takes a code of an authenticator app too."
    )
    accepted_terms: str | None = strawberry.field(
        description="The version of the terms that was accepted last."
    )
    accepted_terms_at: datetime | None
    created_at: datetime
    permissions: list[str] = strawberry.field(description="What this session may do, sorted.")
    workspace_id: strawberry.Private[UUID]

    @described("Where one is signed in; null for an access token.")
    async def sessions(self, info: Info) -> list[Session] | None:
        """Open sessions."""
        return await read_sessions(info.context)

    @described("Living access tokens in this workspace; null for an access token itself.")
    async def access_tokens(self, info: Info) -> list[AccessToken] | None:
        """For scripts."""
        return await read_access_tokens(info.context)

    @described("Where this session is signed in.")
    async def workspace(self, info: Info) -> Workspace | None:
        """The workspace of the session."""
        return await read_workspace(info.context, self.workspace_id)

    @described("Where one belongs, the oldest first, with deleted ones that can be restored.")
    async def workspaces(self, info: Info) -> list[WorkspaceMembership]:
        """One's own."""
        return await list_workspaces(info.context)

    @classmethod
    def from_row(cls, row: models.User, actor: Actor) -> Self:
        """Wrap a row."""
        return cls(
            id=encode_id("Account", row.id),
            email=row.email,
            display_name=row.display_name,
            has_second_factor=row.totp_confirmed_at is not None,
            accepted_terms=row.terms_version,
            accepted_terms_at=row.terms_accepted_at,
            created_at=row.created_at,
            permissions=sorted(actor.permissions),
            workspace_id=actor.workspace_id,
        )
