"""Whatever is asked, the answer is graphql-core's: data, errors, places and order."""

import inspect
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from graphql import DocumentNode, ExecutionResult, get_introspection_query, parse, validate
from graphql.execution import execute_root_selection_set
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from domain.accounts.sessions import Authority
from domain.evidence.storage import EvidenceStorage
from domain.shared.ids import new_id
from domain.shared.live import LiveSignals
from graph.execution.plan import Core
from graph.execution.plans import Plans
from graph.execution.run import execute_plan
from graph.schema import schema
from graph.support.ids import encode_id
from tests.factories.furnished import furnish
from tests.factories.workspaces import Tenant
from tests.fixtures.database import Databases
from tests.fixtures.people import MakeMember, Member
from tests.graph.asking import Asker, ToldSignIn
from tests.graph.execution.building import build
from tests.graph.execution.random_documents import VARIABLES, documents

pytestmark = pytest.mark.integration

CORE = schema._schema
DOCUMENTS = settings.default.max_examples // 2
"""Each is carried out three times; `make fuzz` tries 3,000."""
SIGNED = frozenset({"Execution.reportUrl", "EvidenceFile.downloadUrl"})
"""Links that say until when they are good."""


def test_what_is_left_out_of_the_documents_is_in_the_schema():
    for name in SIGNED:
        kind, _, field = name.partition(".")
        assert field in CORE.type_map[kind].fields, name


@dataclass(frozen=True)
class Stage:
    """People of one workspace that holds one of everything.

    Attributes:
        members: By role.
        ids: Global ids of everything there is, and of what there is not.
    """

    asker: Asker
    members: Mapping[str, Member]
    ids: Sequence[str]


@pytest.fixture
async def stage(
    databases: Databases, authority: Authority, workspace_member: MakeMember, tmp_path: Path
) -> Stage:
    """Four people who may do more and less."""
    owner = await workspace_member()
    tenant = Tenant(databases, owner.actor)
    storage = EvidenceStorage(tmp_path / "evidence")
    furnished = await furnish(tenant, owner, authority, storage, tmp_path)
    ids = [encode_id(kind, one) for kind, one in furnished.ids.items()]
    return Stage(
        Asker(schema, tenant, LiveSignals(Redis()), tmp_path),
        {
            "owner": owner,
            "viewer": await workspace_member("viewer", of=owner),
            "executor": await workspace_member("executor", of=owner),
            "nobody": await workspace_member("no such group", of=owner),
        },
        [*ids, encode_id("Mission", new_id()), "nonsense"],
    )


def start(tree: DocumentNode, stage: Stage, role: str) -> Core:
    """An operation of somebody in this role."""
    return build(tree, stage.asker.context(ToldSignIn(stage.members[role].actor)), VARIABLES)


async def execute_by_core(core: Core) -> ExecutionResult:
    """Value by value.

    What a failed sibling makes superfluous it cancels before it began, and Python warns of that.
    """
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
        outcome = execute_root_selection_set(core)
        return await outcome if inspect.isawaitable(outcome) else outcome


def write(result: ExecutionResult) -> str:
    """Everything a client could see, with errors in the order of their places.

    Where several fields fail below one that becomes null, which of them is told depends on who was
    faster: there only the place of the null is kept.
    """
    errors = {
        (json.dumps(place), "" if len(place) < len(error.path or ()) else str(error))
        for error in result.errors or ()
        for place in [find_null(result.data, error.path or ())]
    }
    return json.dumps({"data": result.data, "errors": sorted(errors)}, default=str, indent=1)


def find_null(data: Any, path: Sequence[str | int]) -> Sequence[str | int]:
    """How far a path leads into the answer, to the null that an error caused."""
    for depth, key in enumerate(path):
        if data is None:
            return path[:depth]
        data = data[key]
    return path


@pytest.mark.no_rollback  # graphql-core interrupts statements of fields that nobody needs any more
@settings(
    max_examples=DOCUMENTS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
@given(data=st.data())
async def test_any_document_is_answered_as_by_graphql_core(stage: Stage, data: st.DataObject):
    """Twice with the same plan: the first time makes it."""
    text = data.draw(documents(CORE, stage.ids, SIGNED))
    role = data.draw(st.sampled_from(sorted(stage.members)))
    tree = parse(text)
    assume(not validate(CORE, tree))
    expected = write(await execute_by_core(start(tree, stage, role)))
    plans = Plans(tree)
    for _ in range(2):
        core = start(tree, stage, role)
        assert write(await execute_plan(core, plans.find(core))) == expected


async def test_the_schema_describes_itself_as_by_graphql_core(stage: Stage):
    tree = parse(get_introspection_query(input_value_deprecation=True))
    core = start(tree, stage, "viewer")
    ours = await execute_plan(core, Plans(tree).find(core))
    assert write(ours) == write(await execute_by_core(start(tree, stage, "viewer")))
