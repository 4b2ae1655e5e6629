"""Evidence as clients see it."""

from datetime import datetime

import strawberry

from domain.evidence import models
from domain.evidence.links import LinkVerb
from graph.evidence.links import transfer_url
from graph.support.context import Info
from graph.support.fields import described
from graph.support.nodes import Node
from graph.support.rows import Shown, column, global_id

EVIDENCE_FILE = "EvidenceFile"

strawberry.enum(models.EvidenceKind, name="EvidenceKind", description="What a file shows.")


@strawberry.type(description="A file that proves what happened.")
class EvidenceFile(Shown, Node):
    """A row of `evidence_files`."""

    row: strawberry.Private[models.EvidenceFile]
    id: strawberry.ID = global_id(EVIDENCE_FILE)
    kind: models.EvidenceKind = column(models.EvidenceKind)
    name: str = column()
    content_type: str = column(
        description="As claimed where the bytes agree, else application/octet-stream."
    )
    size_bytes: int = column()
    sha256: str | None = column()
    attempt: int = column(description="The attempt of the execution it belongs to.")
    step_index: int | None = column(description="Counted from 0; null: the whole run.")
    created_at: datetime = column()
    stored_at: datetime | None = column(description="Null until its upload is complete.")

    @described(
        "Where its bytes can be fetched during the next five minutes.",
        uses=("id", "workspace_id", "stored_at"),
    )
    def download_url(self, info: Info) -> str | None:
        """Nowhere, before they are there."""
        row = self.row
        if row.stored_at is None:
            return None
        return transfer_url(info.context, LinkVerb.DOWNLOAD, row.workspace_id, row.id)
