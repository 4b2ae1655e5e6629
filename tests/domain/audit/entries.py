"""Entries for tests, and how they are read back."""

from collections.abc import Sequence

from sqlalchemy import select

from domain.audit.models import AuditEntry
from domain.shared.audit import Entity, Entry
from domain.shared.jobs import SilentOutlet
from domain.shared.origin import Origin
from domain.shared.unit_of_work import UnitsOfWork
from tests.factories.workspaces import Tenant

ORIGIN = Origin.of("Firefox on Linux", "192.0.2.7", "req-1")


def tell(tenant: Tenant, action: str = "mission.start", **after: object) -> Entry:
    """An entry about nothing in particular."""
    return Entry(action, tenant.actor, Entity("Mission", tenant.workspace_id, "M1"), after=after)


async def write(tenant: Tenant, *entries: Entry) -> None:
    """Write entries in one unit of work."""
    units = UnitsOfWork(tenant.databases.app, SilentOutlet())
    async with units.begin(tenant.workspace_id, tenant.actor.user_id, ORIGIN) as uow:
        for entry in entries:
            uow.audit(entry)


async def read_entries(tenant: Tenant) -> Sequence[AuditEntry]:
    """The tenant's log in the order it was written, as the application sees it."""
    async with tenant.read() as session:
        return (await session.scalars(select(AuditEntry).order_by(AuditEntry.seq))).all()
