"""Reading the audit log."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from domain.audit import repository
from domain.audit.repository import AuditFilter
from domain.shared.checks import NAME_LENGTH, Checks
from graph.audit.types import AuditEntry
from graph.support.context import Info
from graph.support.fields import described
from graph.support.ids import parse_id
from graph.support.ordering import OrderDirection
from graph.support.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    make_connection,
    request_page,
)
from graph.support.targets import NOBODY, identify

READ = "audit.read"
PEOPLE = ("Member", "Account")
FILTER = strawberry.argument(name="filter")


@strawberry.enum(description="What entries of the audit log are sorted by.")
class AuditEntryOrderField(Enum):
    """There is one order: that in which they were written."""

    SEQ = "seq"


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

    field: AuditEntryOrderField = AuditEntryOrderField.SEQ
    direction: OrderDirection = OrderDirection.DESC


@strawberry.type
class AuditQueries:
    """Root fields."""

    @described("The audit log of the workspace, the newest entry first unless ordered otherwise.")
    async def audit_entries(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        wanted: Annotated[AuditEntryFilterInput | None, FILTER] = None,
        order_by: AuditEntryOrderInput | None = None,
    ) -> Connection[AuditEntry]:
        """A page of it."""
        actor = await info.context.actor()
        actor.require(READ)
        order = order_by or AuditEntryOrderInput()
        request = request_page(
            first=first,
            after=after,
            last=last,
            before=before,
            descending=order.direction.descending,
        )
        filtered = wanted.to_filter() if wanted else AuditFilter()
        workspace = actor.workspace_id
        async with info.context.reading() as session:
            page = await repository.page_entries(session, workspace, filtered, request)

        async def count() -> int:
            async with info.context.reading() as session:
                return await repository.count_entries(session, workspace, filtered)

        return make_connection(page, AuditEntry.from_row, lambda row: (row.seq,), count)
