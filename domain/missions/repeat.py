"""A request that comes again: the same key finds the run that it started."""

from collections.abc import Callable

from domain.executions.models import Execution
from domain.missions import repository
from domain.missions.rules import RUN_KIND
from domain.shared.actor import Actor
from domain.shared.checks import Checks
from domain.shared.database import JsonObject
from domain.shared.errors import Invalid
from domain.shared.unit_of_work import UnitOfWork

KEY_LENGTH = 255


async def find_repeated(
    uow: UnitOfWork, actor: Actor, key: str | None, is_same: Callable[[JsonObject], bool]
) -> Execution | None:
    """The run that this actor requested with this key, if there is one.

    Args:
        uow: Where the mission is locked, so that two requests with one key take turns.
        actor: Whose key; another person's is another key.
        key: As the client chose it.
        is_same: Tells from the input of the earlier run whether the request is the same.

    Raises:
        Invalid: the key is no key, or was used for another request.
    """
    if key is None:
        return None
    checks = Checks()
    checks.name(key, ("idempotency_key",), longest=KEY_LENGTH)
    checks.settle()
    earlier = await repository.find_by_key(uow.session, actor.workspace_id, actor.user_id, key)
    if earlier is None:
        return None
    if earlier.kind != RUN_KIND or not is_same(earlier.input):
        raise Invalid("This key was used for another request.", field=("idempotency_key",))
    return earlier
