"""What is read for many rows at once: relations and pages, with the columns that are asked for."""

from collections.abc import Awaitable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.shared.batches import Batch
from graph.execution.completion import Completion
from graph.execution.connections import ConnectionPlan, Opened
from graph.execution.groups import Group
from graph.execution.plan import FieldPlan, find_object
from graph.execution.showing import PagesFound, Showing
from graph.support.context import Context
from graph.support.lists import PagedField
from graph.support.rows import Relation

Found = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class RelationTask:
    """A relation of a group."""

    plan: FieldPlan
    relation: Relation
    group: Group


@dataclass(frozen=True, slots=True)
class PagesTask:
    """A list of each row of a group, with what was asked of it."""

    plan: FieldPlan
    paged: PagedField
    arguments: Mapping[str, Any]
    group: Group


class Reading:
    """What one level has to read; each statement is a transaction of its own."""

    def __init__(self, context: Context, completion: Completion) -> None:
        self.pages: list[PagesTask] = []
        self.relations: list[RelationTask] = []
        self._context = context
        self._completion = completion
        self._showing = Showing(completion)

    async def read(self) -> None:
        """Read what is asked for, each relation for all its rows at once."""
        pages, self.pages = self.pages, []
        relations, self.relations = self.relations, []
        for task in pages:
            try:
                self._showing.show_pages(task.plan, task.group, await self._turn(task))
            except Exception as error:  # noqa: BLE001 - the edge: placed in the answer
                self._completion.refuse(task.plan, task.group, error)
        alike: dict[Hashable, list[RelationTask]] = {}
        for one in relations:
            key = (id(one.group), one.relation.batch, one.relation.by)
            alike.setdefault(key, []).append(one)
        for same in alike.values():
            await self._follow(same)

    async def _follow(self, tasks: Sequence[RelationTask]) -> None:
        """Read what several fields of the same rows lead to with one statement."""
        allowed = [task for task in tasks if await self._is_allowed(task)]
        if not allowed:
            return
        relation, group = allowed[0].relation, allowed[0].group
        keys = group.read(relation.by)
        try:
            found = await self._read_batch(allowed, {key for key in keys if key is not None})
        except Exception as error:  # noqa: BLE001 - the edge: placed in the answer
            for task in allowed:
                self._completion.refuse(task.plan, group, error)
            return
        for task in allowed:
            missing = task.relation.missing
            values = [found.get(key, missing) for key in keys]
            self._showing.show_relation(task.plan, task.relation, group, values)

    async def _is_allowed(self, task: RelationTask) -> bool:
        try:
            if task.relation.permission is not None:
                (await self._context.actor()).require(task.relation.permission)
        except Exception as error:  # noqa: BLE001 - the edge: placed in the answer
            self._completion.refuse(task.plan, task.group, error)
            return False
        return True

    async def _read_batch(self, tasks: Sequence[RelationTask], keys: set[Any]) -> Found:
        batch, context = tasks[0].relation.batch, self._context
        if not keys:
            return {}
        if not isinstance(batch, Batch):
            return await context.read_batch(batch, keys)
        wanted: frozenset[str] | None = frozenset()
        for columns in map(self._columns, tasks):
            wanted = None if wanted is None or columns is None else wanted | columns
        workspace = (await context.actor()).workspace_id
        return await batch.read(await context.reader(), workspace, keys, wanted)

    def _columns(self, task: RelationTask) -> frozenset[str] | None:
        if task.relation.show is not None:
            return task.relation.columns
        below = task.plan.select(self._completion.core, find_object(task.plan.shape))
        return below.columns

    async def _turn(self, task: PagesTask) -> PagesFound:
        """Read the pages of each row, and how long the lists are."""
        actor = await self._context.actor()
        opened = task.paged.open(actor, task.arguments, task.group.read)
        asked = ConnectionPlan.of(self._completion.core, task.plan)
        reader = await self._context.reader()
        pages: Sequence[Opened] | None = None
        if asked.turns:
            found = await opened.read(reader, asked.wanted)
            pages = [Opened(page, opened.columns) for page in found]
        counts = await attempt(opened.count(reader)) if asked.counts else None
        return PagesFound(asked, pages, counts)


async def attempt(asked: Awaitable[Sequence[int]]) -> Sequence[int] | Exception:
    """A number for each list, or what came instead of it."""
    try:
        return await asked
    except Exception as error:  # noqa: BLE001 - the edge: placed in the answer
        return error
