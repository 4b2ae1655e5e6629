"""A request that comes again: the same key of a person finds what the verb started for the first.

The key is kept on the execution itself, in the transaction that makes it: what was refused, or
rolled back, keeps no key. `domain/executions/outbox/repository.py` forgets keys past their day.
"""

import hashlib
import json
from dataclasses import dataclass

from domain.executions.models import KEY_LENGTH, Execution
from domain.executions.tree import repository
from domain.shared.actor import Actor
from domain.shared.checks import Checks
from domain.shared.database import JsonObject
from domain.shared.errors import Invalid
from domain.shared.unit_of_work import UnitOfWork

FIELD = ("idempotency_key",)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request with a key.

    Attributes:
        operation: The verb, as the audit log calls it; each has keys of its own.
        key: As the client chose it, without blanks around it.
        digest: SHA-256 of the arguments, so that nothing of them is kept to compare them.
    """

    operation: str
    key: str
    digest: bytes


def read_key(operation: str, key: str | None, arguments: JsonObject) -> KeyedRequest | None:
    """What is known of a request that may come again; None for one without a key.

    Args:
        operation: The verb, up to 40 characters.
        key: As the client chose it.
        arguments: All that the client asked for, as it was sent: what it means may change.

    Raises:
        Invalid: the key is empty, too long, or holds control characters.
    """
    if key is None:
        return None
    checks = Checks()
    trimmed = checks.name(key, FIELD, longest=KEY_LENGTH)
    checks.settle()
    # Nothing is checked yet: unlike orjson, this writes half a surrogate pair too.
    canonical = json.dumps(arguments, sort_keys=True, default=str)
    return KeyedRequest(operation, trimmed, hashlib.sha256(canonical.encode()).digest())


async def find_earlier(
    uow: UnitOfWork, actor: Actor, request: KeyedRequest | None
) -> Execution | None:
    """What this person's earlier request with the same key started, whatever became of it.

    It is to come before everything that may refuse the request, save the permission. Whoever has
    the same key waits until this transaction has ended.

    Raises:
        Invalid: the key was used with other arguments.
    """
    if request is None:
        return None
    owner = f"{actor.workspace_id}/{actor.user_id}"
    await repository.lock_key(uow.session, f"{owner}/{request.operation}/{request.key}")
    earlier = await repository.find_by_key(
        uow.session, actor.workspace_id, actor.user_id, request.operation, request.key
    )
    if earlier is not None and earlier.idempotency_digest != request.digest:
        raise Invalid("This key was used with other arguments.", field=FIELD)
    return earlier
