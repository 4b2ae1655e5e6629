"""What a worker captured becomes evidence of the attempt that captured it."""

from pathlib import Path

import pytest

from domain.evidence import repository
from domain.evidence.errors import AttemptReplaced
from domain.evidence.models import EvidenceKind
from domain.evidence.rules import EvidenceLimits
from domain.evidence.storage import EvidenceStorage
from domain.evidence.store import LocalFile, StoredFiles, StoreFiles, store_files
from domain.executions.models import Execution
from domain.shared.errors import NotFound
from tests.factories.evidence import list_stored, png_bytes, units_of
from tests.factories.executions import make_execution
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    return await make_tenant(databases)


@pytest.fixture
def storage(tmp_path: Path) -> EvidenceStorage:
    return EvidenceStorage(tmp_path / "evidence")


def write(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


async def store(
    tenant: Tenant,
    storage: EvidenceStorage,
    execution: Execution,
    *files: LocalFile,
    limits: EvidenceLimits | None = None,
    secrets: tuple[str, ...] = (),
) -> StoredFiles:
    command = StoreFiles(execution.workspace_id, execution.id, execution.attempt, files, secrets)
    return await store_files(units_of(tenant), storage, command, limits=limits)


def screenshot(path: Path, name: str = "final") -> LocalFile:
    return LocalFile(path, EvidenceKind.SCREENSHOT, name, "image/png", step_index=3)


async def test_a_captured_file_is_kept_with_all_that_is_known(
    tenant: Tenant, storage: EvidenceStorage, tmp_path: Path
):
    execution = await make_execution(tenant, attempt=2)
    path = write(tmp_path, "04-final.png", png_bytes())
    stored = await store(tenant, storage, execution, screenshot(path))
    async with tenant.read() as session:
        found = await repository.read_files_of(session, tenant.workspace_id, [execution.id])
    (file,) = found[execution.id]
    assert [kept.id for kept in stored.kept] == [file.id]
    assert (file.name, file.content_type, file.kind) == ("final.png", "image/png", "screenshot")
    assert (file.attempt, file.step_index, file.size_bytes) == (2, 3, len(png_bytes()))
    assert storage.path_of(tenant.workspace_id, str(file.sha256)).read_bytes() == png_bytes()


async def test_what_is_no_picture_is_kept_as_bytes(
    tenant: Tenant, storage: EvidenceStorage, tmp_path: Path
):
    execution = await make_execution(tenant)
    path = write(tmp_path, "final.png", b"<html>")
    stored = await store(tenant, storage, execution, screenshot(path))
    assert stored.kept[0].content_type == "application/octet-stream"


async def test_no_name_holds_a_secret(tenant: Tenant, storage: EvidenceStorage, tmp_path: Path):
    execution = await make_execution(tenant)
    file = screenshot(write(tmp_path, "a.png", png_bytes()), "typed correct-horse")
    stored = await store(tenant, storage, execution, file, secrets=("Correct-Horse",))
    assert stored.kept[0].name == "screenshot.png"


async def test_a_file_too_large_or_gone_is_refused_alone(
    tenant: Tenant, storage: EvidenceStorage, tmp_path: Path
):
    execution = await make_execution(tenant)
    good = screenshot(write(tmp_path, "good.png", png_bytes()))
    large = screenshot(write(tmp_path, "large.png", b"x" * 5000))
    gone = screenshot(tmp_path / "gone.png")
    stored = await store(
        tenant, storage, execution, large, gone, good, limits=EvidenceLimits(file_bytes=1000)
    )
    assert len(stored.kept) == 1
    assert [refusal.file for refusal in stored.refused] == [large, gone]
    assert len(list_stored(tmp_path / "evidence", tenant.workspace_id)) == 1


async def test_a_full_workspace_refuses_what_no_longer_fits(
    tenant: Tenant, storage: EvidenceStorage, tmp_path: Path
):
    execution = await make_execution(tenant)
    files = [screenshot(write(tmp_path, f"{n}.png", png_bytes(shade=n))) for n in (1, 2, 3)]
    room = EvidenceLimits(workspace_bytes=2 * len(png_bytes()) + 10)
    stored = await store(tenant, storage, execution, *files, limits=room)
    assert (len(stored.kept), len(stored.refused)) == (2, 1)
    assert len(list_stored(tmp_path / "evidence", tenant.workspace_id)) == 2


async def test_an_attempt_that_was_replaced_adds_nothing(
    tenant: Tenant, storage: EvidenceStorage, tmp_path: Path
):
    execution = await make_execution(tenant, attempt=2)
    execution.attempt = 1
    path = write(tmp_path, "a.png", png_bytes())
    with pytest.raises(AttemptReplaced):
        await store(tenant, storage, execution, screenshot(path))
    assert list_stored(tmp_path / "evidence", tenant.workspace_id) == set()


async def test_evidence_cannot_be_put_into_another_workspace(
    databases: Databases, tenant: Tenant, storage: EvidenceStorage, tmp_path: Path
):
    execution = await make_execution(await make_tenant(databases))
    path = write(tmp_path, "a.png", png_bytes())
    execution.workspace_id = tenant.workspace_id
    with pytest.raises(NotFound):
        await store(tenant, storage, execution, screenshot(path))
