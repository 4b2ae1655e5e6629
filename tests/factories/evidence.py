"""Files as runs and people leave them, and how to make them evidence."""

import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

from domain.evidence.models import EvidenceFile, EvidenceKind
from domain.evidence.storage import EvidenceStorage
from domain.evidence.store import LocalFile, StoreFiles, store_files
from domain.executions.models import Execution
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from tests.factories.workspaces import Tenant


def png_bytes(width: int = 2, height: int = 2, shade: int = 200) -> bytes:
    """A valid grey picture."""
    row = b"\x00" + bytes([shade]) * width
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(row * height)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    """Bytes as they arrive."""
    for chunk in chunks:
        yield chunk


def units_of(tenant: Tenant) -> UnitsOfWork:
    """Units of work of the application, which wake nobody."""
    return UnitsOfWork(tenant.databases.app, SilentOutlet())


async def make_evidence(
    tenant: Tenant,
    storage: EvidenceStorage,
    execution: Execution,
    source: Path,
    *,
    name: str = "final",
    kind: EvidenceKind = EvidenceKind.SCREENSHOT,
    content_type: str = "image/png",
    step_index: int | None = None,
) -> EvidenceFile:
    """A stored file of an execution's current attempt."""
    local = LocalFile(source, kind, name, content_type, step_index)
    command = StoreFiles(tenant.workspace_id, execution.id, execution.attempt, [local])
    stored = await store_files(units_of(tenant), storage, command)
    assert not stored.refused
    return stored.kept[0]


def list_stored(storage_dir: Path, workspace_id: UUID) -> set[str]:
    """Names of everything on the disk of one workspace, drafts and pending uploads included."""
    root = storage_dir / str(workspace_id)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
