"""The SQL that adds decisions up, by day, and elements by how reliable they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from domain.shared.database import Session

BUCKETS: Final = 10
KINDS: Final = (
    *("hit", "hit_verified", "healed", "learned", "abstained", "not_found"),
    "suggested",
)
_BUCKET_COLUMNS: Final = ", ".join(
    f"count(*) FILTER (WHERE bucket = {place}) AS bucket_{place}" for place in range(BUCKETS)
)
_KIND_COLUMNS: Final = ", ".join(
    f"count(*) FILTER (WHERE decision = '{kind}') AS {kind}" for kind in KINDS
)
# Both tables are read by index: the decisions of the period by (workspace_id, created_at) or
# (workspace_id, scope_id, created_at), what learning took by a partial index that holds nothing else.
_BY_DAY: Final = """
    WITH decided AS MATERIALIZED (
        SELECT scope_id, decision, milliseconds, usage, created_at,
            CASE WHEN score IS NOT NULL
                THEN least(greatest(floor(score / {width}), 0), {last}) END AS bucket
        FROM element_decisions
        WHERE workspace_id = :workspace AND created_at >= :since AND created_at < :until {scope}
    ), learning AS (
        SELECT scope_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) AS took
        FROM element_decisions
        WHERE workspace_id = :workspace AND decision = 'learned'
            AND scope_id = ANY (SELECT DISTINCT scope_id FROM decided) {scope}
        GROUP BY scope_id
    )
    SELECT date_trunc('day', created_at, 'UTC') AS day, {kinds}, {buckets},
        coalesce(sum(greatest(took - milliseconds, 0))
            FILTER (WHERE decision IN ('hit', 'hit_verified')), 0) AS milliseconds_saved,
        coalesce(sum((usage ->> 'requests')::bigint), 0)::bigint AS requests,
        coalesce(sum((usage ->> 'input_tokens')::bigint), 0)::bigint AS input_tokens,
        coalesce(sum((usage ->> 'output_tokens')::bigint), 0)::bigint AS output_tokens,
        coalesce(sum((usage ->> 'cost_usd')::double precision), 0) AS cost_usd
    FROM decided LEFT JOIN learning USING (scope_id)
    GROUP BY day ORDER BY day
"""
_RELIABILITY: Final = """
    SELECT CASE WHEN hits + misses > 0
        THEN least(hits * {buckets} / (hits + misses), {last}) END AS bucket, count(*) AS elements
    FROM elements WHERE workspace_id = :workspace {scope}
    GROUP BY bucket
"""
_OF_SCOPE: Final = "AND scope_id = :scope"


@dataclass(frozen=True, slots=True)
class Day:
    """What was decided on one day, in UTC.

    Attributes:
        decisions: how often each of `KINDS`.
        scores: how many decisions had a score in each tenth of 0 to 100.
        milliseconds_saved: see `count_use`.
    """

    day: datetime
    decisions: Mapping[str, int]
    scores: Sequence[int]
    milliseconds_saved: float
    requests: int
    input_tokens: int
    output_tokens: int
    cost_usd: float


async def count_days(
    session: Session, workspace_id: UUID, since: datetime, until: datetime, scope_id: UUID | None
) -> list[Day]:
    """Return the days of a period on which anything was decided."""
    statement = write_by_day(scoped=scope_id is not None)
    given = {"workspace": workspace_id, "since": since, "until": until}
    scoped = {} if scope_id is None else {"scope": scope_id}
    rows = (await session.execute(text(statement), {**given, **scoped})).mappings()
    usage = ("requests", "input_tokens", "output_tokens", "cost_usd")
    return [
        Day(
            day=row["day"],
            decisions={kind: row[kind] for kind in KINDS},
            scores=[row[f"bucket_{place}"] for place in range(BUCKETS)],
            milliseconds_saved=float(row["milliseconds_saved"]),
            **{name: row[name] for name in usage},
        )
        for row in rows
    ]


def write_by_day(*, scoped: bool) -> str:
    """Return the statement behind `count_days`."""
    return _BY_DAY.format(
        width=100 // BUCKETS,
        last=BUCKETS - 1,
        scope=_OF_SCOPE if scoped else "",
        kinds=_KIND_COLUMNS,
        buckets=_BUCKET_COLUMNS,
    )


async def count_reliability(
    session: Session, workspace_id: UUID, scope_id: UUID | None
) -> Mapping[int | None, int]:
    """Return how many elements there are in each tenth of reliability; None: never used."""
    where = "" if scope_id is None else _OF_SCOPE
    statement = _RELIABILITY.format(buckets=BUCKETS, last=BUCKETS - 1, scope=where)
    scoped = {} if scope_id is None else {"scope": scope_id}
    rows = await session.execute(text(statement), {"workspace": workspace_id, **scoped})
    return {row.bucket: row.elements for row in rows}
