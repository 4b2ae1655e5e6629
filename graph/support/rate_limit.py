"""What an operation costs its caller: counted before it runs, and told in `rateLimit`."""

from datetime import UTC, datetime, timedelta
from typing import cast

import strawberry

from graph.support.context import Context, Info
from graph.support.fields import described
from graph.support.metering import METER, Meter


async def charge(context: Context, cost: int) -> None:
    """Count an operation of this caller, who is looked up after that.

    Raises:
        TooMany: This is too much at this time.
        Unavailable: Nobody can be looked up now.
    """
    if METER not in context.extras:
        return
    meter = cast("Meter", context.extras[METER])
    context.is_charged = True
    context.standing = await meter.charge_operation(context, cost)


async def charge_refusal(context: Context) -> None:
    """Count a request that was refused before it had a cost, by its address alone.

    Raises:
        TooMany: This is too much at this time.
    """
    if not context.is_charged and METER in context.extras:
        context.is_charged = True
        meter = cast("Meter", context.extras[METER])
        context.standing = await meter.charge_refusal(context, context.refusal_cost)


def check_room(context: Context) -> None:
    """Look whether this caller has room for anything at all, before time is spent on it.

    Raises:
        TooMany: This is too much at this time.
    """
    if METER in context.extras:
        cast("Meter", context.extras[METER]).check_room(context)


@strawberry.type(description="How much the caller may still ask for.")
class RateLimit:
    """The limit nearest to its end, of the person, the workspace or the client's address."""

    limit: int = strawberry.field(description="The cost that one minute allows.")
    remaining: int = strawberry.field(description="What is left of it after this operation.")
    reset_at: datetime = strawberry.field(
        description="When everything is there again, if nothing more is asked."
    )
    cost: int = strawberry.field(description="Of this operation.")


@strawberry.type
class RateLimitQueries:
    """Root fields."""

    @described("What this operation costs and leaves; null where nobody counts.")
    def rate_limit(self, info: Info) -> RateLimit | None:
        """How the caller stands."""
        context = info.context
        standing = context.standing
        if standing is None:
            return None
        reset_at = datetime.now(UTC) + timedelta(seconds=standing.reset_seconds)
        return RateLimit(
            limit=standing.limit,
            remaining=standing.remaining,
            reset_at=reset_at.replace(microsecond=0),
            cost=context.cost,
        )
