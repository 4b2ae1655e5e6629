"""Store what a run learned about elements, and every decision that it took about them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.elements import json_values, repository
from domain.elements.history import Reason, describe, read_picture, read_reason
from domain.elements.keys import element_key
from domain.elements.outcomes import Learned, Outcomes, list_missed
from domain.elements.records import describe_decision, name_decision
from domain.elements.stored import StoredElement
from domain.shared.clock import Clock, SystemClock
from domain.shared.ids import new_id
from domain.shared.unit_of_work import UnitOfWork

REMEMBERED: Final = ("selectors", "frame", "reaction", "method", "said")
"""What is kept of a stored element beside its fingerprint."""


@dataclass(frozen=True, slots=True)
class RememberRun:
    """What came back from a run.

    Attributes:
        attempt: the fencing token of the execution.
        scope_id: what elements belong to: the test template.
        decisions: `Resolution.decision` of each lookup, with `step_index` and `step_key`; with
            `confirmed` false where the page did not react as learned, `suggested` true where an
            element was found but not used, `version` of what was asked for, `recalled_from`
            where that was learned on another page, and `usage` of a language model.
        learned: `LearnedElement.to_json` of steps that passed, with the same two keys; those with
            the reason “suggested” are only proposed to people.
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
    permission. It takes the same few statements however much was learned. What is new is inserted
    before anything is locked, and both in the order of the keys, so that two runs of one test that
    end together take turns.

    Returns:
        Whether the attempt was still current.

    Raises:
        MalformedFingerprint: an entry of `learned` does not describe an element.
    """
    now = (clock or SystemClock()).now()
    session, workspace_id = uow.session, command.workspace_id
    if not await repository.holds_execution(
        session, workspace_id, command.execution_id, command.attempt
    ):
        return False
    learned = _read_learned(command)
    keys = [_key_asked_for(command, decision) for decision in command.decisions]
    uses = [
        (key, name_decision(decision))
        for key, decision in zip(keys, command.decisions, strict=True)
        if decision.get("known", False)
    ]
    rows = [
        {**_describe_new(command, key, one), "last_seen_at": now}
        for key, one in learned.items()
        if one.reason is not Reason.SUGGESTED
    ]
    fresh = await repository.insert_elements(session, rows)
    known = await repository.lock_known(
        session, workspace_id, {*keys, *learned}, whole={*learned, *list_missed(uses)}
    )
    for key in fresh & known.keys():
        known[key].is_new = True
    newest = await repository.read_newest(
        session, [one.id for key, one in known.items() if key not in fresh and one.remembered]
    )
    outcomes = Outcomes(now, known, newest)
    outcomes.count(uses)
    outcomes.learn(learned)
    await _write(uow, command, outcomes, keys)
    return True


async def _write(
    uow: UnitOfWork, command: RememberRun, outcomes: Outcomes, keys: Sequence[str]
) -> None:
    session = uow.session
    run = {"workspace_id": command.workspace_id, "execution_id": command.execution_id}
    await repository.update_known(session, list(outcomes.changed.values()))
    await repository.insert_versions(session, [{**run, **row} for row in outcomes.versions])
    # What a step looked for several times was learned from the last time.
    last = {key: place for place, key in enumerate(keys)}
    decisions = [
        {
            **run,
            "attempt": command.attempt,
            "scope_id": command.scope_id,
            "element_id": outcomes.known[key].id if key in outcomes.known else None,
            "new_version": outcomes.written.get(key) if last[key] == place else None,
            **describe_decision(decision),
        }
        for place, (key, decision) in enumerate(zip(keys, command.decisions, strict=True))
    ]
    await repository.insert_decisions(session, decisions)


def _read_learned(command: RememberRun) -> dict[str, Learned]:
    asked = {_key(command, one): one.get("version") for one in command.decisions}
    found = ((_key(command, entry), entry) for entry in command.learned)
    return {key: _read_version(command, entry, asked.get(key)) for key, entry in found}


def _read_version(command: RememberRun, entry: json_values.Json, asked: object) -> Learned:
    stored = StoredElement.from_json(entry)
    return Learned(
        reason=read_reason(entry.get("reason", Reason.LEARNED)),
        description=describe(stored.fingerprint),
        url_pattern=json_values.text(entry.get("url_pattern", "")),
        step_key=json_values.text(entry["step_key"]),
        remembered=describe_remembered(stored),
        picture=read_picture(entry.get("picture"), command.execution_id),
        asked=None if asked is None else json_values.whole(asked),
    )


def describe_remembered(stored: StoredElement) -> dict[str, object]:
    """Return what is kept of an element, as JSON has it: enough to find it again."""
    data = json.loads(json.dumps(stored.to_json()))
    return {
        "fingerprint": data["fingerprint"],
        **{part: data[part] for part in REMEMBERED},
        "exact_hash": stored.fingerprint.exact_hash,
        "stable_hash": stored.fingerprint.stable_hash,
        "changes": {},
    }


def _describe_new(command: RememberRun, key: str, learned: Learned) -> Mapping[str, object]:
    return {
        "id": new_id(),
        "workspace_id": command.workspace_id,
        "scope_id": command.scope_id,
        "key": key,
        "step_key": learned.step_key,
        "url_pattern": learned.url_pattern,
        "description": learned.description,
        "remembered": learned.remembered,
        "reason": learned.reason.value,
    }


def _key_asked_for(command: RememberRun, decision: json_values.Json) -> str:
    """The key of the element that was asked for, which may have been learned on another page."""
    page_url = decision.get("recalled_from") or decision.get("url_pattern", "")
    return _key(command, {**decision, "url_pattern": page_url})


def _key(command: RememberRun, entry: json_values.Json) -> str:
    return element_key(
        workspace_id=command.workspace_id,
        template_id=command.scope_id,
        step_key=json_values.text(entry["step_key"]),
        page_url=json_values.text(entry.get("url_pattern", "")),
    )
