"""Whoever tampers with the log as the owner of its tables is found out, and where."""

from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import text

from domain.audit import repository
from domain.audit.rules import Break, Fault, Head, Link
from domain.audit.verify import Verdict, find_chains, verify_chain
from domain.shared.database import Database
from tests.domain.audit.entries import read_entries, tell, write
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = [pytest.mark.integration, pytest.mark.no_rollback]

ENTRIES = 5
COPY = "INSERT INTO audit_entries (workspace_id, seq, at, record, hash) SELECT workspace_id"
REHASH = """
WITH RECURSIVE chain AS (
    SELECT seq, at, record, hash FROM audit_entries WHERE seq = 1
    UNION ALL
    SELECT e.seq, e.at, e.record, sha256(c.hash || int8send(e.seq)
        || int8send((extract(epoch FROM e.at) * 1000000)::bigint) || convert_to(e.record, 'UTF8'))
    FROM chain c JOIN audit_entries e ON e.seq = c.seq + 1
)
UPDATE audit_entries e SET hash = c.hash FROM chain c WHERE c.seq = e.seq
"""
HEAD = "UPDATE audit_heads SET (seq, hash) = (SELECT seq, hash FROM audit_entries ORDER BY seq DESC LIMIT 1)"
CHANGE = "UPDATE audit_entries SET record = replace(record, 'M1', 'M2') WHERE seq = 3"

TAMPERED = {
    "a record changed": ([CHANGE], Break(3, Fault.CHANGED)),
    "a time changed": (
        ["UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE seq = 2"],
        Break(2, Fault.CHANGED),
    ),
    "the first deleted": (["DELETE FROM audit_entries WHERE seq = 1"], Break(1, Fault.MISSING)),
    "one in the middle deleted": (
        ["DELETE FROM audit_entries WHERE seq = 3"],
        Break(3, Fault.MISSING),
    ),
    "one deleted and the rest moved up": (
        [
            "DELETE FROM audit_entries WHERE seq = 3",
            "UPDATE audit_entries SET seq = -seq WHERE seq > 3",
            "UPDATE audit_entries SET seq = -seq - 1 WHERE seq < 0",
            "UPDATE audit_heads SET seq = seq - 1",
        ],
        Break(3, Fault.CHANGED),
    ),
    "the end cut off": (["DELETE FROM audit_entries WHERE seq > 3"], Break(4, Fault.CUT)),
    "all deleted": (["DELETE FROM audit_entries"], Break(1, Fault.CUT)),
    "two swapped": (
        [
            "UPDATE audit_entries SET seq = -seq WHERE seq IN (2, 4)",
            "UPDATE audit_entries SET seq = 6 + seq WHERE seq < 0",
        ],
        Break(2, Fault.CHANGED),
    ),
    "one inserted at the end": (
        [f"{COPY}, 6, at, record, hash FROM audit_entries WHERE seq = 5"],
        Break(6, Fault.INSERTED),
    ),
    "one inserted before the first": (
        [f"{COPY}, 0, at, record, hash FROM audit_entries WHERE seq = 1"],
        Break(0, Fault.INSERTED),
    ),
    "one inserted in the middle": (
        [
            "UPDATE audit_entries SET seq = -seq WHERE seq > 2",
            "UPDATE audit_entries SET seq = 1 - seq WHERE seq < 0",
            f"{COPY}, 3, at, record, hash FROM audit_entries WHERE seq = 2",
            "UPDATE audit_heads SET seq = seq + 1",
        ],
        Break(3, Fault.CHANGED),
    ),
    "the head deleted": (["DELETE FROM audit_heads"], Break(5, Fault.HEADLESS)),
    "the hash of the head changed": (
        ["UPDATE audit_heads SET hash = sha256('x')"],
        Break(5, Fault.CHANGED),
    ),
    "a record changed and everything after it hashed anew": (
        [CHANGE, REHASH],
        Break(5, Fault.CHANGED),
    ),
}


@pytest.fixture
async def owner(databases: Databases) -> AsyncIterator[Database]:
    """The role that owns the tables."""
    assert databases.urls is not None
    database = Database(databases.urls.owner, pool_size=2)
    yield database
    await database.close()


async def make_log(databases: Databases) -> Tenant:
    tenant = await make_tenant(databases)
    for number in range(ENTRIES):
        await write(tenant, tell(tenant, number=number, words="Zoë ∀ \x00\ud800"))
    return tenant


async def tamper(owner: Database, *statements: str) -> None:
    async with owner.session() as session:
        for statement in statements:
            await session.execute(text(statement))
        await session.commit()


async def judge(owner: Database, noted: Head | None = None) -> Verdict:
    told: list[int] = []
    [chain] = await find_chains(owner)
    verdict = await verify_chain(owner, chain, lambda _, entries: told.append(entries), noted)
    assert sum(told) <= ENTRIES + 1
    return verdict


async def test_a_log_nobody_touched_is_intact(databases: Databases, owner: Database):
    tenant = await make_log(databases)
    verdict = await judge(owner)
    assert verdict.broken is None
    assert verdict.head == Head(ENTRIES, (await read_entries(tenant))[-1].hash)
    assert verdict.chain.workspace_id == tenant.workspace_id


@pytest.mark.parametrize("what", TAMPERED)
async def test_tampering_is_found_at_its_first_entry(
    databases: Databases, owner: Database, what: str
):
    statements, broken = TAMPERED[what]
    await make_log(databases)
    await tamper(owner, *statements)
    assert (await judge(owner)).broken == broken


async def test_a_log_written_anew_is_found_by_a_hash_that_was_noted(
    databases: Databases, owner: Database
):
    await make_log(databases)
    noted = (await judge(owner)).head
    await tamper(owner, CHANGE, REHASH, HEAD)
    assert (await judge(owner)).broken is None
    assert (await judge(owner, noted)).broken == Break(ENTRIES, Fault.REWRITTEN)


async def test_a_log_cut_together_with_its_head_is_found_by_a_hash_that_was_noted(
    databases: Databases, owner: Database
):
    await make_log(databases)
    noted = (await judge(owner)).head
    await tamper(owner, "DELETE FROM audit_entries WHERE seq > 3", HEAD)
    assert (await judge(owner)).broken is None
    assert (await judge(owner, noted)).broken == Break(4, Fault.CUT)


async def test_a_log_copied_from_another_workspace_is_found(databases: Databases, owner: Database):
    tenant = await make_log(databases)
    await tamper(
        owner,
        "UPDATE audit_entries SET workspace_id = '00000000-0000-7000-8000-000000000002'",
        "UPDATE audit_heads SET workspace_id = '00000000-0000-7000-8000-000000000002'",
    )
    assert (await judge(owner)).broken == Break(1, Fault.CHANGED)
    assert await read_entries(tenant) == []


async def test_entries_that_are_written_meanwhile_do_not_disturb(
    databases: Databases, owner: Database, monkeypatch: pytest.MonkeyPatch
):
    tenant = await make_log(databases)
    read, batches = repository.read_links, []

    async def read_while_writing(*arguments: object) -> Sequence[Link]:
        await write(tenant, tell(tenant))
        return await read(*arguments)

    monkeypatch.setattr("domain.audit.verify.BATCH_SIZE", 2)
    monkeypatch.setattr(repository, "read_links", read_while_writing)
    [chain] = await find_chains(owner)
    verdict = await verify_chain(owner, chain, lambda _, entries: batches.append(entries))
    assert (verdict.broken, batches) == (None, [2, 2, 1])
    assert len(await read_entries(tenant)) > ENTRIES
