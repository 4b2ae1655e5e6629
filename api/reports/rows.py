"""Everything a report is made of, read in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from domain.accounts import repository as accounts
from domain.elements.models import ElementDecision
from domain.elements.reading import repository as elements
from domain.elements.reading.repository import DecisionPictures
from domain.evidence import repository as evidence
from domain.evidence.models import EvidenceFile
from domain.executions.models import Attempt, Execution, ExecutionEvent
from domain.executions.reading import repository as executions
from domain.missions import repository as missions
from domain.missions.models import MissionTest
from domain.shared.database import Database
from domain.shared.errors import NotFound
from domain.shared.paging import PageRequest
from domain.shared.reads import Record

MAX_EXECUTIONS = 500
MAX_EVENTS = 2000
"""The last of each execution; a browser test has two per step and some more."""

MAX_PICTURES = 200
"""Decisions whose pictures a report can hold: they are part of the page."""
_CHANGED = frozenset({"healed", "suggested"})


@dataclass(frozen=True, slots=True)
class ReportRows:
    """An execution, what ran below it, and what is known about each, by execution id.

    `tests` are the tests that were carried out, by their own ids.
    """

    top: Execution
    below: Sequence[Execution]
    attempts: Mapping[UUID, Sequence[Attempt]]
    events: Mapping[UUID, Sequence[ExecutionEvent]]
    decisions: Mapping[UUID, Sequence[ElementDecision]]
    pictures: Mapping[UUID, DecisionPictures]
    """Of decisions about elements that had changed, by the ids of the decisions."""
    files: Mapping[UUID, Sequence[EvidenceFile]]
    tests: Mapping[UUID, MissionTest]
    is_cut: bool
    """Whether more ran than a report can show."""


async def read_rows(database: Database, workspace_id: UUID, execution_id: UUID) -> ReportRows:
    """Read an execution with everything below it: eight statements, however many there are.

    Raises:
        NotFound: there is no such execution in the workspace, or no such workspace any more.
    """
    async with database.session(workspace_id) as session:
        if not await accounts.is_living_workspace(session, workspace_id):
            raise NotFound("The execution")
        tree = await executions.read_tree(
            session, workspace_id, execution_id, limit=MAX_EXECUTIONS + 1
        )
        top = next((row for row in tree if row.id == execution_id), None)
        if top is None:
            raise NotFound("The execution")
        below = [row for row in tree if row is not top][: MAX_EXECUTIONS - 1]
        ids = [top.id, *(row.id for row in below)]
        last = PageRequest(MAX_EVENTS, from_end=True)
        streams = await executions.page_events.read(session, workspace_id, ids, last)
        subjects = {row.subject_id for row in (top, *below) if row.subject_id is not None}
        decisions = await elements.read_decisions(session, workspace_id, ids)
        changed = [
            one.id for rows in decisions.values() for one in rows if one.decision in _CHANGED
        ]
        drawn = await elements.read_pictures.read(session, workspace_id, changed[:MAX_PICTURES])
        return ReportRows(
            top=top,
            below=below,
            attempts=await executions.read_attempts(session, workspace_id, ids),
            events={one: page.rows for one, page in streams.items()},
            decisions=decisions,
            pictures={
                one: DecisionPictures(record["before"], record["after"])
                for one, record in cast("Mapping[UUID, Record]", drawn).items()
            },
            files=await evidence.read_files_of(session, workspace_id, ids),
            tests=await missions.read_tests(session, workspace_id, subjects),
            is_cut=len(tree) > MAX_EXECUTIONS,
        )
