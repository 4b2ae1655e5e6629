"""Makes the report of an execution: rows, files and trouble, put in order and rendered."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from api.reports.files import FileView, Trouble, read_trouble, show_files
from api.reports.outline import Report, list_leaves, outline_report
from api.reports.render import Stamp, render_report
from api.reports.rows import ReportRows, read_rows
from domain.evidence.links import LinkSigner, LinkVerb
from domain.evidence.models import EvidenceFile
from domain.evidence.storage import EvidenceStorage
from domain.shared.clock import Clock, SystemClock
from domain.shared.database import Database

EVIDENCE_PATH = "/api/v1/evidence/"


class Reports:
    """Makes reports; one per process.

    Args:
        database: Of the application's role.
        storage: Where console and network logs lie.
        signer: Signs the links to pictures and files.
        clock: Tells where a run that is still going on ends for now.
    """

    def __init__(
        self,
        database: Database,
        storage: EvidenceStorage,
        signer: LinkSigner,
        clock: Clock | None = None,
    ) -> None:
        self._database = database
        self._storage = storage
        self._signer = signer
        self._clock = clock or SystemClock()

    async def make_page(self, workspace_id: UUID, execution_id: UUID, expires_at: datetime) -> str:
        """Return the report as HTML; its links work until `expires_at`.

        Raises:
            NotFound: there is no such execution in the workspace.
        """
        rows = await read_rows(self._database, workspace_id, execution_id)
        links = _Links(self._signer, workspace_id, expires_at)
        report = await self._outline(rows, links)
        # A long report takes a fifth of a second to write, in which others must be answered.
        stamp = Stamp(self._clock.now(), expires_at)
        return await asyncio.to_thread(render_report, report, stamp)

    async def _outline(self, rows: ReportRows, links: "_Links") -> Report:
        files: dict[UUID, list[FileView]] = {}
        trouble: dict[UUID, Trouble] = {}
        for row in list_leaves(rows):
            mine = rows.files[row.id]
            files[row.id] = show_files(mine, links.make)
            trouble[row.id] = await read_trouble(mine, row.attempt, self._path_of)
        return outline_report(rows, files, trouble, self._clock.now())

    def _path_of(self, file: EvidenceFile) -> Path:
        return self._storage.path_of(file.workspace_id, str(file.sha256))


@dataclass(frozen=True, slots=True)
class _Links:
    signer: LinkSigner
    workspace_id: UUID
    expires_at: datetime

    def make(self, file_id: UUID) -> str:
        token = self.signer.sign_until(
            LinkVerb.DOWNLOAD, self.workspace_id, file_id, self.expires_at
        )
        return EVIDENCE_PATH + token
