"""Follow the chains of the audit log from their beginning, and say where one breaks."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from domain.audit import repository
from domain.audit.repository import Chain
from domain.audit.rules import Break, ChainCheck, Head
from domain.shared.database import Database, Session

BATCH_SIZE = 1_000

Progress = Callable[[Chain, int], None]
"""Told how many entries of a chain were checked since it was last told."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one chain: where it ends, and where it breaks first, if it does."""

    chain: Chain
    head: Head
    broken: Break | None


async def find_chains(database: Database) -> list[Chain]:
    """Every chain there is.

    Args:
        database: Of the owner's role: no other sees all workspaces.
    """
    async with database.session() as session:
        return list(await repository.list_chains(session))


async def verify_chain(
    database: Database, chain: Chain, progress: Progress, noted: Head | None = None
) -> Verdict:
    """Compute every hash of a chain anew. Entries that are written meanwhile do not disturb.

    Args:
        database: Of a role that sees the workspace's log.
        chain: Which one.
        progress: Told after every batch.
        noted: What an earlier verification said of the head; the chain must still contain it.
    """
    async with database.session() as session:
        await repository.hold_still(session)
        head = await repository.read_head(session, chain.workspace_id)
        check = ChainCheck(chain.workspace_id, head, noted)
        async for size, broken in _follow(session, chain, check):
            progress(chain, size)
            if broken is not None:
                return Verdict(chain, check.last, broken)
        return Verdict(chain, check.last, check.finish())


async def _follow(
    session: Session, chain: Chain, check: ChainCheck
) -> AsyncIterator[tuple[int, Break | None]]:
    after: int | None = None
    while links := await repository.read_links(session, chain.workspace_id, after, BATCH_SIZE):
        breaks = (broken for link in links if (broken := check.follow(link)) is not None)
        yield len(links), next(breaks, None)
        after = links[-1].seq
