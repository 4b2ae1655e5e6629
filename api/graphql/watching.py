"""Looks again and again whether whoever opened a stream is still signed in."""

import asyncio

from domain.shared.errors import DomainError, Forbidden, Unauthenticated, Unavailable
from graph.support.context import Context


async def watch_sign_in(context: Context, every_seconds: float) -> DomainError:
    """Return, with the reason, once the token has expired or the session has ended."""
    while True:
        left = context.sign_in.expires_in_seconds
        if left is not None and left <= 0:
            return Unauthenticated(
                "The access token has expired; refresh the session or sign in again."
            )
        await asyncio.sleep(every_seconds if left is None else min(every_seconds, left))
        refusal = await find_refusal(context)
        if refusal is not None:
            return refusal


async def find_refusal(context: Context) -> DomainError | None:
    """Why the stream may not go on; a store that is away is no reason, it is asked again soon."""
    try:
        await context.fresh().revalidate()
    except (Unauthenticated, Forbidden) as refusal:
        return refusal
    except Unavailable:
        return None
    return None
