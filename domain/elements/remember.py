"""Store what a run learned about elements, and every decision that it took about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.elements import json_values, repository
from domain.elements.keys import element_key
from domain.elements.masking import clean_text
from domain.elements.policy import History
from domain.elements.records import describe_decision, name_decision
from domain.elements.stored import StoredElement
from domain.shared.clock import Clock, SystemClock
from domain.shared.unit_of_work import UnitOfWork

_REMEMBERED: Final = ("selectors", "frame", "reaction", "method", "said")
_HITS: Final = frozenset({"hit", "hit_verified"})
_MISSES: Final = frozenset({"abstained", "not_found"})
_LONGEST_DESCRIPTION: Final = 500


@dataclass(frozen=True, slots=True)
class RememberRun:
    """What came back from a run.

    Attributes:
        attempt: the fencing token of the execution.
        scope_id: what elements belong to: the test template.
        decisions: `Resolution.decision` of each lookup, with `step_index` and `step_key`; with
            `confirmed` false where the page did not react as learned.
        learned: `LearnedElement.to_json` of steps that passed, with the same two.
    """

    workspace_id: UUID
    execution_id: UUID
    attempt: int
    scope_id: UUID
    decisions: Sequence[json_values.Json] = ()
    learned: Sequence[json_values.Json] = ()


async def remember_run(
    uow: UnitOfWork, command: RememberRun, *, clock: Clock | None = None
) -> bool:
    """Store versions, counts and decisions of one attempt; nothing if it was replaced.

    Called by the worker that holds the execution, so there is no actor: the attempt is the
    permission.

    Returns:
        Whether the attempt was still current.

    Raises:
        MalformedFingerprint: an entry of `learned` does not describe an element.
    """
    now = (clock or SystemClock()).now()
    session = uow.session
    current = await repository.holds_execution(
        session, command.workspace_id, command.execution_id, command.attempt
    )
    if not current:
        return False
    versions = dict(_versions(command, now))
    keys = [_key(command, decision) for decision in command.decisions]
    every_key = {*keys, *versions}
    ids = await repository.lock_elements(session, command.workspace_id, every_key)
    await _count_uses(uow, command, [ids.get(key) for key in keys], now)
    await repository.store_versions(session, list(versions.values()))
    if not ids.keys() >= versions.keys():
        ids = await repository.lock_elements(session, command.workspace_id, every_key)
    rows = [
        {
            "workspace_id": command.workspace_id,
            "execution_id": command.execution_id,
            "attempt": command.attempt,
            "element_id": ids.get(key),
            **describe_decision(decision),
        }
        for key, decision in zip(keys, command.decisions, strict=True)
    ]
    await repository.insert_decisions(session, rows)
    return True


async def _count_uses(
    uow: UnitOfWork, command: RememberRun, element_ids: Sequence[UUID | None], now: datetime
) -> None:
    """Add hits and misses to the elements that were asked for, and set the unreliable aside."""
    uses: dict[UUID, tuple[int, int]] = {}
    for element_id, decision in zip(element_ids, command.decisions, strict=True):
        if element_id is None or not decision.get("known", False):
            continue
        name = name_decision(decision)
        hits, misses = uses.get(element_id, (0, 0))
        uses[element_id] = (hits + (name in _HITS), misses + (name in _MISSES))
    await repository.count_uses(uow.session, uses, now)
    missed = [element_id for element_id, (_, misses) in uses.items() if misses]
    if missed:
        policy = History()
        await repository.invalidate_unreliable(
            uow.session,
            missed,
            fewest_uses=policy.fewest_uses,
            lowest_rate=policy.penalty_below,
        )


def _versions(command: RememberRun, now: datetime) -> Iterable[tuple[str, repository.Row]]:
    for entry in command.learned:
        stored = StoredElement.from_json(entry)
        data = stored.to_json()
        fingerprint = stored.fingerprint
        key = _key(command, entry)
        yield (
            key,
            {
                "workspace_id": command.workspace_id,
                "scope_id": command.scope_id,
                "key": key,
                "step_key": json_values.text(entry["step_key"]),
                "url_pattern": json_values.text(entry.get("url_pattern", "")),
                "description": _describe(fingerprint.role or fingerprint.tag, fingerprint.name),
                "remembered": {
                    "fingerprint": data["fingerprint"],
                    **{part: data[part] for part in _REMEMBERED},
                    "exact_hash": fingerprint.exact_hash,
                    "stable_hash": fingerprint.stable_hash,
                    "changes": entry.get("changes") or {},
                },
                "reason": json_values.text(entry.get("reason", "learned")),
                "last_seen_at": now,
            },
        )


def _describe(kind: str, name: str) -> str:
    return clean_text(f"{kind} “{name}”" if name else kind)[:_LONGEST_DESCRIPTION]


def _key(command: RememberRun, entry: json_values.Json) -> str:
    return element_key(
        workspace_id=command.workspace_id,
        template_id=command.scope_id,
        step_key=json_values.text(entry["step_key"]),
        page_url=json_values.text(entry.get("url_pattern", "")),
    )
