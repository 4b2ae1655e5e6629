"""What a verb says to the audit log, in one line before it returns:

    uow.audit(created("mission.create", actor, mission))
    uow.audit(changed("mission.update", actor, mission, before))   # before = snapshot(mission)
    uow.audit(deleted("mission.delete", actor, mission))
    uow.audit(Entry("mission.start", actor, Entity.of(mission), after={"run_id": run.id}))

From where and in which request is known to the unit of work. Values are masked by the names of
their fields and by their types (`domain.shared.masking`), so whole rows can be given. What happens
where nobody is signed in is said by an `Author`; it goes into the installation's own log unless a
workspace is named. What somebody changes about his own account belongs to no workspace, whichever
his session is in, and goes there too; what becomes of him in another workspace, into its log:

    uow.audit(personal(Entry("account.change_password", actor, Entity.of(user))))
    uow.audit_there(Entry("account.delete", actor, person, workspace_id=workspace_id))
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from uuid import UUID

import orjson

from domain.shared.actor import Actor, Via
from domain.shared.database import Base
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.masking import clean_text, mask_value
from domain.shared.origin import Origin
from domain.shared.repository import read_held

Values = Mapping[str, object]
BOOKKEEPING = frozenset({"id", "workspace_id", "created_at", "updated_at", "created_by", "version"})
"""Columns that say nothing about what somebody changed."""
LABELS = ("name", "title", "display_name", "email", "description")
"""What a row is called: the first of these columns that it has."""
TYPE_NAMES = {"User": "Account", "UserSession": "Session"}
"""What the schema calls the classes that it has another name for."""
LABEL_LENGTH = 300
NO_NAMES: Mapping[UUID, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Author:
    """Who does something without being an actor: the system, or somebody not signed in yet.

    The name is looked up where only the id is given.
    """

    user_id: UUID | None = None
    name: str = ""
    via: Via = Via.REQUEST
    session_id: UUID | None = None


SYSTEM = Author(name="system", via=Via.SYSTEM)
COMMAND_LINE = Author(name="command line", via=Via.COMMAND_LINE)
"""Whoever may run commands on the machine."""
NOBODY = Author()
"""A request of somebody unknown."""


@dataclass(frozen=True, slots=True)
class Entity:
    """What an entry is about; `type` is the name that the GraphQL schema has for it."""

    type: str
    id: UUID | None = None
    label: str = ""

    @classmethod
    def of(cls, row: Base) -> "Entity":
        """A row, by its class, its id and what it is called."""
        held = read_held(row)
        name = type(row).__name__
        label = next((str(held[one]) for one in LABELS if held.get(one)), "")
        identity = held.get("id")
        known = identity if isinstance(identity, UUID) else None
        return cls(TYPE_NAMES.get(name, name), known, label)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. Of `before` and `after` only what differs is kept.

    Attributes:
        action: The entity and the verb, such as `mission.start`.
        workspace_id: Whose log; else the actor's workspace, or the installation's own.
    """

    action: str
    by: Actor | Author
    entity: Entity | None = None
    before: Values | None = None
    after: Values | None = None
    workspace_id: UUID | None = None

    @property
    def target(self) -> UUID:
        """The workspace whose log takes the entry."""
        if self.workspace_id is not None:
            return self.workspace_id
        return self.by.workspace_id if isinstance(self.by, Actor) else SYSTEM_WORKSPACE


def snapshot(row: Base) -> Values:
    """The values of a row at this moment, to compare with later ones."""
    return read_held(row)


def created(action: str, by: Actor | Author, row: Base, **more: object) -> Entry:
    """An entry about a row that is new, and `more` that belongs to it."""
    return Entry(action, by, Entity.of(row), after=_pick_filled(row) | more)


def changed(action: str, by: Actor | Author, row: Base, before: Values, **more: object) -> Entry:
    """An entry about a row that has changed since its `snapshot`, and `more` that has."""
    return Entry(action, by, Entity.of(row), _tell(before), _tell(snapshot(row)) | more)


def deleted(action: str, by: Actor | Author, row: Base) -> Entry:
    """An entry about a row that is gone, with what is lost."""
    return Entry(action, by, Entity.of(row), before=_pick_filled(row))


def personal(entry: Entry) -> Entry:
    """The entry for the installation's own log: it is about an account, and no team's business."""
    return replace(entry, workspace_id=SYSTEM_WORKSPACE)


def write_record(entry: Entry, origin: Origin, names: Mapping[UUID, str] = NO_NAMES) -> str:
    """The entry as canonical JSON (sorted keys, no spaces), which is stored and hashed as it is.

    Args:
        entry: What a verb said.
        origin: Where it came from.
        names: What those authors are called who were given without a name.
    """
    by, entity = entry.by, entry.entity
    before, after = pick_changes(entry.before, entry.after)
    fields = {
        "action": entry.action,
        "actor_id": by.user_id,
        "actor_name": clean_text(by.name or (by.user_id and names.get(by.user_id)) or "") or None,
        "via": by.via.value,
        "session_id": by.session_id if by.via in (Via.SESSION, Via.ACCESS_TOKEN) else None,
        "entity_type": entity and entity.type,
        "entity_id": entity and entity.id,
        "entity_label": entity and (clean_text(entity.label)[:LABEL_LENGTH] or None),
        "before": before or None,
        "after": after or None,
        "device": clean_text(origin.device) or None,
        "address": clean_text(origin.address) or None,
        "request_id": clean_text(origin.request_id) or None,
    }
    told = {name: value for name, value in fields.items() if value is not None}
    # `default`: ids come from the driver as a subclass of UUID.
    return orjson.dumps(told, default=str, option=orjson.OPT_SORT_KEYS).decode()


def pick_changes(before: Values | None, after: Values | None) -> tuple[Values, Values]:
    """What differs, masked: a secret that changed is told, but not what it was or is."""
    old, new = before or {}, after or {}
    names = sorted(old.keys() | new.keys())
    differing = [
        name for name in names if name not in old or name not in new or old[name] != new[name]
    ]
    return (
        {name: mask_value(name, old[name]) for name in differing if name in old},
        {name: mask_value(name, new[name]) for name in differing if name in new},
    )


def _tell(values: Values) -> dict[str, object]:
    return {name: value for name, value in values.items() if name not in BOOKKEEPING}


def _pick_filled(row: Base) -> dict[str, object]:
    """What a row says; what it leaves empty is not repeated."""
    values = _tell(snapshot(row)).items()
    return {name: value for name, value in values if name != "deleted_at" and not _is_empty(value)}


def _is_empty(value: object) -> bool:
    return value is None or value in ("", [], {})
