"""Found a workspace: its preset groups, and somebody who owns and administers it."""

from uuid import UUID

from domain.accounts import repository
from domain.accounts.models import Workspace
from domain.accounts.permissions import PRESET_GROUPS
from domain.accounts.rules import derive_slug, vary_slug
from domain.shared.database import enter_workspace
from domain.shared.errors import Conflict
from domain.shared.ids import new_id
from domain.shared.unit_of_work import UnitOfWork


async def found_own_workspace(uow: UnitOfWork, user_id: UUID, name: str) -> UUID:
    """Make a workspace that this person owns; the transaction is in it afterwards.

    Whether another workspace has the same name is nobody's business: its short name differs then.

    Args:
        uow: Whatever workspace it was in, it is in the new one afterwards.
        user_id: Of somebody who exists.
        name: Checked already.
    """
    workspace_id, slug = new_id(), derive_slug(name)
    await enter_workspace(uow.session, workspace_id, user_id)
    for candidate in (slug, vary_slug(slug, workspace_id)):
        workspace = Workspace(id=workspace_id, name=name, slug=candidate, owner_id=user_id)
        if await repository.add_workspace(uow.session, workspace):
            await furnish_workspace(uow, workspace_id, user_id)
            return workspace_id
    raise Conflict("No short name is free for this workspace. Choose another name.")


async def furnish_workspace(uow: UnitOfWork, workspace_id: UUID, user_id: UUID) -> None:
    """Give a new workspace its preset groups and its first administrator."""
    groups = await repository.add_preset_groups(uow.session, workspace_id, PRESET_GROUPS)
    await repository.add_member(uow.session, user_id, workspace_id, [groups["admin"]])
