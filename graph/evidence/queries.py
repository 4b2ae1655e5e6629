"""Reading evidence: one file by its global id; lists hang on executions."""

from uuid import UUID

from domain.evidence import repository
from graph.evidence.types import EVIDENCE_FILE, EvidenceFile
from graph.support.context import Context
from graph.support.nodes import NodeReader


async def read_evidence_file(context: Context, identity: UUID) -> EvidenceFile | None:
    """One file, for whoever may see evidence."""
    actor = await context.actor()
    actor.require("evidence.read")
    row = await context.load(repository.read_files, identity)
    return None if row is None else EvidenceFile.from_row(row)


NODES: dict[str, NodeReader] = {EVIDENCE_FILE: read_evidence_file}
