"""What a mutation is about: the entity its input names, and that entity when it was stale."""

from typing import TypeVar
from uuid import UUID

import strawberry

from domain.shared.changes import UNCHANGED, Unchanged
from graph.support.context import BatchFunction, Info
from graph.support.errors import Attempted, ErrorCode
from graph.support.ids import parse_id

Value = TypeVar("Value")

NOBODY = UUID(int=0)
"""An id that nothing has: verbs answer a forged id exactly as that of a missing thing."""


def identify(value: str, *type_names: str) -> UUID:
    """The UUID inside a global id of one of these types, else one that finds nothing."""
    parsed = parse_id(value)
    return parsed[1] if parsed is not None and parsed[0] in type_names else NOBODY


def to_change(value: Value | None) -> Value | Unchanged:
    """A field of an update input as a command takes it; absent and null both leave it as it is."""
    return UNCHANGED if value is None or value is strawberry.UNSET else value


def to_nullable_change(value: Value | None) -> Value | Unchanged | None:
    """The same for a field that null clears."""
    return UNCHANGED if value is strawberry.UNSET else value


async def read_if_stale(
    info: Info, attempted: Attempted[Value], batch: BatchFunction[UUID, [], Value], target: UUID
) -> Value | None:
    """What the verb returned, or the current state where it met a conflict."""
    if attempted.value is not None:
        return attempted.value
    if any(error.code is ErrorCode.CONFLICT for error in attempted.user_errors):
        return await info.context.load(batch, target)
    return None
