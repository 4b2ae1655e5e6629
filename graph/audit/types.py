"""Entries of the audit log as clients see them."""

from datetime import datetime
from typing import Self
from uuid import UUID

import orjson
import strawberry
from strawberry.scalars import JSON

from domain.audit import models
from domain.shared.actor import Via
from graph.support.ids import encode_id

strawberry.enum(Via, name="ActedVia", description="What somebody acted through.")


@strawberry.type(description="What somebody did, and to what. Nobody can change or delete it.")
class AuditEntry:
    """Secrets are masked: that one changed is told, but not what it was or is."""

    seq: int = strawberry.field(description="Its number in the log of the workspace; no gaps.")
    at: datetime
    action: str = strawberry.field(description="The entity and the verb, such as mission.start.")
    actor_id: strawberry.ID | None = strawberry.field(
        description="Of a member; null for the system, and where nobody was signed in."
    )
    actor_name: str | None = strawberry.field(description="As the person was called at that time.")
    via: Via
    session_id: strawberry.ID | None = strawberry.field(
        description="Of the session or the access token that was used."
    )
    entity_type: str | None
    entity_id: strawberry.ID | None = strawberry.field(
        description="For `node`; what was deleted is not found there any more."
    )
    entity_label: str | None = strawberry.field(description="As it was called at that time.")
    before: JSON = strawberry.field(description="What has changed, as it was before.")
    after: JSON = strawberry.field(description="What has changed, as it was afterwards.")
    address: str | None
    device: str | None
    request_id: str | None
    hash: str = strawberry.field(
        description="SHA-256 over the hash of the entry before this one, and this one."
    )

    @classmethod
    def from_row(cls, row: models.AuditEntry) -> Self:
        """Wrap a row."""
        record = orjson.loads(row.record)
        via = Via(record["via"])
        session = record.get("session_id")
        through = "AccessToken" if via is Via.ACCESS_TOKEN else "Session"
        entity_id = None
        if row.entity_type is not None and row.entity_id is not None:
            entity_id = encode_id(row.entity_type, row.entity_id)
        return cls(
            seq=row.seq,
            at=row.at,
            action=row.action or "",
            actor_id=None if row.actor_id is None else encode_id("Member", row.actor_id),
            actor_name=row.actor_name,
            via=via,
            session_id=None if session is None else encode_id(through, UUID(session)),
            entity_type=row.entity_type,
            entity_id=entity_id,
            entity_label=row.entity_label,
            before=record.get("before", {}),
            after=record.get("after", {}),
            address=row.address,
            device=record.get("device"),
            request_id=row.request_id,
            hash=row.hash.hex(),
        )
