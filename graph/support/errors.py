"""Errors as clients see them: what they can fix in the payload, the rest at the top, masked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

import strawberry
import structlog

from domain.shared.actor import Actor
from domain.shared.checks import GivenName
from domain.shared.errors import Conflict, DomainError, Invalid, NotFound
from domain.shared.unit_of_work import UnitOfWork
from graph.support.context import Info

log = structlog.get_logger()

Value = TypeVar("Value")


@strawberry.enum
class ErrorCode(Enum):
    """What kind of mistake a caller made."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    CODE_NEEDED = "CODE_NEEDED"


@strawberry.type(description="A mistake the caller can fix.")
class UserError:
    """One mistake, with the path of the field inside `input`."""

    code: ErrorCode
    message: str
    field: list[str]


@dataclass(frozen=True, slots=True)
class Attempted(Generic[Value]):
    """What a verb returned, or why it refused."""

    value: Value | None
    user_errors: list[UserError]


async def attempt(
    info: Info, verb: Callable[[UnitOfWork, Actor], Awaitable[Value]]
) -> Attempted[Value]:
    """Run a verb in one unit of work of the actor's workspace.

    Invalid input, conflicts and missing things become user errors, and nothing is kept. Whatever
    else is raised goes to the top of the answer.
    """
    context = info.context
    actor = await context.actor()
    try:
        async with context.units.begin(actor.workspace_id, actor.user_id, context.origin) as uow:
            value = await verb(uow, actor)
    except (Invalid, Conflict, NotFound) as error:
        return Attempted(None, to_user_errors(error))
    return Attempted(value, [])


async def attempt_alone(doing: Awaitable[Value]) -> Attempted[Value]:
    """Await a verb that opens its units of work itself; refusals become user errors."""
    try:
        return Attempted(await doing, [])
    except (Invalid, Conflict, NotFound) as error:
        return Attempted(None, to_user_errors(error))


def to_user_errors(error: DomainError) -> list[UserError]:
    """A refusal as user errors; an `Invalid` may hold several."""
    code = code_of(error)
    details = error.details if isinstance(error, Invalid) else ()
    pairs = [(error.field, error.message), *details]
    return [UserError(code=code, message=words, field=to_path(path)) for path, words in pairs]


def code_of(error: DomainError) -> ErrorCode:
    """The nearest code clients know: a feature's own code stands for that of its parent."""
    codes = (str(vars(kind).get("code")) for kind in type(error).__mro__)
    return next(ErrorCode(code) for code in codes if code in ErrorCode.__members__)


def to_path(path: tuple[str, ...]) -> list[str]:
    """Names of commands as names of inputs."""
    return [part if isinstance(part, GivenName) else camel_case(part) for part in path]


def camel_case(name: str) -> str:
    """`step_index` as `stepIndex`."""
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
