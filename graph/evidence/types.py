"""Evidence as clients see it."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from domain.evidence import models
from domain.evidence.links import LinkVerb
from graph.evidence.links import transfer_url
from graph.support.context import Info
from graph.support.ids import encode_id
from graph.support.nodes import Node

EVIDENCE_FILE = "EvidenceFile"

strawberry.enum(models.EvidenceKind, name="EvidenceKind", description="What a file shows.")


@strawberry.type(description="A file that proves what happened.")
class EvidenceFile(Node):
    """A row of `evidence_files`."""

    kind: models.EvidenceKind
    name: str
    content_type: str = strawberry.field(
        description="As claimed where the bytes agree, else application/octet-stream."
    )
    size_bytes: int
    sha256: str | None
    attempt: int = strawberry.field(description="The attempt of the execution it belongs to.")
    step_index: int | None = strawberry.field(description="Counted from 0; null: the whole run.")
    created_at: datetime
    stored_at: datetime | None = strawberry.field(description="Null until its upload is complete.")
    row_id: strawberry.Private[UUID]
    workspace_id: strawberry.Private[UUID]

    @strawberry.field
    def download_url(self, info: Info) -> str | None:
        """Where its bytes can be fetched during the next five minutes."""
        if self.stored_at is None:
            return None
        return transfer_url(info.context, LinkVerb.DOWNLOAD, self.workspace_id, self.row_id)

    @classmethod
    def from_row(cls, row: models.EvidenceFile) -> Self:
        """Wrap a row."""
        return cls(
            id=encode_id(EVIDENCE_FILE, row.id),
            kind=models.EvidenceKind(row.kind),
            name=row.name,
            content_type=row.content_type,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            attempt=row.attempt,
            step_index=row.step_index,
            created_at=row.created_at,
            stored_at=row.stored_at,
            row_id=row.id,
            workspace_id=row.workspace_id,
        )
