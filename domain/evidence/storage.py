"""Where the bytes of evidence lie: one directory per workspace, files named by their SHA-256.

A file appears under its name only when it is complete and on the disk: bytes are written to a
draft in the same directory, hashed on the way, synced, and renamed. Drafts that a killed process
left behind are swept by age. Nothing is shared between workspaces, not even equal bytes, so that
nobody can find out what another workspace holds.
"""

import asyncio
import contextlib
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from domain.evidence.content import HEAD_BYTES, TAIL_BYTES
from domain.evidence.errors import EvidenceTooLarge, StoreUnwritable

DRAFT_PREFIX = ".draft-"
PENDING = "pending"
BUFFER_BYTES = 1024 * 1024
STALE_DRAFT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Received:
    """Complete bytes on the disk that have no name yet, with their first and last ones."""

    path: Path
    sha256: str
    size_bytes: int
    head: bytes
    tail: bytes


class EvidenceStorage:
    """Stores and finds evidence below one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @asynccontextmanager
    async def receive(
        self, workspace_id: UUID, chunks: AsyncIterable[bytes], *, limit: int
    ) -> AsyncIterator[Received]:
        """Write `chunks` to a draft; it is gone after the block unless it was kept.

        Raises:
            EvidenceTooLarge: more than `limit` bytes came; reading stopped there.
            StoreUnwritable: the disk is full or cannot be written.
        """
        # Not in a thread: a cancelled wait would leave a draft that nobody knows.
        draft = self._open_draft(workspace_id, limit)
        try:
            buffer = bytearray()
            async for chunk in chunks:
                buffer += chunk
                if len(buffer) >= BUFFER_BYTES:
                    await asyncio.to_thread(draft.write, bytes(buffer))
                    buffer.clear()
            yield await asyncio.to_thread(draft.finish, bytes(buffer))
        finally:
            draft.discard()

    @asynccontextmanager
    async def receive_file(
        self, workspace_id: UUID, source: Path, *, limit: int
    ) -> AsyncIterator[Received]:
        """Copy a local file, as `receive` does; a symbolic link is not followed.

        Raises:
            EvidenceTooLarge: the file is larger than `limit`.
            StoreUnwritable: the disk is full or cannot be written.
            FileNotFoundError: there is no such file.
        """
        descriptor = await asyncio.to_thread(os.open, source, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            async with self.receive(workspace_id, _read(file), limit=limit) as received:
                yield received

    async def keep(self, workspace_id: UUID, received: Received) -> None:
        """Give `received` its name; equal bytes that were there before stay.

        Raises:
            StoreUnwritable: the disk is full or cannot be written.
        """
        target = self.path_of(workspace_id, received.sha256)
        await asyncio.to_thread(_publish, received.path, target)

    async def hold(self, workspace_id: UUID, file_id: UUID, received: Received) -> None:
        """Put `received` aside until the upload `file_id` is completed; the last one counts.

        Raises:
            StoreUnwritable: the disk is full or cannot be written.
        """
        target = self._pending_path(workspace_id, file_id)
        await asyncio.to_thread(_publish, received.path, target)

    async def inspect_held(self, workspace_id: UUID, file_id: UUID) -> Received | None:
        """Hash what was put aside for `file_id`; None when nothing has arrived."""
        path = self._pending_path(workspace_id, file_id)
        try:
            return await asyncio.to_thread(_inspect, path)
        except FileNotFoundError:
            return None

    async def drop_held(self, workspace_id: UUID, file_id: UUID) -> None:
        """Forget what was put aside for `file_id`, if anything."""
        path = self._pending_path(workspace_id, file_id)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def discard(self, workspace_id: UUID, sha256: str) -> None:
        """Remove bytes; the caller made sure, under the content's lock, that no row needs them."""
        path = self.path_of(workspace_id, sha256)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def list_workspaces(self) -> list[UUID]:
        """Return which workspaces have a directory here."""
        return await asyncio.to_thread(_list_workspaces, self._directory)

    async def remove_workspace(self, workspace_id: UUID) -> None:
        """Remove everything of a workspace that is purged; nothing is done where nothing is."""
        await asyncio.to_thread(_remove_tree, self._directory / str(workspace_id))

    async def sweep_drafts(self, workspace_id: UUID) -> int:
        """Remove drafts and uploads that nobody can still be waiting for; return how many."""
        return await asyncio.to_thread(_sweep_drafts, self._directory / str(workspace_id))

    def path_of(self, workspace_id: UUID, sha256: str) -> Path:
        """Return where the bytes with this hash lie, or would lie."""
        return self._directory / str(workspace_id) / sha256[:2] / sha256

    def _pending_path(self, workspace_id: UUID, file_id: UUID) -> Path:
        return self._directory / str(workspace_id) / PENDING / str(file_id)

    def _open_draft(self, workspace_id: UUID, limit: int) -> "_Draft":
        with _storing():
            directory = self._directory / str(workspace_id)
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            return _Draft(directory / f"{DRAFT_PREFIX}{secrets.token_hex(16)}", limit)


class _Draft:
    """A file while it is being written; used from one thread at a time."""

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._hash = hashlib.sha256()
        self._size = 0
        self._head = b""
        self._tail = b""
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limit:
            raise EvidenceTooLarge(f"A file may have at most {self._limit} bytes here.")
        with _storing():
            self._file.write(data)
        self._hash.update(data)
        if len(self._head) < HEAD_BYTES:
            self._head += data[: HEAD_BYTES - len(self._head)]
        self._tail = (self._tail + data)[-TAIL_BYTES:]

    def finish(self, rest: bytes) -> Received:
        self.write(rest)
        with _storing():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        return Received(self._path, self._hash.hexdigest(), self._size, self._head, self._tail)

    def discard(self) -> None:
        """Not awaited, so that it also happens while the task is being cancelled."""
        # Closing writes what is buffered, which a full disk refuses once more.
        with contextlib.suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)


@contextmanager
def _storing() -> Iterator[None]:
    """Tell a disk that refuses apart from a mistake of ours."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise StoreUnwritable(reason) from error


def _publish(source: Path, target: Path) -> None:
    """Link `source` under its final name; readers see all of it or nothing."""
    with _storing():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        step = target.parent / f"{DRAFT_PREFIX}{secrets.token_hex(16)}"
        step.hardlink_to(source)
        step.replace(target)
        # Both names of one file: the rename above was nothing, and left the first name.
        step.unlink(missing_ok=True)
        _sync_directory(target.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _inspect(path: Path) -> Received:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        size = file.tell()
        file.seek(0)
        head = file.read(HEAD_BYTES)
        file.seek(max(0, size - TAIL_BYTES))
        return Received(path, digest.hexdigest(), size, head, file.read())


def _remove_tree(directory: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(directory)


def _list_workspaces(directory: Path) -> list[UUID]:
    found = []
    with contextlib.suppress(FileNotFoundError):
        for entry in sorted(directory.iterdir()):
            with contextlib.suppress(ValueError):  # not a directory of ours
                found.append(UUID(entry.name))
    return found


def _sweep_drafts(directory: Path) -> int:
    youngest = time.time() - STALE_DRAFT_SECONDS
    patterns = (f"{DRAFT_PREFIX}*", f"*/{DRAFT_PREFIX}*", f"{PENDING}/*")
    swept = 0
    for draft in {path for pattern in patterns for path in directory.glob(pattern)}:
        with contextlib.suppress(FileNotFoundError):
            if draft.stat().st_mtime < youngest:
                draft.unlink()
                swept += 1
    return swept


async def _read(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, BUFFER_BYTES):
        yield chunk
