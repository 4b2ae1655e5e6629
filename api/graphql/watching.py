"""Looks again and again whether whoever opened a stream may still have it."""

import asyncio

from domain.shared.errors import DomainError, Forbidden, Unauthenticated, Unavailable
from graph.support.context import Context


async def watch_sign_in(context: Context, every_seconds: float) -> DomainError:
    """Return, with the reason, once the sign-in has ended or allows less than it did before.

    What was given meanwhile counts too: a stream may have begun with it, and wait for its event.
    """
    held = await read_permissions(context)
    while True:
        left = context.sign_in.expires_in_seconds
        if left is not None and left <= 0:
            return Unauthenticated(
                "The access token has expired; refresh the session or sign in again."
            )
        await asyncio.sleep(every_seconds if left is None else min(every_seconds, left))
        looking = context.fresh()
        refusal = await find_refusal(looking, held)
        if refusal is not None:
            return refusal
        held |= await read_permissions(looking)


async def read_permissions(context: Context) -> frozenset[str]:
    """What the caller was allowed when this began; nothing where that cannot be read."""
    try:
        actor = await context.actor_if_any()
    except (Forbidden, Unavailable):
        return frozenset()
    return frozenset() if actor is None else actor.permissions


async def find_refusal(context: Context, held: frozenset[str] = frozenset()) -> DomainError | None:
    """Why the stream may not go on; a store that is away is no reason, it is asked again soon.

    Args:
        context: Of the stream, a fresh one: it knows the caller of now afterwards.
        held: What the caller was allowed before: who loses any of it has to connect anew, so that
            nothing that was begun with it goes on.
    """
    try:
        actor = await context.revalidate()
    except (Unauthenticated, Forbidden) as refusal:
        return refusal
    except Unavailable:
        return None
    if not held <= actor.permissions:
        return Forbidden("You may do less than before. Connect again.")
    return None
