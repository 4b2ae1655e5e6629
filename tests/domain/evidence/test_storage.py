"""Bytes on the disk are complete under their hash, or not there at all."""

import errno
import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.evidence import storage as storage_module
from domain.evidence.errors import EvidenceTooLarge, StoreUnwritable
from domain.evidence.storage import STALE_DRAFT_SECONDS, EvidenceStorage
from domain.shared.ids import new_id
from tests.factories.evidence import list_stored, stream

pytestmark = pytest.mark.unit

WORKSPACE = new_id()
BIG = b"0123456789abcdef" * 200_000


@pytest.fixture
def storage(tmp_path: Path) -> EvidenceStorage:
    return EvidenceStorage(tmp_path)


async def keep(storage: EvidenceStorage, *chunks: bytes) -> str:
    async with storage.receive(WORKSPACE, stream(*chunks), limit=len(BIG)) as received:
        await storage.keep(WORKSPACE, received)
    return received.sha256


async def test_bytes_lie_under_their_hash(storage: EvidenceStorage, tmp_path: Path):
    sha256 = await keep(storage, BIG[:70_000], BIG[70_000:])
    assert sha256 == hashlib.sha256(BIG).hexdigest()
    assert storage.path_of(WORKSPACE, sha256).read_bytes() == BIG
    assert list_stored(tmp_path, WORKSPACE) == {f"{sha256[:2]}/{sha256}"}


async def test_equal_bytes_are_stored_once(storage: EvidenceStorage, tmp_path: Path):
    assert await keep(storage, b"same") == await keep(storage, b"sa", b"me")
    assert len(list_stored(tmp_path, WORKSPACE)) == 1


async def test_what_is_not_kept_leaves_nothing(storage: EvidenceStorage, tmp_path: Path):
    async with storage.receive(WORKSPACE, stream(b"draft"), limit=10) as received:
        assert received.size_bytes == 5
    assert list_stored(tmp_path, WORKSPACE) == set()


async def test_case_53_too_many_bytes_are_refused_without_a_rest(
    storage: EvidenceStorage, tmp_path: Path
):
    asked = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal asked
        while True:
            asked += 1
            yield BIG

    with pytest.raises(EvidenceTooLarge):
        async with storage.receive(WORKSPACE, endless(), limit=3 * len(BIG)):
            pass
    assert asked == 4
    assert list_stored(tmp_path, WORKSPACE) == set()


async def test_a_sender_that_breaks_off_leaves_nothing(storage: EvidenceStorage, tmp_path: Path):
    async def broken() -> AsyncIterator[bytes]:
        yield BIG
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        async with storage.receive(WORKSPACE, broken(), limit=len(BIG)):
            pass
    assert list_stored(tmp_path, WORKSPACE) == set()


@pytest.mark.parametrize("call", ["fsync", "open", "write"])
async def test_a_full_disk_is_said_clearly_and_leaves_nothing(
    storage: EvidenceStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    class FullFile:
        def write(self, _: bytes) -> None:
            refuse()

        def close(self) -> None:
            refuse()

    if call == "write":
        monkeypatch.setattr(storage_module.os, "fdopen", lambda *_: FullFile())
    else:
        monkeypatch.setattr(storage_module.os, call, refuse)
    with pytest.raises(StoreUnwritable, match="no space left on device"):
        await keep(storage, b"bytes")
    monkeypatch.undo()
    assert list_stored(tmp_path, WORKSPACE) == set()


async def test_a_directory_that_cannot_be_made_is_said_clearly(tmp_path: Path):
    (tmp_path / "evidence").write_text("a file where a directory should be")
    with pytest.raises(StoreUnwritable, match="not a directory"):
        await keep(EvidenceStorage(tmp_path / "evidence"), b"bytes")


async def test_a_symbolic_link_is_not_followed(storage: EvidenceStorage, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("private")
    link = tmp_path / "shot.png"
    link.symlink_to(secret)
    with pytest.raises(OSError, match="symbolic link"):
        async with storage.receive_file(WORKSPACE, link, limit=100):
            pass


async def test_a_held_upload_survives_being_kept(storage: EvidenceStorage):
    upload = new_id()
    async with storage.receive(WORKSPACE, stream(b"one"), limit=9) as received:
        await storage.hold(WORKSPACE, upload, received)
    async with storage.receive(WORKSPACE, stream(b"two"), limit=9) as received:
        await storage.hold(WORKSPACE, upload, received)
    held = await storage.inspect_held(WORKSPACE, upload)
    assert held is not None
    assert held.sha256 == hashlib.sha256(b"two").hexdigest()
    await storage.keep(WORKSPACE, held)
    await storage.keep(WORKSPACE, held)
    assert await storage.inspect_held(WORKSPACE, upload) == held
    await storage.drop_held(WORKSPACE, upload)
    assert await storage.inspect_held(WORKSPACE, upload) is None
    assert storage.path_of(WORKSPACE, held.sha256).read_bytes() == b"two"


async def test_drafts_of_killed_processes_are_swept(storage: EvidenceStorage, tmp_path: Path):
    sha256 = await keep(storage, b"kept")
    old = time.time() - STALE_DRAFT_SECONDS - 60
    for name, age in ((".draft-old", old), (".draft-young", time.time())):
        path = tmp_path / str(WORKSPACE) / name
        path.write_bytes(b"half")
        os.utime(path, (age, age))
    os.utime(storage.path_of(WORKSPACE, sha256), (old, old))
    assert await storage.sweep_drafts(WORKSPACE) == 1
    assert list_stored(tmp_path, WORKSPACE) == {".draft-young", f"{sha256[:2]}/{sha256}"}
