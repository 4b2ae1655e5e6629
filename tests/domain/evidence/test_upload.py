"""A person adds evidence: announced, sent, checked; and takes it back."""

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.evidence import repository
from domain.evidence.delete import delete_file, sweep
from domain.evidence.errors import EvidenceTooLarge, UploadIncomplete
from domain.evidence.links import Grant, LinkVerb
from domain.evidence.models import EvidenceFile
from domain.evidence.read import open_file
from domain.evidence.rules import PENDING_SECONDS, EvidenceLimits
from domain.evidence.storage import EvidenceStorage
from domain.evidence.upload import (
    CompleteUpload,
    CreateUpload,
    complete_upload,
    create_upload,
    receive_upload,
)
from domain.executions.models import Execution
from domain.shared.clock import SystemClock
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from tests.factories.evidence import list_stored, png_bytes, stream, units_of
from tests.factories.executions import make_execution
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration

PNG = png_bytes()


class Later:
    """The machine's clock, one pending time ahead."""

    def now(self):
        return SystemClock().now() + timedelta(seconds=PENDING_SECONDS + 60)


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    return await make_tenant(databases)


@pytest.fixture
async def execution(tenant: Tenant) -> Execution:
    return await make_execution(tenant)


@pytest.fixture
def storage(tmp_path: Path) -> EvidenceStorage:
    return EvidenceStorage(tmp_path)


def announcement(execution: Execution, **changes: object) -> CreateUpload:
    values: dict[str, object] = {
        "execution_id": execution.id,
        "name": "photo.png",
        "content_type": "image/png",
        "size_bytes": len(PNG),
        **changes,
    }
    return CreateUpload(**values)  # type: ignore[arg-type]


async def announce(
    tenant: Tenant, execution: Execution, limits: EvidenceLimits | None = None, **changes: object
) -> EvidenceFile:
    async with tenant.begin() as uow:
        command = announcement(execution, **changes)
        return await create_upload(uow, tenant.actor, command, limits=limits)


async def send(tenant: Tenant, storage: EvidenceStorage, file_id: UUID, *chunks: bytes) -> None:
    expiry = SystemClock().now() + timedelta(minutes=5)
    grant = Grant(LinkVerb.UPLOAD, tenant.workspace_id, file_id, expiry)
    await receive_upload(tenant.databases.app, storage, grant, stream(*chunks))


async def complete(
    tenant: Tenant, storage: EvidenceStorage, file_id: UUID, sha256: str | None = None
) -> EvidenceFile:
    async with tenant.begin() as uow:
        command = CompleteUpload(file_id, sha256)
        file = await complete_upload(uow, storage, tenant.actor, command)
    await storage.drop_held(tenant.workspace_id, file_id)
    return file


async def find(tenant: Tenant, file_id: UUID) -> EvidenceFile | None:
    async with tenant.read() as session:
        return await repository.find_file(session, tenant.workspace_id, file_id)


async def upload(
    tenant: Tenant, storage: EvidenceStorage, execution: Execution, data: bytes = PNG
) -> EvidenceFile:
    file = await announce(tenant, execution, size_bytes=len(data))
    await send(tenant, storage, file.id, data)
    return await complete(tenant, storage, file.id)


async def test_an_upload_is_seen_once_it_is_complete(
    tenant: Tenant, storage: EvidenceStorage, execution: Execution, tmp_path: Path
):
    file = await announce(tenant, execution)
    await send(tenant, storage, file.id, PNG[:10], PNG[10:])
    async with tenant.read() as session:
        found = await repository.read_files_of(session, tenant.workspace_id, [execution.id])
    assert found == {execution.id: []}
    done = await complete(tenant, storage, file.id, hashlib.sha256(PNG).hexdigest().upper())
    assert (done.content_type, done.size_bytes) == ("image/png", len(PNG))
    assert done.created_by == tenant.actor.user_id
    found = await find(tenant, file.id)
    assert found is not None
    assert found.sha256 == hashlib.sha256(PNG).hexdigest()
    assert list_stored(tmp_path, tenant.workspace_id) == {f"{found.sha256[:2]}/{found.sha256}"}


async def test_completing_twice_is_completing_once(
    tenant: Tenant, storage: EvidenceStorage, execution: Execution
):
    file = await upload(tenant, storage, execution)
    again = await complete(tenant, storage, file.id)
    assert again.stored_at == file.stored_at


async def test_a_complete_upload_takes_no_other_bytes(
    tenant: Tenant, storage: EvidenceStorage, execution: Execution
):
    file = await upload(tenant, storage, execution)
    with pytest.raises(Conflict):
        await send(tenant, storage, file.id, PNG)


async def test_nothing_can_be_completed_before_it_arrived(
    tenant: Tenant, storage: EvidenceStorage, execution: Execution
):
    file = await announce(tenant, execution)
    with pytest.raises(UploadIncomplete, match="No bytes"):
        await complete(tenant, storage, file.id)


async def test_other_bytes_than_the_client_hashed_are_refused(
    tenant: Tenant, storage: EvidenceStorage, execution: Execution
):
    file = await announce(tenant, execution)
    await send(tenant, storage, file.id, PNG)
    with pytest.raises(UploadIncomplete, match="another hash"):
        await complete(tenant, storage, file.id, "0" * 64)


@pytest.mark.parametrize(
    ("data", "error"), [(PNG + b"more", EvidenceTooLarge), (PNG[:-1], UploadIncomplete)]
)
async def test_case_53_other_than_the_announced_number_of_bytes_leaves_nothing(
    tenant: Tenant,
    storage: EvidenceStorage,
    execution: Execution,
    tmp_path: Path,
    data: bytes,
    error: type[Exception],
):
    file = await announce(tenant, execution)
    with pytest.raises(error):
        await send(tenant, storage, file.id, data)
    assert list_stored(tmp_path, tenant.workspace_id) == set()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"content_type": "no type"}, "content_type"),
        ({"content_type": "image/png\r\nX: y"}, "content_type"),
        ({"size_bytes": 0}, "size_bytes"),
        ({"size_bytes": 2**40}, "size_bytes"),
        ({"step_index": -1}, "step_index"),
    ],
)
async def test_a_wrong_announcement_names_its_field(
    tenant: Tenant, execution: Execution, changes: dict[str, object], field: str
):
    with pytest.raises(Invalid) as raised:
        await announce(tenant, execution, **changes)
    assert raised.value.field == (field,)


async def test_case_53_announced_uploads_count_against_the_quota(
    tenant: Tenant, execution: Execution
):
    room = EvidenceLimits(workspace_bytes=2 * len(PNG))
    await announce(tenant, execution, room)
    await announce(tenant, execution, room)
    with pytest.raises(EvidenceTooLarge):
        await announce(tenant, execution, room)


async def test_forgotten_uploads_give_their_room_back(tenant: Tenant, execution: Execution):
    room = EvidenceLimits(workspace_bytes=len(PNG))
    await announce(tenant, execution, room)
    async with tenant.begin() as uow:
        command = announcement(execution)
        assert await create_upload(uow, tenant.actor, command, limits=room, clock=Later())


async def test_who_may_not_add_evidence_announces_nothing(tenant: Tenant, execution: Execution):
    with pytest.raises(Forbidden):
        await announce(tenant.may_not("evidence.add"), execution)


async def test_case_54_evidence_of_another_workspace_is_not_found(
    databases: Databases, tenant: Tenant, storage: EvidenceStorage, execution: Execution
):
    file = await upload(tenant, storage, execution)
    stranger = await make_tenant(databases)
    assert await find(stranger, file.id) is None
    with pytest.raises(NotFound):
        await announce(stranger, execution)
    with pytest.raises(NotFound):
        await complete(stranger, storage, file.id)
    later = SystemClock().now() + timedelta(minutes=5)
    with pytest.raises(NotFound):
        grant = Grant(LinkVerb.DOWNLOAD, stranger.workspace_id, file.id, later)
        await open_file(databases.app, storage, grant)


async def test_deleted_evidence_is_gone_for_everybody_and_its_bytes_with_it(
    tenant: Tenant, storage: EvidenceStorage, execution: Execution, tmp_path: Path
):
    file = await upload(tenant, storage, execution)
    async with tenant.begin() as uow:
        await delete_file(uow, tenant.actor, file.id)
    assert await find(tenant, file.id) is None
    assert await sweep(units_of(tenant), storage, tenant.workspace_id) == 1
    assert list_stored(tmp_path, tenant.workspace_id) == set()
    assert await sweep(units_of(tenant), storage, tenant.workspace_id) == 0


async def test_bytes_that_another_file_consists_of_stay(
    tenant: Tenant, storage: EvidenceStorage, execution: Execution
):
    first = await upload(tenant, storage, execution)
    second = await upload(tenant, storage, execution)
    async with tenant.begin() as uow:
        await delete_file(uow, tenant.actor, first.id)
    assert await sweep(units_of(tenant), storage, tenant.workspace_id) == 0
    later = SystemClock().now() + timedelta(minutes=5)
    grant = Grant(LinkVerb.DOWNLOAD, tenant.workspace_id, second.id, later)
    opened = await open_file(tenant.databases.app, storage, grant)
    assert opened.path.read_bytes() == PNG


async def test_only_an_admin_deletes_what_others_added(
    tenant: Tenant, storage: EvidenceStorage, databases: Databases
):
    execution = await make_execution(tenant)
    file = await upload(tenant, storage, execution)
    own = tenant.may_only("evidence.read", "evidence.add")
    async with tenant.begin() as uow:
        stored = await repository.find_file(uow.session, tenant.workspace_id, file.id)
        assert stored is not None
        stored.created_by = None
    with pytest.raises(Forbidden):
        async with own.begin() as uow:
            await delete_file(uow, own.actor, file.id)
    async with tenant.begin() as uow:
        assert await delete_file(uow, tenant.actor, file.id)


@pytest.mark.no_rollback
async def test_bytes_that_are_just_being_added_again_survive_the_sweep(
    tenant: Tenant, storage: EvidenceStorage, execution: Execution
):
    first = await upload(tenant, storage, execution)
    async with tenant.begin() as uow:
        await delete_file(uow, tenant.actor, first.id)
    second = await announce(tenant, execution)
    await send(tenant, storage, second.id, PNG)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks, tenant.begin() as uow:
        await complete_upload(uow, storage, tenant.actor, CompleteUpload(second.id))
        sweeping = tasks.create_task(sweep(units_of(tenant), storage, tenant.workspace_id))
        while not await is_somebody_waiting(tenant.databases):
            await asyncio.sleep(0.01)
    assert sweeping.result() == 0
    sha256 = hashlib.sha256(PNG).hexdigest()
    assert storage.path_of(tenant.workspace_id, sha256).read_bytes() == PNG


async def is_somebody_waiting(databases: Databases) -> bool:
    async with databases.owner.connect() as connection:
        waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
        return bool(await connection.scalar(text(waiting)))
