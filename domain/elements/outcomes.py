"""What a run makes of the elements it used: pure changes of their rows, and their new versions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.elements.history import SUGGESTED, Reason, Status, compare, looks_same
from domain.elements.policy import History
from domain.shared.database import JsonObject

Row = dict[str, object]
_HITS: Final = frozenset({"hit", "hit_verified"})
_CHOSEN: Final = frozenset({Reason.RESTORED.value, Reason.REINSTATED.value, Reason.IMPORTED.value})
_MISSES: Final = frozenset({"abstained", "not_found"})


@dataclass(frozen=True, slots=True)
class Learned:
    """A version that a run found, ready to be stored.

    Attributes:
        asked: the version that the run knew; nothing where it knew none.
    """

    reason: Reason
    description: str
    url_pattern: str
    step_key: str
    remembered: JsonObject
    picture: bytes | None = None
    asked: int | None = None


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest row of an element's history."""

    version: int
    status: str
    remembered: JsonObject


@dataclass(slots=True)
class Known:
    """An element as it is stored, which nobody else changes meanwhile.

    Attributes:
        remembered: only of those that may get a version.
        is_new: this run has just stored it.
    """

    id: UUID
    version: int
    status: str
    reason: str
    description: str
    hits: int
    misses: int
    last_seen_at: datetime
    remembered: JsonObject | None
    is_new: bool = False


@dataclass(slots=True)
class Outcomes:
    """What is to be written.

    Attributes:
        now: when.
        newest: by element; one that is not there has no history yet.
        changed: elements whose rows are to be written.
        versions: rows of the history.
        written: which version a key got.
    """

    now: datetime
    known: Mapping[str, Known]
    newest: Mapping[UUID, Newest]
    changed: dict[UUID, Known] = field(default_factory=dict)
    versions: list[Row] = field(default_factory=list)
    written: dict[str, int] = field(default_factory=dict)
    _numbers: dict[UUID, int] = field(default_factory=dict)

    def count(self, uses: Sequence[tuple[str, str]]) -> None:
        """Add up what was decided about elements, as (key, decision), and set the unreliable aside."""
        for key, decision in uses:
            element = self.known.get(key)
            if element is None or element.is_new or decision not in _HITS | _MISSES:
                continue
            self.changed[element.id] = element
            element.hits += decision in _HITS
            element.misses += decision in _MISSES
            if decision in _HITS:
                element.last_seen_at = self.now
        for key in sorted(list_missed(uses) & self.known.keys()):
            element = self.known[key]
            believed = element.status == Status.ACTIVE and not element.is_new
            if believed and is_unreliable(element.hits, element.misses):
                self._add(element, Reason.UNRELIABLE, Status.INVALIDATED)

    def learn(self, found: Mapping[str, Learned]) -> None:
        """Add the versions that were found."""
        for key, learned in found.items():
            element = self.known.get(key)
            if element is None or (not element.is_new and not may_follow(element, learned.reason)):
                continue
            if learned.reason is Reason.SUGGESTED or is_overtaken(element, learned):
                self.written[key] = self._suggest(element, learned)
            else:
                self.written[key] = self._replace(element, learned)

    def _suggest(self, element: Known, learned: Learned) -> int:
        """Keep what could be used instead; what was suggested last is not suggested again."""
        last = self.newest.get(element.id)
        if last and last.status == SUGGESTED and looks_same(last.remembered, learned.remembered):
            return last.version
        number = self._next(element)
        self.versions.append(
            {
                "element_id": element.id,
                "version": number,
                "parent": element.version,
                "reason": Reason.SUGGESTED.value,
                "status": SUGGESTED,
                "remembered": learned.remembered,
                "changes": compare(element.remembered, learned.remembered),
                "picture": learned.picture,
            }
        )
        return number

    def _replace(self, element: Known, learned: Learned) -> int:
        """Make the element what was found; one that was set aside starts with a clean record."""
        if element.status != Status.ACTIVE:
            element.hits = element.misses = 0
        before = None if element.is_new else element.remembered
        element.remembered = {
            **learned.remembered,
            "changes": compare(before, learned.remembered),
        }
        element.description, element.last_seen_at = learned.description, self.now
        self._add(element, learned.reason, Status.ACTIVE, learned.picture)
        return element.version

    def _add(
        self, element: Known, reason: Reason, status: Status, picture: bytes | None = None
    ) -> None:
        parent = None if element.is_new else element.version
        element.version = self._next(element)
        element.reason, element.status = reason.value, status.value
        remembered = element.remembered or {}
        if not element.is_new:
            self.changed[element.id] = element
        self.versions.append(
            {
                "element_id": element.id,
                "version": element.version,
                "parent": parent,
                "reason": reason.value,
                "status": status.value,
                "remembered": remembered,
                "changes": {} if reason is Reason.UNRELIABLE else remembered["changes"],
                "picture": picture,
            }
        )

    def _next(self, element: Known) -> int:
        if element.is_new:
            number = 1
        else:
            last = self.newest.get(element.id)
            known = max(element.version, last.version if last else 0)
            number = max(known, self._numbers.get(element.id, 0)) + 1
        self._numbers[element.id] = number
        return number


def is_unreliable(hits: int, misses: int, policy: History | None = None) -> bool:
    """Say whether an element failed too often to be believed."""
    policy = policy or History()
    uses = hits + misses
    return uses >= policy.fewest_uses and hits < uses * policy.penalty_below


def may_follow(element: Known, reason: Reason) -> bool:
    """Say whether a run may give an element a version.

    One that a person set aside while a run was using it stays so: what that run adds was built on
    it. Learned anew it is another one.
    """
    if element.status == Status.ACTIVE or reason is Reason.LEARNED:
        return True
    return element.status != Status.DEPRECATED and element.reason != Reason.INVALIDATED


def is_overtaken(element: Known, learned: Learned) -> bool:
    """Say whether a person chose another version while the run was using an older one."""
    older = learned.asked is not None and learned.asked < element.version
    return older and not element.is_new and element.reason in _CHOSEN


def list_missed(uses: Iterable[tuple[str, str]]) -> set[str]:
    """Return the keys of elements that may have to be set aside."""
    return {key for key, decision in uses if decision in _MISSES}
