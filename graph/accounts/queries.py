"""Who is asking."""

from uuid import UUID

import strawberry

from domain.accounts.me import read_me
from graph.accounts.access_tokens.types import ACCESS_TOKEN, read_access_token
from graph.accounts.sessions.types import SESSION, read_session
from graph.accounts.types import Account, read_workspace
from graph.support.context import Context, Info
from graph.support.fields import described
from graph.support.nodes import NodeReader


@strawberry.type
class AccountQueries:
    """Root fields."""

    @described("Who is signed in.")
    async def me(self, info: Info) -> Account:
        """The account behind the access token."""
        return await load_account(info.context)


async def load_account(context: Context) -> Account:
    """One's own account."""
    actor = await context.actor()
    async with context.reading() as session:
        return Account.from_row(await read_me(session, actor), actor)


async def read_account(context: Context, identity: UUID) -> Account | None:
    """One's own account; nobody else's is there."""
    actor = await context.actor()
    if identity != actor.user_id:
        return None
    return await load_account(context)


NODES: dict[str, NodeReader] = {
    "Account": read_account,
    "Workspace": read_workspace,
    SESSION: read_session,
    ACCESS_TOKEN: read_access_token,
}
