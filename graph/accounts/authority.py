"""What signs people in, as the composition root hands it in."""

from typing import Final

from domain.accounts.sessions import Authority
from graph.support.context import Context

AUTHORITY: Final = "authority"
"""Name in `Context.extras`."""


def authority_of(context: Context) -> Authority:
    """What issues and checks proofs of identity.

    Raises:
        LookupError: the composition root handed none in.
    """
    authority = context.extras.get(AUTHORITY)
    if not isinstance(authority, Authority):
        raise LookupError(f"Context.extras has no {AUTHORITY}.")
    return authority
