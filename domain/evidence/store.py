"""Keeps what a worker captured: a local file becomes evidence of an execution."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path, PurePath
from uuid import UUID

from domain.evidence import repository
from domain.evidence.content import verify_type
from domain.evidence.errors import AttemptReplaced, EvidenceTooLarge
from domain.evidence.models import EvidenceFile, EvidenceKind
from domain.evidence.rules import EvidenceLimits, clean_name
from domain.evidence.storage import EvidenceStorage, Received
from domain.shared.clock import Clock, SystemClock
from domain.shared.errors import NotFound
from domain.shared.ids import new_id
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file a run left behind. `step_index` is None for files about the whole run."""

    path: Path
    kind: EvidenceKind
    name: str
    content_type: str
    step_index: int | None = None


@dataclass(frozen=True, slots=True)
class StoreFiles:
    """Keep `files` for one attempt of an execution; no name may contain one of `secrets`."""

    workspace_id: UUID
    execution_id: UUID
    attempt: int
    files: Sequence[LocalFile]
    secrets: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was not kept, and why."""

    file: LocalFile
    reason: str


@dataclass(frozen=True, slots=True)
class StoredFiles:
    """What became of the files, in no particular order."""

    kept: list[EvidenceFile]
    refused: list[Refusal]


async def store_files(
    units: UnitsOfWork,
    storage: EvidenceStorage,
    command: StoreFiles,
    *,
    limits: EvidenceLimits | None = None,
    clock: Clock | None = None,
) -> StoredFiles:
    """Copy files into the storage and make them evidence, all in one unit of work.

    Copying comes first, so that no transaction waits for a disk. A file that is too large, empty
    or gone is refused by itself.

    Raises:
        NotFound: there is no such execution in the workspace.
        AttemptReplaced: another attempt has taken over; nothing was kept.
        StoreUnwritable: the disk is full or cannot be written; nothing was kept.
    """
    limits = limits or EvidenceLimits()
    now = (clock or SystemClock()).now()
    result = StoredFiles([], [])
    async with AsyncExitStack() as stack:
        arrived = await _receive_all(stack, storage, command, limits, result)
        if not arrived:
            return result
        async with units.begin(command.workspace_id) as uow:
            room = await _check(uow, command, limits)
            # In one order for everybody: two runs with equal files would block each other.
            arrived.sort(key=lambda pair: pair[1].sha256)
            for local, received in arrived:
                room -= received.size_bytes
                if room < 0:
                    result.refused.append(Refusal(local, "The workspace has no room left."))
                    continue
                file = _describe(command, local, received)
                file.stored_at = now
                await keep_content(uow, storage, file, received)
                repository.add_file(uow.session, file)
                result.kept.append(file)
    return result


async def keep_content(
    uow: UnitOfWork, storage: EvidenceStorage, file: EvidenceFile, received: Received
) -> None:
    """Name bytes under their lock, so that no sweep removes them before the row is committed."""
    await repository.lock_content(uow.session, file.workspace_id, received.sha256)
    await storage.keep(file.workspace_id, received)


async def _receive_all(
    stack: AsyncExitStack,
    storage: EvidenceStorage,
    command: StoreFiles,
    limits: EvidenceLimits,
    result: StoredFiles,
) -> list[tuple[LocalFile, Received]]:
    arrived = []
    for local in command.files:
        copying = storage.receive_file(command.workspace_id, local.path, limit=limits.file_bytes)
        try:
            received = await stack.enter_async_context(copying)
        except EvidenceTooLarge as error:
            result.refused.append(Refusal(local, error.message))
        except FileNotFoundError:
            result.refused.append(Refusal(local, "The file is not there."))
        else:
            arrived.append((local, received))
    return arrived


async def _check(uow: UnitOfWork, command: StoreFiles, limits: EvidenceLimits) -> int:
    """Return how many bytes the workspace may still store."""
    attempt = await repository.find_attempt(uow.session, command.workspace_id, command.execution_id)
    if attempt is None:
        raise NotFound("The execution")
    if attempt != command.attempt:
        raise AttemptReplaced
    return limits.workspace_bytes - await repository.sum_bytes(uow.session, command.workspace_id)


def _describe(command: StoreFiles, local: LocalFile, received: Received) -> EvidenceFile:
    verified = verify_type(local.content_type, received.head, received.tail, received.size_bytes)
    suffix = local.path.suffix
    name = local.name if PurePath(local.name).suffix else local.name + suffix
    return EvidenceFile(
        id=new_id(),
        workspace_id=command.workspace_id,
        execution_id=command.execution_id,
        attempt=command.attempt,
        step_index=local.step_index,
        kind=local.kind,
        name=clean_name(name, secrets=command.secrets, otherwise=local.kind.value + suffix),
        content_type=verified,
        size_bytes=received.size_bytes,
        sha256=received.sha256,
    )
