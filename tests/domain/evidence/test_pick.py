"""A step names a file; the newest upload of that name is meant, the mission's own before others."""

from pathlib import Path
from uuid import UUID

import pytest

from domain.evidence.models import EvidenceFile, EvidenceKind
from domain.evidence.pick import pick_uploads
from domain.evidence.storage import EvidenceStorage
from domain.shared.ids import new_id
from tests.factories.evidence import make_evidence
from tests.factories.executions import make_execution
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    return await make_tenant(databases)


class Shelf:
    """Uploads texts as evidence and picks them by name."""

    def __init__(self, tenant: Tenant, directory: Path) -> None:
        self.tenant = tenant
        self.directory = directory
        self.storage = EvidenceStorage(directory / "evidence")

    async def put(
        self,
        text: str,
        *,
        name: str = "plan.txt",
        mission: UUID | None = None,
        kind: EvidenceKind = EvidenceKind.UPLOAD,
    ) -> EvidenceFile:
        source = self.directory / "source"
        source.write_text(text)
        run = await make_execution(self.tenant, subject_id=mission)
        return await make_evidence(
            self.tenant,
            self.storage,
            run,
            source,
            name=name,
            kind=kind,
            content_type="text/plain",
        )

    async def pick(self, *names: str, mission: UUID | None = None) -> dict[str, str]:
        async with self.tenant.read() as session:
            found = await pick_uploads(
                session, self.storage, self.tenant.workspace_id, names, subject_id=mission
            )
        return {name: path.read_text() for name, path in found.items()}


@pytest.fixture
def shelf(tenant: Tenant, tmp_path: Path) -> Shelf:
    return Shelf(tenant, tmp_path)


async def test_the_newest_of_a_name_is_picked(shelf: Shelf):
    await shelf.put("old")
    await shelf.put("new")
    await shelf.put("other", name="other.txt")
    assert await shelf.pick("plan.txt") == {"plan.txt": "new"}


async def test_the_missions_own_comes_before_a_newer_one(shelf: Shelf):
    mission = new_id()
    await shelf.put("mine", mission=mission)
    await shelf.put("newer, of another", mission=new_id())
    assert await shelf.pick("plan.txt", mission=mission) == {"plan.txt": "mine"}


async def test_a_name_is_looked_up_as_it_was_stored(shelf: Shelf):
    await shelf.put("text", name="a/b/plan.txt")
    assert await shelf.pick("../plan.txt") == {"../plan.txt": "text"}


async def test_what_a_run_captured_is_no_upload(shelf: Shelf):
    await shelf.put("log", kind=EvidenceKind.CONSOLE)
    assert await shelf.pick("plan.txt", "never.txt") == {}


async def test_a_file_of_another_workspace_is_not_found(
    shelf: Shelf, databases: Databases, tmp_path: Path
):
    other = Shelf(await make_tenant(databases), tmp_path)
    await other.put("theirs")
    assert await shelf.pick("plan.txt") == {}
