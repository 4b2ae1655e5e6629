"""Reading the audit log."""

from datetime import datetime

import strawberry

from domain.audit import repository
from domain.audit.repository import AuditFilter, AuditOrder
from domain.shared.checks import NAME_LENGTH, Checks
from graph.audit.types import AuditEntry
from graph.support.ids import parse_id
from graph.support.lists import listed
from graph.support.ordering import OrderDirection
from graph.support.paging import Connection
from graph.support.targets import NOBODY, identify

READ = "audit.read"
PEOPLE = ("Member", "Account")


strawberry.enum(
    AuditOrder,
    name="AuditEntryOrderField",
    description="What entries of the audit log are sorted by.",
)


@strawberry.input(name="AuditEntryFilter", description="Conditions that all hold.")
class AuditEntryFilterInput:
    """Which entries."""

    actor_id: strawberry.ID | None = strawberry.field(default=None, description="Of a member.")
    action: str | None = strawberry.field(default=None, description="Such as mission.start.")
    entity_type: str | None = strawberry.field(default=None, description="Such as Mission.")
    entity_id: strawberry.ID | None = strawberry.field(default=None, description="Of anything.")
    since: datetime | None = strawberry.field(default=None, description="At this moment or later.")
    until: datetime | None = strawberry.field(default=None, description="Before this moment.")
    search: str | None = strawberry.field(
        default=None,
        description="A part of the action, of the name of the person or of the entity, of the "
        "address or of the request id, in any case.",
    )

    def to_filter(self) -> AuditFilter:
        """As the domain takes it.

        Raises:
            Invalid: a text that nothing can contain.
        """
        checks = Checks()
        for name in ("action", "entity_type", "search"):
            checks.text(getattr(self, name) or "", (name,), longest=NAME_LENGTH)
        checks.settle()
        target = None if self.entity_id is None else parse_id(self.entity_id) or ("", NOBODY)
        return AuditFilter(
            actor_id=None if self.actor_id is None else identify(self.actor_id, *PEOPLE),
            action=self.action,
            entity_type=self.entity_type,
            entity_id=None if target is None else target[1],
            since=self.since,
            until=self.until,
            search=self.search,
        )


@strawberry.input(name="AuditEntryOrder")
class AuditEntryOrderInput:
    """What a list of entries is sorted by."""

    field: AuditOrder = AuditOrder.SEQ
    direction: OrderDirection = OrderDirection.DESC


@strawberry.type
class AuditQueries:
    """Root fields."""

    audit_entries: Connection[AuditEntry] = listed(
        repository.ENTRIES,
        AuditEntryFilterInput,
        AuditEntryOrderInput,
        permission=READ,
        description="The audit log of the workspace, the newest entry first unless ordered otherwise.",
    )
