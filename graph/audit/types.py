"""Entries of the audit log as clients see them."""

from datetime import datetime
from uuid import UUID

import orjson
import strawberry
from strawberry.scalars import JSON

from domain.audit import models
from domain.shared.actor import Via
from graph.support.ids import IdEncoder, encode_id
from graph.support.rows import Convert, Shown, column, computed

strawberry.enum(Via, name="ActedVia", description="What somebody acted through.")


def read_via(row: models.AuditEntry) -> Via:
    """What somebody acted through."""
    return Via(orjson.loads(row.record)["via"])


def identify_session(row: models.AuditEntry) -> strawberry.ID | None:
    """The global id of the session or the access token."""
    session = orjson.loads(row.record).get("session_id")
    kind = "AccessToken" if read_via(row) is Via.ACCESS_TOKEN else "Session"
    return None if session is None else encode_id(kind, UUID(session))


def identify_entity(row: models.AuditEntry) -> strawberry.ID | None:
    """The global id of what was changed."""
    if row.entity_type is None or row.entity_id is None:
        return None
    return encode_id(row.entity_type, row.entity_id)


def part_of_record(name: str, otherwise: object = None) -> Convert:
    """What the record says under a name."""
    return lambda record: orjson.loads(record).get(name, otherwise)


@strawberry.type(description="What somebody did, and to what. Nobody can change or delete it.")
class AuditEntry(Shown):
    """Secrets are masked: that one changed is told, but not what it was or is."""

    row: strawberry.Private[models.AuditEntry]
    seq: int = column(description="Its number in the log of the workspace; no gaps.")
    at: datetime = column()
    action: str = column(description="The entity and the verb, such as mission.start.")
    actor_id: strawberry.ID | None = column(
        IdEncoder("Member"),
        description="Of a member; null for the system, and where nobody was signed in.",
    )
    actor_name: str | None = column(description="As the person was called at that time.")
    via: Via = computed(read_via, "record")
    session_id: strawberry.ID | None = computed(
        identify_session,
        "record",
        description="Of the session or the access token that was used.",
    )
    entity_type: str | None = column()
    entity_id: strawberry.ID | None = computed(
        identify_entity,
        "entity_type",
        "entity_id",
        description="For `node`; what was deleted is not found there any more.",
    )
    entity_label: str | None = column(description="As it was called at that time.")
    before: JSON = column(
        part_of_record("before", {}),
        of="record",
        description="What has changed, as it was before.",
    )
    after: JSON = column(
        part_of_record("after", {}),
        of="record",
        description="What has changed, as it was afterwards.",
    )
    address: str | None = column()
    device: str | None = column(part_of_record("device"), of="record")
    request_id: str | None = column()
    hash: str = column(
        bytes.hex, description="SHA-256 over the hash of the entry before this one, and this one."
    )
