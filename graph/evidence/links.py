"""Signed addresses for clients, and the services behind them, as the composition root hands them in."""

from typing import Final
from uuid import UUID

from domain.evidence.links import REPORT_SECONDS, LinkSigner, LinkVerb
from domain.evidence.storage import EvidenceStorage
from graph.support.context import Context

SIGNER: Final = "link_signer"
STORAGE: Final = "evidence_storage"
"""Names in `Context.extras`."""


def signer_of(context: Context) -> LinkSigner:
    """What signs links.

    Raises:
        LookupError: the composition root handed none in.
    """
    signer = context.extras.get(SIGNER)
    if not isinstance(signer, LinkSigner):
        raise LookupError(f"Context.extras has no {SIGNER}.")
    return signer


def storage_of(context: Context) -> EvidenceStorage:
    """Where bytes lie.

    Raises:
        LookupError: the composition root handed none in.
    """
    storage = context.extras.get(STORAGE)
    if not isinstance(storage, EvidenceStorage):
        raise LookupError(f"Context.extras has no {STORAGE}.")
    return storage


def transfer_url(context: Context, verb: LinkVerb, workspace_id: UUID, file_id: UUID) -> str:
    """Where one file can be sent to or fetched from during the next minutes."""
    token = signer_of(context).sign(verb, workspace_id, file_id)
    return f"{context.settings.base_url}/api/v1/evidence/{token}"


def report_url(context: Context, workspace_id: UUID, execution_id: UUID) -> str:
    """Where the report of one execution can be read for an hour, without signing in."""
    token = signer_of(context).sign(
        LinkVerb.REPORT, workspace_id, execution_id, seconds=REPORT_SECONDS
    )
    return f"{context.settings.base_url}/reports/executions/{execution_id}?link={token}"
